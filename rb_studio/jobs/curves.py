"""Scaling curves from stored runs: of one sweep, or of pools of runs over the same tasks."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from rb_studio.analysis.curves import pass_at_k_table, points
from rb_studio.analysis.intervals import few_tasks_warning
from rb_studio.analysis.passk import pass_hat_k_values
from rb_studio.analysis.tables import known_means
from rb_studio.jobs.allocation_records import STOPPED
from rb_studio.jobs.comparisons import Paired, compared, difficulty, few
from rb_studio.jobs.places import name_at
from rb_studio.jobs.pools import Pool, read_pools
from rb_studio.jobs.run_tasks import ALL, TEST
from rb_studio.method.allocate import Terms
from rb_studio.records import recipe
from rb_studio.records.arm import ALLOCATIONS
from rb_studio.records.curve import Comparison, CurveSet, Point, Series
from rb_studio.records.errors import UsageError
from rb_studio.records.recipe import Bootstrap

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Column = NDArray[np.float64]
    Table = NDArray[np.float64]

AXES = recipe.AXES
USUAL_BOOTSTRAP = Bootstrap()
BARS = USUAL_BOOTSTRAP.sentence()
FEW_PAIRS = 2
COMPARED = "are compared over the seeds both have"
UNIFORM = "uniform"
TRUE, JUDGED = "true", "judged"
PASS_HAT_K = "pass_hat_k"
# Metric, truth and the figure of a task behind each curve, in the order they are drawn.
METRICS = {
    "best_of_k": ("best_of_k", TRUE, "best"),
    "pass_at_1": ("pass_at_1", TRUE, "first"),
    "pass_at_k": ("pass_at_k", TRUE, "any"),
    "judged": ("pass_at_1", JUDGED, "judged"),
    "judged_best": ("best_of_k", JUDGED, "judged_best"),
    "judged_any": ("pass_at_k", JUDGED, "judged_any"),
    PASS_HAT_K: (PASS_HAT_K, TRUE, ""),
}
DRAWN = ("best_of_k", "pass_at_1", "pass_at_k", "judged")


@dataclass(frozen=True, slots=True)
class Line:
    """A curve before its intervals are drawn: values of each task at each k, and where the points stand."""

    pool: Pool
    metric: str
    truth: str
    table: "Table"
    ks: Sequence[int]
    xs: Sequence[float | None]

    def series(self, found: Sequence[Any]) -> Series:
        mark = "" if self.truth == TRUE else " (judged)"
        drawn = tuple(Point(x, p.k, p.n, p.value, p.low, p.high) for x, p in zip(self.xs, found, strict=True))
        name = f"{self.pool.name}{mark} · {self.metric}"
        return Series(name, self.metric, self.pool.arm, self.truth, drawn, self.pool.simulated)


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


def curves_of(
    pools: Sequence[Pool],
    *,
    x: str = "k",
    repeated: bool = False,
    metrics: Sequence[str] = DRAWN,
    compare: bool = True,
    buckets: bool = True,
    bootstrap: Bootstrap = USUAL_BOOTSTRAP,
) -> CurveSet:
    """The figure of pools that were read before.

    Parameters
    ----------
    repeated
        Runs of one rollout a task each count as repeated rollouts of the same tasks.
    metrics
        The curves that are computed, some of `METRICS`.
    compare
        Whether every comparison there is to make is made; `comparisons_of` makes those that are looked at.
    buckets
        Whether the sizes of buckets of difficulty are told.

    Raises
    ------
    UsageError
        There is nothing to draw yet.
    """
    if not pools:
        raise UsageError("there are no finished rollouts to draw: run or import something first")
    series = series_of([line for pool in pools for line in _lines(pool, x, metrics, repeated=repeated)], bootstrap)
    comparisons = compared(pools) if compare else []
    return CurveSet(
        series=series,
        comparisons=tuple(one.comparison for one in comparisons),
        x=x,
        simulated=any(pool.simulated for pool in pools),
        caption=caption(pools, bootstrap.sentence()),
        warnings=(
            *_warnings(series, len(_known_tasks(pools)), x),
            *_invalid(pools),
            *allocated(pools, x),
            *left_out(comparisons),
        ),
        difficulty=difficulty(pools) if buckets else (),
    )


def series_of(lines: Sequence[Line], bootstrap: Bootstrap = USUAL_BOOTSTRAP) -> tuple[Series, ...]:
    """Curves with their intervals, all of them drawn at once; those without any value are left out."""
    found = points(
        [(line.table, line.ks, line.ks) for line in lines],
        level=bootstrap.level,
        resamples=bootstrap.resamples,
        seed=bootstrap.seed,
    )
    drawn = (line.series(one) for line, one in zip(lines, found, strict=True))
    return tuple(one for one in drawn if any(point.value is not None for point in one.points))


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
        (s.name, s.metric, s.truth, name_at(curves.x, p.x) or p.x, p.k, p.n, p.value, p.low, p.high, s.simulated)
        for s in curves.series
        for p in s.points
    ]
    return [head, *body]


def comparison_rows(comparisons: Sequence[Comparison]) -> list[tuple[object, ...]]:
    """Paired comparisons, a row each, headers first; differences are b minus a."""
    head = ("a", "b", "metric", "difference", "low", "high", "p", "n", "mcnemar", "kind")
    return [head, *(tuple(getattr(one, name) for name in head) for one in comparisons)]


def _lines(pool: Pool, x: str, metrics: Sequence[str], *, repeated: bool) -> Iterator[Line]:
    """A pool's curves; outside a sweep, several single-rollout runs count as repeated rollouts."""
    if repeated and pool.ks == [1] and len(pool.distinct()) > 1:
        yield from _pooled_lines(pool, x, metrics)
        return
    ks = pool.ks
    xs = [mean_cost(pool, k, x) for k in ks]
    for name in METRICS:
        if name in metrics:
            metric, truth, figure = METRICS[name]
            table = np.column_stack([pool.column(figure, k) for k in ks]) if figure else all_of_k(pool, ks)
            yield Line(pool, metric, truth, table, ks, xs)


