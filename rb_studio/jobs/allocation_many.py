"""The policies over many orders of draws, and many budgets, at once.

The same decisions as `method.allocate` makes for one task of one arm, for a row of arms side by side: a replay asks
for them ten thousand times.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from rb_studio.analysis import allocation as spreads
from rb_studio.jobs.allocation_draws import Drawn
from rb_studio.jobs.allocation_stage import Stage
from rb_studio.method.allocate import complexity
from rb_studio.method.allocate.past import DECIMALS, NEIGHBOURS, SLACK
from rb_studio.method.allocate.policies import CORRECTION
from rb_studio.method.allocate.terms import STOPPING
from rb_studio.records.allocation import FLOOR

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

APART = 1e-14  # sets a later try behind an equal gain, far below the decimals of gains
GAIN_DECIMALS = 12


@dataclass
class Rows:
    """Arms side by side, each with its mean budget (infinite for none) and its order of draws; what they came to."""

    stage: Stage
    drawn: Drawn
    means: "Floats"
    orders: "Ints"
    ks: "Ints" = field(init=False)
    spent: "Ints" = field(init=False)
    rate: "Floats" = field(init=False)
    known: "NDArray[np.bool_]" = field(init=False)
    steps: "Floats" = field(init=False)
    all_steps: "Floats" = field(init=False)

    def __post_init__(self) -> None:
        shape = (len(self.means), len(self.stage.keys))
        self.ks, self.spent = np.zeros(shape, np.int64), np.zeros(shape[0], np.int64)
        self.rate, self.steps, self.known = np.zeros(shape), np.zeros(shape), np.zeros(shape, np.bool_)
        self.all_steps = np.zeros(shape[0])

    def give(self, place: int, limit: "Ints", *, stops: bool) -> None:
        """The next task gets its share, of which a policy that stops leaves what it does not need."""
        k = np.minimum(limit, self.drawn.wins[self.orders, place]) if stops else limit
        at = (self.orders, place, k - 1)
        labelled, steps = self.drawn.labelled[at], self.drawn.steps[at]
        self.ks[:, place] = k
        self.spent += k
        self.known[:, place] = labelled > 0
        np.divide(self.drawn.successes[at], labelled, out=self.rate[:, place], where=labelled > 0)
        self.steps[:, place] = steps
        self.all_steps += steps

    def allowance(self, place: int) -> "Ints":
        """As `past.allowance`."""
        left = np.floor(self.means * (place + 1) + 1 - self.spent + SLACK)
        return np.clip(left, 1, self.stage.k).astype(np.int64)

    def surplus(self, place: int) -> "Floats":
        """As `past.surplus`."""
        return self.means * place - self.spent

    def near(self, place: int) -> "tuple[Ints, Floats]":
        """The nearest earlier tasks with a known label and their weights: [rows, NEIGHBOURS] at most, 0 for none."""
        order = self.stage.nearest[place]
        weights = self.stage.similar[place, order]
        first = np.arange(min(NEIGHBOURS, len(order)))
        if self.known[:, order[first]].all():
            shape = (len(self.means), len(first))
            return np.broadcast_to(order[first], shape), np.broadcast_to(weights[first], shape)
        known = self.known[:, order]
        chosen = np.argsort(~known, axis=1, kind="stable")[:, :NEIGHBOURS]
        return order[chosen], weights[chosen] * np.take_along_axis(known, chosen, 1)

    def prior(self, near: "tuple[Ints, Floats]") -> "tuple[Floats, Floats]":
        """As `past.prior`."""
        places, weights = near
        rates = np.take_along_axis(self.rate, places, 1)
        won, lost = _summed(weights * rates), _summed(weights * (1 - rates))
        return rounded(FLOOR + won, DECIMALS), rounded(FLOOR + lost, DECIMALS)


def ks_of(policy: str, stage: Stage, drawn: Drawn, means: "Floats", orders: "Ints") -> "Ints":
    """int64[rows, tasks]: what a policy gives each task with these mean budgets over these orders of draws."""
    rows = Rows(stage, drawn, means, orders)
    if policy == "uniform":
        tasks = len(stage.keys)
        return spreads.evenly(tasks, [round(float(mean) * tasks) for mean in means])
    limit = _POLICIES[policy](rows)
    for place in range(len(stage.keys)):
        rows.give(place, limit(place), stops=policy in STOPPING)
    return rows.ks


def rounded(values: "Floats", decimals: int) -> "Floats":
    """Rounded as Python rounds, to the decimal nearest to the binary value, for values of moderate size.

    Twice the scaled value is compared with the odd number between two candidates in parts short enough to be exact.
    """
    scale = 10.0**decimals
    below = np.floor(values * scale)
    head = values.astype(np.float32).astype(np.float64)
    over = (head * (2 * scale) - (2 * below + 1)) + (values - head) * (2 * scale)
    up = (over > 0) | ((over == 0) & (below % 2 == 1))
    found: Floats = (below + up) / scale
    return found


def _first_success(rows: Rows) -> "Callable[[int], Ints]":
    return rows.allowance


def _difficulty(rows: Rows) -> "Callable[[int], Ints]":
    k = rows.stage.k
    scores = np.zeros(rows.ks.shape)
    power = (k - 1) / np.maximum(rows.means - 1, SLACK) - 1

    def limit(place: int) -> "Ints":
        scores[:, place] = now = _scores(rows, place)
        before = scores[:, :place]
        below, equal = (before < now[:, None]).sum(1), (before == now[:, None]).sum(1) + 1
        quantile = (below + equal / 2) / (place + 1)
        target = np.where(rows.means <= 1, 1.0, 1 + (k - 1) * quantile**power)
        wanted = np.floor(target + CORRECTION * rows.surplus(place) + 0.5 + SLACK).astype(np.int64)
        return np.minimum(np.clip(wanted, 1, k), rows.allowance(place))

    return limit


def _scores(rows: Rows, place: int) -> "Floats":
    """As `complexity.score` of `complexity.parts`."""
    near = rows.near(place)
    a, b = rows.prior(near)
    values: Mapping[str, Floats | float] = {
        **rows.stage.looks[place],
        "failures nearby": rounded(b / (a + b), DECIMALS),
        "steps nearby": _steps(rows, place, near),
    }
    total = np.zeros(len(a))
    for name, value in values.items():
        total = total + complexity.WEIGHTS[name] * value
    return rounded(total / sum(complexity.WEIGHTS.values()), DECIMALS)


def _steps(rows: Rows, place: int, near: "tuple[Ints, Floats]") -> "Floats":
    places, weights = near
    sums = _summed(weights)
    usual = rows.all_steps / max(1, place)
    there = np.divide(
        _summed(weights * np.take_along_axis(rows.steps, places, 1)), sums, out=np.zeros_like(sums), where=sums > 0
    )
    known = (sums > 0) & (usual > 0)
    return rounded(np.divide(there, there + usual, out=np.full_like(sums, 0.5), where=known), DECIMALS)


def _greedy(rows: Rows) -> "Callable[[int], Ints]":
    """As `policies.granted`, without sorting: a further rollout is granted where all that come before it, fit in."""
    k, tries = rows.stage.k, np.arange(1, rows.stage.k)
    shape = (*rows.ks.shape, k - 1)
    ranks, needed = np.zeros(shape), np.zeros(shape)

    def limit(place: int) -> "Ints":
        a, b = (one[:, None] for one in rows.prior(rows.near(place)))
        ranks[:, place] = np.round(a / (a + b + tries), GAIN_DECIMALS) - APART * tries
        needed[:, place] = np.cumprod((b + tries - 1) / (a + b + tries - 1), axis=1)
        before, cost = ranks[:, : place + 1], needed[:, : place + 1]
        left = rows.means * (place + 1) + rows.surplus(place) - (place + 1) + SLACK
        wanted = np.ones(len(left), np.int64)
        for j in range(k - 1):
            first = before >= ranks[:, place, j][:, None, None]
            wanted += np.einsum("rtj,rtj->r", first, cost) <= left
        return np.minimum(wanted, rows.allowance(place))

    return limit


_POLICIES: "Mapping[str, Callable[[Rows], Callable[[int], Ints]]]" = {
    "first-success": _first_success,
    "difficulty": _difficulty,
    "greedy": _greedy,
}


def _summed(values: "Floats") -> "Floats":
    """Sums of the rows, added from the left as Python adds."""
    total = np.zeros(len(values))
    for column in values.T:
        total = total + column
    return total
