"""Rank correlation: does an allocation give more rollouts to the harder tasks?"""

from collections.abc import Mapping, Sequence
from math import sqrt


def spearman(x: Sequence[float], y: Sequence[float]) -> float | None:
    """Spearman's rho of paired values, -1 to 1; ties share their mean rank.

    None with fewer than two pairs, or where one side has a single value: then there are no ranks to compare.
    """
    first, second = _ranks(x), _ranks(y)
    if len(first) != len(second):
        raise ValueError(f"values come in pairs, not {len(first)} and {len(second)}")
    middle = (len(first) + 1) / 2
    one, two = [rank - middle for rank in first], [rank - middle for rank in second]
    spread = sqrt(sum(a * a for a in one) * sum(b * b for b in two))
    if spread == 0:
        return None
    return max(-1.0, min(1.0, sum(a * b for a, b in zip(one, two, strict=True)) / spread))


def difficulty_correlation(ks: Mapping[str, float], pass_rates: Mapping[str, float | None]) -> float | None:
    """Spearman(k, 1 - pass rate) over the tasks known to both; 1 gives the hardest task the most rollouts.

    Parameters
    ----------
    ks
        Rollouts each task was given, by task key.
    pass_rates
        How often each task is solved without the allocation, 0..1; None is unknown.
    """
    known = {key: rate for key, rate in pass_rates.items() if rate is not None and key in ks}
    return spearman([ks[key] for key in known], [1 - rate for rate in known.values()])


def _ranks(values: Sequence[float]) -> list[float]:
    """Ranks from 1; equal values share the mean of theirs."""
    order = sorted(range(len(values)), key=lambda place: values[place])
    ranks = [0.0] * len(values)
    start = 0
    while start < len(order):
        end = start
        while end < len(order) and values[order[end]] == values[order[start]]:
            end += 1
        for place in order[start:end]:
            ranks[place] = (start + end + 1) / 2
        start = end
    return ranks
