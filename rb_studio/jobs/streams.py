"""Figures along the stream and of steps, from the same pools as the scaling curves."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from rb_studio.analysis.curves import curves as curve_points
from rb_studio.analysis.streams import cumulative_success, siblings_along
from rb_studio.jobs.curves import caption, mean_cost
from rb_studio.jobs.pools import Pool
from rb_studio.jobs.run_tasks import Attempt, RunTasks
from rb_studio.records.curve import CurveSet, Point, Series

if TYPE_CHECKING:
    from numpy.typing import NDArray

CUMULATIVE = "cumulative"
STEPS = {"steps": None, "steps_solved": True, "steps_failed": False}
POSITION = "task"


def stream_set(pools: Sequence[Pool], k: int) -> CurveSet:
    """Cumulative best-of-k success over the tasks in the order they were done, per arm, at one k.

    The value is the mean over an arm's seeds that got so far, `n` their number; the bounds are the lowest and
    the highest of them, None for a single one. Tasks without a known outcome repeat the value before.
    """
    shown = [pool for pool in pools if k in pool.ks]
    series = [
        Series(f"{pool.name} · {CUMULATIVE}", CUMULATIVE, pool.arm, "true", _stream(pool, k), pool.simulated)
        for pool in shown
    ]
    return CurveSet(
        series=tuple(one for one in series if any(point.value is not None for point in one.points)),
        comparisons=(),
        x=POSITION,
        simulated=any(pool.simulated for pool in shown),
        caption=caption(shown, f"k={k}; bands reach from the lowest to the highest seed{_siblings(shown)}"),
    )


def _siblings(pools: Sequence[Pool]) -> str:
    """How much of the streams is near copies of earlier tasks, the most of any; empty where no template is known."""
    counts = [siblings_along(run.templates.get(key) for key in run.figures) for pool in pools for run in pool.runs]
    shares = [found / total for found, total in counts if total]
    known = any(run.templates for pool in pools for run in pool.runs)
    return f"; {100 * max(shares):.1f} % of the tasks follow another one of their template" if known and shares else ""


def steps_set(pools: Sequence[Pool], x: str = "k") -> CurveSet:
    """Steps per rollout of each arm over k: of all rollouts, of solved and of failed ones, with task intervals."""
    series = [one for pool in pools for one in _steps(pool, x)]
    return CurveSet(
        series=tuple(one for one in series if any(point.value is not None for point in one.points)),
        comparisons=(),
        x=x,
        simulated=any(pool.simulated for pool in pools),
        caption=caption(pools, shown_of=lambda pool: pool.tried_tasks),
    )


def behind(pools: Sequence[Pool], series: Series, point: Point) -> list[str]:
    """Uids of the rollouts a point stands on: of best-of-k the selected ones, of a stream those of its task."""
    pool = next((one for one in pools if one.name == arm_name(series)), None)
    if pool is None:
        return []
    if series.metric == CUMULATIVE:
        return [one.uid for run in _runs(pool, point.k) for one in _at(run, int(point.x or 0))]
    k = point.k if point.k in pool.ks else min(pool.ks)
    attempts = pool.attempts(k, selected=series.metric == "best_of_k")
    wanted = STEPS.get(series.metric)
    return [one.uid for one in attempts if wanted is None or one.truth is wanted]


def arm_name(series: Series) -> str:
    """The name of the arm a series belongs to."""
    return series.name.rsplit(" · ", 1)[0].removesuffix(" (judged)")


def _runs(pool: Pool, k: int) -> list[RunTasks]:
    return [run for run in pool.runs if run.k == k]


def _at(run: RunTasks, position: int) -> tuple[Attempt, ...]:
    keys = list(run.figures)
    return run.attempts.get(keys[position - 1], ()) if 0 < position <= len(keys) else ()


def _stream(pool: Pool, k: int) -> tuple[Point, ...]:
    members = [run for run in pool.distinct() if run.k == k] or _runs(pool, k)
    lines = [cumulative_success([task.best for task in run.figures.values()]) for run in members]
    return tuple(_position(lines, place, k) for place in range(max(map(len, lines), default=0)))


def _position(lines: "Sequence[NDArray[np.float64]]", place: int, k: int) -> Point:
    known = [float(line[place]) for line in lines if len(line) > place and not np.isnan(line[place])]
    if not known:
        return Point(place + 1, k, 0, None, None, None)
    bounds = (min(known), max(known)) if len(known) > 1 else (None, None)
    return Point(place + 1, k, len(known), round(float(np.mean(known)), 10), *bounds)


def _steps(pool: Pool, x: str) -> list[Series]:
    ks = pool.ks
    xs = [mean_cost(pool, k, x) for k in ks]
    tables = [np.column_stack([_step_column(pool, k, wanted) for k in ks]) for wanted in STEPS.values()]
    found = []
    for metric, points in zip(STEPS, curve_points(tables, ks), strict=True):
        drawn = tuple(Point(x_, p.k, p.n, p.value, p.low, p.high) for x_, p in zip(xs, points, strict=True))
        found.append(Series(f"{pool.name} · {metric}", metric, pool.arm, "true", drawn, pool.simulated))
    return found


def _step_column(pool: Pool, k: int, wanted: bool | None) -> "NDArray[np.float64]":
    """float[tasks]: mean steps of a task's rollouts with this outcome, NaN where there is none."""
    members = _runs(pool, k)
    means = []
    for key in pool.tasks:
        steps = [one.steps for run in members for one in run.attempts.get(key, ()) if wanted in (None, one.truth)]
        means.append(float(np.mean(steps)) if steps else np.nan)
    return np.array(means)
