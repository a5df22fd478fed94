"""Scaling curves from stored runs: of one sweep, or of pools of runs over the same tasks."""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from rb_studio.analysis.bootstrap import RESAMPLES
from rb_studio.analysis.curves import curves as curve_points
from rb_studio.analysis.curves import pass_at_k_table
from rb_studio.analysis.intervals import few_tasks_warning
from rb_studio.jobs.allocation_records import STOPPED
from rb_studio.jobs.comparisons import Paired, compared, difficulty, few, figure
from rb_studio.jobs.pools import Pool, known_sum, read_pools
from rb_studio.method.allocate import Terms
from rb_studio.records.arm import ALLOCATIONS
from rb_studio.records.curve import Comparison, CurveSet, Point, Series
from rb_studio.records.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Table = NDArray[np.float64]

BARS = f"bars are 95 % intervals, {RESAMPLES:,} bootstrap resamples of tasks"
FEW_PAIRS = 2
COMPARED = "are compared over the seeds both have"
AXES = ("k", "tokens", "cost", "time")
FIGURES = {"best_of_k": "best", "pass_at_1": "first", "pass_at_k": "any"}  # in the order they are drawn


def curve_set(conn: sqlite3.Connection, *, sweep: int | None = None, x: str = "k") -> CurveSet:
    """Everything a figure shows.

    Parameters
    ----------
    sweep
        One sweep; None pools all single and imported runs by the tasks they share.
    x
        Horizontal axis: k, or what a task cost on average in tokens, US dollars or seconds.
    """
    check_axis(x)
    return curves_of(read_pools(conn, sweep=sweep), x=x, repeated=sweep is None)


def check_axis(x: str) -> None:
    """Raises `UsageError` for a horizontal axis there is not."""
    if x not in AXES:
        raise UsageError(f"--x {x} is unknown: choose {', '.join(AXES)}")


def curves_of(pools: Sequence[Pool], *, x: str = "k", repeated: bool = False) -> CurveSet:
    """The figure of pools that were read before.

    Parameters
    ----------
    repeated
        Runs of one rollout a task each count as repeated rollouts of the same tasks.

    Raises
    ------
    UsageError
        There is nothing to draw yet.
    """
    if not pools:
        raise UsageError("there are no finished rollouts to draw: run or import something first")
    drawn = [one for pool in pools for one in _series(pool, x, repeated=repeated)]
    series = [one for one in drawn if any(point.value is not None for point in one.points)]
    comparisons = compared(pools)
    return CurveSet(
        series=tuple(series),
        comparisons=tuple(one.comparison for one in comparisons),
        x=x,
        simulated=any(pool.simulated for pool in pools),
        caption=caption(pools),
        warnings=(
            *_warnings(series, len(_known_tasks(pools)), x),
            *_invalid(pools),
            *allocated(pools, x),
            *_left_out(comparisons),
        ),
        difficulty=difficulty(pools),
    )


def _known_tasks(pools: Sequence[Pool]) -> set[str]:
    return {key for pool in pools for key in pool.known_tasks}


def _warnings(series: Sequence[Series], tasks: int, x: str) -> list[str]:
    few = few_tasks_warning(tasks)
    lost = sorted({one.name.rpartition(" · ")[0] for one in series if any(point.x is None for point in one.points)})
    unknown = f"{x} is not known for all of {', '.join(lost)}: such points are not drawn" if lost else ""
    return [text for text in (few, unknown) if text]


def allocated(pools: Sequence[Pool], x: str = "k") -> list[str]:
    """What to know of arms that spread k over tasks: what they spent, and what stopping makes of pass@1."""
    spread = [pool for pool in pools if pool.arm["allocation"] in ALLOCATIONS[1:]]
    told = [_spent(pool) for pool in spread] if x == "k" else []
    stopping = [pool.name for pool in spread if Terms(pool.arm["allocation"], max(pool.ks)).stops]
    return [*told, *([f"{', '.join(stopping)} {STOPPED}"] if stopping else [])]


def _spent(pool: Pool) -> str:
    means = ", ".join(f"{pool.mean_rollouts(k):.2f} of at most {k}" for k in pool.ks)
    return f"{pool.name} spent on average {means} rollouts a task; k is the most a task may get"


def _invalid(pools: Sequence[Pool]) -> list[str]:
    """A sentence for each arm with tasks that a fault hit: they are in no figure, and may be done yet."""
    counts = {pool.name: sum(run.invalid for run in pool.runs) for pool in pools}
    return [
        f"{count} invalid task{'' if count == 1 else 's'} of {name}, hit by a fault outside the agent, count neither "
        "as success nor as failure; resume to do them again"
        for name, count in counts.items()
        if count
    ]


def to_json(curves: CurveSet) -> dict[str, Any]:
    """The object of `rb-studio curves --json`."""
    return {
        "simulated": curves.simulated,
        "x": curves.x,
        "caption": curves.caption,
        "warnings": list(curves.warnings),
        "series": [asdict(series) for series in curves.series],
        "difficulty": [asdict(one) for one in curves.difficulty],
        "comparisons": [{**asdict(comparison), "few_tasks": few(comparison)} for comparison in curves.comparisons],
    }


def csv_rows(curves: CurveSet) -> list[tuple[object, ...]]:
    """Every drawn number, a row a point, headers first."""
    head = ("series", "metric", "truth", "x", "k", "n", "value", "low", "high", "simulated")
    body = [
        (s.name, s.metric, s.truth, p.x, p.k, p.n, p.value, p.low, p.high, s.simulated)
        for s in curves.series
        for p in s.points
    ]
    return [head, *body]


