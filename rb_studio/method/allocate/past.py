"""What earlier tasks of an arm tell about the next one: spent rollouts, neighbours and their prior."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rb_studio.records.allocation import FLOOR, Allocation

if TYPE_CHECKING:
    from numpy.typing import NDArray

NEIGHBOURS = 5
DECIMALS = 6
SLACK = 1e-9  # of sums of floats


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An earlier task and how much it counts, its cosine."""

    task: Allocation
    weight: float


def cosines(past: Sequence[Allocation], vector: "NDArray[np.float32]") -> "NDArray[np.float64]":
    """float64[n] cosines of a task's unit vector with those of the tasks before it, 0 for one without."""
    known = [(place, one.vector) for place, one in enumerate(past) if one.vector is not None]
    found = np.zeros(len(past))
    if known:
        places, vectors = zip(*known, strict=True)
        found[list(places)] = (np.stack(vectors) @ vector).astype(np.float64).round(DECIMALS)
    return found


def neighbours(past: Sequence[Allocation], similar: "NDArray[np.float64]") -> list[Neighbour]:
    """The nearest earlier tasks with a known label, best first; unlike tasks count nothing. Ties go to the later."""
    usable = [place for place, one in enumerate(past) if one.labelled and similar[place] > 0]
    best = sorted(usable, key=lambda place: (-similar[place], -place))[:NEIGHBOURS]
    return [Neighbour(past[place], float(similar[place])) for place in best]


def prior(near: Sequence[Neighbour]) -> tuple[float, float]:
    """Beta prior (a, b) of a task's success rate.

    Every neighbour is one observation, its success rate, weighted by similarity: many rollouts of one task say much
    about that task and not more about this one. Beta(1/2, 1/2) is the floor.
    """
    rates = [(one.weight, one.task.successes / one.task.labelled) for one in near]
    a = FLOOR + sum(weight * rate for weight, rate in rates)
    b = FLOOR + sum(weight * (1 - rate) for weight, rate in rates)
    return round(a, DECIMALS), round(b, DECIMALS)


def allowance(budget: float | None, past: Sequence[Allocation], k: int) -> int:
    """The most the next task may get so that the total over i tasks never exceeds budget * i + 1 (a token bucket).

    It is at least 1 whenever the tasks before kept to theirs.
    """
    if budget is None:
        return k
    left = budget * (len(past) + 1) + 1 - spent(past)
    return max(1, min(k, int(left + SLACK)))


def surplus(budget: float, past: Sequence[Allocation]) -> float:
    """Rollouts that the tasks before left unused, less those they had beyond their mean."""
    return budget * len(past) - spent(past)


def spent(past: Sequence[Allocation]) -> int:
    """Rollouts of all these tasks."""
    return sum(one.k for one in past)
