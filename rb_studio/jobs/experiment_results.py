"""What paired experiments showed: both sides by task and seed, the tasks that flipped, effects of items left out."""

import sqlite3
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from rb_studio.analysis.effect import paired_effect
from rb_studio.jobs.comparisons import between
from rb_studio.jobs.experiments import asked_tasks
from rb_studio.jobs.flips import Flip as Flip
from rb_studio.jobs.flips import flips_between
from rb_studio.jobs.request import RunRequest
from rb_studio.jobs.run_tasks import RunTasks, run_tasks
from rb_studio.records.curve import Comparison
from rb_studio.records.effect import EffectEstimate
from rb_studio.store import experiments, runs
from rb_studio.store.experiments import SIDES, ExperimentRow

BEFORE, AFTER = SIDES
_, LEAVE_ONE_OUT = experiments.KINDS


@dataclass(frozen=True, slots=True)
class ExperimentResult:
    """What an experiment shows so far; differences are after minus before.

    `effect` is the difference in pass@1 over `n` tasks. `invalid` counts results of a task and seed that a fault
    outside the agent hit on either side, `missing` those that are not there yet. `comparisons` are empty until there is
    a pair.
    """

    row: ExperimentRow
    effect: EffectEstimate
    comparisons: tuple[Comparison, ...]
    flipped: tuple[Flip, ...]
    n: int
    invalid: int
    missing: int
    simulated: bool


def experiment_result(conn: sqlite3.Connection, experiment_id: int) -> ExperimentResult:
    """How both sides came out, paired by task and seed. Raises UsageError."""
    row = experiments.experiment(conn, experiment_id)
    sides = {side: _side_runs(conn, row, side) for side in SIDES}
    before, after = (_firsts(sides[side].values()) for side in SIDES)
    tasks = {key for key, _ in before.keys() & after.keys()}
    pairs = [(sides[BEFORE][seed], sides[AFTER][seed]) for seed in sides[BEFORE].keys() & sides[AFTER].keys()]
    expected = len(_task_keys(conn, row)) * len(row.request["seeds"]) * len(SIDES)
    tried = [(one.seed, key) for side in sides.values() for one in side.values() for key in one.figures]
    invalid = sum(one.invalid for side in sides.values() for one in side.values())
    compared = between(list(sides[BEFORE].values()), list(sides[AFTER].values()), SIDES, row.kind) if pairs else []
    return ExperimentResult(
        row=row,
        effect=paired_effect(after, before),
        comparisons=tuple(compared),
        flipped=tuple(flips_between(pairs)),
        n=len(tasks),
        invalid=invalid,
        missing=max(0, expected - len(tried)),
        simulated=any(one.simulated for side in sides.values() for one in side.values()),
    )


def left_out_effects(
    conn: sqlite3.Connection, bank_id: int, *, item_uids: Collection[str] | None = None
) -> dict[str, EffectEstimate]:
    """Effects that a finished leave-one-out on this bank told of an item alone, by uid, the newest one of each.

    What was told of a text that the item no longer has is left out.
    """
    newest = {
        row.items[0]: row
        for row in experiments.experiments(conn, bank_id)
        if row.kind == LEAVE_ONE_OUT
        and len(row.items) == 1
        and row.status == "finished"
        and (item_uids is None or row.items[0] in item_uids)
        and not _edited_since(conn, row.items[0], row.after_op)
    }
    return {uid: _paired(conn, row) for uid, row in newest.items()}


def _paired(conn: sqlite3.Connection, row: ExperimentRow) -> EffectEstimate:
    before, after = (_firsts(_side_runs(conn, row, side).values()) for side in SIDES)
    return paired_effect(after, before)


def _edited_since(conn: sqlite3.Connection, uid: str, operation: int) -> bool:
    query = "SELECT 1 FROM item_version v JOIN memory_item i ON i.id = v.item WHERE i.uid = ? AND v.op_from > ?"
    return conn.execute(query, (uid, operation)).fetchone() is not None


def _task_keys(conn: sqlite3.Connection, row: ExperimentRow) -> list[str]:
    return [task.key for task in asked_tasks(conn, RunRequest.from_json(row.request["run"]))]


def _side_runs(conn: sqlite3.Connection, row: ExperimentRow, side: str) -> dict[int, RunTasks]:
    """Results of a side by seed, of the tasks that are done."""
    rows = {seed: run for (where, seed), run in row.runs.items() if where == side}
    return {seed: run_tasks(conn, runs.run(conn, run)) for seed, run in sorted(rows.items())}


def _firsts(results: Iterable[RunTasks]) -> dict[tuple[str, int], float]:
    """Mean truth of a task's valid rollouts by task and seed."""
    return {
        (key, one.seed): figures.first
        for one in results
        for key, figures in one.figures.items()
        if figures.first is not None
    }
