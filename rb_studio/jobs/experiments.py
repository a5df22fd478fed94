"""Paired experiments: the same tasks and seeds with a bank before and after a curation, or without an item and with it.

Both sides are frozen runs of their own, of ordinary arms, so everything about them can be looked at like any run. An
experiment that was stopped or killed is continued where it was: asking for the same again does.
"""

import sqlite3
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rb_studio.environments.builtin import BUILTIN_SUITES, builtin_suite
from rb_studio.jobs.estimates import Estimate, identity, of_rollouts
from rb_studio.jobs.plan import make_setup, prepare_ground, stands_on
from rb_studio.jobs.request import RunRequest, chosen, ordered
from rb_studio.jobs.run import Begun, Paused, run_arm
from rb_studio.models.settings import Settings
from rb_studio.records.errors import Cancelled, UsageError
from rb_studio.records.memory import ItemState
from rb_studio.records.task import Task
from rb_studio.store import banks, experiments, outcomes, runs, suites
from rb_studio.store.experiments import SIDES
from rb_studio.store.memory_reads import items_of, row_ids
from rb_studio.store.snapshots import point
from rb_studio.store.spending import Spending, spending
from rb_studio.store.temporal import chain
from rb_studio.store.uses import item_uses
from rb_studio.store.workspace import Workspace

BEFORE, AFTER = SIDES
CURATION, LEAVE_ONE_OUT = experiments.KINDS


@dataclass(frozen=True, slots=True)
class ExperimentRequest:
    """What is to be compared, in names. `run` says on which tasks, with which models and how; its bank, seed, learning
    and left-out items are the experiment's own.

    `before` and `after` are snapshots of `bank`, `#OPERATION`, or empty for how it stands now; a leave-one-out has one
    point only, `after`. `items` are uids.
    """

    kind: str
    bank: str
    run: RunRequest
    before: str = ""
    after: str = ""
    items: tuple[str, ...] = ()
    seeds: tuple[int, ...] = (0,)


@dataclass(frozen=True, slots=True)
class Cost:
    """What is left of an experiment to run, and what that takes by `known` rollouts made before."""

    tasks: int
    rollouts: int
    done: int
    known: int
    estimate: Estimate

    def sentence(self) -> str:
        """The same in a line or two."""
        tasks = f"{self.tasks:,} task{'' if self.tasks == 1 else 's'}"
        left = f"{self.rollouts:,} rollout{'' if self.rollouts == 1 else 's'} to run over {tasks}"
        there = f", {self.done:,} are there already" if self.done else ""
        if not self.rollouts:
            return f"{left}{there}: nothing is left to run; the result is shown at once."
        return f"{left}{there}. {self.estimate.sentence()}"

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        told = self.estimate
        used = {"calls": told.calls, "tokens": told.tokens, "dollars": told.cost, "seconds": told.seconds}
        return {"tasks": self.tasks, "rollouts": self.rollouts, "done": self.done, "known": self.known, **used}


@dataclass(frozen=True, slots=True)
class _Points:
    """A request resolved against the workspace."""

    bank: banks.BankRow
    before: int
    after: int


def estimate_cost(conn: sqlite3.Connection, request: ExperimentRequest, settings: Settings) -> Cost:
    """What is left to run, said before anything starts. Raises `UsageError` for what cannot be run."""
    points, tasks = _resolved(conn, request), asked_tasks(conn, request.run)
    known = _known(conn, points, request)
    rollouts = done = 0
    for side, seed in _cells(request.seeds):
        asked = _side(request, points, side, seed)
        finished = _finished_tasks(conn, known.get((side, seed)), asked)
        rollouts += (len(tasks) - len(finished)) * request.run.k
        done += len(finished) * request.run.k
    actor = make_setup(request.run, settings, {}).profiles["actor"]
    mean = _mean(conn, request.run, points, identity(actor))
    return Cost(len(tasks), rollouts, done, mean.rollouts if mean else 0, of_rollouts(mean, actor, rollouts))


