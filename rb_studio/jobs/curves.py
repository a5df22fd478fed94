"""Scaling curves from stored runs: of one sweep, or of pools of runs over the same tasks."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from rb_studio.analysis.arm_metrics import TaskFigures, task_figures
from rb_studio.analysis.bootstrap import RESAMPLES, paired_difference
from rb_studio.analysis.curves import curves as curve_points
from rb_studio.analysis.curves import pass_at_k_table
from rb_studio.analysis.intervals import few_tasks_warning
from rb_studio.jobs.results import asked_for, metric_rows, results_of
from rb_studio.records.curve import Comparison, CurveSet, Point, Series
from rb_studio.records.errors import UsageError
from rb_studio.store import rollouts, runs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Table = NDArray[np.float64]

AXES = ("k", "tokens", "cost", "time")
FIGURES = {"best_of_k": "best", "pass_at_1": "first", "pass_at_k": "any"}


@dataclass(frozen=True, slots=True)
class RunTasks:
    """One run's tasks: figures by task key, and what each task cost (tokens, dollars, seconds; None unknown)."""

    k: int
    seed: int
    simulated: bool
    figures: Mapping[str, TaskFigures]
    outcomes: Mapping[str, tuple[bool | None, ...]]
    steps: Mapping[str, float]
    costs: Mapping[str, Mapping[str, float | None]]


@dataclass
class Pool:
    """Runs that make up one curve: the same arm but for k and seed, or imported runs over the same tasks."""

    name: str
    arm: Mapping[str, Any]
    runs: list[RunTasks] = field(default_factory=list)

    @property
    def ks(self) -> list[int]:
        return sorted({run.k for run in self.runs})

    @property
    def tasks(self) -> list[str]:
        return sorted({key for run in self.runs for key in run.figures})

    @property
    def seeds(self) -> list[int]:
        return sorted({run.seed for run in self.runs})


def curve_set(conn: sqlite3.Connection, *, sweep: int | None = None, x: str = "k") -> CurveSet:
    """Everything a figure shows.

    Parameters
    ----------
    sweep
        One sweep; None pools all single and imported runs by the tasks they share.
    x
        Horizontal axis: k, or what a task cost on average in tokens, US dollars or seconds.
    """
    if x not in AXES:
        raise UsageError(f"--x {x} is unknown: choose {', '.join(AXES)}")
    rows = _rows(conn, sweep)
    pools = _pools(conn, rows)
    if not any(pool.tasks for pool in pools):
        raise UsageError("there are no finished rollouts to draw: run or import something first")
    drawn = [one for pool in pools for one in _series(pool, x, repeated=sweep is None)]
    series = [one for one in drawn if any(point.value is not None for point in one.points)]
    simulated = any(run.simulated for pool in pools for run in pool.runs)
    tasks = len({key for pool in pools for key in pool.tasks})
    warning = few_tasks_warning(tasks)
    return CurveSet(
        series=tuple(series),
        comparisons=tuple(_comparisons(pools)),
        x=x,
        simulated=simulated,
        caption=_caption(pools, tasks),
        warnings=(warning,) if warning else (),
    )


