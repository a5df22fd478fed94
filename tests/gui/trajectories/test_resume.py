"""What runs and sweeps were begun with."""

import threading
from dataclasses import replace

import pytest

from rb_studio.gui.frame import Frame
from rb_studio.gui.interrupted import Interrupted
from rb_studio.gui.jobs import JobState
from rb_studio.gui.rooms.trajectories.resume import is_interrupted, is_live, stored_request, stored_sweep, take_up
from rb_studio.jobs.plugins import with_methods
from rb_studio.jobs.request import RunRequest, SweepRequest
from rb_studio.jobs.sweep import run_sweep
from rb_studio.records.arm import Limits
from rb_studio.records.errors import Cancelled
from rb_studio.store import runs
from rb_studio.store.rows import dump, load
from rb_studio.store.workspace import Workspace
from tests.gui.conftest import PRACTICE
from tests.gui.trajectories.samples import run_row

REQUEST = RunRequest("practice", k=3, scaling="parallel", limits=Limits(steps=7), profiles={"actor": "practice"})


def test_a_request_comes_back_from_what_a_run_keeps() -> None:
    assert stored_request(load(dump({"request": REQUEST.to_json()}))) == REQUEST
    assert stored_request({}) is None


def test_what_was_chosen_in_the_table_comes_back() -> None:
    chosen = replace(REQUEST, tasks=("practice/1", "practice/4"), split="0.3:1")
    assert stored_request(load(dump({"request": chosen.to_json()}))) == chosen
    whole = SweepRequest(chosen, memories=("none",), consolidations=("append", "cap:5"), aa=True)
    assert stored_sweep(load(dump(whole.to_json()))) == whole


def test_what_another_version_asked_for_is_not_taken_for_something_else() -> None:
    assert stored_request({"request": {**REQUEST.to_json(), "unheard_of": 1}}) is None
    assert stored_sweep({**SweepRequest(REQUEST).to_json(), "unheard_of": 1}) is None


def test_a_sweep_comes_back_with_the_same_identity() -> None:
    sweep = SweepRequest(REQUEST, memories=("none",), ks=(1, 3), seeds=(0, 1), start="bank@s")
    assert stored_sweep(load(dump(sweep.to_json()))).hash == sweep.hash
    assert stored_sweep({}) is None


def test_a_run_is_interrupted_when_it_has_no_end_and_nobody_works_on_it() -> None:
    running = run_row(status="running")
    here, other = JobState("x", "running", runs=(1,)), JobState("x", "running", runs=(2,))
    assert is_interrupted(running, None)
    assert is_interrupted(running, other)
    assert not is_interrupted(running, here)
    assert is_live(running, here)
    assert is_interrupted(running, JobState("x", "failed", runs=(1,)))
    assert not is_interrupted(run_row(status="finished"), None)
    assert not is_interrupted(run_row(status="imported", foreign_key="mini:x"), None)


def test_a_job_about_to_start_may_be_the_runs() -> None:
    assert is_live(run_row(status="running"), JobState("x", "starting"))


def swept_with(workspace: Workspace, memories: tuple[str, ...]) -> runs.RunRow:
    """A sweep that was cut off before its first task."""
    base, names = with_methods(RunRequest("practice", limit=2), memories, PRACTICE)
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        run_sweep(workspace, SweepRequest(base, names, ("parallel",)), PRACTICE, workers=1, cancel=cancel)
    return runs.runs(workspace.reader(), sweep=1)[0]


def resumed(frame: Frame, row: runs.RunRow) -> str:
    sweep = runs.sweep(frame.session.workspace.reader(), 1)
    assert sweep is not None
    return take_up(frame, row, sweep.config)


def test_a_sweep_with_an_example_goes_on_by_itself(workspace: Workspace, frame: Frame, qtbot) -> None:
    row = swept_with(workspace, ("none", "ace_playbook"))
    assert resumed(frame, row) == ""
    qtbot.waitUntil(lambda: not frame.jobs.active, timeout=60_000)
    assert frame.jobs.state.phase == "finished", frame.jobs.state.detail
    assert frame.dialogs.asked == []


def test_the_file_of_ones_own_method_is_asked_for(workspace: Workspace, frame: Frame, tmp_path, qtbot) -> None:
    mine = tmp_path / "mine.py"
    mine.write_text("def inject(case, items):\n    return ''\n")
    row = swept_with(workspace, ("none", str(mine)))
    assert "The memory method mine is needed" in resumed(frame, row)
    assert frame.dialogs.asked[-1][0] == "Choose the file of the memory method mine"
    frame.dialogs.files.append([tmp_path / "notes.txt"])
    assert "notes.txt is no Python file" in resumed(frame, row)
    frame.dialogs.files.append([tmp_path / "gone" / "mine.py"])
    assert "cannot be read" in resumed(frame, row)
    assert frame.jobs.state is None
    frame.dialogs.files.append([mine])
    assert resumed(frame, row) == ""
    qtbot.waitUntil(lambda: not frame.jobs.active, timeout=60_000)
    assert frame.jobs.state.phase == "finished", frame.jobs.state.detail


def test_nothing_is_sent_to_the_scheduler_a_file_names_before_a_person_agrees(
    workspace: Workspace, frame: Frame, qtbot
) -> None:
    swept_with(workspace, ("none",))
    workspace.run(lambda db: runs.set_driving(db, 1, {"executor": "dask=tcp://10.0.0.1:8786"}))
    workspace.run(lambda db: runs.set_sweep_status(db, 1, "paused"))
    cut_off = Interrupted(frame.session, frame.jobs)
    qtbot.waitUntil(lambda: bool(cut_off.cut_off))
    frame.dialogs.answers.append("Cancel")
    assert cut_off.resume(frame) == ""
    assert frame.jobs.state is None
    assert "tcp://10.0.0.1:8786" in frame.dialogs.asked[-1][0]
    frame.dialogs.answers.append("Go on here")
    assert cut_off.resume(frame) == ""
    qtbot.waitUntil(lambda: not frame.jobs.active, timeout=60_000)
    assert frame.jobs.state.phase == "finished", frame.jobs.state.detail
