"""One arm, from request to committed results."""

import threading
from collections.abc import Callable, Sequence
from contextlib import closing

from rb_studio.jobs.driver import Driver, Perform
from rb_studio.jobs.live import LiveWriter
from rb_studio.jobs.perform import InProcess, OnExecutor
from rb_studio.jobs.plan import Ground, begin_run, prepare_ground, shared_out
from rb_studio.jobs.request import RunRequest
from rb_studio.jobs.strand import Strand
from rb_studio.jobs.workers import LocalExecutor
from rb_studio.models.settings import Settings
from rb_studio.records.errors import Cancelled, RbStudioError
from rb_studio.records.outcome import LiveEvent
from rb_studio.store.live import drop_unfinished
from rb_studio.store.workspace import Workspace

JOB_PROCESSES = 4
Begun = Callable[[Sequence[int], int], None]


class Paused(RbStudioError):
    """A fault outside the agent stopped an arm; what is committed stays."""


def run_arm(
    workspace: Workspace,
    request: RunRequest,
    settings: Settings,
    *,
    cancel: threading.Event | None = None,
    on_begun: Begun | None = None,
    isolated: bool = False,
) -> int:
    """Run an arm to its end and return its run id; an interrupted run of the same request is continued.

    `on_begun` is called with the run's id and its number of tasks once its rows are committed. `isolated`
    runs the rollouts in processes of their own, so that they never hold up a window; should one die, its task
    is tried again.

    Raises
    ------
    UsageError
        Something asked for does not exist or cannot run.
    Paused
        The endpoint failed for good at some task; asking again continues there.
    Cancelled
        Stop was asked for; asking again continues.
    """
    cancel = cancel or threading.Event()
    request = request.settled()
    ground = prepare_ground(workspace, request, settings)
    strand, row = begin_run(workspace, request, ground)
    if on_begun:
        on_begun([row.id], len(ground.tasks))
    try:
        (_drive_isolated if isolated else _drive)(workspace, strand, ground, cancel)
    except Cancelled:
        workspace.run(lambda db: drop_unfinished(db, row.id))
        raise Cancelled(
            f"run {row.id} was stopped, finished tasks are kept; give the same command again to continue it"
        ) from None
    if strand.paused:
        raise Paused(f"run {row.id} is {strand.paused}; give the same command again to continue it")
    return row.id


def _drive(workspace: Workspace, strand: Strand, ground: Ground, cancel: threading.Event) -> None:
    """Rollouts and their judging are in flight up to the concurrency.

    A task whose rollouts are over selects and distils beside them; where the concurrency was asked for, the
    endpoint's own limit counts these calls in.
    """
    live = LiveWriter(workspace)
    performer = InProcess(ground.setup, ground.suite, ground.gradings, live=live, cancel=cancel)
    with closing(performer):
        _driver(workspace, performer, ground.setup.concurrency, cancel, live).drive([strand])


def _drive_isolated(workspace: Workspace, strand: Strand, ground: Ground, cancel: threading.Event) -> None:
    live = LiveWriter(workspace)

    def reported(batch: tuple[int, list[LiveEvent]]) -> None:
        run, events = batch
        for event in events:
            live.add(run, event)

    wanted = 1 if strand.sequential else min(ground.setup.concurrency, JOB_PROCESSES)
    processes, setup = shared_out(ground.setup, wanted)
    executor = LocalExecutor(processes, reruns=0, on_report=reported)
    performer = OnExecutor(executor, setup, ground.suite, ground.gradings, live=True)
    try:
        driver = _driver(workspace, performer, processes, cancel, live)
        driver.end_with_process = True
        driver.drive([strand])
    finally:
        executor.shutdown(cancel_futures=True)


def _driver(
    workspace: Workspace, perform: Perform, in_flight: int, cancel: threading.Event, live: LiveWriter
) -> Driver:
    return Driver(
        workspace,
        perform,
        in_flight=in_flight,
        cancel=cancel,
        before_commit=live.forget,
        each_round=live.flush_when_due,
    )
