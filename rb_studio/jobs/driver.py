"""The driver: sends tasks of arms to an executor and commits each outcome in one transaction.

One task of one arm is the unit of work, commit, cancel and resume. Tasks of an arm with memory go strictly
one after another; an arm without memory may have several under way.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field

from rb_studio.jobs.workers import WorkerDied
from rb_studio.method.consolidate import consolidate
from rb_studio.records.arm import ArmConfig
from rb_studio.records.errors import Cancelled
from rb_studio.records.memory import Bank
from rb_studio.records.outcome import TaskOutcome
from rb_studio.records.task import Task
from rb_studio.store import runs
from rb_studio.store.outcomes import commit_outcome
from rb_studio.store.workspace import Workspace

log = logging.getLogger(__name__)
RETRY_DELAYS = (1.0, 5.0)
POLL_SECONDS = 0.2


@dataclass
class Strand:
    """One arm on its way through its tasks.

    `bank` is the value the next task sees. `paused` holds the reason once an infrastructure fault stopped
    the arm; `faulty` the tasks of an arm without memory that wait for another try.
    """

    arm: ArmConfig
    run: int
    tasks: Sequence[Task]
    bank: Bank = field(default_factory=Bank)
    bank_id: int | None = None
    finished: set[str] = field(default_factory=set)
    paused: str | None = None
    waiting: deque[Task] = field(default_factory=deque)
    faulty: dict[str, str] = field(default_factory=dict)
    tries: dict[str, int] = field(default_factory=dict)
    under_way: int = 0
    not_before: float = 0.0

    def __post_init__(self) -> None:
        self.waiting.extend(task for task in self.tasks if task.key not in self.finished)

    @property
    def sequential(self) -> bool:
        return self.arm.memory != "none"

    @property
    def done(self) -> bool:
        return not self.waiting and not self.under_way

    @property
    def work_left(self) -> int:
        """Rollouts still to start; those of an arm with memory cannot be done side by side and weigh more."""
        return len(self.waiting) * self.arm.k * (2 if self.sequential else 1)

    def next_task(self) -> Task | None:
        """The task that may start now, if any."""
        if self.paused or not self.waiting or time.monotonic() < self.not_before:
            return None
        if self.sequential and self.under_way:
            return None
        return self.waiting.popleft()


Perform = Callable[[Strand, Task], "Future[TaskOutcome]"]


@dataclass
class Driver:
    """Drives strands to their end.

    Parameters
    ----------
    workspace
        Where outcomes are committed; open for writing.
    perform
        Starts one task of a strand on some executor.
    in_flight
        How many tasks may be under way at once.
    before_commit
        Called before an outcome is committed, so that what was gathered live is written first.
    cancel
        Set to stop: nothing new starts, what is under way is dropped, what is committed stays.
    """

    workspace: Workspace
    perform: Perform
    in_flight: int = 1
    cancel: threading.Event = field(default_factory=threading.Event)
    before_commit: Callable[[], None] = lambda: None
    retry_delays: Sequence[float] = RETRY_DELAYS
    _open: dict["Future[TaskOutcome]", tuple[Strand, Task]] = field(default_factory=dict)

    def drive(self, strands: Sequence[Strand]) -> None:
        """Run every strand to its end or to its pause; raises `Cancelled` on stop."""
        for strand in strands:
            self._set_status(strand, "running")
        try:
            while any((not strand.done and not strand.paused) or strand.under_way for strand in strands):
                self._check_cancelled()
                self._start(strands)
                self._collect()
        except BaseException:
            for strand in strands:
                if not strand.done:
                    self._set_status(strand, "cancelled")
            raise

    def _check_cancelled(self) -> None:
        if self.cancel.is_set():
            raise Cancelled("stopped on request; finished tasks are kept")

    def _start(self, strands: Sequence[Strand]) -> None:
        """Fill the free places, the strand with most work left first: it decides when all is done."""
        while len(self._open) < self.in_flight:
            for strand in sorted(strands, key=lambda strand: -strand.work_left):
                task = strand.next_task()
                if task is not None:
                    strand.under_way += 1
                    self._open[self.perform(strand, task)] = (strand, task)
                    break
            else:
                return

    def _collect(self) -> None:
        if not self._open:
            self.cancel.wait(POLL_SECONDS)
            return
        ready, _ = wait(self._open, timeout=POLL_SECONDS, return_when=FIRST_COMPLETED)
        for future in ready:
            strand, task = self._open.pop(future)
            strand.under_way -= 1
            try:
                self._settle(strand, task, future.result())
            except WorkerDied as death:
                self._fault(strand, task, str(death))
            if strand.done and not strand.paused:
                self._set_status(strand, "finished")

    def _settle(self, strand: Strand, task: Task, outcome: TaskOutcome) -> None:
        """Commit an outcome; a valid one is folded into the bank, an invalid one is tried again."""
        self.before_commit()
        embedder = strand.arm.models.get("embedder")
        self.workspace.run(lambda db: commit_outcome(db, strand.run, strand.bank_id, outcome, embedder=embedder))
        if not outcome.valid:
            self._fault(strand, task, outcome.rollouts[0].exit_detail)
            return
        strand.finished.add(task.key)
        strand.bank = consolidate(strand.bank, outcome.experience, outcome.experience_vector, strand.arm.consolidation)

    def _fault(self, strand: Strand, task: Task, reason: str) -> None:
        """No data for this task yet: try again later, then pause an arm with memory or leave the cell invalid."""
        tries = strand.tries[task.key] = strand.tries.get(task.key, 0) + 1
        log.warning("task %s gave no data (try %d): %s", task.key, tries, reason)
        if tries <= len(self.retry_delays):
            strand.not_before = time.monotonic() + self.retry_delays[tries - 1] if strand.sequential else 0.0
            (strand.waiting.appendleft if strand.sequential else strand.waiting.append)(task)
        elif strand.sequential:
            strand.waiting.appendleft(task)
            strand.paused = f"paused at task {task.key}: {reason}"
            self._set_status(strand, "paused", strand.paused)
        else:
            strand.faulty[task.key] = reason

    def _set_status(self, strand: Strand, status: str, detail: str = "") -> None:
        self.workspace.run(lambda db: runs.set_run_status(db, strand.run, status, detail))
