"""What was interrupted continues, and comes out as if it had not been."""

import sqlite3
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from rb_studio.jobs.pilot import forecast
from rb_studio.jobs.results import sweep_results
from rb_studio.jobs.run import Paused, run_arm
from rb_studio.method.prompts import shipped
from rb_studio.records.errors import Cancelled, UsageError, WorkspaceError
from rb_studio.store import banks, outcomes, prompts, rollouts, runs
from rb_studio.store.workspace import Workspace
from tests.jobs.conftest import PRACTICE, StopAfter, lines, practice, practice_sweep, status, sweep
from tests.jobs.killing import Killing

ARMS = {
    "none": {},
    "reasoningbank": {"memory": "reasoningbank"},
    "parallel": {"memory": "reasoningbank", "scaling": "parallel", "k": 3},
    "vanilla": {"memory": "reasoningbank", "scaling": "vanilla", "k": 2},
    "side by side": {"scaling": "parallel", "k": 3, "concurrency": 4},
}


@pytest.mark.parametrize("arm", ARMS.values(), ids=ARMS)
def test_a_stopped_run_continued_equals_one_that_was_not(open_new, arm):
    request = practice(**arm)
    whole, broken = open_new("whole"), open_new("broken")
    run_arm(whole, request, PRACTICE)
    for done in (1, 3):
        with pytest.raises(Cancelled, match="same command again"):
            run_arm(broken, request, PRACTICE, cancel=StopAfter(broken, done))
        assert status(broken, 1) == "cancelled"
        assert rollouts.rollout_rows(broken.reader(), include_running=True) == rollouts.rollout_rows(broken.reader())
    assert run_arm(broken, request, PRACTICE) == 1
    assert status(broken, 1) == "finished"
    assert lines(broken) == lines(whole) != ""
    assert lines(whole).count("\n") == 6
    if request.memory != "none":
        hashes = [banks.bank_hash(one.reader(), 1) for one in (whole, broken)]
        assert hashes[0] == hashes[1]


def test_stopping_before_the_first_task_leaves_a_run_that_can_be_continued(workspace):
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        run_arm(workspace, practice(memory="reasoningbank"), PRACTICE, cancel=cancel)
    assert status(workspace, 1) == "cancelled"
    assert run_arm(workspace, practice(memory="reasoningbank"), PRACTICE) == 1
    assert runs.run(workspace.reader(), 1).start_state == "empty"


def test_a_finished_run_is_not_continued(workspace):
    assert run_arm(workspace, practice(limit=2), PRACTICE) == 1
    assert run_arm(workspace, practice(limit=2), PRACTICE) == 2


def test_another_request_does_not_continue_an_interrupted_run(workspace):
    with pytest.raises(Cancelled):
        run_arm(workspace, practice(), PRACTICE, cancel=StopAfter(workspace, 2))
    assert run_arm(workspace, practice(seed=1), PRACTICE) == 2


def test_other_prompts_do_not_continue_an_interrupted_run(workspace):
    with pytest.raises(Cancelled):
        run_arm(workspace, practice(), PRACTICE, cancel=StopAfter(workspace, 2))
    change_a_prompt(workspace)
    assert run_arm(workspace, practice(), PRACTICE) == 2


def change_a_prompt(workspace):
    workspace.run(lambda db: prompts.set_prompt(db, "act.web", shipped()["act.web"] + "\nBe brief."))


@pytest.fixture(scope="module")
def whole_sweep(tmp_path_factory):
    """The canonical text of an undisturbed sweep."""
    with Workspace.open(tmp_path_factory.mktemp("whole") / "w.rbank", write=True, create=True) as workspace:
        sweep(workspace, practice_sweep(), workers=1)
        return lines(workspace, sweep=1)


def test_two_workers_give_what_one_gives(workspace, whole_sweep):
    sweep(workspace, practice_sweep(), workers=2)
    assert lines(workspace, sweep=1) == whole_sweep


