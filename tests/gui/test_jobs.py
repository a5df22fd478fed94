"""Jobs of the window: processes of their own, live steps in the feed, Stop, a killed process."""

import os
import signal
import threading
from multiprocessing import active_children

import pytest

from rb_studio.gui.jobs import in_window
from rb_studio.jobs.request import RunRequest, SweepRequest
from rb_studio.records.errors import Cancelled
from rb_studio.store import runs
from rb_studio.store.outcomes import finished_tasks
from tests.gui.conftest import PRACTICE


def test_a_run_ends_and_its_events_arrive(empty_frame, qtbot):
    kinds = set()
    empty_frame.session.events.connect(lambda events: kinds.update(event.kind for event in events))
    with qtbot.waitSignal(empty_frame.jobs.changed, timeout=60_000, check_params_cb=lambda s: s.phase == "finished"):
        empty_frame.jobs.run(RunRequest("practice", memory="none", limit=3), PRACTICE)
    qtbot.waitUntil(lambda: "outcome" in kinds)
    conn = empty_frame.session.workspace.reader()
    assert [row.status for row in runs.runs(conn)] == ["finished"]


def test_a_second_job_waits_its_turn(empty_frame, qtbot):
    phases = []
    empty_frame.jobs.changed.connect(lambda state: phases.append((state.title, state.phase)))
    for name in ("first", "second"):
        empty_frame.jobs.run(RunRequest("practice", memory="none", limit=2), PRACTICE, name)
    qtbot.waitUntil(lambda: ("second", "finished") in phases, timeout=60_000)
    assert phases.index(("first", "finished")) < phases.index(("second", "starting"))


def test_stop_keeps_what_is_finished_and_ends_within_a_second(empty_frame, qtbot):
    empty_frame.jobs.run(RunRequest("practice", memory="none"), PRACTICE)
    conn = empty_frame.session.workspace.reader()
    qtbot.waitUntil(lambda: bool(empty_frame.jobs.state.runs), timeout=30_000)
    run = empty_frame.jobs.state.runs[0]
    qtbot.waitUntil(lambda: len(finished_tasks(conn, run)) > 2, timeout=30_000)
    empty_frame.jobs.stop()
    qtbot.waitUntil(lambda: not empty_frame.jobs.active, timeout=2_000)
    assert empty_frame.jobs.state.phase == "cancelled"
    assert len(finished_tasks(conn, run)) > 2


def test_a_killed_job_process_leaves_an_interrupted_run_that_can_go_on(empty_frame, qtbot):
    request = RunRequest("practice", memory="reasoningbank", limit=40)
    empty_frame.jobs.run(request, PRACTICE)
    conn = empty_frame.session.workspace.reader()
    qtbot.waitUntil(lambda: bool(empty_frame.jobs.state.runs), timeout=30_000)
    run = empty_frame.jobs.state.runs[0]
    qtbot.waitUntil(lambda: len(finished_tasks(conn, run)) > 1, timeout=30_000)
    for child in active_children():
        os.kill(child.pid, signal.SIGKILL)
    qtbot.waitUntil(lambda: not empty_frame.jobs.active, timeout=30_000)
    assert empty_frame.jobs.state.phase == "interrupted"
    empty_frame.jobs.run(request, PRACTICE)
    qtbot.waitUntil(lambda: empty_frame.jobs.state.phase == "finished", timeout=60_000)
    assert len(finished_tasks(conn, run)) == 40


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("1 arm is paused at task a: gone; continue with --resume 2", "1 arm is paused at task a: gone"),
        (
            "sweep 2 was stopped, finished tasks are kept; give the same command with --resume 2 to continue it",
            "sweep 2 was stopped, finished tasks are kept",
        ),
        ("set them back, or leave --resume out to begin a new sweep", "set them back, or begin a new sweep"),
        ("repeat its command as it was, or leave --resume out", "repeat its command as it was"),
        ("127.0.0.1 cannot be reached", "127.0.0.1 cannot be reached"),
        (
            "sweep 2 is paused at its spend limit of $5.00: $5.01 is spent; raise it with --spend-limit and continue "
            "with --resume 2",
            "sweep 2 is paused at its spend limit of $5.00: $5.01 is spent; "
            "New sweep with a higher limit goes on with it",
        ),
    ],
)
def test_options_of_the_command_line_are_not_named_in_the_window(said, shown):
    assert in_window(said) == shown


