"""Arms compared in pairs on the same tasks and seeds: success, steps, tokens, cost and time."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from rb_studio.analysis.bootstrap import Difference, paired_differences
from rb_studio.analysis.difficulty import sizes
from rb_studio.analysis.intervals import FEW_TASKS
from rb_studio.analysis.mcnemar import mcnemar
from rb_studio.analysis.tables import known_means, known_sums, places, rows, taken
from rb_studio.jobs.pools import Pool
from rb_studio.jobs.run_tasks import RunTasks
from rb_studio.records.curve import BOTH, MEMORY, ROLLOUTS, SAME, SCALING, UNITS, Comparison, Difficulty
from rb_studio.records.errors import UsageError
from rb_studio.records.recipe import Bootstrap

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Column = NDArray[np.float64]
    Table = NDArray[np.float64]

SUCCESS = {"pass_at_1": "first", "best_of_k": "best", "pass_at_k": "any"}
METRICS = (*SUCCESS, *(f"{name}{ending}" for name in UNITS for ending in ("", BOTH)))
REFERENCE = "reasoningbank"
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
class _Side:
    """An arm at one k."""

    pool: Pool
    k: int

    @property
    def name(self) -> str:
        return f"{self.pool.name} · k={self.k}"


@dataclass(frozen=True, slots=True)
class _Pairs:
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
    return [one for a, b, kind in _pairs(_distinct(pools)) if only in (None, kind) for one in _compare(a, b, kind)]


def comparisons_of(
    pools: Sequence[Pool],
    *,
    reference: str | None,
    metrics: Sequence[str],
    bootstrap: Bootstrap = USUAL_BOOTSTRAP,
) -> tuple[Paired, ...]:
    """Comparisons as they are looked at: every arm against one, at each k both have, in a few metrics.

    Parameters
    ----------
    reference
        The name of the arm the others are compared with; None makes the pairs of `compared`.
    metrics
        Some of `METRICS`. With one rollout each the three rates are one and told as pass_at_1.

    Raises
    ------
    UsageError
        There is no such arm or metric.
    """
    unknown = [metric for metric in metrics if metric not in METRICS]
    if unknown:
        raise UsageError(f"{', '.join(unknown)} is no metric to compare arms in: choose {', '.join(METRICS)}")
    sides = [*(_pairs(_distinct(pools)) if reference is None else _against(pools, reference))]
    found: dict[tuple[int, str], Paired] = {}
    for metric in metrics:
        wanted = [number for number, (a, b, _) in enumerate(sides) if metric in _metrics(a.k, b.k)]
        made = _together([sides[number] for number in wanted], metric, bootstrap)
        found |= {(number, metric): one for number, one in zip(wanted, made, strict=True)}
    return tuple(found[place] for place in sorted(found, key=lambda one: (one[0], metrics.index(one[1]))))


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


def without_memory(pools: Sequence[Pool], pool: Pool, k: int) -> Pool | None:
    """The arm without memory to compare with at k: same suite and model.

    Of several one with the same seeds, with k spread over tasks alike and with the same scaling, in this order.
    """
    bases = [
        base
        for base in pools
        if base.arm["memory"] == "none" and not base.repeat and _alike(base, pool) and k in base.ks
    ]
    seeds = set(pool.seeds)
    return min(
        bases,
        key=lambda base: (
            seeds.isdisjoint(base.seeds),
            base.arm["allocation"] != pool.arm["allocation"],
            base.arm["scaling"] != pool.arm["scaling"],
        ),
        default=None,
    )


def between(
    before: Sequence[RunTasks], after: Sequence[RunTasks], names: tuple[str, str], kind: str
) -> list[Comparison]:
    """Runs of one k against others on the same tasks and seeds, in metrics from success to time."""
    a, b = (
        _Side(Pool(name, {}, list(members)), members[0].k) for name, members in zip(names, (before, after), strict=True)
    )
    return [one.comparison for one in _compare(a, b, kind)]


def few(comparison: Comparison) -> bool:
    """Whether a comparison stands on too few tasks to say much."""
    return comparison.n < FEW_TASKS


def _pairs(pools: Sequence[Pool]) -> Iterator[tuple[_Side, _Side, str]]:
    for pool in pools:
        if pool.repeat:
            yield from _repetition(pools, pool)
            continue
        yield from _against_none(pools, pool)
        yield from _against_reference(pools, pool)
        if len(pool.ks) > 1:
            yield _Side(pool, pool.ks[0]), _Side(pool, pool.ks[-1]), ROLLOUTS
    yield from _scalings(pools)


def _distinct(pools: Sequence[Pool]) -> list[Pool]:
    """Pools without those that show the very runs of an earlier one: equal cells of a sweep run once."""
    first: dict[tuple[object, ...], Pool] = {}
    for pool in pools:
        first.setdefault((pool.arm["memory"], *sorted((run.k, run.run) for run in pool.runs)), pool)
    return list(first.values())


def _against_none(pools: Sequence[Pool], pool: Pool) -> Iterator[tuple[_Side, _Side, str]]:
    for k in pool.ks if pool.arm["memory"] not in (None, "none") else []:
        base = without_memory(pools, pool, k)
        if base is not None:
            yield _Side(base, k), _Side(pool, k), MEMORY


def _against_reference(pools: Sequence[Pool], pool: Pool) -> Iterator[tuple[_Side, _Side, str]]:
    """ReasoningBank against another memory where all else is the same."""
    if pool.arm["memory"] in (None, "none", REFERENCE):
        return
    for other in pools:
        if _but(other, "memory", REFERENCE) == _but(pool, "memory") and _alike(other, pool):
            ks = set(pool.ks) & set(other.ks)
            if ks:
                yield _Side(pool, min(ks)), _Side(other, min(ks)), MEMORY
            return


def _scalings(pools: Sequence[Pool]) -> Iterator[tuple[_Side, _Side, str]]:
    """Scalings of one memory beside each other, where several rollouts were made."""
    families: dict[tuple[object, ...], list[Pool]] = {}
    for pool in pools:
        if pool.arm["memory"] is not None and not pool.repeat:
            key = (_but(pool, "scaling"), pool.arm["source"], pool.arm["allocation"], pool.model)
            families.setdefault(key, []).append(pool)
    for members in families.values():
        for one, other in pairwise(members):
            ks = {k for k in set(one.ks) & set(other.ks) if k > 1}
            if ks and one.arm["scaling"] != other.arm["scaling"]:
                yield _Side(one, max(ks)), _Side(other, max(ks)), SCALING


def _repetition(pools: Sequence[Pool], pool: Pool) -> Iterator[tuple[_Side, _Side, str]]:
    arm = {name: value for name, value in pool.arm.items() if name != "repeat"}
    original = next((one for one in pools if one.arm == arm and one.model == pool.model), None)
    for k in pool.ks if original else []:
        if original is not None and k in original.ks:
            yield _Side(original, k), _Side(pool, k), SAME


def _but(pool: Pool, axis: str, value: str | None = None) -> str | None:
    """A pool's name without one axis, None where it must have a value there and has another."""
    own = str(pool.arm[axis])
    return pool.name.replace(own, "", 1).strip() if value in (None, own) else None


