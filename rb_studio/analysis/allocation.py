"""Spreading rollouts over tasks, offline: what the first k stored ones are worth, and controls of equal spend.

Tasks stand on the last axis of every spread, so that a whole table of them, a row an order, is spread at once.
"""

import heapq
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Ks = NDArray[np.int64]


def judge_selected(judged: "ArrayLike", correct: "ArrayLike", most: int) -> "NDArray[np.float64]":
    """Best of the first k of a task's rollouts for k = 1..most: float64[..., most], never above `any_correct`.

    The judge's choice: one of those it calls a success, at random, or one of all where it calls none so.

    Raises
    ------
    ValueError
        There are fewer rollouts than `most`: the rest cannot be estimated.
    """
    accepted, right = _first(judged, most), _first(correct, most)
    k = np.arange(1, most + 1)
    taken, good = np.cumsum(accepted, axis=-1), np.cumsum(accepted & right, axis=-1)
    return np.where(taken > 0, good / np.maximum(taken, 1), np.cumsum(right, axis=-1) / k)


def any_correct(correct: "ArrayLike", most: int) -> "NDArray[np.float64]":
    """Whether any of the first k is right, for k = 1..most: float64[..., most]."""
    return (np.cumsum(_first(correct, most), axis=-1) > 0).astype(np.float64)


def evenly(tasks: int, total: "ArrayLike") -> "Ks":
    """Totals spread over tasks as evenly as whole numbers allow, what is over at regular distances."""
    totals, places = np.asarray(total, np.int64)[..., None], np.arange(tasks)
    return totals * (places + 1) // tasks - totals * places // tasks


def shuffled(tasks: int, seed: int) -> "Ks":
    """Which task's number of rollouts each task gets, at random."""
    return np.random.default_rng(seed).permutation(np.arange(tasks))


def inverse(ks: "ArrayLike") -> "Ks":
    """The same numbers the other way round: whoever had most gets least; among equals the earlier task had less."""
    table = np.asarray(ks, np.int64)
    order = np.argsort(table, axis=-1, kind="stable")
    found = np.empty_like(table)
    np.put_along_axis(found, order, np.take_along_axis(table, order[..., ::-1], -1), -1)
    return found


def oracle(rates: Sequence[float], most: int) -> "Ks":
    """The best spread of every total for any success, if all tasks' true success rates were known.

    Each task gets one, then the next rollout goes where it is likeliest to be the first success, p * (1 - p) ** j;
    among equals to the task with fewer, then to the earlier one. No task gets more than `most`.

    Returns
    -------
    int64[totals, tasks]
        The spread of as many rollouts as there are tasks, of one more, and so on to `most` for each.
    """
    offers = [(-p * (1 - p), 1, place) for place, p in enumerate(rates) if most > 1]
    heapq.heapify(offers)
    given = np.zeros((1 + len(rates) * (most - 1), len(rates)), dtype=np.int64)
    given[0] = 1
    row = 0
    while offers:
        _, j, place = heapq.heappop(offers)
        row += 1
        given[row, place] = 1
        if j + 1 < most:
            heapq.heappush(offers, (-rates[place] * (1 - rates[place]) ** (j + 1), j + 1, place))
    return given.cumsum(axis=0)


def worth(tables: "NDArray[np.float64]", ks: "ArrayLike") -> "NDArray[np.float64]":
    """float64[..., tasks]: of each row of float64[..., tasks, most] the value at its k."""
    places = np.asarray(ks, np.int64)[..., None] - 1
    return np.take_along_axis(tables, places, -1)[..., 0]


def _first(flags: "ArrayLike", most: int) -> "NDArray[np.bool_]":
    table = np.asarray(flags, np.bool_)
    if table.shape[-1] < most or most < 1:
        raise ValueError(f"{table.shape[-1]} rollouts tell nothing about {most}")
    return table[..., :most]
