"""Who runs a task: threads of this process, or worker processes."""

import pickle
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial

from rb_studio.jobs.live import LiveWriter
from rb_studio.jobs.strand import Errand
from rb_studio.jobs.toolbox import Setup, Toolbox
from rb_studio.jobs.workers import report
from rb_studio.method.allocate import needs_vector
from rb_studio.method.stream import run_task
from rb_studio.method.tools import Tools, ignore
from rb_studio.records.arm import ArmConfig
from rb_studio.records.judgement import Verdict
from rb_studio.records.memory import Bank
from rb_studio.records.outcome import LiveEvent, TaskOutcome
from rb_studio.records.task import Grading, Suite, Task

REPORT_INTERVAL = 0.05


class InProcess:
    """Runs tasks on threads of this process and reports live steps."""

    def __init__(
        self,
        setup: Setup,
        suite: Suite,
        gradings: Mapping[str, Grading],
        *,
        live: LiveWriter | None = None,
        cancel: threading.Event | None = None,
    ) -> None:
        self.toolbox = Toolbox(setup, cancel)
        self._suite, self._gradings, self._live = suite, gradings, live
        self._threads = ThreadPoolExecutor(setup.concurrency, thread_name_prefix="task")

    def __call__(self, errand: Errand) -> "Future[tuple[TaskOutcome, ...]]":
        on_event = partial(self._live.add, errand.strand.run) if self._live else ignore
        arms = tuple(member.arm for member in errand.members)
        embedding = any(map(needs_vector, arms))
        tools = self.toolbox.tools(self._suite, self._gradings, embedding=embedding, on_event=on_event)
        tools = replace(tools, human=errand.strand.human.get(errand.task.key))
        return self._threads.submit(run_members, arms, errand.task, errand.strand.bank, errand.given, tools)

    def close(self) -> None:
        """Stop what runs and wait for the threads."""
        self.toolbox.close()
        self._threads.shutdown(wait=True, cancel_futures=True)


@dataclass(frozen=True, slots=True)
class Cell:
    """One task of one arm, or of several that share its rollouts, as it is sent to another process."""

    setup: Setup
    suite: Suite
    grading: Grading | None
    arms: tuple[ArmConfig, ...]
    task: Task
    bank: Bank
    given: TaskOutcome | None = None
    human: Verdict | None = None


@dataclass
class OnExecutor:
    """Runs tasks on any executor whose workers can import rb_studio.

    With `live` the steps are reported as they happen, which takes an executor that carries reports.
    """

    executor: Executor
    setup: Setup
    suite: Suite
    gradings: Mapping[str, Grading] = field(default_factory=dict)
    live: bool = False

    def __call__(self, errand: Errand) -> "Future[tuple[TaskOutcome, ...]]":
        cell = self._cell(errand)
        if self.live:
            return self.executor.submit(perform_live, cell, errand.strand.run)
        return self.executor.submit(perform, cell)

    def _cell(self, errand: Errand) -> Cell:
        arms = tuple(member.arm for member in errand.members)
        grading = self.gradings.get(errand.task.key)
        human = errand.strand.human.get(errand.task.key)
        return Cell(self.setup, self.suite, grading, arms, errand.task, errand.strand.bank, errand.given, human)


def run_members(
    arms: Sequence[ArmConfig], task: Task, bank: Bank, given: TaskOutcome | None, tools: Tools
) -> tuple[TaskOutcome, ...]:
    """One task of several arms with the same bank, most rollouts first: the others take over what the first played."""
    made: list[TaskOutcome] = []
    for arm in arms:
        made.append(run_task(arm, task, bank, replace(tools, given=made[0] if made else given)))
    return tuple(made)


_toolboxes: dict[bytes, Toolbox] = {}


def perform(cell: Cell, on_event: Callable[[LiveEvent], None] = ignore) -> tuple[TaskOutcome, ...]:
    """Run a cell here; the toolbox is built once a process and kept."""
    key = pickle.dumps(cell.setup)
    if key not in _toolboxes:
        _toolboxes[key] = Toolbox(cell.setup)
    gradings = {cell.task.key: cell.grading} if cell.grading else {}
    embedding = any(map(needs_vector, cell.arms))
    tools = _toolboxes[key].tools(cell.suite, gradings, embedding=embedding, on_event=on_event)
    tools = replace(tools, human=cell.human)
    return run_members(cell.arms, cell.task, cell.bank, cell.given, tools)


def perform_live(cell: Cell, run: int) -> tuple[TaskOutcome, ...]:
    """Run a cell in a worker and report its steps to the parent in small batches."""
    batch = _Batch(run)
    try:
        return perform(cell, batch.add)
    finally:
        batch.flush()


class _Batch:
    """Live events of one cell, sent at most twenty times a second."""

    def __init__(self, run: int) -> None:
        self._run = run
        self._lock = threading.Lock()
        self._events: list[LiveEvent] = []
        self._sent = 0.0

    def add(self, event: LiveEvent) -> None:
        with self._lock:
            self._events.append(event)
            due = time.monotonic() - self._sent >= REPORT_INTERVAL
        if due:
            self.flush()

    def flush(self) -> None:
        with self._lock:
            events, self._events = self._events, []
            self._sent = time.monotonic()
        if events:
            report((self._run, events))