def _alike(one: Pool, other: Pool) -> bool:
    return (one.model, one.arm["source"]) == (other.model, other.arm["source"])


def _against(pools: Sequence[Pool], reference: str) -> Iterator[tuple[_Side, _Side, str]]:
    """One arm beside every other, at each k both have."""
    base = next((pool for pool in pools if pool.name == reference), None)
    if base is None:
        raise UsageError(f"there is no arm {reference} here: choose {', '.join(pool.name for pool in pools)}")
    for pool in pools:
        for k in base.ks if pool is not base else []:
            if k in pool.ks:
                yield _Side(base, k), _Side(pool, k), _kind(base, pool)


def _kind(base: Pool, pool: Pool) -> str:
    if _arm_of(base) == _arm_of(pool) and base.repeat != pool.repeat and base.model == pool.model:
        return SAME
    return MEMORY if base.arm.get("memory") != pool.arm.get("memory") else SCALING


def _arm_of(pool: Pool) -> dict[str, object]:
    return {name: value for name, value in pool.arm.items() if name != "repeat"}


def _compare(a: _Side, b: _Side, kind: str) -> list[Paired]:
    """Arm b minus arm a in every metric, paired by task and seed; whole tasks with all their seeds are drawn again.

    A task's value in either arm is the mean over the seeds both have for it. Repetitions share no seed: of these
    all seeds of a task are averaged.
    """
    keys, metrics = _shared(a, b), _metrics(a.k, b.k)
    pairs = [_paired(a, b, metric, keys, kind) for metric in metrics]
    first, second = (np.column_stack([getattr(one, side) for one in pairs]) for side in ("first", "second"))
    results = paired_differences(second, first)
    return [_told(a, b, kind, *one, keys) for one in zip(metrics, pairs, results, strict=True)]