def to_json(curves: CurveSet) -> dict[str, Any]:
    """The object of `rb-studio curves --json`."""
    from dataclasses import asdict

    return {
        "simulated": curves.simulated,
        "x": curves.x,
        "caption": curves.caption,
        "warnings": list(curves.warnings),
        "series": [asdict(series) for series in curves.series],
        "comparisons": [asdict(comparison) for comparison in curves.comparisons],
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


def _rows(conn: sqlite3.Connection, sweep: int | None) -> list[runs.RunRow]:
    if sweep is None:
        return [row for row in runs.runs(conn) if row.sweep is None]
    if runs.sweep(conn, sweep) is None:
        known = ", ".join(str(row.id) for row in runs.sweeps(conn)) or "none"
        raise UsageError(f"there is no sweep {sweep} in this workspace; it holds {known}")
    return runs.runs(conn, sweep=sweep)


def _pools(conn: sqlite3.Connection, rows: Sequence[runs.RunRow]) -> list[Pool]:
    """Runs grouped into curves, in the order they first occur."""
    pools: dict[tuple[object, ...], Pool] = {}
    imported: list[Pool] = []
    for row in rows:
        tasks = _run_tasks(conn, row)
        if not tasks.figures:
            continue
        if row.arm is None:
            _join(imported, tasks)
            continue
        asked = asked_for(row)
        arm = {
            "memory": asked["memory"],
            "scaling": asked["scaling"],
            "allocation": asked["allocation"],
            "source": asked["suite"],
        }
        key = (*arm.values(), asked["label"], asked["label_noise"], asked["learn"], row.start_state)
        pools.setdefault(key, Pool(_arm_name(asked, row), arm)).runs.append(tasks)
    return [*_named_apart(list(pools.values())), *imported]


def _join(imported: list[Pool], tasks: RunTasks) -> None:
    """Put an imported run into the pool it shares tasks with, whatever its model."""
    sharing = [pool for pool in imported if set(pool.tasks) & set(tasks.figures)]
    if sharing:
        sharing[0].runs.append(tasks)
        return
    arm = {"memory": None, "scaling": None, "allocation": None, "source": "imported"}
    number = f" {len(imported) + 1}" if imported else ""
    imported.append(Pool(f"imported{number}", arm, [tasks]))


def _arm_name(asked: Mapping[str, Any], row: runs.RunRow) -> str:
    scaling = "" if asked["scaling"] == "none" else f" {asked['scaling']}"
    frozen = " frozen" if row.start_state == "frozen" else ""
    again = f" pass {row.pass_number}" if row.pass_number > 1 else ""
    label = "" if asked["label"] == "judge" else f" labels {asked['label']}"
    return f"{asked['memory']}{scaling}{label}{frozen}{again}"


def _named_apart(pools: list[Pool]) -> list[Pool]:
    """Pools of one name get their suite into it."""
    names = [pool.name for pool in pools]
    for pool in pools:
        if names.count(pool.name) > 1:
            pool.name = f"{pool.name} on {pool.arm['source']}"
    return pools


def _run_tasks(conn: sqlite3.Connection, row: runs.RunRow) -> RunTasks:
    source = results_of(row)
    rows = rollouts.rollout_rows(conn, run=source)
    tasks = rollouts.task_rows(conn, run=source)
    outcomes: dict[str, list[bool | None]] = {}
    steps: dict[str, list[int]] = {}
    for rollout in rows:
        if rollout.valid:
            outcomes.setdefault(rollout.task_key, []).append(rollout.truth)
            steps.setdefault(rollout.task_key, []).append(rollout.steps)
    asked = asked_for(row)
    return RunTasks(
        k=int(asked.get("k", 1)),
        seed=int(asked.get("seed", 0)),
        simulated=row.simulated,
        figures=task_figures(metric_rows(rows, tasks)),
        outcomes={key: tuple(values) for key, values in outcomes.items()},
        steps={key: float(np.mean(values)) for key, values in steps.items()},
        costs=_costs(rows, tasks),
    )


def _costs(
    rows: Sequence[rollouts.RolloutRow], tasks: Sequence[rollouts.TaskRow]
) -> dict[str, dict[str, float | None]]:
    """Tokens, dollars and seconds of each task, selection and distillation included."""
    parts: dict[str, dict[str, list[float | None]]] = {}
    for row in rows:
        part = parts.setdefault(row.task_key, {"tokens": [], "cost": [], "time": []})
        part["tokens"] += [row.tokens_act, row.tokens_judge]
        part["cost"].append(row.cost)
        part["time"].append(row.seconds)
    for task in tasks:
        part = parts.setdefault(task.task_key, {"tokens": [], "cost": [], "time": []})
        part["tokens"] += [task.tokens_select, task.tokens_distill, task.tokens_embed]
        part["cost"].append(task.cost)
    return {key: {name: _known_sum(values) for name, values in part.items()} for key, part in parts.items()}


def _known_sum(values: Iterable[float | None]) -> float | None:
    known = list(values)
    return None if None in known else float(sum(value for value in known if value is not None))


def _series(pool: Pool, x: str, *, repeated: bool) -> list[Series]:
    """A pool's curves; outside a sweep, several single-rollout runs count as repeated rollouts."""
    if repeated and len(pool.runs) > 1 and pool.ks == [1]:
        return _pooled_series(pool)
    ks = pool.ks
    tables = [_table(pool, attribute) for attribute in FIGURES.values()]
    judged = _table(pool, "judged")
    xs = [_mean_cost(pool, k, x) for k in ks]
    found = curve_points([*tables, judged], ks)
    simulated = any(run.simulated for run in pool.runs)

    def series(metric: str, points: Sequence[Any], truth: str = "true") -> Series:
        mark = "" if truth == "true" else " (judged)"
        drawn = tuple(Point(x_, p.k, p.n, p.value, p.low, p.high) for x_, p in zip(xs, points, strict=True))
        return Series(f"{pool.name}{mark} · {metric}", metric, pool.arm, truth, drawn, simulated)

    own = [series(metric, points) for metric, points in zip(FIGURES, found, strict=False)]
    return [*own, series("pass_at_1", found[-1], "judged")]


def _pooled_series(pool: Pool) -> list[Series]:
    """Repeated single rollouts of the same tasks: pass@1 and pass@k over all of them together."""
    outcomes = [[o for run in pool.runs for o in run.outcomes.get(task, ())] for task in pool.tasks]
    ks = list(range(1, max(map(len, outcomes), default=1) + 1))
    points = curve_points([pass_at_k_table(outcomes, ks)], ks)[0]
    simulated = any(run.simulated for run in pool.runs)
    converted = tuple(Point(p.x, p.k, p.n, p.value, p.low, p.high) for p in points)
    return [
        Series(f"{pool.name} · pass_at_1", "pass_at_1", pool.arm, "true", converted[:1], simulated),
        Series(f"{pool.name} · pass_at_k", "pass_at_k", pool.arm, "true", converted, simulated),
    ]


def _table(pool: Pool, attribute: str) -> "Table":
    """float[tasks, ks]: a figure of each task averaged over its seeds, NaN where undefined."""
    columns = [_column(pool, k, lambda run, key: getattr(run.figures.get(key), attribute, None)) for k in pool.ks]
    return np.column_stack(columns)


def _column(pool: Pool, k: int, value: Any) -> "Table":
    """float[tasks]: mean over the runs of one k, NaN where none has a value."""
    members = [run for run in pool.runs if run.k == k]
    means = []
    for key in pool.tasks:
        known = [v for v in (value(run, key) for run in members) if v is not None]
        means.append(float(np.mean(known)) if known else np.nan)
    return np.array(means)


def _mean_cost(pool: Pool, k: int, x: str) -> float | None:
    if x == "k":
        return float(k)
    members = [run for run in pool.runs if run.k == k]
    costs = [run.costs.get(key, {}).get(x) for run in members for key in run.figures]
    total = _known_sum(costs)
    return None if total is None or not costs else total / len(costs)


def _comparisons(pools: Sequence[Pool]) -> list[Comparison]:
    """Memory against none at equal k, and the most rollouts against one within each arm."""
    found: list[Comparison] = []
    base = next((pool for pool in pools if pool.arm.get("memory") == "none"), None)
    for pool in pools:
        if base is not None and pool is not base:
            for k in sorted(set(base.ks) & set(pool.ks)):
                metric = "pass_at_1" if k == 1 else "best_of_k"
                found += [_compare(base, k, pool, k, metric), _compare(base, k, pool, k, "steps")]
        if len(pool.ks) > 1:
            found.append(_compare(pool, pool.ks[0], pool, pool.ks[-1], "best_of_k"))
    return found


def _compare(a: Pool, k_a: int, b: Pool, k_b: int, metric: str) -> Comparison:
    """Arm b minus arm a, paired by task; whole tasks with all their seeds are drawn again."""
    shared = sorted(set(a.tasks) & set(b.tasks))
    first, second = _values(a, k_a, metric), _values(b, k_b, metric)
    result = paired_difference([second[key] for key in shared], [first[key] for key in shared])
    return Comparison(
        a=f"{a.name} · k={k_a}",
        b=f"{b.name} · k={k_b}",
        metric=metric,
        difference=result.difference,
        low=result.low,
        high=result.high,
        p=result.p,
        n=result.n,
    )


def _values(pool: Pool, k: int, metric: str) -> dict[str, float]:
    if metric == "steps":
        column = _column(pool, k, lambda run, key: run.steps.get(key))
    else:
        column = _column(pool, k, lambda run, key: getattr(run.figures.get(key), FIGURES[metric], None))
    return dict(zip(pool.tasks, column.tolist(), strict=True))


def _caption(pools: Sequence[Pool], tasks: int) -> str:
    seeds = sorted({seed for pool in pools for seed in pool.seeds})
    shown = f"seed {seeds[0]}" if len(seeds) == 1 else f"{len(seeds)} seeds ({seeds[0]} to {seeds[-1]})"
    sources = ", ".join(sorted({str(pool.arm["source"]) for pool in pools}))
    return f"{sources}: {tasks} tasks, {shown}; bars are 95 % intervals, {RESAMPLES:,} bootstrap resamples of tasks"