def comparison_rows(comparisons: Sequence[Comparison]) -> list[tuple[object, ...]]:
    """Paired comparisons, a row each, headers first; differences are b minus a."""
    head = ("a", "b", "metric", "difference", "low", "high", "p", "n", "mcnemar", "kind")
    return [head, *(tuple(getattr(one, name) for name in head) for one in comparisons)]


def _series(pool: Pool, x: str, *, repeated: bool) -> list[Series]:
    """A pool's curves; outside a sweep, several single-rollout runs count as repeated rollouts."""
    if repeated and pool.ks == [1] and len(pool.distinct()) > 1:
        return _pooled_series(pool, x)
    ks = pool.ks
    tables = [_table(pool, attribute) for attribute in FIGURES.values()]
    found = curve_points([*tables, _table(pool, "judged")], ks)
    xs = [mean_cost(pool, k, x) for k in ks]
    own = [_one_series(pool, metric, points, xs) for metric, points in zip(FIGURES, found, strict=False)]
    return [*own, _one_series(pool, "pass_at_1", found[-1], xs, truth="judged")]


def _pooled_series(pool: Pool, x: str) -> list[Series]:
    """Repeated single rollouts of the same tasks: pass@1 and pass@k over all of them together."""
    outcomes = [[one.truth for run in pool.distinct() for one in run.attempts.get(task, ())] for task in pool.tasks]
    ks = list(range(1, max(map(len, outcomes), default=1) + 1))
    points = curve_points([pass_at_k_table(outcomes, ks)], ks)[0]
    each = mean_cost(pool, 1, x)
    xs = [None if each is None else k * each for k in ks]
    return [
        _one_series(pool, "pass_at_1", points[:1], xs[:1]),
        _one_series(pool, "pass_at_k", points, xs),
    ]


def _one_series(
    pool: Pool, metric: str, points: Sequence[Any], xs: Sequence[float | None], truth: str = "true"
) -> Series:
    mark = "" if truth == "true" else " (judged)"
    drawn = tuple(Point(x, p.k, p.n, p.value, p.low, p.high) for x, p in zip(xs, points, strict=True))
    return Series(f"{pool.name}{mark} · {metric}", metric, pool.arm, truth, drawn, pool.simulated)


def _table(pool: Pool, attribute: str) -> "Table":
    """float[tasks, ks]: a figure of each task averaged over its seeds, NaN where undefined."""
    columns = [column(pool, k, attribute) for k in pool.ks]
    return np.column_stack(columns)


def column(pool: Pool, k: int, attribute: str) -> "Table":
    """float[tasks]: a figure's mean over the runs of one k, NaN where none has a value."""
    members = [run for run in pool.runs if run.k == k]
    means = []
    for key in pool.tasks:
        known = [v for v in (figure(run, key, attribute) for run in members) if v is not None]
        means.append(float(np.mean(known)) if known else np.nan)
    return np.array(means)


def mean_cost(pool: Pool, k: int, x: str) -> float | None:
    """Where a pool's point of this k stands on an axis; None where a part of it is unknown."""
    if x == "k":
        return float(k)
    members = [run for run in pool.runs if run.k == k]
    costs = [run.costs.get(key, {}).get(x) for run in members for key in run.figures]
    total = known_sum(costs)
    return None if total is None or not costs else total / len(costs)


def _left_out(comparisons: Sequence[Paired]) -> list[str]:
    """A sentence for each pair of arms whose seeds are not all in both; of many pairs one for all."""
    most: dict[tuple[str, str], int] = {}
    for one in comparisons:
        arms = (one.comparison.a, one.comparison.b)
        most[arms] = max(most.get(arms, 0), one.left_out)
    partly = {arms: count for arms, count in most.items() if count}
    if len(partly) > FEW_PAIRS:
        return [f"{len(partly)} pairs of arms {COMPARED}; {_results(sum(partly.values()))} left out"]
    return [f"{a} and {b} {COMPARED} for a task; {_results(count)} left out" for (a, b), count in partly.items()]


def about_comparisons(warning: str) -> bool:
    """True for a warning that is about comparisons of arms, not about the curves."""
    return COMPARED in warning


def _results(count: int) -> str:
    return "1 other result is" if count == 1 else f"{count} other results are"


def caption(
    pools: Sequence[Pool], bars: str = BARS, shown_of: Callable[[Pool], set[str]] = lambda pool: pool.known_tasks
) -> str:
    """Where a figure comes from: suites, tasks, seeds, and what its bars are.

    `shown_of` gives the tasks of a pool the figure shows; a pool without any is left out.
    """
    tasks = {key for pool in pools for key in shown_of(pool)}
    drawn = [pool for pool in pools if shown_of(pool)] or pools
    seeds = sorted({seed for pool in drawn if not pool.imported for seed in pool.seeds})
    shown = (
        f", {len(seeds)} seeds ({seeds[0]} to {seeds[-1]})" if len(seeds) > 1 else f", seed {seeds[0]}" if seeds else ""
    )
    imported = sum(len(pool.runs) for pool in drawn if pool.imported)
    runs_read = f", {imported} imported run{'' if imported == 1 else 's'}" if imported else ""
    sources = ", ".join(sorted({str(pool.arm["source"]) for pool in drawn}))
    return f"{sources}: {len(tasks)} task{'' if len(tasks) == 1 else 's'}{shown}{runs_read}; {bars}"
