"""The driver: sends tasks of arms to an executor and commits each outcome in one transaction.

One task of one arm is the unit of work, commit, cancel and resume. Tasks of an arm with memory go strictly
one after another; an arm without memory may have several under way.
"""

import contextlib
import logging
import math
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rb_studio.jobs.faults import Lost, lost_to
from rb_studio.jobs.strand import Errand, Made, Results, Strand, in_order
from rb_studio.jobs.workers import WorkerDied
from rb_studio.method.consolidate import folded
from rb_studio.models.errors import EmbeddingError
from rb_studio.records.errors import Cancelled, WorkspaceError
from rb_studio.records.outcome import TaskOutcome
from rb_studio.records.task import Task
from rb_studio.store import runs
from rb_studio.store.outcomes import Commit, commit_outcomes, load_outcome
from rb_studio.store.workspace import Workspace

if TYPE_CHECKING:
    from sqlite_utils import Database

log = logging.getLogger(__name__)
RETRY_DELAYS = (1.0, 5.0)
POLL_SECONDS = 0.2


Perform = Callable[[Errand], "Future[Results]"]


@dataclass(frozen=True, slots=True)
class _Part:
    """What became of one arm's part of an errand: what was made (None when nothing), whether it counts as it is."""

    member: Strand
    made: Made | None
    fault: Lost | None
    kept: bool


@dataclass(frozen=True, slots=True)
class _Settled:
    """A task of a finished errand, part by part."""

    strand: Strand
    task: Task
    parts: tuple[_Part, ...]

    @property
    def seconds(self) -> float:
        """How long the task took; without end where nothing came of it."""
        return max((part.made.seconds if part.made else math.inf for part in self.parts), default=math.inf)

    @property
    def fault(self) -> Lost | None:
        """The fault to be mended by trying again, None where every part is kept."""
        return next((part.fault for part in self.parts if not part.kept and part.fault), None)


