"""A judge's verdict and the environment's reward from one file, never mixed."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rb_studio.store import rollouts
from rb_studio.store.workspace import Workspace
from tests.cli.conftest import Run, own_settings, run
from tests.interchange.files import Write, load_one
from tests.interchange.importing import imported

__all__ = ["own_settings", "run"]


@pytest.fixture
def ws(tmp_path: Path) -> Path:
    return tmp_path / "judged.rbank"


AUTOEVAL = {"idx": 21, "gt": 1.0, "rm": False, "thoughts": "It read (only) the first page.", "uid": 21}


def judged(conn: Any) -> list[tuple[Any, ...]]:
    return [
        (
            row.task_key,
            row.rollout_index,
            row.truth,
            [(v.status, v.reason, v.model) for v in rollouts.verdicts(conn, row.uid)],
        )
        for row in rollouts.rollout_rows(conn)
    ]


def test_autoeval_gives_verdict_and_truth_apart_and_again_adds_nothing(run: Run, ws: Path, write: Write) -> None:
    path = write("night/webarena.21/gemini-2.5-flash_autoeval.json", [AUTOEVAL])
    (entry,) = imported(run, ws, path)
    assert (entry["format"], entry["truths"], entry["error"]) == ("reasoningbank-autoeval", 1, None)
    imported(run, ws, path)
    with Workspace.open(ws, write=False) as workspace:
        reason = AUTOEVAL["thoughts"]
        assert judged(workspace.reader()) == [
            ("webarena/21", 0, True, [("failure", reason, "gemini-2.5-flash")]),
        ]


@pytest.mark.parametrize(
    ("changes", "status", "truth", "said"),
    [
        ({"rm": True, "gt": 0}, "success", False, ""),
        ({"rm": None, "thoughts": None}, "unknown", True, "gave no verdict"),
        ({"rm": "false"}, "unknown", True, "neither true nor false"),
        ({"gt": None}, "failure", None, "truth is unknown"),
        ({"gt": "1"}, "failure", None, "truth is unknown"),
        ({"gt": 0.5}, "failure", False, ""),
        ({"idx": "webarena.21"}, "failure", True, ""),
    ],
)
def test_what_a_judge_did_not_say_is_unknown_and_never_failure(
    write: Write, changes: dict[str, Any], status: str, truth: bool | None, said: str
) -> None:
    loaded = load_one(write("r/webarena.21/m_autoeval.json", {**AUTOEVAL, **changes}))
    assert [str(verdict.status) for verdict in loaded.verdicts] == [status]
    assert [one.truth.success for one in loaded.truths] == ([] if truth is None else [truth])
    assert said in " ".join(loaded.warnings)


def test_trials_of_a_task_are_rollouts_of_their_own_and_episodes_tell_what_was_left(
    run: Run, ws: Path, write: Write, tmp_path: Path
) -> None:
    for trial in (0, 1):
        write(f"night/results_{trial}/webarena.21/m_autoeval.json", [{**AUTOEVAL, "gt": float(trial)}])
        write(f"night/results_{trial}/webarena.21/summary_info.json", {"n_steps": 4})
        write(f"night/results_{trial}/webarena.21/step_0.pkl.gz", b"\x1f\x8b")
    entries = imported(run, ws, tmp_path / "night")
    assert [entry["format"] for entry in entries] == ["browsergym-episode"] * 2
    assert entries[0]["skipped"] == ["the episode's steps"]
    with Workspace.open(ws, write=False) as workspace:
        assert [row[:3] for row in judged(workspace.reader())] == [("webarena/21", 0, False), ("webarena/21", 1, True)]


@given(value=st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=9), st.lists, max_leaves=4))
@settings(max_examples=60)
def test_odd_autoeval_values_never_raise(tmp_path_factory: pytest.TempPathFactory, value: Any) -> None:
    path = tmp_path_factory.mktemp("odd") / "m_autoeval.json"
    for name in AUTOEVAL:
        path.write_text(json.dumps([{**AUTOEVAL, name: value}, AUTOEVAL]), "utf-8")
        loaded = load_one(path)
        assert loaded.error is None
        assert "webarena/21" in {one.task.key for one in loaded.outcomes}


def written(run: Run, ws: Path, target: Path) -> dict[str, Any]:
    """Every file of an export by its place, read as the official scripts do: the first object of a list."""
    ran = run("export", ws, "verdicts", "--format", "official-autoeval", "-o", target, "--json")
    assert ran.code == 0, ran.err
    found = {path.relative_to(target).as_posix(): json.loads(path.read_text()) for path in target.rglob("*.json")}
    assert all(type(entries) is list and len(entries) == 1 for entries in found.values())
    assert ran.json["count"] == len(found)
    return {place: entries[0] for place, entries in found.items()}


def test_point_24_verdicts_come_back_as_the_official_code_keeps_them(run: Run, ws: Path, write: Write) -> None:
    second = {"idx": 22, "gt": 0.0, "rm": True, "thoughts": "Fine, (all) of it.", "uid": 22}
    missing = {"idx": 23, "gt": 1.0, "rm": None, "thoughts": "", "uid": 23}
    for one in (AUTOEVAL, second, missing):
        write(f"night/webarena.{one['idx']}/gemini-2.5-flash_autoeval.json", [one])
    folder = ws.parent / "night"
    imported(run, ws, folder)
    back = written(run, ws, ws.parent / "back")
    assert back == {f"webarena.{one['idx']}/gemini-2.5-flash_autoeval.json": one for one in (AUTOEVAL, second, missing)}
    assert [type(value) for value in next(iter(back.values())).values()] == [int, float, bool, str, int]
    again = ws.parent / "again.rbank"
    imported(run, again, ws.parent / "back")
    with Workspace.open(ws, write=False) as first, Workspace.open(again, write=False) as other:
        assert judged(first.reader()) == judged(other.reader())


def test_point_24_trials_and_runs_are_written_into_folders_of_their_own(run: Run, ws: Path, write: Write) -> None:
    for place in ("a/results_0", "a/results_1", "b"):
        write(f"{place}/webarena.21/m_autoeval.json", [AUTOEVAL])
        imported(run, ws, ws.parent / place)
    assert sorted(written(run, ws, ws.parent / "back")) == [
        "a/results_0/webarena.21/m_autoeval.json",
        "a/results_1/webarena.21/m_autoeval.json",
        "b/webarena.21/m_autoeval.json",
    ]


def test_without_a_verdict_on_a_webarena_task_nothing_is_written(run: Run, ws: Path) -> None:
    assert run("run", ws, "--suite", "practice", "--limit", "1").code == 0
    ran = run("export", ws, "verdicts", "--format", "official-autoeval", "-o", ws.parent / "back")
    assert (ran.code, (ws.parent / "back").exists()) == (2, False)
    assert "WebArena's numbers" in ran.err


def test_the_text_injected_last_is_no_second_copy_of_its_bank(run: Run, ws: Path, write: Write) -> None:
    items = "# Memory Item 1\n## Title A\n## Description b\n## Content c"
    write("memories_x/shopping.jsonl", json.dumps({"task_id": "21", "query": "q", "memory_items": items}) + "\n")
    path = write("memories_x/shopping.txt", items)
    entries = imported(run, ws, ws.parent / "memories_x")
    assert [one["items"] for one in entries] == [1, 0]
    assert "repeats what was injected last from shopping.jsonl" in entries[1]["report"]
    (named,) = imported(run, ws, path)
    assert named["items"] == 1
