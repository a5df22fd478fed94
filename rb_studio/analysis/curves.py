"""Scaling curves: per-task values at each k, and their means with intervals over tasks."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from rb_studio.analysis.bestofk import best_of_k
from rb_studio.analysis.bootstrap import RESAMPLES, mean_intervals
from rb_studio.analysis.passk import pass_at_k_values

if TYPE_CHECKING:
    from numpy.typing import NDArray

_DIGITS = 10  # sums differ in their last bits with what is computed beside them; equal curves must be equal


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a curve: `n` tasks carry it; value and bounds are None when it cannot be estimated."""

    x: float
    k: int
    n: int
    value: float | None
    low: float | None
    high: float | None


def pass_at_k_table(outcomes: Sequence[Sequence[bool | None]], ks: Sequence[int]) -> "NDArray[np.float64]":
    """pass@k of each task from its graded rollouts (None left out): float[tasks, ks], NaN when n < k."""
    counts = [(sum(o is not None for o in task), sum(o is True for o in task)) for task in outcomes]
    n, c = np.array(counts, dtype=np.float64).reshape(-1, 2).T
    return np.column_stack([pass_at_k_values(n, c, k) for k in ks])


def best_of_k_table(
    scores: Sequence[Sequence[float]], correct: Sequence[Sequence[bool]], ks: Sequence[int]
) -> "NDArray[np.float64]":
    """best-of-k of each task by score: float[tasks, ks], NaN when n < k."""
    rows = [
        [best_of_k(task_scores, outcomes, k) for k in ks] for task_scores, outcomes in zip(scores, correct, strict=True)
    ]
    return np.array(rows, dtype=np.float64).reshape(len(rows), len(ks))


def curve(
    values: "NDArray[np.float64]",
    ks: Sequence[int],
    xs: Sequence[float] | None = None,
    *,
    level: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> tuple[Point, ...]:
    """Mean over tasks at each k with a bootstrap interval; `xs` defaults to the ks."""
    return curves([values], ks, xs, level=level, resamples=resamples, seed=seed)[0]


def curves(
    tables: "Sequence[NDArray[np.float64]]",
    ks: Sequence[int],
    xs: Sequence[float] | None = None,
    *,
    level: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> list[tuple[Point, ...]]:
    """Many curves over the same tasks at once, sharing the resampled tasks.

    Parameters
    ----------
    tables
        float[tasks, ks] each, rows in the same task order, NaN where a task has no value.
    """
    together = [(table, ks, xs or ks) for table in tables]
    return points(together, level=level, resamples=resamples, seed=seed)


def points(
    drawn: "Sequence[tuple[NDArray[np.float64], Sequence[int], Sequence[float]]]",
    *,
    level: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> list[tuple[Point, ...]]:
    """Any number of curves at once, a table with its ks and xs each; tables of as many tasks share the draws."""
    found: dict[int, tuple[Point, ...]] = {}
    for tasks in {len(table) for table, _, _ in drawn}:
        places = [place for place, (table, _, _) in enumerate(drawn) if len(table) == tasks]
        together = np.hstack([drawn[place][0] for place in places])
        known = (~np.isnan(together)).sum(0)
        estimates = iter(zip(known, *mean_intervals(together, level, resamples, seed), strict=True))
        for place in places:
            _, ks, xs = drawn[place]
            found[place] = tuple(
                _point(x, k, int(n), *rest) for x, k, (n, *rest) in zip(xs, ks, islice(estimates, len(ks)), strict=True)
            )
    return [found[place] for place in range(len(drawn))]


def _point(x: float, k: int, n: int, value: float, low: float, high: float) -> Point:
    if n == 0:
        return Point(x, k, 0, None, None, None)
    return Point(x, k, n, *(round(float(part), _DIGITS) for part in (value, low, high)))