@dataclass
class Driver:
    """Drives strands to their end.

    Parameters
    ----------
    workspace
        Where outcomes are committed; open for writing.
    perform
        Starts an errand on some executor; its result holds an outcome for each member, in their order, for each task.
    in_flight
        How many errands may be under way at once.
    batch
        How many tasks of a strand an errand has at most.
    before_commit
        Called with run and task key before an outcome is committed: live steps still waiting are moot then.
    each_round
        Called several times a second while tasks are under way.
    end_with_process
        Whether a dead worker process ends the job, so that a person decides, or its task is tried again.
    commit_seconds
        What arrives within so many seconds is committed together, while the next tasks run: a kill takes that much
        back, which is done again. By default every outcome is in the file before the next task starts.
    cancel
        Set to stop: nothing new starts, what is under way is dropped, what is committed stays.
    hold
        Asked before tasks start: why nothing new is to start, empty to go on. What is under way is finished and
        committed then, and the arms that were begun are paused with that reason.
    """

    workspace: Workspace
    perform: Perform
    in_flight: int = 1
    batch: int = 1
    cancel: threading.Event = field(default_factory=threading.Event)
    before_commit: Callable[[int, str], None] = lambda run, task_key: None
    each_round: Callable[[], None] = lambda: None
    retry_delays: Sequence[float] = RETRY_DELAYS
    end_with_process: bool = False
    commit_seconds: float = 0.0
    hold: Callable[[], str] = lambda: ""
    _open: dict["Future[Results]", Errand] = field(default_factory=dict)
    _faults: Counter[str] = field(default_factory=Counter)
    _ready: list[_Part] = field(default_factory=list)
    _writing: "deque[Future[None]]" = field(default_factory=deque)
    _written: float = 0.0
    _pace: int = 1  # of the strand heard of last: a new one's tasks are likely to be as quick

    def drive(self, strands: Sequence[Strand]) -> None:
        """Run every strand to its end or to its pause; raises `Cancelled` on stop."""
        for strand in strands:
            if strand.begun:
                self._tell_begun(strand)
        try:
            while any(strand.open for strand in strands):
                self._check_cancelled()
                self._write_when_due()
                held = self.hold()
                if held and not self._open:
                    self._halt(strands, held)
                    break
                if not held:
                    self._start(strands)
                self._collect()
                self.each_round()
            self._write()
        except BaseException as error:
            self._give_up(strands, error)
            raise
        finally:
            self._tell_repeated()

    def _halt(self, strands: Sequence[Strand], reason: str) -> None:
        for strand in strands:
            if strand.begun and not strand.done and not strand.paused:
                self._pause(strand, reason)

    def _give_up(self, strands: Sequence[Strand], error: BaseException) -> None:
        """What is unfinished was cancelled when a person asked for it, and failed when something broke.

        A run whose process died is left as one whose whole program died: open, with nobody at work on it.
        """
        stopped, died = isinstance(error, (Cancelled, KeyboardInterrupt)), isinstance(error, WorkerDied)
        status, note = ("cancelled", "") if stopped else ("running" if died else "failed", str(error))
        with contextlib.suppress(WorkspaceError):  # the error that led here is the one to tell
            self._write()
            for strand in strands:
                if strand.begun and not strand.done and not strand.paused:
                    self._set_status(strand, status, note)
            self._await_written()

    def _check_cancelled(self) -> None:
        if self.cancel.is_set():
            raise Cancelled("stopped on request; finished tasks are kept")

    def _start(self, strands: Sequence[Strand]) -> None:
        """Fill the free places."""
        while len(self._open) < self.in_flight:
            errand = self._next(strands)
            if errand is None:
                return
            errand.strand.under_way += 1
            self._open[self.perform(errand)] = errand

    def _next(self, strands: Sequence[Strand]) -> Errand | None:
        for strand in in_order(strands, self.in_flight):
            if not strand.begun:
                strand.begin()
                strand.pace = self._pace
                self._tell_begun(strand)
            task = strand.next_task()
            if task is not None:
                members = strand.lacking(task)
                tasks = (task, *strand.following(task, members, self._more(strand)))
                return Errand(strand, tasks, members, self._given(strand, task, members))
        return None

    def _more(self, strand: Strand) -> int:
        """How many tasks go out with one: no more than leaves every place its part of those done side by side."""
        share = len(strand.waiting) if strand.sequential else len(strand.waiting) // self.in_flight
        return min(strand.pace - 1, share)

    def _given(self, strand: Strand, task: Task, lacking: Sequence[Strand]) -> TaskOutcome | None:
        """What a member made of the task before a fault, or a kill, kept the others from it."""
        done = [member for member in strand.members if member not in lacking]
        if not done:
            return None
        self._write()
        return load_outcome(self.workspace.reader(), done[0].run, task.key, with_calls=True)

    def _tell_begun(self, strand: Strand) -> None:
        for member in strand.members:
            whole = all(task.key in member.finished for task in member.tasks)
            if not (whole and member.over):
                self._set_member(member, "finished" if whole else "running")
        if strand.done:
            strand.end()

    def _collect(self) -> None:
        if not self._open:
            self.cancel.wait(POLL_SECONDS)
            return
        ready, _ = wait(self._open, timeout=POLL_SECONDS, return_when=FIRST_COMPLETED)
        errands = [(self._open.pop(future), future) for future in ready]
        settled = [(errand, self._settle(errand, future)) for errand, future in errands]
        self._ready += [part for _, tasks in settled for one in tasks for part in one.parts if part.made is not None]
        for errand, tasks in settled:
            errand.strand.waiting.extendleft(reversed(errand.tasks[len(tasks) :]))
            for one in tasks:
                self._go_on(one)
            errand.strand.paced([one.seconds for one in tasks], self.batch)
            if errand.strand.waiting:  # the last ones are as many as were left
                self._pace = errand.strand.pace
            self._leave(errand.strand)

    def _settle(self, errand: Errand, future: "Future[Results]") -> list[_Settled]:
        """What is to be done with the tasks of a finished errand; what broke it is the first one's fault."""
        strand = errand.strand
        try:
            results = future.result()
        except (WorkerDied, EmbeddingError) as error:
            if isinstance(error, WorkerDied) and self.end_with_process:
                raise
            parts = tuple(_Part(member, None, lost_to(error), False) for member in errand.members)
            return [_Settled(strand, errand.tasks[0], parts)]
        settled = []
        for task, made in zip(errand.tasks, results, strict=False):
            pairs = zip(errand.members, made, strict=True)
            settled.append(_Settled(strand, task, tuple(self._part(strand, task, *pair) for pair in pairs)))
        return settled

    def _part(self, strand: Strand, task: Task, member: Strand, made: Made) -> _Part:
        """Whether an outcome counts.

        Where trying again is over, an arm without memory keeps what there is of it, unless a person has to mend
        something first: then the arm pauses, and the task is done again with the rest.
        """
        fault = made.fault
        last = fault is not None and not member.sequential and self._is_last_try(strand, task, fault)
        return _Part(member, made, fault, fault is None or (made.outcome.valid and last))

    def _write_when_due(self) -> None:
        """What arrives after a pause is committed at once, what follows closely together with others."""
        while self._writing and self._writing[0].done():
            self._writing.popleft().result()
        if not self.commit_seconds:
            self._write()
        elif self._ready and not self._writing and time.monotonic() - self._written >= self.commit_seconds:
            self._begin_write()

    def _write(self) -> None:
        """Commit all there is and wait until it is done; raises what went wrong with it, or with what was before it."""
        self._begin_write()
        self._await_written()

    def _await_written(self) -> None:
        writing, self._writing = self._writing, deque()
        for one in writing:
            one.result()

    def _begin_write(self) -> None:
        """Begin to write all that is ready, in one transaction."""
        ready, self._ready = self._ready, []
        if ready:
            self._commit(ready)
        self._written = time.monotonic()

    def _commit(self, parts: Sequence[_Part]) -> None:
        ready = [(part, part.made) for part in parts if part.made is not None]
        for part, made in ready:
            self.before_commit(part.member.run, made.outcome.task_key)
        self._submit(lambda db: commit_outcomes(db, (_commit(part, made) for part, made in ready)))

    def _submit(self, operation: "Callable[[Database], object]") -> None:
        """Queue what is to be written after all that is queued already; where that fails, so does this."""
        before = self._writing[-1] if self._writing else None

        def write(db: "Database") -> None:
            if before is not None:
                before.result()
            operation(db)

        self._writing.append(self.workspace.submit(write))

    def _go_on(self, one: _Settled) -> None:
        """A whole task is folded into the bank, another one is tried again."""
        for part in one.parts:
            if part.kept and part.made is not None:
                part.member.finished.add(one.task.key)
                self._fold(part.member, part.made.outcome)
        if one.fault is not None:
            self._fault(one, one.fault)

    def _leave(self, strand: Strand) -> None:
        """An errand is over, and its strand too where nothing is left to do."""
        strand.under_way -= 1
        if strand.paused:
            if not strand.under_way:
                strand.end()
        elif strand.done:
            self._end(strand)

    def _fold(self, member: Strand, outcome: TaskOutcome) -> None:
        """The bank value as the member's next task sees it."""
        member.bank = folded(member.bank, member.arm, outcome)

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
            strand.try_again(task, self.retry_delays[tries - 1])
        elif strand.sequential or fault.lasting:
            strand.waiting.appendleft(task)
            self._pause(strand, _at(task.key, fault.reason))
        else:
            for part in one.parts:
                if part.made is None:
                    part.member.lost[task.key] = fault.reason

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
        for member in strand.members:
            if member.lost:
                self._pause_member(member, _at(*next(iter(member.lost.items()))))
            elif strand.only is None:
                self._set_member(member, "finished")
        strand.end()

    def _pause(self, strand: Strand, reason: str) -> None:
        """Every member that still lacks a task pauses."""
        for member in strand.members:
            if member is strand or any(task.key not in member.finished for task in member.tasks):
                self._pause_member(member, reason)

    def _pause_member(self, member: Strand, reason: str) -> None:
        if member.paused is None:
            member.paused = f"paused {reason}"
            self._set_member(member, "paused", member.paused)

    def _set_status(self, strand: Strand, status: str, detail: str = "") -> None:
        for member in strand.members:
            self._set_member(member, status, detail)

    def _set_member(self, member: Strand, status: str, detail: str = "") -> None:
        """A run is never told to be over before its outcomes are in the file."""
        self._begin_write()
        self._submit(lambda db: runs.set_run_status(db, member.run, status, detail))
        if not self.commit_seconds:
            self._await_written()


def _at(task_key: str, reason: str) -> str:
    return f"at task {task_key}: {reason}"


def _commit(part: _Part, made: Made) -> Commit:
    """How a part enters the file."""
    member = part.member
    embedder = member.arm.models.get("embedder")
    return Commit(member.run, member.bank_id, made.packed, embedder, part.kept, part.fault is not None)
