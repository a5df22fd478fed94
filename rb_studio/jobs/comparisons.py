"""Arms compared in pairs on the same tasks and seeds: success, steps, tokens, cost and time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rb_studio.analysis.bootstrap import Difference, paired_differences
from rb_studio.analysis.difficulty import sizes
from rb_studio.analysis.intervals import FEW_TASKS
from rb_studio.analysis.mcnemar import mcnemar
from rb_studio.analysis.tables import known_means, known_sums, places, rows, taken
from rb_studio.jobs.arm_pairs import Side, against, distinct, pairs
from rb_studio.jobs.pools import Pool
from rb_studio.jobs.run_tasks import RunTasks
from rb_studio.records.curve import BOTH, SAME, UNITS, Comparison, Difficulty
from rb_studio.records.errors import UsageError
from rb_studio.records.recipe import Bootstrap

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Column = NDArray[np.float64]
    Table = NDArray[np.float64]

SUCCESS = {"pass_at_1": "first", "best_of_k": "best", "pass_at_k": "any"}
METRICS = (*SUCCESS, *(f"{name}{ending}" for name in UNITS for ending in ("", BOTH)))
ALL_ARMS = "all arms"
USUAL_BOOTSTRAP = Bootstrap()


@dataclass(frozen=True, slots=True)
class Paired:
    """A comparison and how many results of its tasks it leaves out because only one arm has their seed.

    `to_right` and `to_wrong` are the tasks that went better or worse in the second arm, for metrics of success.
    """

    comparison: Comparison
    left_out: int
    to_right: tuple[str, ...] = ()
    to_wrong: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Means:
    """Two arms' means of one metric over the seeds both have, task by task; NaN without any: float[tasks] each."""

    first: "Column"
    second: "Column"
    left_out: int


def compared(pools: Sequence[Pool], only: str | None = None) -> list[Paired]:
    """Every comparison there is to make, in metrics from success to time.

    Memory against none at equal k; the other memories against ReasoningBank at their smallest common k; scalings
    of one memory against each other at their largest common k; the most rollouts against one within each arm; an arm
    against its own repetition. `only` makes those of one kind.
    """
    return [one for a, b, kind in pairs(distinct(pools)) if only in (None, kind) for one in _compare(a, b, kind)]


def comparisons_of(
    pools: Sequence[Pool],
    *,
    reference: str | None,
    metrics: Sequence[str],
    bootstrap: Bootstrap = USUAL_BOOTSTRAP,
    only: str | None = None,
) -> tuple[Paired, ...]:
    """Comparisons as they are looked at: every arm against one, at each k both have, in a few metrics.

    Parameters
    ----------
    reference
        The name of the arm the others are compared with; None makes the pairs of `compared`.
    metrics
        Some of `METRICS`; the comparisons of two arms stand together, in this order.
    only
        Those of one kind.

    Raises
    ------
    UsageError
        There is no such arm or metric.
    """
    unknown = [metric for metric in metrics if metric not in METRICS]
    if unknown:
        raise UsageError(f"{', '.join(unknown)} is no metric to compare arms in: choose {', '.join(METRICS)}")
    every = pairs(distinct(pools)) if reference is None else against(pools, reference)
    sides = [(a, b, kind) for a, b, kind in every if only in (None, kind)]
    by_metric = [_together(sides, metric, bootstrap) for metric in metrics]
    return tuple(one for of_pair in zip(*by_metric, strict=True) for one in of_pair)


def floors(comparisons: Iterable[Comparison]) -> dict[str, float]:
    """By metric the largest difference that may be nothing but chance, as arms show that differ by their seeds only.

    Which of two seeds is drawn first is chance as well, so the farther bound holds either way.
    """
    found: dict[str, float] = {}
    for one in comparisons:
        if one.kind == SAME and one.low is not None and one.high is not None:
            found[one.metric] = max(found.get(one.metric, 0.0), abs(one.low), abs(one.high))
    return found


def difficulty(pools: Sequence[Pool]) -> tuple[Difficulty, ...]:
    """How hard the tasks are, over all arms together first: only mixed ones can show a difference."""
    keys = sorted({key for pool in pools for key in pool.tasks})
    row_of = rows(keys)
    tried, solved = np.zeros(len(keys)), np.zeros(len(keys))
    found = []
    for pool in pools:
        counts, right = task_counts(pool)
        where = places(pool.tasks, row_of)
        tried[where] += counts
        solved[where] += right
        found.append(_difficulty(pool.name, counts, right))
    return (_difficulty(ALL_ARMS, tried, solved), *found)


def task_counts(pool: Pool) -> "tuple[Column, Column]":
    """Graded rollouts and successes of each task: float[tasks] each."""
    solved, failed = known_sums(pool.table("solved")), known_sums(pool.table("failed"))
    return solved + failed, solved


def between(
    before: Sequence[RunTasks], after: Sequence[RunTasks], names: tuple[str, str], kind: str
) -> list[Comparison]:
    """Runs of one k against others on the same tasks and seeds, in metrics from success to time."""
    a, b = (
        Side(Pool(name, {}, list(members)), members[0].k) for name, members in zip(names, (before, after), strict=True)
    )
    return [one.comparison for one in _compare(a, b, kind)]