def test_workers_share_vectors_and_leave_nothing_behind(workspace, whole_sweep, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "aside"))
    (tmp_path / "aside").mkdir()
    shelf = Shared(tmp_path / "aside")
    sweep(workspace, practice_sweep(), workers=2, cancel=shelf)
    assert shelf.size > 0
    assert [*shelf.folder.iterdir()] == []
    assert lines(workspace, sweep=1) == whole_sweep


class Shared(threading.Event):
    """A cancel event that is never set; asked between commits, it looks how much stands on the shelf."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder, self.size = folder, 0

    def is_set(self) -> bool:
        self.size = max([self.size, *(path.stat().st_size for path in self.folder.rglob("vectors"))])
        return False


def test_a_stopped_sweep_continues_to_the_same_result(workspace, whole_sweep, monkeypatch):
    monkeypatch.setattr("rb_studio.jobs.sweep.COMMIT_SECONDS", 0.0)
    with pytest.raises(Cancelled, match="--resume 1"):
        sweep(workspace, practice_sweep(), workers=2, cancel=StopAfter(workspace, 5))
    assert {row.status for row in runs.runs(workspace.reader(), sweep=1)} & {"cancelled"}
    done = sweep(workspace, practice_sweep(), resume=1, workers=2)
    assert (done.sweep, done.resumed) == (1, True)
    assert {row.status for row in runs.runs(workspace.reader(), sweep=1)} == {"finished"}
    assert lines(workspace, sweep=1) == whole_sweep


def test_an_arm_whose_last_outcomes_could_not_be_written_is_not_told_to_be_over(workspace, whole_sweep, monkeypatch):
    def full(db, commits):
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as within:
        within.setattr("rb_studio.jobs.sweep.COMMIT_SECONDS", 60.0)  # what is ready waits for the end of an arm
        within.setattr("rb_studio.jobs.driver.commit_outcomes", full)
        with pytest.raises(WorkspaceError, match="full"):
            sweep(workspace, practice_sweep(), workers=2)
    conn = workspace.reader()
    assert conn.execute("SELECT count(*) FROM outcome").fetchone()[0] == 0
    assert {row.status for row in runs.runs(conn, sweep=1)} <= {"planned", "running", "failed"}
    sweep(workspace, practice_sweep(), resume=1, workers=2)
    assert lines(workspace, sweep=1) == whole_sweep


def test_a_pause_finishes_what_is_under_way_and_continues_to_the_same_result(workspace, whole_sweep, monkeypatch):
    monkeypatch.setattr("rb_studio.jobs.sweep.COMMIT_SECONDS", 0.0)
    with pytest.raises(Paused, match="sweep 1 is paused on request; continue with --resume 1"):
        sweep(workspace, practice_sweep(), workers=2, pause=StopAfter(workspace, 2))
    conn = workspace.reader()
    assert runs.sweep(conn, 1).status == "paused"
    assert {row.status for row in runs.runs(conn, sweep=1)} <= {"planned", "paused", "finished"}
    assert rollouts.rollout_rows(conn, include_running=True) == rollouts.rollout_rows(conn)
    assert 2 <= conn.execute("SELECT count(*) FROM outcome WHERE valid").fetchone()[0] < 16
    sweep(workspace, practice_sweep(), resume=1, workers=1)
    assert lines(workspace, sweep=1) == whole_sweep


def test_a_pilot_is_the_beginning_of_the_sweep_and_bounds_what_it_takes(workspace, whole_sweep):
    done = sweep(workspace, practice_sweep(), workers=2, pilot=2)
    conn = workspace.reader()
    told = forecast(conn, 1, done.tasks)
    assert runs.sweep(conn, 1).status == "paused"
    assert {len(outcomes.finished_tasks(conn, row.id)) for row in runs.runs(conn, sweep=1)} == {2}
    assert (told.tasks, told.rollouts, told.left) == (2, 10, 10)
    sweep(workspace, practice_sweep(), resume=1, workers=2)
    assert lines(workspace, sweep=1) == whole_sweep
    whole = forecast(conn, 1, done.tasks)
    assert (whole.left, whole.calls.value) == (0, whole.calls.low)
    assert told.calls.low < whole.calls.value < told.calls.high
    assert told.cost.value == 0
    assert "free, because it is simulated" in told.sentence()


def test_a_killed_worker_changes_nothing(workspace, whole_sweep, monkeypatch):
    killer = Killing(workspace, at=(2, 7))
    sweep(workspace, practice_sweep(), workers=2, cancel=killer)
    assert killer.killed == 2
    assert lines(workspace, sweep=1) == whole_sweep


def test_a_sweep_that_is_absent_is_started_under_the_number_asked_for(workspace):
    request = practice_sweep(memories=("none",), ks=(1,))
    done = sweep(workspace, request, resume=7, workers=1)
    assert (done.sweep, done.resumed) == (7, False)
    again = sweep(workspace, request, resume=7, workers=1)
    assert (again.sweep, again.resumed) == (7, True)
    assert len(runs.runs(workspace.reader())) == 1
    assert sweep(workspace, request, workers=1).sweep == 8


def test_a_sweep_of_another_configuration_is_not_continued(workspace):
    sweep(workspace, practice_sweep(memories=("none",), ks=(1,)), resume=1, workers=1)
    with pytest.raises(UsageError, match="other settings"):
        sweep(workspace, practice_sweep(memories=("none",), ks=(1, 2)), resume=1, workers=1)


def test_a_sweep_on_other_prompts_is_not_continued(workspace, monkeypatch):
    monkeypatch.setattr("rb_studio.jobs.sweep.COMMIT_SECONDS", 0.0)
    with pytest.raises(Cancelled):
        sweep(workspace, practice_sweep(), workers=1, cancel=StopAfter(workspace, 2))
    change_a_prompt(workspace)
    with pytest.raises(UsageError, match="other tasks, prompts or models"):
        sweep(workspace, practice_sweep(), resume=1, workers=1)


def test_equal_cells_run_once_and_carry_the_same_figures(workspace):
    request = practice_sweep(scalings=("none", "parallel", "vanilla"), ks=(1, 2))
    done = sweep(workspace, request, workers=2)
    arms = {(arm.memory, arm.scaling, arm.k): arm for arm in sweep_results(workspace.reader(), done.sweep)}
    shared = {cell: arm.shared_with for cell, arm in arms.items() if arm.shared_with is not None}
    own = {arm.run: cell for cell, arm in arms.items() if arm.shared_with is None}
    assert {cell: own[run] for cell, run in shared.items()} == {
        ("none", "parallel", 1): ("none", "none", 1),
        ("none", "vanilla", 1): ("none", "none", 1),
        ("none", "vanilla", 2): ("none", "parallel", 2),
        ("reasoningbank", "parallel", 1): ("reasoningbank", "none", 1),
        ("reasoningbank", "vanilla", 1): ("reasoningbank", "none", 1),
    }
    for cell, run in shared.items():
        same, other = arms[cell], arms[own[run]]
        assert (same.pass_at_1, same.tokens, same.mean_steps, same.n) == (
            other.pass_at_1,
            other.tokens,
            other.mean_steps,
            other.n,
        )
    outcomes = workspace.reader().execute("SELECT count(*) FROM outcome").fetchone()[0]
    assert outcomes == 4 * len(own)
    assert any("was left out" in note for note in done.notes)


def test_how_many_run_at_once_does_not_change_the_identity_of_a_sweep():
    one = practice_sweep()
    other = replace(one, base=replace(one.base, concurrency=7))
    assert one.hash == other.hash
    assert one.hash != replace(one, seeds=(1,)).hash
