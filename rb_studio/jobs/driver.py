"""The driver: sends tasks of arms to an executor and commits each outcome in one transaction.

One task of one arm is the unit of work, commit, cancel and resume. Tasks of an arm with memory go strictly
one after another; an arm without memory may have several under way.
"""

import contextlib
import logging
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rb_studio.jobs.faults import Lost, lost, lost_to
from rb_studio.jobs.workers import WorkerDied
from rb_studio.method.consolidate import consolidate
from rb_studio.models.errors import EmbeddingError
from rb_studio.records.arm import ArmConfig
from rb_studio.records.errors import Cancelled, WorkspaceError
from rb_studio.records.memory import Bank
from rb_studio.records.outcome import TaskOutcome
from rb_studio.records.task import Task
from rb_studio.store import runs
from rb_studio.store.outcomes import commit_outcome
from rb_studio.store.workspace import Workspace

if TYPE_CHECKING:
    from sqlite_utils import Database

log = logging.getLogger(__name__)
RETRY_DELAYS = (1.0, 5.0)
POLL_SECONDS = 0.2


@dataclass
class Strand:
    """One arm on its way through its tasks.

    `bank` is the value the next task sees. `paused` holds the reason once an infrastructure fault stopped
    the arm; `lost` why tasks of an arm without memory left nothing at all that could be committed.
    """

    arm: ArmConfig
    run: int
    tasks: Sequence[Task]
    bank: Bank = field(default_factory=Bank)
    bank_id: int | None = None
    finished: set[str] = field(default_factory=set)
    paused: str | None = None
    waiting: deque[Task] = field(default_factory=deque)
    lost: dict[str, str] = field(default_factory=dict)
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