def few(comparison: Comparison) -> bool:
    """Whether a comparison stands on too few tasks to say much."""
    return comparison.n < FEW_TASKS


def _compare(a: Side, b: Side, kind: str) -> list[Paired]:
    """Arm b minus arm a in every metric, paired by task and seed; whole tasks with all their seeds are drawn again.

    A task's value in either arm is the mean over the seeds both have for it. Repetitions share no seed: of these
    all seeds of a task are averaged.
    """
    keys, metrics = shared_tasks(a, b), _metrics(a.k, b.k)
    means = [paired(a, b, metric, keys, kind) for metric in metrics]
    first, second = (np.column_stack([getattr(one, side) for one in means]) for side in ("first", "second"))
    results = paired_differences(second, first)
    return [_told(a, b, kind, *one, keys) for one in zip(metrics, means, results, strict=True)]


def _together(sides: Sequence[tuple[Side, Side, str]], metric: str, bootstrap: Bootstrap) -> list[Paired]:
    """As `_compare` for many pairs in one metric: those known at the same tasks share the draws."""
    if not sides:
        return []
    keys = sorted({key for a, b, _ in sides for key in shared_tasks(a, b)})
    means = [paired(a, b, metric, keys, kind) for a, b, kind in sides]
    first, second = (np.column_stack([getattr(one, side) for one in means]) for side in ("first", "second"))
    results = paired_differences(second, first, bootstrap.level, bootstrap.resamples, bootstrap.seed)
    found = zip(sides, means, results, strict=True)
    return [_told(a, b, kind, metric, pair, result, keys) for (a, b, kind), pair, result in found]


def _told(a: Side, b: Side, kind: str, metric: str, pair: Means, result: Difference, keys: Sequence[str]) -> Paired:
    bounds = (result.difference, result.low, result.high, result.p, result.n)
    better, worse = pair.second > pair.first, pair.second < pair.first
    success = metric in SUCCESS
    exact = mcnemar(int(worse.sum()), int(better.sum())) if success and result.n else None
    comparison = Comparison(a.name, b.name, metric, *bounds, mcnemar=exact, kind=kind)
    flipped = [tuple(keys[row] for row in np.flatnonzero(mask).tolist()) if success else () for mask in (better, worse)]
    return Paired(comparison, 0 if metric.endswith(BOTH) else pair.left_out, *flipped)


def side_of(pools: Sequence[Pool], name: str) -> Side:
    """The arm and k that a comparison names. Raises UsageError where it is not there any more."""
    for pool in pools:
        for k in pool.ks:
            if Side(pool, k).name == name:
                return Side(pool, k)
    raise UsageError(f"there is no arm {name} here any more: compare again")


def shared_tasks(a: Side, b: Side) -> list[str]:
    """Keys of the tasks both arms have, in order."""
    return sorted(set(a.pool.tasks) & set(b.pool.tasks))


def _metrics(k_a: int, k_b: int) -> list[str]:
    """At one rollout each the three rates are one; else the rate that scaling claims stand on comes first."""
    rates = ["pass_at_1"] if k_a == k_b == 1 else ["best_of_k", "pass_at_1", "pass_at_k"]
    return [*rates, *(f"{name}{ending}" for name in UNITS for ending in ("", BOTH))]


def paired(a: Side, b: Side, metric: str, keys: Sequence[str], kind: str) -> Means:
    """Both arms at these tasks, of which either may lack some."""
    seeds = [0] if kind == SAME else sorted({run.seed for side in (a, b) for run in side.pool.runs if run.k == side.k})
    one, other = (_by_seed(side, metric, None if kind == SAME else seeds, keys) for side in (a, b))
    known, also = ~np.isnan(one), ~np.isnan(other)
    both = known & also
    first, second = (known_means(np.where(both, table, np.nan)) for table in (one, other))
    there = (a.pool.rows_of(keys) >= 0) & (b.pool.rows_of(keys) >= 0)
    return Means(first, second, int((known ^ also)[there].sum()))


def _by_seed(side: Side, metric: str, seeds: Sequence[int] | None, keys: Sequence[str]) -> "Table":
    """Each task's mean under each seed, over all runs where there are none: float[tasks, seeds]."""
    pool, members = side.pool, side.pool.members(side.k)
    table = _values(pool, metric)
    runs_of = [members] if seeds is None else [[n for n in members if pool.runs[n].seed == seed] for seed in seeds]
    found = np.column_stack([known_means(table[:, chosen]) for chosen in runs_of])
    return taken(found, pool.rows_of(keys))


def _values(pool: Pool, metric: str) -> "Table":
    """A figure of all tasks in all runs; of metrics over tasks both solved only where that run solved it."""
    if metric in SUCCESS:
        return pool.table(SUCCESS[metric])
    table = pool.table(metric.removesuffix(BOTH))
    return np.where(pool.table("best") == 1, table, np.nan) if metric.endswith(BOTH) else table


def _difficulty(name: str, tried: "Column", solved: "Column") -> Difficulty:
    found = sizes(tried, solved)
    return Difficulty(name, found.always, found.mixed, found.never, found.unknown, found.informative)
