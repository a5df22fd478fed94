"""What a less certain judge would make of stored rollouts: its verdicts flipped by chance, best-of-k drawn again.

Only the selection changes. What memory learned under the labels of then, and with it the rollouts themselves, stays as
it was: how noise acts on learning is measured by arms with `--label-noise`, never told from this.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import comb

import numpy as np

from rb_studio.analysis.bootstrap import mean_intervals
from rb_studio.records.judgement import Status

LABEL = "selection only: what memory learned is as it was"


@dataclass(frozen=True, slots=True)
class JudgedTask:
    """The rollouts of one task of one arm: what the judge said of each, and whether it was right in truth."""

    said: tuple[Status, ...]
    correct: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Flips:
    """How often a known verdict is turned over: `passed` is a failure called a success, `missed` the other way."""

    passed: float
    missed: float


@dataclass(frozen=True, slots=True)
class NoisePoint:
    """Best-of-k under a judge whose known verdicts are flipped with chance `rate`: the mean over `n` tasks.

    `low` and `high` are from resampling tasks; all three are None without any.
    """

    rate: float
    k: int
    n: int
    value: float | None = None
    low: float | None = None
    high: float | None = None


def noisy_best_of_k(task: JudgedTask, flips: Flips, k: int) -> float | None:
    """Expected correctness of best-of-k, over draws of k rollouts and over which verdicts are flipped; exact.

    A rollout judged a success is chosen before any other, among equals by chance; unknown is no success and is never
    flipped. None when there are fewer than k rollouts.
    """
    rates = (flips.passed, flips.missed)
    if not all(0 <= rate <= 1 for rate in rates) or k < 1 or len(task.said) != len(task.correct):
        raise ValueError("a rate lies in 0..1, k is at least 1, and every rollout has a verdict and an outcome")
    if len(task.said) < k:
        return None
    return _expected(tuple(sorted(zip(task.said, task.correct, strict=True))), flips, k)


def noise_curve(
    tasks: Sequence[Sequence[JudgedTask]], k: int, rates: Sequence[float], *, level: float = 0.95
) -> list[NoisePoint]:
    """Best-of-k where both kinds of verdicts are flipped at these rates; as `noisy_means`."""
    means = noisy_means(tasks, k, [Flips(rate, rate) for rate in rates], level=level)
    return [NoisePoint(rate, k, *found) for rate, found in zip(rates, means, strict=True)]


def noisy_means(
    tasks: Sequence[Sequence[JudgedTask]], k: int, flips: Sequence[Flips], *, level: float = 0.95
) -> list[tuple[int, float | None, float | None, float | None]]:
    """Best-of-k as (tasks, mean, low, high) for each way to flip verdicts.

    Each task is the mean over its runs; runs of a task with fewer than k rollouts are left out.
    """
    usable = [found for of_runs in tasks if (found := [one for one in of_runs if len(one.said) >= k])]
    if not usable:
        return [(0, None, None, None)] * len(flips)
    values = np.array([[_mean(of_runs, one, k) for one in flips] for of_runs in usable])
    columns = (column.tolist() for column in mean_intervals(values, level))
    return [(len(usable), *found) for found in zip(*columns, strict=True)]


def _mean(of_runs: Sequence[JudgedTask], flips: Flips, k: int) -> float:
    return sum(noisy_best_of_k(one, flips, k) or 0.0 for one in of_runs) / len(of_runs)


@lru_cache(maxsize=100_000)
def _expected(rollouts: tuple[tuple[Status, bool], ...], flips: Flips, k: int) -> float:
    """As `noisy_best_of_k`; the few kinds of tasks there are recur."""
    accepted = [_accepted(status, flips) for status, _ in rollouts]
    chances = (
        _chosen(accepted[place], accepted[:place] + accepted[place + 1 :], k)
        for place, (_, correct) in enumerate(rollouts)
        if correct
    )
    return min(1.0, sum(chances))


def _accepted(status: Status, flips: Flips) -> float:
    """The chance that a rollout counts as a success."""
    if status is Status.UNKNOWN:
        return 0.0
    return 1 - flips.missed if status is Status.SUCCESS else flips.passed


def _chosen(own: float, others: Sequence[float], k: int) -> float:
    """The chance that one rollout is drawn and chosen, from its chance to be accepted and those of the others.

    Notes
    -----
    Accepted itself, it is one of the accepted of its draw; else none of the draw may be, and it is one of k. In
    `ways[d][m]` is the sum, over draws of d others, of the chance that m of them are accepted.
    """
    ways = [[1.0] + [0.0] * (k - 1), *([0.0] * k for _ in range(k - 1))]
    for chance in others:
        for drawn in range(k - 1, 0, -1):
            fewer = ways[drawn - 1]
            ways[drawn] = [
                before + refused * (1 - chance) + (fewer[m - 1] * chance if m else 0.0)
                for m, (before, refused) in enumerate(zip(ways[drawn], fewer, strict=True))
            ]
    others_drawn = ways[k - 1]
    if_accepted = sum(chance / (m + 1) for m, chance in enumerate(others_drawn))
    return (own * if_accepted + (1 - own) * others_drawn[0] / k) / comb(len(others) + 1, k)