def test_any_long_work_is_a_job_that_counts_and_gives_its_result(empty_frame, qtbot):
    """It begins when the one before has ended, wherever it is asked for."""
    jobs, done, seen = empty_frame.jobs, [], []
    jobs.changed.connect(lambda state: seen.append((state.title, state.phase, state.progress and state.progress.done)))
    go_on = threading.Event()

    def first(cancel, begun):
        begun((), 0)
        jobs.count("item", 3, 4)
        assert go_on.wait(30)
        return "made"

    jobs.do("first", "example.org", first, done.append)
    jobs.do("second", "", lambda cancel, begun: None, done.append)
    qtbot.waitUntil(lambda: ("first", "running", 3) in seen)
    assert jobs.state.network == "example.org"
    assert jobs.waiting
    go_on.set()
    qtbot.waitUntil(lambda: ("second", "finished", None) in seen)
    assert done == ["made", None]


def test_long_work_that_is_stopped_gives_no_result(empty_frame, qtbot):
    jobs, done = empty_frame.jobs, []

    def work(cancel, begun):
        assert cancel.wait(30)
        raise Cancelled("stopped on request")

    jobs.do("work", "", work, done.append)
    jobs.stop()
    qtbot.waitUntil(lambda: not jobs.active)
    assert jobs.state.phase == "cancelled"
    assert done == []


def test_what_waits_survives_stop_can_be_reordered_and_taken_out(empty_frame, qtbot):
    jobs, done = empty_frame.jobs, []

    def until_stopped(cancel, begun):
        assert cancel.wait(30)
        raise Cancelled("stopped on request")

    jobs.do("first", "", until_stopped)
    for name in ("a", "b", "c"):
        jobs.do(name, "", lambda cancel, begun, name=name: name, done.append)
    a, b, c = (job.number for job in jobs.queue.jobs)
    jobs.queue.move(c, -1)
    jobs.queue.move(a, -1)
    jobs.queue.take_out(b)
    assert [job.title for job in jobs.queue.jobs] == ["a", "c"]
    jobs.stop()
    qtbot.waitUntil(lambda: not jobs.active)
    assert jobs.queue.held
    assert [job.title for job in jobs.queue.jobs] == ["a", "c"]
    jobs.queue.move(c, -1)
    jobs.go_on()
    qtbot.waitUntil(lambda: done == ["c", "a"])
    assert not jobs.queue.held


def test_a_sweep_is_paused_and_goes_on_in_the_window(empty_frame, qtbot):
    jobs, conn = empty_frame.jobs, empty_frame.session.workspace.reader()
    jobs.sweep(SweepRequest(RunRequest("practice", limit=60), ("none", "reasoningbank"), ks=(1, 2)), PRACTICE)
    qtbot.waitUntil(lambda: jobs.state.can_pause, timeout=30_000)
    assert not jobs.can_resume
    jobs.pause()
    assert jobs.state.phase == "pausing"
    qtbot.waitUntil(lambda: not jobs.active, timeout=30_000)
    assert (jobs.state.phase, jobs.state.detail) == ("paused", "sweep 1 is paused on request")
    assert runs.sweep(conn, 1).status == "paused"
    jobs.resume()
    qtbot.waitUntil(lambda: jobs.state.phase == "finished", timeout=60_000)
    assert runs.sweep(conn, 1).status == "finished"
    assert not jobs.can_resume
