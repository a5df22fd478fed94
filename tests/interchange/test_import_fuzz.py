"""Damaged files: whatever was cut or flipped, an import ends in records or in one sentence."""

import json
import random
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rb_studio.interchange import load
from rb_studio.interchange.load import load_path
from rb_studio.interchange.loaded import LoadedFile, Rollout
from tests.interchange.files import tool_call_run

SHAPES = {
    "toolcall": tool_call_run(),
    "report": {"resolved_ids": ["a__b-1"], "unresolved_ids": ["a__b-2"], "completed_ids": []},
    "instance": {"a__b-1": {"resolved": True, "patch_exists": True}},
    "preds": {"a__b-1": {"instance_id": "a__b-1", "model_patch": "p", "model_name_or_path": "m"}},
    "responses": {
        "trajectory_format": "mini-swe-agent-1.1",
        "info": {"config": {"model": {"model_name": "m"}, "agent": {"instance_template": "T {{task}}"}}},
        "messages": [
            {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "T x"}]},
            {
                "object": "response",
                "usage": {"input_tokens": 1, "output_tokens": 2},
                "output": [
                    {"type": "reasoning", "summary": [{"text": "r"}]},
                    {"type": "message", "content": [{"type": "output_text", "text": "said"}]},
                    {"type": "function_call", "call_id": "c", "name": "bash", "arguments": '{"command": "ls"}'},
                ],
                "extra": {"actions": [{"command": "ls", "tool_call_id": "c"}], "cost": 1, "timestamp": 1.7e9},
            },
            {"type": "function_call_output", "call_id": "c", "output": "o", "extra": {"raw_output": "o"}},
        ],
    },
}
GONE = object()
MUTANTS = (7, None, "x", ["y"], {"z": 1})
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def _check(path: Path) -> None:
    for file in load_path(path):
        assert isinstance(file, LoadedFile)
        file.to_json()
        assert file.error is None or "\n" not in file.error
        assert "of an unexpected kind" not in (file.error or ""), "a reader stumbled; only the net caught it"


def _files(samples: Path) -> list[Path]:
    return sorted(path for path in samples.rglob("*") if path.is_file())


def _damage(data: bytes, dice: random.Random) -> bytes:
    flipped = bytearray(data[: dice.randint(1, len(data))] if dice.random() < 0.4 else data)
    for _ in range(dice.choice((0, 1, 3, 30))):
        flipped[dice.randrange(len(flipped))] = dice.randrange(256)
    return bytes(flipped)


def _fuzz(samples: Path, tmp_path: Path, rounds: int, largest: int) -> None:
    for path in _files(samples):
        data = path.read_bytes()[:largest] if path.suffix in (".json", ".jsonl", ".traj") else path.read_bytes()
        if len(data) > largest or not data:
            continue
        for seed in range(rounds):
            target = tmp_path / path.name
            target.write_bytes(_damage(data, random.Random(f"{path.name}:{seed}")))
            _check(target)
        target.unlink()


def test_damaged_samples_never_raise(samples: Path, tmp_path: Path) -> None:
    _fuzz(samples, tmp_path, rounds=4, largest=30_000)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_many_damaged_samples_never_raise(samples: Path, tmp_path: Path) -> None:
    _fuzz(samples, tmp_path, rounds=60, largest=1_000_000)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place inside a JSON value."""
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, entry in entries for place in ((*path, key), *_places(entry, (*path, key)))]


def _replaced(value: Any, place: tuple[Any, ...], new: Any) -> Any:
    if not place:
        return new
    copied = dict(value) if isinstance(value, dict) else list(value)
    if len(place) == 1 and new is GONE:
        del copied[place[0]]
    else:
        copied[place[0]] = _replaced(copied[place[0]], place[1:], new)
    return copied


@given(data=st.data(), shape=st.sampled_from(sorted(SHAPES)))
@settings(max_examples=300, deadline=None)
def test_any_value_in_any_place_never_raises(data: st.DataObject, shape: str) -> None:
    document = SHAPES[shape]
    for _ in range(data.draw(st.integers(1, 2))):
        places = _places(document) or [()]
        document = _replaced(document, data.draw(st.sampled_from(places)), data.draw(st.just(GONE) | JSON))
    if document is GONE:
        return
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, "a__b-1", "a__b-1.traj.json")
        target.parent.mkdir()
        target.write_text(json.dumps(document), encoding="utf-8")
        _check(Path(folder))


def test_every_value_of_every_shape_may_be_of_another_kind(tmp_path: Path) -> None:
    target = tmp_path / "a__b-1.traj.json"
    for document in SHAPES.values():
        for place in _places(document):
            for mutant in MUTANTS:
                target.write_text(json.dumps(_replaced(document, place, mutant)), encoding="utf-8")
                _check(target)


def test_a_file_its_reader_stumbles_over_does_not_stop_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        document = {**tool_call_run(f"{name}__lib-1"), "instance_id": f"{name}__lib-1"}
        (tmp_path / name / f"{name}.traj.json").write_text(json.dumps(document), encoding="utf-8")
    read = load.read_mini_swe

    def stumbling(document: Any, path: Path, *rest: Any) -> Rollout:
        if path.parent.name == "a":
            raise KeyError("role")
        return read(document, path, *rest)

    monkeypatch.setattr(load, "read_mini_swe", stumbling)
    first, second = load_path(tmp_path)
    assert first.error is not None
    assert "a.traj.json" in first.error
    assert "KeyError: 'role'" in first.error
    assert len(second.rollouts) == 1
    assert second.error is None