def _pooled_lines(pool: Pool, x: str, metrics: Sequence[str]) -> Iterator[Line]:
    """Repeated single rollouts of the same tasks: pass@1, pass@k and pass^k over all of them together."""
    outcomes = [[one.truth for run in pool.distinct() for one in run.attempts.get(task, ())] for task in pool.tasks]
    ks = list(range(1, max(map(len, outcomes), default=1) + 1))
    table, each = pass_at_k_table(outcomes, ks), mean_cost(pool, 1, x)
    xs = [None if each is None else k * each for k in ks]
    if "pass_at_1" in metrics:
        yield Line(pool, "pass_at_1", TRUE, table[:, :1], ks[:1], xs[:1])
    if "pass_at_k" in metrics:
        yield Line(pool, "pass_at_k", TRUE, table, ks, xs)
    if PASS_HAT_K in metrics:
        yield Line(pool, PASS_HAT_K, TRUE, all_of_k(pool, ks), ks, xs)


def all_of_k(pool: Pool, ks: Sequence[int]) -> "Table":
    """pass^k of each task, unbiased over all its rollouts: float[tasks, ks], NaN where it cannot be estimated.

    Rollouts without memory are draws of one thing whatever the k they were made at; with memory those of another k
    remember other things, and only the runs of this k count. Passes that build on each other and rollouts given to
    tasks by how they went are no independent draws.
    """
    if pool.arm["allocation"] not in (None, UNIFORM) or pool.arm["scaling"] == "sequential":
        return np.full((len(pool.tasks), len(ks)), np.nan)
    if pool.arm["memory"] in (None, "none"):
        tried, solved = _draws(pool)
        return np.column_stack([pass_hat_k_values(tried, solved, k) for k in ks])
    return np.column_stack([_mean_over_runs(pool, k) for k in ks])


def _draws(pool: Pool) -> "tuple[Column, Column]":
    """Graded rollouts and successes of each task, every draw counted once: float[tasks] each.

    The practice model repeats a seed to the letter, so of its runs of one seed that with most rollouts is taken.
    """
    most = {run.seed: run for run in sorted(pool.runs, key=lambda run: run.k)}
    chosen = [run for run in pool.runs if not run.simulated or run is most[run.seed]]
    found: list[dict[str, bool]] = []
    for key in pool.tasks:
        tried = (one for run in chosen for one in run.attempts.get(key, ()))
        found.append({one.draw or one.uid: one.truth for one in tried if one.truth is not None})
    counts = np.array([(len(draws), sum(draws.values())) for draws in found], np.float64).reshape(-1, 2)
    return counts[:, 0], counts[:, 1]


def _mean_over_runs(pool: Pool, k: int) -> "Column":
    members = pool.members(k)
    solved, failed = (pool.table(name)[:, members] for name in ("solved", "failed"))
    return known_means(pass_hat_k_values((solved + failed).ravel(), solved.ravel(), k).reshape(solved.shape))


def mean_cost(pool: Pool, k: int, x: str) -> float | None:
    """Where a pool's point of this k stands on an axis; None where a part of it is unknown."""
    if x == "k":
        return float(k)
    costs = [cost for place in pool.members(k) for cost in pool.runs[place].column(x).tolist()]
    return None if not costs or any(cost != cost for cost in costs) else float(sum(costs)) / len(costs)


def left_out(comparisons: Sequence[Paired]) -> list[str]:
    """A sentence for each pair of arms whose seeds are not all in both; of many pairs one for all."""
    most: dict[tuple[str, str], int] = {}
    for one in comparisons:
        arms = (one.comparison.a, one.comparison.b)
        most[arms] = max(most.get(arms, 0), one.left_out)
    partly = {arms: count for arms, count in most.items() if count}
    if len(partly) > FEW_PAIRS:
        return [f"{len(partly)} pairs of arms {COMPARED}; {_results(sum(partly.values()))} left out"]
    return [f"{a} and {b} {COMPARED} for a task; {_results(count)} left out" for (a, b), count in partly.items()]


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
    of_split = sorted({pool.split for pool in drawn if pool.split != TEST})
    split = "".join(f" ({'all' if one == ALL else f'the {one}'} tasks of a split)" for one in of_split)
    said = "".join(f"; {text}" for text in dict.fromkeys(pool.precedence.sentence() for pool in drawn) if text)
    counted = f"{len(tasks)} task{'' if len(tasks) == 1 else 's'}"
    return f"{sources}: {counted}{split}{shown}{runs_read}{said}; {bars}"
