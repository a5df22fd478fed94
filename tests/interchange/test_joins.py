from pathlib import Path
from typing import Any

from rb_studio.interchange.load import load_path
from rb_studio.interchange.loaded import LoadedFile
from tests.interchange.files import Write, tool_call_run

REPORT = {"resolved_ids": ["demo__lib-1"], "unresolved_ids": ["demo__lib-2"], "error_ids": ["demo__lib-3"]}


def walk(path: Path) -> dict[str, LoadedFile]:
    return {file.path.removeprefix(f"{path}/"): file for file in load_path(path)}


def batch(write: Write, run: str, **top: Any) -> None:
    write(f"{run}/demo__lib-1/demo__lib-1.traj.json", {**tool_call_run(), **top})


def test_a_report_in_the_runs_folder_gives_truths(write: Write, tmp_path: Path) -> None:
    batch(write, "a")
    write("a/report.json", REPORT)
    files = walk(tmp_path)
    joined = files["a/demo__lib-1/demo__lib-1.traj.json"].truths[0]
    assert joined.truth.success is True
    assert joined.rollout_uid == files["a/demo__lib-1/demo__lib-1.traj.json"].trajectories[0].uid
    alone = {truth.task.key: truth for truth in files["a/report.json"].truths}
    assert alone["swe-bench/demo__lib-1"].rollout_uid == joined.rollout_uid
    assert alone["swe-bench/demo__lib-2"].truth.success is False
    assert alone["swe-bench/demo__lib-3"].truth.success is None


def test_the_harness_name_of_a_report_names_its_run(write: Write, tmp_path: Path) -> None:
    batch(write, "out_a")
    batch(write, "out_b")
    write("some__model.out_b.json", REPORT)
    files = walk(tmp_path)
    assert not files["out_a/demo__lib-1/demo__lib-1.traj.json"].truths
    assert files["out_b/demo__lib-1/demo__lib-1.traj.json"].truths[0].truth.success


def test_one_plain_report_beside_two_runs_belongs_to_neither(write: Write, tmp_path: Path) -> None:
    batch(write, "a")
    batch(write, "b")
    write("report.json", REPORT)
    files = walk(tmp_path)
    assert not any(file.truths for name, file in files.items() if name != "report.json")


def test_a_report_above_the_only_run_belongs_to_it(write: Write, tmp_path: Path) -> None:
    write("only/x.traj.json", tool_call_run())
    write("report.json", REPORT)
    files = walk(tmp_path)
    assert files["only/x.traj.json"].truths[0].truth.success is True
    assert files["report.json"].truths[0].rollout_uid == files["only/x.traj.json"].trajectories[0].uid


def test_instance_reports_of_the_harness_are_read(write: Write, tmp_path: Path) -> None:
    entry = {"patch_exists": True, "resolved": False, "tests_status": {}}
    path = write("logs/run_evaluation/my_run/model/demo__lib-1/report.json", {"demo__lib-1": entry})
    truth = next(iter(load_path(path))).truths[0]
    assert (truth.run, truth.truth.success) == ("my_run", False)


def test_predictions_fill_a_missing_patch_and_never_replace_one(write: Write, tmp_path: Path) -> None:
    patch = "diff --git a/other b/other\n"
    write("a/preds.json", {"demo__lib-1": {"instance_id": "demo__lib-1", "model_patch": patch}})
    batch(write, "a")
    own = walk(tmp_path)["a/demo__lib-1/demo__lib-1.traj.json"]
    assert own.trajectories[0].patch == "diff --git a/x b/x\n"
    assert "another patch" in own.warnings[0]
    batch(write, "a", info={})
    filled = walk(tmp_path)["a/demo__lib-1/demo__lib-1.traj.json"]
    assert filled.trajectories[0].patch == patch


def test_exit_statuses_fill_a_gap_and_make_no_tasks(write: Write, tmp_path: Path) -> None:
    statuses = (
        "instances_by_exit_status:\n    TimeoutExpired:\n    - demo__lib-1\n    'Odd: one':\n    - 'other__lib-9'\n"
    )
    write("a/exit_statuses_1.5.yaml", statuses)
    run = tool_call_run()
    write("a/demo__lib-1/demo__lib-1.traj.json", {**run, "info": {}, "messages": run["messages"][:-1]})
    files = walk(tmp_path)
    assert files["a/demo__lib-1/demo__lib-1.traj.json"].trajectories[0].exit_detail == "TimeoutExpired"
    assert not files["a/exit_statuses_1.5.yaml"].tasks
    assert not files["a/exit_statuses_1.5.yaml"].error


def test_importing_again_gives_the_same_uids(write: Write, tmp_path: Path) -> None:
    batch(write, "a")
    write("b/chat.traj.json", {key: value for key, value in tool_call_run().items() if key != "instance_id"})
    first = [t.uid for file in load_path(tmp_path) for t in file.trajectories]
    assert first == [t.uid for file in load_path(tmp_path) for t in file.trajectories]
    alone = next(iter(load_path(tmp_path / "a" / "demo__lib-1" / "demo__lib-1.traj.json")))
    assert alone.trajectories[0].uid == first[0]
    assert len(set(first)) == 2


def test_runs_of_the_same_name_in_two_places_stay_two_rollouts(write: Write, tmp_path: Path) -> None:
    batch(write, "x/same")
    batch(write, "y/same")
    files = list(load_path(tmp_path))
    assert len({file.trajectories[0].uid for file in files}) == 2
    assert "rollout of its own" in files[1].warnings[0]


def test_a_folder_named_like_any_other_is_qualified_by_its_parent(write: Write, tmp_path: Path) -> None:
    batch(write, "first/output")
    batch(write, "second/output")
    runs = [file.rollouts[0].run for file in load_path(tmp_path)]
    assert runs == ["first/output", "second/output"]
