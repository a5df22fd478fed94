"""What is under way can be watched, and watching changes nothing."""

import os
import signal
import threading
import time

import pytest

from rb_studio.jobs import live
from rb_studio.jobs.request import RunRequest
from rb_studio.jobs.run import run_arm
from rb_studio.jobs.workers import WorkerDied
from rb_studio.records.errors import Cancelled
from rb_studio.store import feed, rollouts, runs
from tests.jobs import sums
from tests.jobs.conftest import PRACTICE, StopAfter, lines, practice, run_sums, status, with_sums
from tests.jobs.killing import workers


def until(condition):
    deadline = time.monotonic() + 30
    while not (found := condition()):
        assert time.monotonic() < deadline
        threading.Event().wait(0.02)
    return found


@pytest.mark.parametrize("isolated", [False, True])
def test_a_rollout_is_seen_while_it_runs(workspace, server, settings, isolated, monkeypatch):
    """The judge does not answer until the acted step was seen, and that step comes right after another event."""
    seen = threading.Event()
    monkeypatch.setattr(live, "INTERVAL", 1.0)

    def waits(request):
        if sums.role_of(request) == "judge":
            seen.wait(30)
        return sums.solving()(request)

    server.default = waits
    with_sums(workspace)
    running = threading.Thread(
        target=run_arm,
        args=(workspace, RunRequest("sums", limit=1, memory="none"), settings),
        kwargs={"isolated": isolated},
    )
    running.start()
    try:
        reader = workspace.reader()
        (row,) = until(lambda: rollouts.rollout_rows(reader, include_running=True))
        assert (row.task_key, row.truth, row.judged) == ("sums/0", None, None)
        assert rollouts.rollout_rows(reader) == []
        assert until(lambda: rollouts.trajectory(reader, row.uid).steps)[0].actions[0].text in ("42", "43")
    finally:
        seen.set()
        running.join(30)
    (row,) = rollouts.rollout_rows(workspace.reader(), include_running=True)
    assert row.judged in ("success", "failure")
    kinds = [event.kind for event in feed.events_after(workspace.reader(), 0, run=1)]
    assert kinds.index("rollout_started") < kinds.index("step") < kinds.index("outcome")


@pytest.mark.parametrize("arm", [{}, {"memory": "reasoningbank", "scaling": "parallel", "k": 2}])
def test_rollouts_in_processes_of_their_own_give_the_same_result(open_new, arm):
    request = practice(**arm)
    here, apart = open_new("here"), open_new("apart")
    run_arm(here, request, PRACTICE)
    run_arm(apart, request, PRACTICE, isolated=True)
    assert lines(here) == lines(apart) != ""


def test_an_isolated_run_is_stopped_and_continued(open_new):
    request = practice(memory="reasoningbank")
    whole, broken = open_new("whole"), open_new("broken")
    run_arm(whole, request, PRACTICE)
    with pytest.raises(Cancelled):
        run_arm(broken, request, PRACTICE, cancel=StopAfter(broken, 2), isolated=True)
    assert status(broken, 1) == "cancelled"
    assert workers() == []
    run_arm(broken, request, PRACTICE, isolated=True)
    assert lines(broken) == lines(whole) != ""


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("memory", ["none", "reasoningbank"])
def test_a_dead_process_ends_an_isolated_run_which_can_be_continued(open_new, server, settings, memory):
    request = RunRequest("sums", limit=3, memory=memory, concurrency=1)
    whole, broken = open_new("whole"), open_new("broken")
    run_sums(whole, settings, limit=3, memory=memory)
    deaths = iter(range(1))

    def kills(asked):
        if sums.role_of(asked) == "judge" and next(deaths, None) is not None:
            os.kill(workers()[0], signal.SIGKILL)
        return sums.solving()(asked)

    server.default = kills
    with_sums(broken)
    with pytest.raises(WorkerDied):
        run_arm(broken, request, settings, isolated=True)
    assert status(broken, 1) == "running", "as if the whole program had died"
    assert "worker process died" in runs.run(broken.reader(), 1).note
    run_arm(broken, request, settings, isolated=True)
    assert lines(broken) == lines(whole) != ""
