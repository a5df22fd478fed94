"""Best-of-k: what selecting by a score or by a judge makes of k rollouts."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from math import comb


def best_of_k(scores: Sequence[float], correct: Sequence[bool | int], k: int) -> float | None:
    """Expected correctness of the best-scored of k rollouts drawn from n, unbiased.

    Rollouts of equal score are chosen among at random. A binary judge is a score of 0 or 1. None when
    n < k. Never above pass@k of the same rollouts.

    Notes
    -----
    Sorted by score, a block of ties at positions i..j-1 holds the best with chance
    (C(j, k) - C(i, k)) / C(n, k).
    """
    if k < 1 or len(scores) != len(correct):
        raise ValueError("k must be at least 1, and every rollout needs a score and an outcome")
    n = len(scores)
    if n < k:
        return None
    total = 0.0
    for start, outcomes in _ties(scores, correct):
        end = start + len(outcomes)
        total += (comb(end, k) - comb(start, k)) * (sum(outcomes) / len(outcomes))
    return min(1.0, total / comb(n, k))


def _ties(scores: Sequence[float], correct: Sequence[bool | int]) -> Iterator[tuple[int, list[bool | int]]]:
    """Position and outcomes of each block of equal scores, from the lowest score up."""
    start = 0
    ranked = sorted(zip(scores, correct, strict=True), key=lambda pair: pair[0])
    for _, block in groupby(ranked, key=lambda pair: pair[0]):
        outcomes = [outcome for _, outcome in block]
        yield start, outcomes
        start += len(outcomes)


def best_of_k_model(p: float, t: float, f: float, k: int) -> float:
    """Accuracy of best-of-k with a binary judge, from success rate, true and false positive rate.

    With a = p*t + (1-p)*f the chance of a positive verdict: an accepted rollout is right with chance
    p*t/a, and where all k are refused, a refused one with p*(1-t)/(1-a).
    """
    accepted = p * t + (1 - p) * f
    all_refused = (1 - accepted) ** k
    right_if_accepted = p * t / accepted if accepted > 0 else 0.0
    right_if_refused = p * (1 - t) / (1 - accepted) if accepted < 1 else 0.0
    return (1 - all_refused) * right_if_accepted + all_refused * right_if_refused


def best_of_k_limit(p: float, t: float, f: float) -> float | None:
    """What `best_of_k_model` tends to: the judge's precision; None for a judge that accepts nothing."""
    accepted = p * t + (1 - p) * f
    return p * t / accepted if accepted > 0 else None