@dataclass(frozen=True, slots=True)
class _Settled:
    """A finished task: its outcome (None when there is none), what was lost, whether it counts as it is."""

    strand: Strand
    task: Task
    outcome: TaskOutcome | None
    fault: Lost | None
    kept: bool


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
        Called with run and task key before an outcome is committed: live steps still waiting are moot then.
    each_round
        Called several times a second while tasks are under way.
    end_with_process
        Whether a dead worker process ends the job, so that a person decides, or its task is tried again.
    cancel
        Set to stop: nothing new starts, what is under way is dropped, what is committed stays.
    """

    workspace: Workspace
    perform: Perform
    in_flight: int = 1
    cancel: threading.Event = field(default_factory=threading.Event)
    before_commit: Callable[[int, str], None] = lambda run, task_key: None
    each_round: Callable[[], None] = lambda: None
    retry_delays: Sequence[float] = RETRY_DELAYS
    end_with_process: bool = False
    _open: dict["Future[TaskOutcome]", tuple[Strand, Task]] = field(default_factory=dict)
    _faults: Counter[str] = field(default_factory=Counter)

    def drive(self, strands: Sequence[Strand]) -> None:
        """Run every strand to its end or to its pause; raises `Cancelled` on stop."""
        for strand in strands:
            self._set_status(strand, "finished" if strand.done else "running")
        try:
            while any((not strand.done and not strand.paused) or strand.under_way for strand in strands):
                self._check_cancelled()
                self._start(strands)
                self._collect()
                self.each_round()
        except BaseException as error:
            self._give_up(strands, error)
            raise
        finally:
            self._tell_repeated()

    def _give_up(self, strands: Sequence[Strand], error: BaseException) -> None:
        """What is unfinished was cancelled when a person asked for it, and failed when something broke."""
        stopped = isinstance(error, (Cancelled, KeyboardInterrupt))
        status, note = ("cancelled", "") if stopped else ("failed", str(error))
        with contextlib.suppress(WorkspaceError):  # the error that led here is the one to tell
            for strand in strands:
                if not strand.done and not strand.paused:
                    self._set_status(strand, status, note)

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
        settled = [self._settle(*self._open.pop(future), future) for future in ready]
        self._commit([one for one in settled if one.outcome is not None])
        for one in settled:
            self._go_on(one)

    def _settle(self, strand: Strand, task: Task, future: "Future[TaskOutcome]") -> "_Settled":
        """What is to be done with a finished task.

        Where trying again is over, an arm without memory keeps what there is of it, unless a person has to mend
        something first: then the arm pauses, and the task is done again with the rest.
        """
        try:
            outcome = future.result()
        except (WorkerDied, EmbeddingError) as error:
            if isinstance(error, WorkerDied) and self.end_with_process:
                raise
            return _Settled(strand, task, None, lost_to(error), False)
        fault = lost(outcome)
        kept = fault is None or (outcome.valid and not strand.sequential and self._is_last_try(strand, task, fault))
        return _Settled(strand, task, outcome, fault, kept)

    def _commit(self, settled: "Sequence[_Settled]") -> None:
        """All outcomes that are ready, in one transaction."""
        if not settled:
            return
        for one in settled:
            self.before_commit(one.strand.run, one.task.key)

        def commit(db: "Database") -> None:
            for one in settled:
                assert one.outcome is not None
                strand = one.strand
                embedder = strand.arm.models.get("embedder")
                commit_outcome(db, strand.run, strand.bank_id, one.outcome, embedder=embedder, whole=one.kept)

        self.workspace.run(commit)

    def _go_on(self, one: "_Settled") -> None:
        """A whole task is folded into the bank, another one is tried again."""
        strand, outcome = one.strand, one.outcome
        strand.under_way -= 1
        if one.kept and outcome is not None:
            strand.finished.add(one.task.key)
            strand.bank = consolidate(
                strand.bank, outcome.experience, outcome.experience_vector, strand.arm.consolidation
            )
        elif one.fault is not None:
            self._fault(one, one.fault)
        if strand.done and not strand.paused:
            self._end(strand)

    def _tries_left(self, strand: Strand, task: Task) -> bool:
        return strand.tries.get(task.key, 0) < len(self.retry_delays)

    def _is_last_try(self, strand: Strand, task: Task, fault: Lost) -> bool:
        return not fault.lasting and not self._tries_left(strand, task)

    def _fault(self, one: "_Settled", fault: Lost) -> None:
        """A task is not whole yet: try again later, then pause an arm with memory or leave the cell invalid.

        A fault that only a person can mend pauses any arm: its other tasks would meet it too.
        """
        strand, task = one.strand, one.task
        again = not fault.lasting and self._tries_left(strand, task)
        tries = strand.tries[task.key] = strand.tries.get(task.key, 0) + 1
        self._tell(task, tries, fault)
        if again:
            strand.not_before = time.monotonic() + self.retry_delays[tries - 1] if strand.sequential else 0.0
            (strand.waiting.appendleft if strand.sequential else strand.waiting.append)(task)
        elif strand.sequential or fault.lasting:
            strand.waiting.appendleft(task)
            self._pause(strand, task.key, fault.reason)
        elif one.outcome is None:
            strand.lost[task.key] = fault.reason

    def _tell(self, task: Task, tries: int, fault: Lost) -> None:
        """One fault tends to meet every task: it is told once, and at the end how often it came again."""
        self._faults[fault.reason] += 1
        level = logging.WARNING if self._faults[fault.reason] == 1 else logging.INFO
        log.log(level, "task %s is not whole (try %d): %s", task.key, tries, fault.reason)

    def _tell_repeated(self) -> None:
        for reason, times in self._faults.items():
            if times > 1:
                log.warning("this came %d times in all: %s", times, reason)
        self._faults.clear()

    def _end(self, strand: Strand) -> None:
        """All tasks were tried; one that left nothing in the workspace keeps the run open for another try."""
        if strand.lost:
            self._pause(strand, *next(iter(strand.lost.items())))
        else:
            self._set_status(strand, "finished")

    def _pause(self, strand: Strand, task_key: str, reason: str) -> None:
        if strand.paused is None:
            strand.paused = f"paused at task {task_key}: {reason}"
            self._set_status(strand, "paused", strand.paused)

    def _set_status(self, strand: Strand, status: str, detail: str = "") -> None:
        self.workspace.run(lambda db: runs.set_run_status(db, strand.run, status, detail))
