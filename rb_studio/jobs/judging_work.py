"""The work of a judging: asking side by side, and keeping what comes as it comes."""

import sqlite3
import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NoReturn

from rb_studio.environments.registry import domain_of
from rb_studio.jobs.aside import report
from rb_studio.jobs.toolbox import Setup, Toolbox
from rb_studio.method.calls import Caller
from rb_studio.method.judge import judge
from rb_studio.records.arm import ArmConfig
from rb_studio.records.errors import Cancelled, RbStudioError, UsageError
from rb_studio.records.identity import uid
from rb_studio.records.judging import JudgeAnswer, Judging
from rb_studio.records.task import Suite, Task
from rb_studio.store import judgings, rollouts, runs, suites
from rb_studio.store.workspace import Workspace

BATCH = 20
FLUSH_SECONDS = 1.0
# So many asks in a row without an answer mean an endpoint that is away, not a reply that failed.
FAILURES = 20


class JudgeFailed(RbStudioError):
    """The judge's endpoint answers nothing; what came before is kept."""


class LimitReached(Exception):
    """So much is spent as was allowed."""


class Work:
    """Keeps what comes in: in small batches, but never for long."""

    def __init__(
        self,
        workspace: Workspace,
        begun: Judging,
        max_cost: float | None,
        cancel: threading.Event | None,
        on_progress: Callable[[int, int], None],
    ) -> None:
        self._workspace, self._id, self._max_cost = workspace, begun.id, max_cost
        self._cancel, self._on_progress = cancel, on_progress
        self._done, self._total, self._given = begun.answers, begun.asked, 0
        self._waiting: list[JudgeAnswer] = []
        self._flushed = time.monotonic()
        self._failures = 0
        self._last_failure = ""

    def through(self, ask: Callable[[], None]) -> Judging:
        """Keep what `ask` brings, and how it ended. Raises Cancelled, JudgeFailed and what `ask` raises."""
        try:
            ask()
            self.flush()
        except LimitReached as reached:
            return self.end("paused", str(reached))
        except Cancelled:
            self.flush()
            stopped = self.end("cancelled", "stopped")
            raise Cancelled(
                f"stopped; {stopped.answers} verdicts given before are kept; go on with --resume {self._id}"
            ) from None
        except RbStudioError as error:
            self.flush()
            self.end("failed", str(error))
            raise
        return self.over()

    def tick(self) -> None:
        if self._cancel is not None and self._cancel.is_set():
            raise Cancelled("stopped on request")

    def hear(self, answer: JudgeAnswer) -> None:
        """One ask more. Raises LimitReached and JudgeFailed."""
        self._waiting.append(answer)
        self._done += 1
        if answer.verdict is None:
            self._failures += 1
            self._last_failure = answer.failure
        else:
            self._failures, self._given = 0, self._given + 1
        if (
            len(self._waiting) >= BATCH
            or time.monotonic() - self._flushed > FLUSH_SECONDS
            or self._max_cost is not None
        ):
            self.flush()
        if self._failures >= FAILURES:
            self.flush()
            self._give_up()
        if self._max_cost is not None:
            self._refuse_more(self._max_cost)

    def flush(self) -> None:
        """Commit what waits."""
        waiting, self._waiting = self._waiting, []
        self._flushed = time.monotonic()
        if waiting:
            self._workspace.run(lambda db: judgings.keep_answers(db, self._id, waiting))
            self._on_progress(self._done, self._total)

    def over(self) -> Judging:
        """How it ended after everything was asked. Raises JudgeFailed where nothing was answered."""
        left = len(judgings.open_targets(self._workspace.reader(), self._id))
        if left and not self._given:
            self.end("failed", self._last_failure)
            self._give_up()
        if left:
            return self.end("paused", f"{left} without an answer: {self._last_failure}")
        return self.end("finished")

    def end(self, status: str, note: str = "") -> Judging:
        self._workspace.run(lambda db: judgings.set_status(db, self._id, status, note))
        return judgings.judging(self._workspace.reader(), self._id)

    def _give_up(self) -> NoReturn:
        known = judgings.judging(self._workspace.reader(), self._id)
        kept = f"the {known.answers} verdicts before are kept" if known.answers else "nothing was changed"
        raise JudgeFailed(f"the judge {known.profile} gave no answer ({kept}): {self._last_failure}")

    def _refuse_more(self, max_cost: float) -> None:
        cost = judgings.spent(self._workspace.reader(), self._id).cost
        if cost is not None and cost >= max_cost and self._done < self._total:
            raise LimitReached(f"the limit of ${max_cost:g} is reached")


def ask_aside(path: Path, number: int, setup: Setup) -> None:
    """In a process of its own: every answer is reported as soon as it is there."""
    with Workspace.open(path, write=False) as workspace, closing(asked(workspace, number, setup, None)) as answers:
        for answer in answers:
            report(answer)


def asked(
    workspace: Workspace, number: int, setup: Setup, cancel: threading.Event | None
) -> Generator[JudgeAnswer, None, None]:
    """What the judge says to every open ask, asked side by side, in order."""
    with (
        closing(Toolbox(replace(setup, concurrency=1), cancel)) as toolbox,
        ThreadPoolExecutor(setup.concurrency, thread_name_prefix="judge") as pool,
    ):
        conn = workspace.reader()
        asking = _Asking(workspace, judgings.judging(conn, number).uid, toolbox)
        waiting: list[Future[JudgeAnswer]] = [
            pool.submit(partial(asking.ask, *one)) for one in judgings.open_targets(conn, number)
        ]
        try:
            for future in waiting:
                yield toolbox.result(future)
        finally:
            for future in waiting:
                future.cancel()
            toolbox.close()  # before the pool waits, so that calls in flight end at once


class _Asking:
    """Asks one judge about rollouts of any run."""

    def __init__(self, workspace: Workspace, judging: str, toolbox: Toolbox) -> None:
        self._workspace, self._judging, self._toolbox = workspace, judging, toolbox

    def ask(self, rollout: int, ask: int) -> JudgeAnswer:
        """One answer about one rollout; the first ask of all has the seed that the run's own judge had."""
        conn = self._workspace.reader()
        run_id, rollout_uid, task, suite = about(conn, rollout)
        trajectory = rollouts.trajectory(conn, rollout_uid, run=run_id)
        arm = runs.run(conn, run_id).arm or ArmConfig(suite="")
        tools = self._toolbox.tools(suite, {}, embedding=False)
        named = uid("judging", self._judging, run_id, rollout_uid)
        caller = Caller(arm, named, task, tools, _numbers={(trajectory.rollout_index, "judge"): ask})
        verdict = judge(caller, trajectory, domain_of(suite))
        failure = verdict.failure
        if failure is not None and failure.infrastructure:  # the fault lies with the endpoint: no data, not a verdict
            return JudgeAnswer(rollout, ask, caller.calls(), None, failure.message)
        return JudgeAnswer(rollout, ask, caller.calls(), verdict)


def about(conn: sqlite3.Connection, rollout: int) -> tuple[int, str, Task, Suite]:
    """Run, uid, task and suite of a rollout."""
    row = conn.execute("SELECT run, uid, task_key FROM rollout WHERE id = ?", (rollout,)).fetchone()
    task = suites.task(conn, row["task_key"])
    suite = suites.find(conn, task.suite) if task else None
    if task is None or suite is None:
        raise UsageError(f"the task {row['task_key']} is not stored any more: import it to go on judging")
    return row["run"], row["uid"], task, suite
