"""Majority votes over answers, and when enough votes are in (Adaptive-Consistency)."""

import random
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from itertools import combinations
from math import comb

_EXACT = 5_000


def majority(answers: Sequence[Hashable]) -> tuple[Hashable, int] | None:
    """The most frequent answer and its count; the earliest wins a tie. None without answers."""
    counts = Counter(answers)
    return counts.most_common(1)[0] if counts else None


def majority_at_k(answers: Sequence[Hashable], right: Hashable, k: int, seed: int = 0) -> float | None:
    """Chance that a majority vote over k of the n answers is right; a tie counts by its share.

    Exact over all subsets while these are at most 5,000, else over 5,000 seeded draws. None when n < k.
    """
    if k < 1:
        raise ValueError("k must be at least 1")
    if len(answers) < k:
        return None
    votes = [_vote(drawn, right) for drawn in _draws(answers, k, seed)]
    return sum(votes) / len(votes)


def leader_confidence(first: int, second: int) -> float:
    """Chance that the leading answer is the more likely one, from the two largest counts.

    1 - I(1/2; v1+1, v2+1) under a uniform prior (Adaptive-Consistency, arXiv 2305.11860), which for whole
    counts is the chance of at most v1 heads in v1+v2+1 throws.
    """
    if not 0 <= second <= first:
        raise ValueError(f"counts must fall and not be negative, not {first}, {second}")
    throws = first + second + 1
    return float(sum(comb(throws, heads) for heads in range(first + 1)) / 2**throws)


def enough_votes(answers: Sequence[Hashable], confidence: float = 0.95) -> bool:
    """Whether sampling may stop: the leader is ahead with more than this confidence."""
    top = [count for _, count in Counter(answers).most_common(2)]
    first, second = (*top, 0, 0)[:2]
    return leader_confidence(first, second) > confidence


def _draws(answers: Sequence[Hashable], k: int, seed: int) -> Iterator[Sequence[Hashable]]:
    if comb(len(answers), k) <= _EXACT:
        return combinations(answers, k)
    dice = random.Random(seed)
    return (dice.sample(answers, k) for _ in range(_EXACT))


def _vote(drawn: Sequence[Hashable], right: Hashable) -> float:
    counts = Counter(drawn)
    most = max(counts.values())
    leaders = [answer for answer, count in counts.items() if count == most]
    return (right in leaders) / len(leaders)
