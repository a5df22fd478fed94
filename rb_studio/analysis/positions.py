"""What memory gains along the stream: against no memory at the same position, over shuffled orders."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from rb_studio.analysis.bootstrap import RESAMPLES, task_weights
from rb_studio.records.curve import Part

Table = NDArray[np.float64]
SHUFFLES = 5
PARTS = 5


@dataclass(frozen=True, slots=True)
class Placed:
    """One arm's stream beside the outcomes without memory.

    `gains` holds, by position from 0, the task and its outcome minus that of the same task without memory; the
    position is the same for both, because a task without memory goes the same wherever it stands. None is unknown.
    """

    order: str
    gains: Sequence[tuple[str, float | None]]


@dataclass(frozen=True, slots=True)
class Gains:
    """Gain by position over so many orders; `trend` is the last part minus the first."""

    orders: int
    parts: tuple[Part, ...]
    trend: Part

    @property
    def enough(self) -> bool:
        """Whether there are five orders or more: with fewer, a position shows the tasks that stand there."""
        return self.orders >= SHUFFLES


def placed(order: str, stream: Sequence[tuple[str, float | None]], without: Mapping[str, float | None]) -> Placed:
    """A stream of (task, outcome) beside the outcomes of the same tasks without memory."""
    gains = []
    for key, outcome in stream:
        base = without.get(key)
        gains.append((key, None if outcome is None or base is None else float(outcome) - float(base)))
    return Placed(order, tuple(gains))


def gain_by_position(streams: Sequence[Placed], parts: int = PARTS, resamples: int = RESAMPLES, seed: int = 0) -> Gains:
    """Mean gain in equal stretches of the stream with bootstrap intervals over whole tasks.

    A task counts with all the orders and seeds it was done in; streams of fewer tasks fill the earlier positions.
    """
    length = max((len(stream.gains) for stream in streams), default=0)
    edges = edges_of(length, parts)
    tasks = sorted({key for stream in streams for key, gain in stream.gains if gain is not None})
    orders = len({stream.order for stream in streams})
    sums, counts = _sums(streams, tasks, edges)
    spread = _draws(sums, counts, resamples, seed) if tasks else np.full((1, len(edges)), np.nan)
    means = _ratio(sums.sum(0), counts.sum(0))
    found = [
        _part(first + 1, last, int(counts[:, i].sum()), means[i], spread[:, i]) for i, (first, last) in enumerate(edges)
    ]
    if len(found) < 2:
        return Gains(orders, tuple(found), Part(1, length, 0, None, None, None))
    number = found[0].n + found[-1].n
    trend = _part(1, length, number, means[-1] - means[0], spread[:, -1] - spread[:, 0])
    return Gains(orders, tuple(found), trend)


def edges_of(length: int, parts: int = PARTS) -> list[tuple[int, int]]:
    """Half-open stretches of positions from 0, as equal as can be."""
    count = min(parts, length)
    cuts = [round(length * i / count) for i in range(count + 1)] if count else []
    return list(pairwise(cuts))


def _sums(streams: Sequence[Placed], tasks: Sequence[str], edges: Sequence[tuple[int, int]]) -> tuple[Table, Table]:
    """Sum and number of the gains of each task in each stretch: float[tasks, parts] each."""
    rows = {key: row for row, key in enumerate(tasks)}
    sums, counts = np.zeros((len(tasks), len(edges))), np.zeros((len(tasks), len(edges)))
    for stream in streams:
        for column, (first, last) in enumerate(edges):
            for key, gain in stream.gains[first:last]:
                if gain is not None:
                    sums[rows[key], column] += gain
                    counts[rows[key], column] += 1
    return sums, counts


def _draws(sums: Table, counts: Table, resamples: int, seed: int) -> Table:
    weights = task_weights(len(sums), resamples, seed)
    return _ratio(weights @ sums, weights @ counts)


def _ratio(sums: Table, counts: Table) -> Table:
    means = np.full_like(sums, np.nan)
    np.divide(sums, counts, out=means, where=counts > 0)
    return means


def _part(first: int, last: int, n: int, gain: float, draws: Table, level: float = 0.95) -> Part:
    known = draws[~np.isnan(draws)]
    if np.isnan(gain) or not len(known):
        return Part(first, last, n, None, None, None)
    low, high = np.quantile(known, [(1 - level) / 2, (1 + level) / 2])
    return Part(first, last, n, float(gain), float(min(low, gain)), float(max(high, gain)))
