"""Figures along the stream and of steps, from the same pools as the scaling curves."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from rb_studio.analysis.streams import cumulative_success, siblings_along
from rb_studio.analysis.tables import known_means, known_sums
from rb_studio.jobs.curves import TRUE, USUAL_BOOTSTRAP, Line, caption, mean_cost, series_of
from rb_studio.jobs.pools import Pool
from rb_studio.records.curve import CurveSet, Point, Series
from rb_studio.records.recipe import Bootstrap

if TYPE_CHECKING:
    from numpy.typing import NDArray

CUMULATIVE = "cumulative"
STEPS = {"steps": "tried", "steps_solved": "solved", "steps_failed": "failed"}
OUTCOMES = {"steps_solved": True, "steps_failed": False}
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


def steps_set(pools: Sequence[Pool], x: str = "k", bootstrap: Bootstrap = USUAL_BOOTSTRAP) -> CurveSet:
    """Steps per rollout of each arm over k: of all rollouts, of solved and of failed ones, with task intervals."""
    return CurveSet(
        series=series_of([line for pool in pools for line in _steps(pool, x)], bootstrap),
        comparisons=(),
        x=x,
        simulated=any(pool.simulated for pool in pools),
        caption=caption(pools, bootstrap.sentence(), shown_of=lambda pool: pool.tried_tasks),
    )


def arm_name(series: Series) -> str:
    """The name of the arm a series belongs to."""
    return series.name.rsplit(" · ", 1)[0].removesuffix(" (judged)")


def _stream(pool: Pool, k: int) -> tuple[Point, ...]:
    members = [run for run in pool.distinct() if run.k == k] or [run for run in pool.runs if run.k == k]
    lines = [cumulative_success(run.column("best").tolist()) for run in members]
    table = np.full((max(map(len, lines), default=0), len(lines)), np.nan)
    for number, line in enumerate(lines):
        table[: len(line), number] = line
    counts, means = (~np.isnan(table)).sum(1).tolist(), known_means(table).tolist()
    lows, highs = (bound(table, axis=1).tolist() for bound in (np.fmin.reduce, np.fmax.reduce))
    return tuple(_position(place, k, *one) for place, one in enumerate(zip(counts, means, lows, highs, strict=True), 1))


def _position(place: int, k: int, seeds: int, mean: float, low: float, high: float) -> Point:
    if not seeds:
        return Point(place, k, 0, None, None, None)
    return Point(place, k, seeds, round(mean, 10), *((low, high) if seeds > 1 else (None, None)))


def _steps(pool: Pool, x: str) -> list[Line]:
    ks = pool.ks
    xs = [mean_cost(pool, k, x) for k in ks]
    return [
        Line(pool, metric, TRUE, np.column_stack([_mean_steps(pool, k, of) for k in ks]), ks, xs)
        for metric, of in STEPS.items()
    ]


def _mean_steps(pool: Pool, k: int, of: str) -> "NDArray[np.float64]":
    """Mean steps of each task's rollouts with this outcome over all runs, NaN where there is none: float[tasks]."""
    members = pool.members(k)
    counts, steps = (known_sums(pool.table(name)[:, members]) for name in (f"{of}_stepped", f"{of}_steps"))
    means = np.full(len(counts), np.nan)
    np.divide(steps, counts, out=means, where=counts > 0)
    return means
