"""Fork a stored rollout at a step: play it on from there several times, as it was and with something changed.

Every variant becomes a run of its own with the purpose `fork`. Continuation j throws the same dice in every variant, so
that variants are paired. What came of them is told by `rb_studio.jobs.fork_results`.
"""

import pickle
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from rb_studio.jobs.faults import LASTING
from rb_studio.jobs.fork_cell import Cell, Continuation, play, play_apart
from rb_studio.jobs.fork_ground import ForkRequest, Ground, Variant, block_without, estimate_fork, resolved
from rb_studio.jobs.live import LiveWriter
from rb_studio.jobs.plan import shared_out
from rb_studio.jobs.run import JOB_PROCESSES, Begun
from rb_studio.jobs.toolbox import Toolbox
from rb_studio.jobs.workers import LocalExecutor
from rb_studio.method.fork import FORK
from rb_studio.method.prompts import PromptSet
from rb_studio.models.settings import Settings
from rb_studio.records.errors import Cancelled
from rb_studio.records.outcome import LiveEvent, TaskOutcome
from rb_studio.store import forks, prompts, runs
from rb_studio.store.workspace import Workspace

if TYPE_CHECKING:
    from sqlite_utils import Database

__all__ = ["ForkRequest", "Variant", "block_without", "estimate_fork", "fork"]

FIRST_INDEX = 1_000
"""Continuations are numbered from here: no rollout of an arm has such a number, so they throw dice of their own."""
POLL_SECONDS = 0.2
WRITE_SECONDS = 20.0


def fork(
    workspace: Workspace,
    request: ForkRequest,
    settings: Settings,
    *,
    cancel: threading.Event | None = None,
    on_begun: Begun | None = None,
    on_over: Callable[[int, int], None] = lambda done, total: None,
    isolated: bool = False,
) -> tuple[int, ...]:
    """Play a rollout on from a step and return the runs made, one per variant in their order.

    `on_begun` is called with them before anything starts, `on_over` with how many continuations are over, and of how
    many. `isolated` plays in processes of its own, so that a window
    is never held up. A place that cannot be reached again ends it after the first try; so does a fault that a person
    has to mend, and `max_cost`: `note` of the runs says which.

    Raises
    ------
    UsageError
        There is no such rollout or step, nothing can be continued from it, or something asked for does not exist.
    Cancelled
        Stop was asked for; continuations that were over are kept.
    """
    ground = resolved(workspace.reader(), request, settings)
    workspace.run(forks.end_cut_off)
    made = tuple(workspace.run(lambda db: [_new_run(db, ground, place) for place in range(len(request.variants))]))
    if on_begun is not None:
        on_begun(made, 1)
    job = _Job(workspace, ground, made, cancel or threading.Event(), LiveWriter(workspace), on_over)
    try:
        (job.play_apart if isolated else job.play_here)()
    except BaseException as error:
        stopped = isinstance(error, (Cancelled, KeyboardInterrupt))
        job.end("cancelled" if stopped else "failed", "" if stopped else str(error))
        raise
    job.end("finished" if not job.fault else "failed", job.fault or job.note)
    return made


def _new_run(db: "Database", ground: Ground, place: int) -> int:
    request = ground.request
    variant = request.variants[place]
    prompts.record_prompts(db, dict(PromptSet.with_overrides(ground.prompts_of(variant)).texts))
    config = {"fork": request.to_json() | {"variant": asdict(variant), "place": place}}
    stored = ground.row.config.get("request")
    return forks.create_fork(
        db,
        ground.row,
        ground.arm_of(variant),
        name=f"Fork at step {request.step}: {variant.name}",
        config=config | ({"request": stored} if stored else {}),
    )


