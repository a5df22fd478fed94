"""Spreading rollouts over tasks, offline: what the first k stored ones are worth, and controls of equal spend."""

import heapq
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def judge_selected(judged: Sequence[bool], correct: Sequence[bool], most: int) -> "NDArray[np.float64]":
    """Best of the first k of a task's rollouts for k = 1..most: float64[most], never above `any_correct`.

    The judge's choice: one of those it calls a success, at random, or one of all where it calls none so.

    Raises
    ------
    ValueError
        There are fewer rollouts than `most`: the rest cannot be estimated.
    """
    accepted, right = _columns(judged, correct, most)
    k = np.arange(1, most + 1)
    taken, good = np.cumsum(accepted), np.cumsum(accepted & right)
    return np.where(taken > 0, good / np.maximum(taken, 1), np.cumsum(right) / k)


def any_correct(correct: Sequence[bool], most: int) -> "NDArray[np.float64]":
    """Whether any of the first k is right, for k = 1..most: float64[most]."""
    return (np.cumsum(_columns(correct, correct, most)[1]) > 0).astype(np.float64)


def evenly(tasks: int, total: int) -> list[int]:
    """A total spread over tasks as evenly as whole numbers allow, what is over at regular distances."""
    return [total * (place + 1) // tasks - total * place // tasks for place in range(tasks)]


def shuffled(ks: Sequence[int], seed: int) -> list[int]:
    """The same numbers of rollouts for other tasks, at random."""
    return [int(k) for k in np.random.default_rng(seed).permutation(np.asarray(ks, dtype=np.int64))]


def inverse(ks: Sequence[int]) -> list[int]:
    """The same numbers the other way round: whoever had most gets least; among equals the earlier task had less."""
    order = sorted(range(len(ks)), key=lambda place: (ks[place], place))
    found = [0] * len(ks)
    for place, other in zip(order, reversed(order), strict=True):
        found[place] = ks[other]
    return found


def oracle(rates: Sequence[float], total: int, most: int) -> list[int]:
    """The best spread of a total for any success, if every task's true success rate were known.

    Each task gets one, then the next rollout goes where it is likeliest to be the first success, p * (1 - p) ** j;
    among equals to the task with fewer, then to the earlier one. No task gets more than `most`.
    """
    ks = [1] * len(rates)
    offers = [(-p * (1 - p), 1, place) for place, p in enumerate(rates) if most > 1]
    heapq.heapify(offers)
    for _ in range(total - len(rates)):
        if not offers:
            break
        _, j, place = heapq.heappop(offers)
        ks[place] += 1
        if ks[place] < most:
            heapq.heappush(offers, (-rates[place] * (1 - rates[place]) ** (j + 1), j + 1, place))
    return ks


def worth(tables: "NDArray[np.float64]", ks: Sequence[int]) -> "NDArray[np.float64]":
    """float64[tasks]: of each row of float64[tasks, most] the value at its k."""
    return tables[np.arange(len(tables)), np.asarray(ks, dtype=np.int64) - 1]


def _columns(
    judged: Sequence[bool], correct: Sequence[bool], most: int
) -> "tuple[NDArray[np.bool_], NDArray[np.bool_]]":
    if len(judged) < most or len(correct) < most or most < 1:
        raise ValueError(f"{min(len(judged), len(correct))} rollouts tell nothing about {most}")
    return np.array(judged[:most], dtype=np.bool_), np.array(correct[:most], dtype=np.bool_)
