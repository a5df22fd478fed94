"""Stored rollouts of tasks drawn again in many orders, as arrays: what the first of each order come to."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rb_studio.analysis import allocation as spreads
from rb_studio.jobs.allocation_pools import Draw
from rb_studio.records.identity import call_seed
from rb_studio.records.judgement import Status

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Table = NDArray[np.float64]
    Counts = NDArray[np.int64]

COSTS = ("tokens", "cost")


@dataclass(frozen=True, slots=True)
class Drawn:
    """What the first j rollouts of every task come to in every order: arrays [orders, tasks, k], at [..., j - 1].

    `places` tells which of the task's stored rollouts the j-th is. `best` and `reached` are best-of-j and any@j by
    truth; `labelled` and `successes` count labels, `steps` is the mean length, `costs` holds sums, NaN where unknown.
    `wins[orders, tasks]` is the first j that is labelled a success, beyond k where there is none.
    """

    places: "Counts"
    best: "Table"
    reached: "Table"
    labelled: "Counts"
    successes: "Counts"
    steps: "Table"
    costs: "dict[str, Table]"
    wins: "Counts"

    @property
    def orders(self) -> int:
        return len(self.places)


def drawn(keys: Sequence[str], draws: Sequence[Sequence[Draw]], k: int, seed: int, orders: int) -> Drawn:
    """Each task's stored rollouts in orders of their own, as many as a policy may ask for."""
    places = np.stack([_places(keys, draws, k, seed, number) for number in range(orders)])
    status = [[one.status for one in some] for some in draws]
    success = _gathered([[one is Status.SUCCESS for one in some] for some in status], places)
    known = _gathered([[one is not Status.UNKNOWN for one in some] for some in status], places)
    right = _gathered([[one.correct for one in some] for some in draws], places)
    steps = _gathered([[one.steps for one in some] for some in draws], places)
    return Drawn(
        places=places,
        best=spreads.judge_selected(success, right, k),
        reached=spreads.any_correct(right, k),
        labelled=known.cumsum(-1, dtype=np.int64),
        successes=success.cumsum(-1, dtype=np.int64),
        steps=steps.cumsum(-1) / np.arange(1, k + 1),
        costs={name: _gathered([[_cost(one, name) for one in some] for some in draws], places).cumsum(-1)
               for name in COSTS},
        wins=np.where(success.any(-1), success.argmax(-1) + 1, k + 1),
    )  # fmt: skip


def _places(keys: Sequence[str], draws: Sequence[Sequence[Draw]], k: int, seed: int, number: int) -> "Counts":
    dice = (np.random.default_rng(call_seed(seed, key, number, "replay", 0)) for key in keys)
    return np.stack([one.permutation(len(some))[:k] for one, some in zip(dice, draws, strict=True)])


def _gathered(values: "Sequence[Sequence[float | bool]]", places: "Counts") -> "NDArray[np.generic]":
    """Values of each task's rollouts in the orders drawn: [orders, tasks, k]."""
    return np.stack([np.asarray(some)[places[:, task]] for task, some in enumerate(values)], axis=1)


def _cost(draw: Draw, name: str) -> float:
    value = getattr(draw, name)
    return float("nan") if value is None else float(value)
