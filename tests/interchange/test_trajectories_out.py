import json
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rb_studio.interchange.atomic import CannotWrite
from rb_studio.interchange.codec import to_plain
from rb_studio.interchange.load import load_path
from rb_studio.interchange.loaded import Rollout
from rb_studio.interchange.mini_swe_agent_out import mini_swe_document, write_mini_swe
from rb_studio.interchange.trajectory_jsonl import JudgedRollout, write_trajectories
from rb_studio.interchange.trajectory_md import trajectory_markdown, write_trajectories_md
from rb_studio.records.judgement import Status, Truth, Verdict
from tests.interchange.files import Write, load_one, tool_call_run
from tests.interchange.strategies import RAW, TRUTHS, VERDICTS, rollouts

SHAPES = ["bare_list", "v1", "v1.1_generated", "v1.1_runs/deepseek_chat_dev"]


def comparable(rollout: Rollout, foreign: bool = True) -> Any:
    """A rollout without what may change between two files: places in the file, and the shape's name."""
    steps = tuple(replace(step, pointer=None) for step in rollout.trajectory.steps)
    kept = {k: v for k, v in rollout.trajectory.extra.items() if not foreign or k not in ("format", "run")}
    trajectory = replace(rollout.trajectory, steps=steps, extra=kept)
    return json.loads(json.dumps([rollout.run, to_plain(rollout.task), to_plain(trajectory)]))


@pytest.mark.parametrize("shape", SHAPES)
def test_real_files_survive_export_and_import(samples: Path, tmp_path: Path, shape: str) -> None:
    original = [rollout for file in load_path(samples / "mini-swe-agent" / shape) for rollout in file.rollouts]
    assert write_mini_swe(original, tmp_path / "out") == len(original) > 0
    again = {r.trajectory.uid: r for file in load_path(tmp_path / "out") for r in file.rollouts}
    for rollout in original:
        assert comparable(again[rollout.trajectory.uid]) == comparable(rollout)


def test_a_tool_call_file_is_written_as_the_tool_wrote_it(samples: Path) -> None:
    name = "pylint-dev__astroid-1196"
    path = samples / "mini-swe-agent" / "v1.1_runs" / "deepseek_chat_dev" / name / f"{name}.traj.json"
    original = json.loads(path.read_text(encoding="utf-8"))
    document = mini_swe_document(load_one(path).rollouts[0])
    assert list(document) == list(original)
    assert len(document["messages"]) == len(original["messages"])
    for ours, theirs in zip(document["messages"], original["messages"], strict=True):
        assert "rb_studio" not in ours.get("extra", {})
        for field in ("role", "content", "tool_call_id"):
            assert ours.get(field) == theirs.get(field)
        assert ours.get("extra", {}).get("actions") == theirs.get("extra", {}).get("actions")
    assert {k: v for k, v in document["info"].items() if k != "rb_studio"} == original["info"]


@given(rollout=rollouts())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_own_rollouts_survive_the_mini_swe_agent_form(rollout: Rollout) -> None:
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, "one.json")
        write_mini_swe([rollout], target)
        loaded = load_one(target)
    assert loaded.error is None
    assert comparable(loaded.rollouts[0], foreign=False) == comparable(rollout, foreign=False)


@given(rollout=rollouts(), truths=st.lists(TRUTHS, max_size=2), verdicts=st.lists(VERDICTS, max_size=2))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_own_lines_are_lossless(rollout: Rollout, truths: list[Truth], verdicts: list[Verdict]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, "all.jsonl")
        write_trajectories([JudgedRollout(rollout, tuple(truths), tuple(verdicts))] * 2, target)
        loaded = load_one(target)
    assert loaded.error is None
    assert loaded.rollouts == (rollout, rollout)
    assert [entry.truth for entry in loaded.truths] == truths * 2
    assert list(loaded.verdicts) == verdicts * 2


@given(text=RAW)
def test_no_text_closes_its_own_code_block(text: str) -> None:
    rollout = load_rollout()
    step = replace(rollout.trajectory.steps[0], observation=text)
    shown = trajectory_markdown(
        JudgedRollout(replace(rollout, trajectory=replace(rollout.trajectory, steps=(step,), patch=None)))
    )
    if text:
        fence = shown.rstrip("\n").split("\n")[-1]
        assert set(fence) == {"`"}
        assert fence not in text


def load_rollout() -> Rollout:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "x.json")
        path.write_text(json.dumps(tool_call_run()), encoding="utf-8")
        return load_one(path).rollouts[0]


def test_markdown_shows_task_steps_and_outcome(tmp_path: Path) -> None:
    verdict = Verdict("v", "r", Status.SUCCESS, "It\nworks [step 1]")
    entry = JudgedRollout(load_rollout(), (Truth(False, 0.0, "report"),), (verdict,))
    assert write_trajectories_md([entry], tmp_path / "a.md") == 1
    text = (tmp_path / "a.md").read_text(encoding="utf-8")
    for words in (
        "# swe-bench/demo__lib-1",
        "> Fix the thing",
        "## Step 2",
        "Truth: failure (report)",
        "It works [step 1]",
    ):
        assert words in text


def test_rollouts_of_one_task_get_files_of_their_own(tmp_path: Path) -> None:
    rollout = load_rollout()
    other = replace(rollout, trajectory=replace(rollout.trajectory, uid="other-uid"))
    assert write_mini_swe([rollout, other], tmp_path / "out") == 2
    uids = {t.uid for file in load_path(tmp_path / "out") for t in file.trajectories}
    assert uids == {rollout.trajectory.uid, "other-uid"}


def test_names_of_tasks_never_leave_the_folder(tmp_path: Path) -> None:
    rollout = replace(load_rollout(), run="../../../etc")
    hostile = replace(rollout, trajectory=replace(rollout.trajectory, extra={"instance_id": "../../x"}))
    write_mini_swe([hostile, hostile], tmp_path / "deep" / "out")
    assert {path.name for path in tmp_path.iterdir()} == {"deep"}
    assert {path.name for path in (tmp_path / "deep").iterdir()} == {"out"}


def test_a_failed_write_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    path.write_text("old", encoding="utf-8")
    with pytest.raises(AttributeError):
        write_trajectories_md([None], path)  # type: ignore[list-item]
    assert path.read_text(encoding="utf-8") == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file.txt"]
    with pytest.raises(CannotWrite, match="could not be written"):
        write_trajectories([], path / "below")


def test_a_damaged_own_line_is_named(write: Write, tmp_path: Path) -> None:
    write_trajectories([JudgedRollout(load_rollout())] * 2, tmp_path / "t.jsonl")
    lines = (tmp_path / "t.jsonl").read_text(encoding="utf-8").splitlines()
    error = load_one(write("bad.jsonl", lines[0].replace('"steps": [', '"steps": [7, ', 1) + "\n")).error
    assert error is not None
    assert "line 1" in error
    cut = load_one(write("cut.jsonl", f"{lines[0]}\n{lines[1][:300]}"))
    assert (len(cut.rollouts), cut.error) == (1, None)
    assert "cut off" in cut.warnings[0]
