"""Who runs a task: threads of this process, or worker processes."""

import pickle
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial

from rb_studio.jobs.faults import lost
from rb_studio.jobs.live import LiveWriter
from rb_studio.jobs.luggage import Trunk, Unpacker
from rb_studio.jobs.strand import Errand, Made, Results
from rb_studio.jobs.toolbox import Setup, Toolbox
from rb_studio.jobs.workers import report
from rb_studio.method.allocate import needs_vector
from rb_studio.method.consolidate import folded
from rb_studio.method.stream import run_task
from rb_studio.method.tools import Tools, ignore
from rb_studio.records.arm import ArmConfig
from rb_studio.records.judgement import Verdict
from rb_studio.records.memory import Bank
from rb_studio.records.outcome import LiveEvent, TaskOutcome
from rb_studio.records.task import Grading, Suite, Task
from rb_studio.store.packed import pack

REPORT_INTERVAL = 0.05
BATCH_SECONDS = 0.2


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

    def __call__(self, errand: Errand) -> "Future[Results]":
        on_event = partial(self._live.add, errand.strand.run) if self._live else ignore
        arms = tuple(member.arm for member in errand.members)
        embedding = any(map(needs_vector, arms))
        tools = self.toolbox.tools(self._suite, self._gradings, embedding=embedding, on_event=on_event)
        human = errand.strand.human
        return self._threads.submit(run_tasks, arms, errand.tasks, errand.strand.bank, errand.given, tools, human)

    def close(self) -> None:
        """Stop what runs and wait for the threads."""
        self.toolbox.close()
        self._threads.shutdown(wait=True, cancel_futures=True)


@dataclass(frozen=True, slots=True)
class Cell:
    """Tasks of one arm, or of several that share its rollouts, as they are sent to another process.

    `ground` is what all cells of a job have in common, pickled once: their setup and suite. No task is begun after
    `seconds` (None: the usual time), but the first.
    """

    ground: bytes
    gradings: Mapping[str, Grading]
    arms: tuple[ArmConfig, ...]
    tasks: tuple[Task, ...]
    bank: Trunk
    given: TaskOutcome | None
    human: Mapping[str, Verdict]
    seconds: float | None


class OnExecutor:
    """Runs tasks on any executor whose workers can import rb_studio.

    With `live` the steps are reported as they happen, which takes an executor that carries reports. `seconds` is how
    long tasks that follow one another go on in one call, where it is not the usual time.
    """

    def __init__(
        self,
        executor: Executor,
        setup: Setup,
        suite: Suite,
        gradings: Mapping[str, Grading],
        *,
        live: bool = False,
        seconds: float | None = None,
    ) -> None:
        self._executor, self._gradings, self._live, self._seconds = executor, gradings, live, seconds
        self._ground = pickle.dumps((setup, suite))

    def __call__(self, errand: Errand) -> "Future[Results]":
        made: Future[Results] = Future()
        self._send(errand, made, whole=False)
        return made

    def _send(self, errand: Errand, made: "Future[Results]", *, whole: bool) -> None:
        cell = self._cell(errand, whole)
        if self._live:
            sent = self._executor.submit(perform_live, cell, errand.strand.run)
        else:
            sent = self._executor.submit(perform, cell)
        sent.add_done_callback(lambda done: self._arrived(done, errand, made))

    def _arrived(self, done: "Future[Results | None]", errand: Errand, made: "Future[Results]") -> None:
        """Hand on what came back; a worker that lacks pieces of the bank is sent the whole."""
        if done.cancelled():
            made.cancel()
            made.set_running_or_notify_cancel()
            return
        try:
            found = done.result()
            if found is None:
                self._send(errand, made, whole=True)
            else:
                made.set_result(found)
        except Exception as error:  # noqa: BLE001 - whatever it is, whoever waits for the errand is told
            made.set_exception(error)

    def _cell(self, errand: Errand, whole: bool) -> Cell:
        strand, keys = errand.strand, [task.key for task in errand.tasks]
        return Cell(
            ground=self._ground,
            gradings={key: self._gradings[key] for key in keys if key in self._gradings},
            arms=tuple(member.arm for member in errand.members),
            tasks=errand.tasks,
            bank=strand.packer.pack(strand.bank, whole=whole),
            given=errand.given,
            human={key: strand.human[key] for key in keys if key in strand.human},
            seconds=self._seconds,
        )


def run_tasks(
    arms: Sequence[ArmConfig],
    tasks: Sequence[Task],
    bank: Bank,
    given: TaskOutcome | None,
    tools: Tools,
    human: Mapping[str, Verdict],
    seconds: float | None = None,
) -> Results:
    """Tasks one after another, each with the bank the one before left, until `BATCH_SECONDS` or those given are over.

    A task that lost something, or broke, is the last one: whether those behind it may be done is for others to say.
    """
    most = BATCH_SECONDS if seconds is None else seconds
    begun, results = time.monotonic(), list[tuple[Made, ...]]()
    for task in tasks:
        if results and time.monotonic() - begun >= most:
            break
        started = time.monotonic()
        try:
            made = run_members(arms, task, bank, given, replace(tools, human=human.get(task.key)))
        except Exception:
            if not results:
                raise
            break  # what is done already counts; the task comes again, as the first one
        took = time.monotonic() - started
        results.append(tuple(replace(one, seconds=took) for one in made))
        if any(one.fault for one in made):
            break
        bank, given = folded(bank, arms[0], made[0].outcome), None
    return tuple(results)


def run_members(
    arms: Sequence[ArmConfig], task: Task, bank: Bank, given: TaskOutcome | None, tools: Tools
) -> tuple[Made, ...]:
    """One task of several arms with the same bank, most rollouts first: the others take over what the first played."""
    outcomes: list[TaskOutcome] = []
    for arm in arms:
        outcomes.append(run_task(arm, task, bank, replace(tools, given=outcomes[0] if outcomes else given)))
    return tuple(Made(pack(outcome), lost(outcome)) for outcome in outcomes)


_grounds: dict[bytes, tuple[Toolbox, Suite]] = {}
_unpacker = Unpacker()


def perform(cell: Cell, on_event: Callable[[LiveEvent], None] = ignore) -> Results | None:
    """Run a cell here, None where its bank is not whole; what all cells need is built once a process and kept."""
    bank = _unpacker.unpack(cell.bank)
    if bank is None:
        return None
    toolbox, suite = ground_of(cell.ground)
    embedding = any(map(needs_vector, cell.arms))
    tools = toolbox.tools(suite, cell.gradings, embedding=embedding, on_event=on_event)
    return run_tasks(cell.arms, cell.tasks, bank, cell.given, tools, cell.human, cell.seconds)


def ground_of(pickled: bytes) -> tuple[Toolbox, Suite]:
    """The tools and suite of a job's cells in this process, unpickled and built once."""
    if pickled not in _grounds:
        setup, suite = pickle.loads(pickled)  # noqa: S301 - our own driver's pipe
        _grounds[pickled] = (Toolbox(setup), suite)
    return _grounds[pickled]


def perform_live(cell: Cell, run: int) -> Results | None:
    """Run a cell in a worker and report its steps to the parent in small batches."""
    with reporting(run) as on_event:
        return perform(cell, on_event)


@contextmanager
def reporting(run: int) -> Iterator[Callable[[LiveEvent], None]]:
    """Where a worker's live events of a run go: to the parent, in small batches."""
    batch = _Batch(run)
    try:
        yield batch.add
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