def _together(sides: Sequence[tuple[_Side, _Side, str]], metric: str, bootstrap: Bootstrap) -> Iterator[Paired]:
    """As `_compare` for many pairs in one metric: those known at the same tasks share the draws."""
    if not sides:
        return
    keys = sorted({key for a, b, _ in sides for key in _shared(a, b)})
    pairs = [_paired(a, b, metric, keys, kind) for a, b, kind in sides]
    first, second = (np.column_stack([getattr(one, side) for one in pairs]) for side in ("first", "second"))
    results = paired_differences(second, first, bootstrap.level, bootstrap.resamples, bootstrap.seed)
    for (a, b, kind), pair, result in zip(sides, pairs, results, strict=True):
        yield _told(a, b, kind, metric, pair, result, keys)


def _told(a: _Side, b: _Side, kind: str, metric: str, pair: _Pairs, result: Difference, keys: Sequence[str]) -> Paired:
    bounds = (result.difference, result.low, result.high, result.p, result.n)
    better, worse = pair.second > pair.first, pair.second < pair.first
    success = metric in SUCCESS
    exact = mcnemar(int(worse.sum()), int(better.sum())) if success and result.n else None
    comparison = Comparison(a.name, b.name, metric, *bounds, mcnemar=exact, kind=kind)
    flipped = [tuple(keys[row] for row in np.flatnonzero(mask).tolist()) if success else () for mask in (better, worse)]
    return Paired(comparison, 0 if metric.endswith(BOTH) else pair.left_out, *flipped)


def _shared(a: _Side, b: _Side) -> list[str]:
    return sorted(set(a.pool.tasks) & set(b.pool.tasks))


def _metrics(k_a: int, k_b: int) -> list[str]:
    """At one rollout each the three rates are one; else the rate that scaling claims stand on comes first."""
    rates = ["pass_at_1"] if k_a == k_b == 1 else ["best_of_k", "pass_at_1", "pass_at_k"]
    return [*rates, *(f"{name}{ending}" for name in UNITS for ending in ("", BOTH))]


def _paired(a: _Side, b: _Side, metric: str, keys: Sequence[str], kind: str) -> _Pairs:
    """Both arms at these tasks, of which either may lack some."""
    seeds = [0] if kind == SAME else sorted({run.seed for side in (a, b) for run in side.pool.runs if run.k == side.k})
    one, other = (_by_seed(side, metric, None if kind == SAME else seeds, keys) for side in (a, b))
    known, also = ~np.isnan(one), ~np.isnan(other)
    both = known & also
    first, second = (known_means(np.where(both, table, np.nan)) for table in (one, other))
    there = (a.pool.rows_of(keys) >= 0) & (b.pool.rows_of(keys) >= 0)
    return _Pairs(first, second, int((known ^ also)[there].sum()))


def _by_seed(side: _Side, metric: str, seeds: Sequence[int] | None, keys: Sequence[str]) -> "Table":
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


def figure(run: RunTasks, key: str, attribute: str) -> float | None:
    """One of the figures of a task, None where it has none."""
    value: float | None = getattr(run.figures.get(key), attribute, None)
    return value


def _difficulty(name: str, tried: "Column", solved: "Column") -> Difficulty:
    found = sizes(tried, solved)
    return Difficulty(name, found.always, found.mixed, found.never, found.unknown, found.informative)
