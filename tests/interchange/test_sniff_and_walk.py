import gzip
import json
import zipfile
from pathlib import Path

import pytest

from rb_studio.interchange.load import load_path
from rb_studio.records.errors import UnreadableInput
from tests.interchange.files import Write, load_one, tool_call_run

CHAT = {"role": "user", "content": "hi"}


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ({"schema_version": "ATIF-v1.7", "steps": []}, "atif"),
        ({"trajectory": [], "info": {}}, "swe-agent"),
        ({"history": []}, "swe-agent"),
        ({"version": 2, "status": "success", "eval": {}}, "inspect-json"),
        ({"resourceSpans": []}, "otlp-json"),
        ({"messages": [CHAT]}, "openai-chat"),
        ([CHAT], "openai-chat"),
        ({"traj": [], "reward": 1}, "tau-bench"),
        ([{"source": "agent", "action": "run"}], "openhands-v0-events"),
        ('{"history": [], "instance_id": "a"}\n{"history": []}\n', "openhands-output"),
        ('{"kind": "ActionEvent"}\n{"kind": "ObservationEvent"}\n', "openhands-v1-events"),
        ('{"uuid": "1", "sessionId": "2", "type": "user"}\n{}\n', "claude-code-session"),
        ('{"type": "session_meta"}\n{}\n', "codex-session"),
        ('{"type": "session", "harness": "h"}\n{}\n', "sts-session"),
        ('{"context": {"trace_id": "0x1"}}\n', "otel-console-spans"),
        ("Examples\n\nSummary Workflows\n\nWorkflow 1: find\n", "awm-workflows"),
    ],
)
def test_formats_to_come_are_recognised_by_content(write: Write, content: object, name: str) -> None:
    loaded = load_one(write("whatever.bin", content))
    assert (loaded.format, loaded.error, loaded.anything) == (name, None, False)
    assert "recognised" in loaded.report
    assert "not importable in this version" in loaded.report


@pytest.mark.parametrize("content", [b"\x80\x04K\x01.", gzip.compress(b"\x80\x04K\x01.", mtime=0)])
def test_a_pickle_is_named_and_left_alone(write: Write, content: bytes) -> None:
    loaded = load_one(write("whatever.bin", content))
    assert (loaded.format, loaded.error, loaded.anything) == ("python-pickle", None, False)
    assert "opening one runs whatever code its writer put in" in loaded.report


def test_archives_are_recognised_by_their_entries(tmp_path: Path) -> None:
    for entry, name in (("header.json", "inspect-eval"), ("0-trace.network", "playwright-trace"), ("x", "unknown")):
        path = tmp_path / f"{name}.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(entry, "{}")
        assert load_one(path).format == name


def test_every_sample_is_named_or_left_out_without_an_error(samples: Path) -> None:
    files = list(load_path(samples))
    assert [file.path for file in files if file.error] == []
    unknown = {Path(file.path).name for file in files if file.format == "unknown"}
    assert unknown == {
        "README.md",
        "events_legacy_steps.json",
        "events_parallel_spans.json",
        "validation_quality.csv",
        "v1_sdk_base_state.json",
    }


def test_an_episode_folder_is_one_entry(write: Write, tmp_path: Path) -> None:
    write("runs/webarena.1/summary_info.json", {"n_steps": 1})
    write("runs/webarena.1/experiment.log", "text")
    files = list(load_path(tmp_path))
    assert [(Path(file.path).name, file.format) for file in files] == [("webarena.1", "browsergym-episode")]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (json.dumps(tool_call_run())[:-200].encode(), "ends in the middle"),
        (json.dumps(tool_call_run()).replace('"role"', '"role', 1).encode(), "damaged JSON"),
    ],
)
def test_a_damaged_trajectory_gives_one_sentence_naming_the_file(write: Write, content: bytes, words: str) -> None:
    path = write("broken.traj.json", content)
    error = load_one(path).error
    assert error is not None
    assert words in error
    assert str(path) in error
    assert "\n" not in error


def test_random_bytes_and_prose_are_left_out_not_errors(write: Write) -> None:
    for content in (bytes(range(256)) * 40, b"just a text\n", b"[section]\nkey = 1\n", b"{% if x %}{% endif %}"):
        loaded = load_one(write("file.traj.json", content))
        assert (loaded.format, loaded.error) == ("unknown", None)
        assert "none of the known formats" in loaded.report


def test_deep_nesting_is_refused_in_a_sentence(write: Write) -> None:
    for depth in (150_000, 400):
        text = '{"messages": ' + "[" * depth + "]" * depth + "}"
        error = load_one(write("deep.json", text)).error
        assert error is not None
        assert "nested too deeply" in error


def test_odd_values_are_tolerated_and_said(write: Write) -> None:
    text = json.dumps(tool_call_run()).replace('"cost": 0.25', '"cost": NaN, "cost": Infinity')
    text = text.replace("Look around.", "Look\\ud800 around\\u0000.")
    loaded = load_one(write("demo__lib-1.traj.json", text))
    step = loaded.trajectories[0].steps[0]
    assert (step.cost, step.thought) == (None, "Look\ufffd around.")
    said = " ".join(loaded.warnings)
    assert "names a key twice" in said
    assert "read as unknown" in said
    assert "surrogates" in said


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_byte_order_marks_are_read(write: Write, encoding: str) -> None:
    path = write("demo__lib-1.traj.json", json.dumps(tool_call_run()).encode(encoding))
    assert len(load_one(path).trajectories[0].steps) == 2


def test_links_are_not_followed_and_order_is_stable(write: Write, tmp_path: Path) -> None:
    write("outside/secret.traj.json", tool_call_run("secret__x-1"))
    write("inside/b.traj.json", tool_call_run("b__x-1"))
    write("inside/a.traj.json", tool_call_run("a__x-1"))
    (tmp_path / "inside" / "link").symlink_to(tmp_path / "outside")
    (tmp_path / "inside" / "link.traj.json").symlink_to(tmp_path / "outside" / "secret.traj.json")
    names = [Path(file.path).name for file in load_path(tmp_path / "inside")]
    assert names == ["a.traj.json", "b.traj.json"]


def test_a_missing_path_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput, match="does not exist"):
        list(load_path(tmp_path / "nowhere"))


def test_the_json_entry_has_the_contracts_keys(write: Write) -> None:
    entry = load_one(write("demo__lib-1.traj.json", tool_call_run())).to_json()
    keys = "path format trajectories steps experiences items mapped guessed skipped report warnings error"
    assert set(keys.split()) <= set(entry)
    assert (entry["trajectories"], entry["steps"], entry["error"]) == (1, 2, None)
    json.dumps(entry)
