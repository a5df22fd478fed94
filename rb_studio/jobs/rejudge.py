"""Judging stored rollouts again, with another model: verdicts are added, none is overwritten."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from typing import NoReturn

from rb_studio.environments.registry import domain_of
from rb_studio.jobs.judge_report import chosen_rollouts
from rb_studio.jobs.plan import DEFAULT_CONCURRENCY
from rb_studio.jobs.toolbox import CHAT_ROLES, Setup, Toolbox
from rb_studio.method.calls import Caller
from rb_studio.method.judge import judge
from rb_studio.models.profile import Profile
from rb_studio.records.arm import ArmConfig
from rb_studio.records.errors import Cancelled, RbStudioError
from rb_studio.records.identity import uid
from rb_studio.records.judgement import Status, Verdict
from rb_studio.records.task import Suite, Task
from rb_studio.records.trajectory import Trajectory
from rb_studio.store import banks, prompts, rollouts, runs, suites
from rb_studio.store.rollouts import RolloutRow
from rb_studio.store.verdicts import add_verdicts
from rb_studio.store.workspace import Workspace

BATCH = 50


class JudgeFailed(RbStudioError):
    """The judge's endpoint answered nothing of a whole batch; what came before is kept."""


@dataclass(frozen=True, slots=True)
class Rejudged:
    """What judging again came to.

    `changed` counts new verdicts that differ from the judge's last one, `unknown` those that are unknown,
    `failed` rollouts the endpoint gave no answer for (nothing is stored for them), `skipped` rollouts
    without a stored task. `operations` are undoable one by one.
    """

    judged: int = 0
    changed: int = 0
    unknown: int = 0
    failed: int = 0
    skipped: int = 0
    operations: tuple[int, ...] = ()
    simulated: bool = False

    def with_batch(self, batch: Sequence[tuple[RolloutRow, Verdict]], failed: int, operation: int | None) -> "Rejudged":
        """The same with one more batch."""
        return replace(
            self,
            judged=self.judged + len(batch),
            changed=self.changed + sum(row.judged not in (None, str(new.status)) for row, new in batch),
            unknown=self.unknown + sum(new.status is Status.UNKNOWN for _, new in batch),
            failed=self.failed + failed,
            operations=self.operations if operation is None else (*self.operations, operation),
        )


def judge_again(
    workspace: Workspace,
    profile: Profile,
    *,
    run: int | None = None,
    sweep: int | None = None,
    limit: int | None = None,
    cancel: threading.Event | None = None,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> Rejudged:
    """Judge valid stored rollouts with this profile and append the verdicts, one operation a batch.

    Parameters
    ----------
    limit
        Only the first so many rollouts.
    on_progress
        Called with (done, total) rollouts after each batch is committed.

    Raises
    ------
    UsageError
        There is no such run or sweep.
    JudgeFailed
        The endpoint failed for every rollout of a batch.
    Cancelled
        Stop was asked for; the batches before are kept.
    """
    conn = workspace.reader()
    valid = [row for row in chosen_rollouts(conn, run=run, sweep=sweep) if row.valid][:limit]
    concurrency = 1 if profile.name == "practice" else min(DEFAULT_CONCURRENCY, profile.concurrency)
    setup = Setup(dict.fromkeys(CHAT_ROLES, profile), prompts=prompts.prompt_texts(conn), concurrency=concurrency)
    done, seen = Rejudged(simulated=setup.simulated), 0
    toolbox = Toolbox(replace(setup, concurrency=1), cancel)
    # The toolbox closes before the pool waits, so that calls in flight end at once.
    with ThreadPoolExecutor(concurrency, thread_name_prefix="judge") as pool, closing(toolbox):
        workspace.run(lambda db: prompts.record_prompts(db, toolbox.prompts.texts))
        judging = _Judging(workspace, toolbox, pool)
        for batch in _batches(valid):
            try:
                done = judging.batch(batch, done)
            except Cancelled:
                raise Cancelled(f"stopped; {done.judged} verdicts given before are kept") from None
            seen += len(batch)
            on_progress(seen, len(valid))
    return done


def _batches(rows: Sequence[RolloutRow]) -> Iterator[list[RolloutRow]]:
    """Rollouts of one run at a time, at most BATCH together."""
    batch: list[RolloutRow] = []
    for row in rows:
        if batch and (row.run != batch[0].run or len(batch) == BATCH):
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


@dataclass(frozen=True, slots=True)
class _Asked:
    """A rollout as the judge gets it."""

    row: RolloutRow
    trajectory: Trajectory
    task: Task
    suite: Suite


class _Judging:
    """Judges batches of one workspace with one toolbox, side by side on a pool."""

    def __init__(self, workspace: Workspace, toolbox: Toolbox, pool: Executor) -> None:
        self._workspace, self._toolbox, self._pool = workspace, toolbox, pool

    def batch(self, rows: Sequence[RolloutRow], before: Rejudged) -> Rejudged:
        """Judge rollouts of one run and store what the judge said."""
        run = runs.run(self._workspace.reader(), rows[0].run)
        asked = list(filter(None, map(self._asked, rows)))
        verdicts = self._verdicts(run.arm or ArmConfig(suite=""), asked)
        given = [(one.row, verdict) for one, verdict in zip(asked, verdicts, strict=True) if not _failed(verdict)]
        if asked and not given:
            self._give_up(verdicts[0], before)
        reason = f"judged again by {self._toolbox.models['judge'].identity}"
        change = self._workspace.run(lambda db: add_verdicts(db, [one for _, one in given], reason=reason, run=run.id))
        after = before.with_batch(given, len(asked) - len(given), change.operation)
        return replace(after, skipped=before.skipped + len(rows) - len(asked))

    def _asked(self, row: RolloutRow) -> _Asked | None:
        conn = self._workspace.reader()
        task = suites.task(conn, row.task_key)
        suite = suites.find(conn, task.suite) if task else None
        if task is None or suite is None:
            return None
        return _Asked(row, rollouts.trajectory(conn, row.uid, run=row.run), task, suite)

    def _verdicts(self, arm: ArmConfig, asked: Sequence[_Asked]) -> list[Verdict]:
        clock = banks.last_operation(self._workspace.reader())
        judged = partial(self._verdict, arm, clock)
        waiting = [self._pool.submit(judged, one) for one in asked]
        return [self._toolbox.result(future) for future in waiting]

    def _verdict(self, arm: ArmConfig, clock: int, asked: _Asked) -> Verdict:
        """One verdict; the clock of the workspace keeps its uid apart from those of earlier judgings."""
        judging = uid("judge again", self._toolbox.models["judge"].identity, asked.row.run, asked.row.uid, clock)
        caller = Caller(arm, judging, asked.task, self._toolbox.tools(asked.suite, {}, embedding=False))
        return replace(judge(caller, asked.trajectory, domain_of(asked.suite)), call_uid=None)

    def _give_up(self, verdict: Verdict, before: Rejudged) -> NoReturn:
        kept = f"the {before.judged} verdicts before are kept" if before.judged else "nothing was changed"
        why = verdict.failure.message if verdict.failure else verdict.reason
        raise JudgeFailed(f"the judge {self._toolbox.setup.profiles['judge'].name} gave no answer ({kept}): {why}")


def _failed(verdict: Verdict) -> bool:
    """True where the fault lies with the endpoint: no data, not a verdict."""
    return verdict.failure is not None and verdict.failure.infrastructure