def run_experiment(
    workspace: Workspace,
    request: ExperimentRequest,
    settings: Settings,
    *,
    cancel: threading.Event | None = None,
    on_begun: Begun | None = None,
    isolated: bool = False,
) -> int:
    """Run both sides with every seed and return the experiment's id; one that was begun before is continued.

    A side that another experiment has run already is taken from there. `on_begun` is called with each run's id and its
    number of tasks. Raises as `run_arm` does.
    """
    points = _resolved(workspace.reader(), request)
    written = {"run": request.run.to_json(), "seeds": sorted(set(request.seeds))}
    found = workspace.run(
        lambda db: experiments.create_experiment(
            db,
            request.kind,
            points.bank.id,
            before_op=points.before,
            after_op=points.after,
            items=request.items,
            request=written,
        )
    )
    workspace.run(lambda db: experiments.set_experiment_status(db, found, "running"))
    cancel = cancel or threading.Event()
    try:
        for side, seed in _cells(request.seeds):
            _run_side(workspace, found, _side(request, points, side, seed), side, settings, cancel, on_begun, isolated)
    except BaseException as error:
        _give_up(workspace, found, error)
        raise
    workspace.run(lambda db: experiments.set_experiment_status(db, found, "finished"))
    return found


def tasks_with(conn: sqlite3.Connection, item_uids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Tasks at which any of these items was retrieved, by suite, the suite with most of them first.

    Elsewhere a bank without an item gives the same prompt as one with it, so replaying those tasks shows nothing.
    """
    keys = {use.task_key for use in item_uses(conn, item_uids=item_uids)}
    by_suite: dict[str, list[str]] = {}
    for key in sorted(keys):
        row = conn.execute(
            "SELECT s.name FROM task t JOIN suite s ON s.id = t.suite WHERE t.key = ?", (key,)
        ).fetchone()
        if row is not None:
            by_suite.setdefault(row[0], []).append(key)
    return {name: tuple(found) for name, found in sorted(by_suite.items(), key=lambda pair: (-len(pair[1]), pair[0]))}


def _cells(seeds: Iterable[int]) -> list[tuple[str, int]]:
    """Both sides of a seed follow each other, so that what is there after a stop is made of pairs."""
    return [(side, seed) for seed in sorted(set(seeds)) for side in SIDES]


def _side(request: ExperimentRequest, points: _Points, side: str, seed: int) -> RunRequest:
    left_out = request.items if request.kind == LEAVE_ONE_OUT and side == BEFORE else ()
    at = points.before if side == BEFORE else points.after
    asked = replace(request.run, bank=f"{points.bank.name}@#{at}", learn=False, seed=seed, without=left_out)
    memory = asked.memory if asked.own_method else points.bank.mode
    return replace(asked, memory=memory, review="off").settled()


def _resolved(conn: sqlite3.Connection, request: ExperimentRequest) -> _Points:
    row = banks.find_bank(conn, request.bank)
    if row is None:
        known = ", ".join(one.name for one in banks.banks(conn)) or "none yet"
        raise UsageError(f"there is no bank {request.bank!r} in this workspace; it has {known}")
    if not request.seeds:
        raise UsageError("an experiment needs at least one seed")
    after = _point(conn, row.id, request.after)
    if request.kind == LEAVE_ONE_OUT:
        _refuse_unused(conn, row, after, request.items)
        return _Points(row, after, after)
    before = _point(conn, row.id, request.before)
    first, second = (banks.bank_hash(conn, row.id, at_operation=one) for one in (before, after))
    if first == second:
        names = [text or "now" for text in (request.before, request.after)]
        raise UsageError(f"bank {row.name} is the same at {names[0]} and at {names[1]}: there is nothing to test")
    return _Points(row, before, after)


def _point(conn: sqlite3.Connection, bank_id: int, text: str) -> int:
    return point(conn, bank_id, text) if text else experiments.last_change(conn, bank_id)


def _refuse_unused(conn: sqlite3.Connection, bank: banks.BankRow, operation: int, uids: Sequence[str]) -> None:
    """Only what a run would retrieve can be left out of it."""
    if not uids:
        raise UsageError("say which item is to be left out")
    layers = chain(conn, bank.id, operation)
    known = row_ids(conn, "memory_item", layers, uids)
    states = {item.uid: item.state for _, item in items_of(conn, layers) if item.uid in known}
    for uid in uids:
        if states.get(uid) is not ItemState.ACTIVE:
            state = states.get(uid, "not there")
            raise UsageError(f"item {uid} of bank {bank.name} is {state}, and only active items are ever retrieved")


def asked_tasks(conn: sqlite3.Connection, run: RunRequest) -> list[Task]:
    """The tasks both sides run; of a built-in suite also before it was first run here."""
    base = run.suite.partition("/")[0]
    stored = {row.suite.name for row in suites.suites(conn)}
    if base in stored or base not in BUILTIN_SUITES:
        known: Sequence[Task] = suites.tasks(conn, run.suite)
    else:
        known = builtin_suite(base).tasks
    return ordered(chosen(known, run.tasks), run.order, run.limit)


def _known(conn: sqlite3.Connection, points: _Points, request: ExperimentRequest) -> Mapping[tuple[str, int], int]:
    """Runs of the very same experiment, where it was begun before."""
    written: dict[str, Any] = {"run": request.run.to_json(), "seeds": sorted(set(request.seeds))}
    wanted = (request.kind, points.before, points.after, tuple(sorted(set(request.items))), written)
    for row in experiments.experiments(conn, points.bank.id):
        if (row.kind, row.before_op, row.after_op, row.items, row.request) == wanted:
            return row.runs
    return {}


def _finished_tasks(conn: sqlite3.Connection, run: int | None, asked: RunRequest) -> set[str]:
    run = _same_elsewhere(conn, asked) if run is None else run
    return set() if run is None else outcomes.finished_tasks(conn, run)


def _same_elsewhere(conn: sqlite3.Connection, asked: RunRequest) -> int | None:
    """A finished run that another experiment made of the same request."""
    wanted, made = asked.to_json(), experiments.experiment_runs(conn)
    for row in reversed(runs.runs(conn)):
        if row.id in made and row.status == "finished" and row.config.get("request") == wanted:
            return None if outcomes.invalid_tasks(conn, row.id) else row.id
    return None


def _run_side(
    workspace: Workspace,
    experiment: int,
    asked: RunRequest,
    side: str,
    settings: Settings,
    cancel: threading.Event,
    on_begun: Begun | None,
    isolated: bool,
) -> None:
    """Run one side with one seed unless it is there; its run is noted before its first task."""
    conn = workspace.reader()
    known = experiments.experiment(conn, experiment).runs.get((side, asked.seed))
    there = _same_elsewhere(conn, asked) if known is None else known if _is_whole(conn, known) else None
    if there is not None and stands_on(runs.run(conn, there), prepare_ground(workspace, asked, settings)):
        workspace.run(lambda db: experiments.add_experiment_run(db, experiment, side, asked.seed, there))
        return

    def begun(ids: Sequence[int], tasks: int) -> None:
        workspace.run(lambda db: experiments.add_experiment_run(db, experiment, side, asked.seed, ids[0]))
        if on_begun is not None:
            on_begun(ids, tasks)

    run_arm(workspace, asked, settings, cancel=cancel, on_begun=begun, isolated=isolated)


def _is_whole(conn: sqlite3.Connection, run: int) -> bool:
    return runs.run(conn, run).status == "finished" and not outcomes.invalid_tasks(conn, run)


def _give_up(workspace: Workspace, experiment: int, error: BaseException) -> None:
    stopped = isinstance(error, (Cancelled, KeyboardInterrupt))
    status = "cancelled" if stopped else "paused" if isinstance(error, Paused) else "failed"
    workspace.run(lambda db: experiments.set_experiment_status(db, experiment, status))


def _mean(conn: sqlite3.Connection, run: RunRequest, points: _Points, actor: str) -> Spending | None:
    return spending(conn, run.suite, actor, memory=points.bank.mode) or spending(conn, run.suite, actor)