@dataclass
class _Job:
    """A fork under way. `made` holds what is over, by variant; `fault` and `note` say why it ended before its end."""

    workspace: Workspace
    ground: Ground
    runs: Sequence[int]
    cancel: threading.Event
    live: LiveWriter
    on_over: Callable[[int, int], None]
    made: dict[int, list[Continuation]] = field(default_factory=dict)
    spent: float = 0.0
    fault: str = ""
    note: str = ""
    written: float = field(default_factory=time.monotonic)

    def play_here(self) -> None:
        """In threads of this process."""
        setup, suite = self.ground.setup, self.ground.suite
        toolbox = Toolbox(replace(setup, concurrency=1), self.cancel)
        with ThreadPoolExecutor(setup.concurrency, thread_name_prefix="fork") as pool:
            try:
                self._drive(
                    lambda cell, run: pool.submit(play, cell, toolbox, suite, partial(self.live.add, run)),
                    setup.concurrency,
                    b"",
                )
            finally:
                toolbox.close()

    def play_apart(self) -> None:
        """In processes of their own, which report their steps."""

        def reported(batch: tuple[int, list[LiveEvent]]) -> None:
            run, events = batch
            for event in events:
                self.live.add(run, event)

        setup = self.ground.setup
        wanted = min(max(setup.concurrency, 2), JOB_PROCESSES, len(self.runs) * self.ground.request.times)
        processes, shared = shared_out(setup, wanted)
        executor = LocalExecutor(processes, reruns=0, on_report=reported)
        ground = pickle.dumps((replace(shared, concurrency=1), self.ground.suite))
        try:
            self._drive(lambda cell, run: executor.submit(play_apart, cell, run), processes, ground)
        finally:
            executor.shutdown(cancel_futures=True)

    def _drive(self, submit: "Callable[[Cell, int], Future[Continuation]]", in_flight: int, ground: bytes) -> None:
        """Continuation by continuation through all variants, so that what is there after a stop is made of pairs."""
        variants = self.ground.request.variants
        waiting = deque((place, index) for index in range(self.ground.request.times) for place in range(len(variants)))
        open_: dict[Future[Continuation], int] = {}
        self._tell("running")
        while waiting or open_:
            if self.cancel.is_set():
                raise Cancelled("stopped on request; continuations that were over are kept")
            while waiting and len(open_) < in_flight:
                place, index = waiting.popleft()
                open_[submit(self._cell(variants[place], index, ground), self.runs[place])] = place
            for future in wait(open_, timeout=POLL_SECONDS, return_when=FIRST_COMPLETED).done:
                self._keep(open_.pop(future), future.result())
            if self.fault or self.note:
                waiting.clear()
            if time.monotonic() - self.written >= WRITE_SECONDS:
                self._write(last=False)
            self.live.flush_when_due()

    def _cell(self, variant: Variant, index: int, ground: bytes) -> Cell:
        return Cell(
            ground=ground,
            grading=self.ground.grading,
            arm=self.ground.arm_of(variant),
            arm_hash=self.ground.hash_of(variant),
            task=self.ground.task,
            point=self.ground.point,
            index=FIRST_INDEX + index,
            memory_block=self.ground.block_of(variant),
            prompts=self.ground.prompts_of(variant),
        )

    def _keep(self, place: int, one: Continuation) -> None:
        """Take a continuation; what would only come again, or costs too much, lets no further one begin."""
        self.made.setdefault(place, []).append(one)
        self.spent += sum(call.reply.cost or 0.0 for call in one.calls)
        limit, failure = self.ground.request.max_cost, one.trajectory.failure
        if one.trajectory.extra[FORK]["diverged"] is not None:
            self.fault = one.trajectory.exit_detail
        elif failure is not None and failure.kind in LASTING:
            self.fault = failure.message
        elif limit is not None and self.spent >= limit:
            self.note = f"stopped at ${self.spent:.4f}: at most ${limit:.4f} were to be spent"
        self.on_over(sum(map(len, self.made.values())), self.ground.request.times * len(self.runs))

    def end(self, status: str, note: str) -> None:
        """Write what there is and how it ended."""
        for run in self.runs:
            self.live.forget(run, self.ground.task.key)
        self._write(last=True)
        self._tell(status, note)

    def _write(self, *, last: bool) -> None:
        """Commit what is over, so that a kill takes no more than the last of it back."""
        for place, run in enumerate(self.runs):
            found = sorted(self.made.get(place, ()), key=lambda one: one.trajectory.rollout_index)
            outcome = self._outcome(self.ground.request.variants[place], found)
            self.workspace.run(partial(self._commit, run=run, outcome=outcome, last=last))
        self.written = time.monotonic()

    def _commit(self, db: "Database", run: int, outcome: TaskOutcome, last: bool) -> None:
        request = self.ground.request
        forks.commit_fork(db, run, outcome, of=request.rollout_uid, step=request.step, last=last)

    def _outcome(self, variant: Variant, found: Sequence[Continuation]) -> TaskOutcome:
        return TaskOutcome(
            arm_hash=self.ground.hash_of(variant),
            task_key=self.ground.task.key,
            k=self.ground.request.times,
            rollouts=tuple(one.trajectory for one in found),
            verdicts=tuple(one.verdict for one in found),
            truths={one.trajectory.uid: one.truths for one in found},
            calls=tuple(call for one in found for call in one.calls),
        )

    def _tell(self, status: str, note: str = "") -> None:
        for run in self.runs:
            self.workspace.run(partial(_set_status, run=run, status=status, note=note))


def _set_status(db: "Database", run: int, status: str, note: str) -> None:
    runs.set_run_status(db, run, status, note)
