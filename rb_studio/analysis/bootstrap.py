"""Cluster bootstrap: whole tasks are drawn again, and every curve over them is computed anew."""

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

RESAMPLES = 2_000


@dataclass(frozen=True, slots=True)
class Difference:
    """Mean paired difference a - b over `n` shared tasks; the rest is None without any."""

    n: int
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None


@lru_cache(maxsize=4)
def task_weights(tasks: int, resamples: int = RESAMPLES, seed: int = 0) -> "NDArray[np.float64]":
    """How often each task is drawn in each resample: float[resamples, tasks], rows sum to `tasks`.

    Kept for the next comparison over as many tasks, and read-only for it.
    """
    dice = np.random.default_rng(seed)
    drawn = dice.integers(0, tasks, size=(resamples, tasks))
    cells = drawn + np.arange(resamples)[:, None] * tasks
    weights = np.bincount(cells.ravel(), minlength=resamples * tasks).reshape(resamples, tasks).astype(np.float64)
    weights.setflags(write=False)
    return weights


def resampled_means(values: "ArrayLike", resamples: int = RESAMPLES, seed: int = 0) -> "NDArray[np.float64]":
    """Means over resampled tasks, one row per resample: float[resamples, columns].

    Parameters
    ----------
    values
        float[tasks, columns], one row per task (all its seeds averaged), one column per point of any
        number of curves; NaN where a task has no value. All columns share the same draws, so curves
        can be compared resample by resample. A resample without any value in a column is NaN.
    """
    table = _table(values)
    known = ~np.isnan(table)
    weights = task_weights(len(table), resamples, seed)
    sums = weights @ np.where(known, table, 0.0)
    means = sums / len(table)
    partly = np.flatnonzero(~known.all(0))
    if len(partly):
        counts = weights @ known[:, partly].astype(np.float64)
        means[:, partly] = np.divide(sums[:, partly], counts, out=np.full_like(counts, np.nan), where=counts > 0)
    return means


def mean_intervals(
    values: "ArrayLike", level: float = 0.95, resamples: int = RESAMPLES, seed: int = 0
) -> "tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]":
    """(mean, low, high) of each column of float[tasks, columns], percentile bootstrap over tasks.

    NaN where no task has a value.
    """
    every = _table(values)
    if not every.size:
        empty = np.full(every.shape[1], np.nan)
        return empty, empty, empty
    table, place = _once(every)
    empty = np.full(table.shape[1], np.nan)
    known = ~np.isnan(table)
    means = empty.copy()
    np.divide(np.where(known, table, 0.0).sum(0), known.sum(0), out=means, where=known.any(0))
    low, high = _percentiles(resampled_means(table, resamples, seed), level)
    return means[place], np.minimum(low, means)[place], np.maximum(high, means)[place]


def paired_difference(
    a: "ArrayLike", b: "ArrayLike", level: float = 0.95, resamples: int = RESAMPLES, seed: int = 0
) -> Difference:
    """Compare two arms on the same tasks; tasks either arm has no value for (NaN) are left out.

    `p` is two-sided: twice the share of resamples on the far side of zero, at least 2 / (resamples + 1).
    """
    first, second = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if first.shape != second.shape or first.ndim != 1:
        raise ValueError("paired values need one value per task in both arms")
    return paired_differences(first[:, None], second[:, None], level, resamples, seed)[0]


def paired_differences(
    a: "ArrayLike", b: "ArrayLike", level: float = 0.95, resamples: int = RESAMPLES, seed: int = 0
) -> list[Difference]:
    """`paired_difference` of each column of float[tasks, metrics]; columns known for the same tasks share the draws."""
    first, second = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if first.shape != second.shape or first.ndim != 2:
        raise ValueError("paired values need the same tasks and metrics in both arms")
    gaps = first - second
    known = ~np.isnan(gaps)
    alike: dict[bytes, list[int]] = {}
    for place, column in enumerate(known.T):
        alike.setdefault(column.tobytes(), []).append(place)
    found: dict[int, Difference] = {}
    for columns in alike.values():
        mask = known[:, columns[0]]
        found |= zip(columns, _differences(gaps[mask][:, columns], level, resamples, seed), strict=True)
    return [found[place] for place in range(gaps.shape[1])]


def _differences(gaps: "NDArray[np.float64]", level: float, resamples: int, seed: int) -> list[Difference]:
    """One per column of a table without gaps in it."""
    if not len(gaps):
        return [Difference(0)] * gaps.shape[1]
    draws = resampled_means(gaps, resamples, seed)
    lows, highs = _percentiles(draws, level)
    tails = 1 + np.minimum((draws <= 0).sum(0), (draws >= 0).sum(0))
    ps = np.minimum(1.0, 2 * tails / (resamples + 1))
    rows = zip(gaps.mean(0), lows, highs, ps, strict=True)
    return [Difference(len(gaps), *map(float, row)) for row in rows]


def _table(values: "ArrayLike") -> "NDArray[np.float64]":
    table = np.asarray(values, np.float64)
    if table.ndim != 2:
        raise ValueError("values must be a table of tasks and columns")
    return table


def _once(table: "NDArray[np.float64]") -> "tuple[NDArray[np.float64], list[int]]":
    """The columns that differ, and for each column which of them it is: at one rollout each all rates are one."""
    columns = [column.tobytes() for column in table.T]
    number = {column: place for place, column in enumerate(dict.fromkeys(columns))}
    first = {column: place for place, column in reversed([*enumerate(columns)])}
    return table[:, [first[column] for column in number]], [number[column] for column in columns]


def _percentiles(draws: "NDArray[np.float64]", level: float) -> "tuple[NDArray[np.float64], NDArray[np.float64]]":
    edges = [(1 - level) / 2, (1 + level) / 2]
    whole = ~np.isnan(draws).any(0)
    bounds = np.full((2, draws.shape[1]), np.nan)
    if whole.any():
        bounds[:, whole] = np.quantile(draws if whole.all() else draws[:, whole], edges, axis=0)
    for column in np.flatnonzero(~whole).tolist():
        known = draws[~np.isnan(draws[:, column]), column]
        if len(known):
            bounds[:, column] = np.quantile(known, edges)
    return bounds[0], bounds[1]
