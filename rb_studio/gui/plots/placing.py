"""Where the points of curves stand, on screen and on paper."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log2 as logarithm
from typing import TYPE_CHECKING, overload

import numpy as np

from rb_studio.gui.plots.looks import place_of
from rb_studio.jobs.frontier_names import LINES
from rb_studio.jobs.paper import REPORTED
from rb_studio.jobs.places import NAMED, PHASE
from rb_studio.jobs.streams import CUMULATIVE, arm_name
from rb_studio.records.curve import CurveSet, Point, Series

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Places = NDArray[np.intp]
    Table = NDArray[np.float64]

DODGE = 0.05
DODGE_NAMED = 0.09
SPREAD = 0.7  # of the way to the next place, for all arms together
BANDED = 12  # a curve of more points has a band in place of bars, and a marker now and then
SPARSE = 8
X, Y, LOW, HIGH = range(4)


@dataclass(frozen=True, slots=True)
class Mark:
    """A point as it stands in the drawing."""

    series: Series
    point: Point
    x: float
    y: float


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """A curve: the place of its arm, its points with a value and those where none can be estimated.

    `known` and `lost` are the numbers of these points in the series; `spots` is x, y, low, high of the known ones, NaN
    where there is no bound: float[known, 4]; `lost_x` is where the others stand. The points of a curve that is not
    `joined` have no line between them, those of one that is `stemmed` stand on zero.
    """

    series: Series
    arm: int
    known: "Places"
    spots: "Table"
    lost: "Places"
    lost_x: "Table"
    joined: bool = True
    stemmed: bool = False

    @property
    def found(self) -> tuple[Mark, ...]:
        """The points with a value."""
        return tuple(self.mark(place) for place in range(len(self.known)))

    @property
    def missing(self) -> tuple[Mark, ...]:
        """The points where none can be estimated."""
        return tuple(self.mark(place) for place in range(len(self.known), len(self)))

    def __len__(self) -> int:
        return len(self.known) + len(self.lost)

    def mark(self, place: int) -> Mark:
        """One point, those with a value first."""
        points, count = self.series.points, len(self.known)
        if place < count:
            x, y = self.spots[place, :LOW].tolist()
            return Mark(self.series, points[self.known[place]], x, y)
        return Mark(self.series, points[self.lost[place - count]], float(self.lost_x[place - count]), 0.0)

    @property
    def bounds(self) -> list[tuple[float, float, float]]:
        """Intervals as (x, low, high)."""
        return [(x, low, high) for x, low, high in self.bounded.tolist()]

    @property
    def bounded(self) -> "Table":
        """x, low and high of the points with an interval: float[bounded, 3]."""
        there: Table = self.spots[~np.isnan(self.spots[:, LOW:]).any(1)][:, [X, LOW, HIGH]]
        return there

    @property
    def marked(self) -> "Places":
        """Every known point of a few; of a dense curve one now and then, at other places than the next arm's.

        A frontier's line has none: its marks stand at a budget.
        """
        count = 0 if self.series.metric in LINES else len(self.known)
        if count <= BANDED:
            return np.arange(count)
        every = max(1, count // SPARSE)
        return np.arange((self.arm * every // 3) % every, count, every)


class Marks(Sequence[Mark]):
    """Everything that can be pointed at in a drawing, each made when it is asked for."""

    def __init__(self, drawn: Sequence[Placed]) -> None:
        self._drawn = drawn
        self._ends = np.cumsum([len(one) for one in drawn], dtype=np.intp)

    def __len__(self) -> int:
        return int(self._ends[-1]) if len(self._ends) else 0

    @overload
    def __getitem__(self, place: int) -> Mark: ...
    @overload
    def __getitem__(self, place: slice) -> list[Mark]: ...
    def __getitem__(self, place: int | slice) -> Mark | list[Mark]:
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(len(self)))]
        if not -len(self) <= place < len(self):
            raise IndexError(place)
        place %= len(self)
        number = self.curve(place)
        one = self._drawn[number]
        return one.mark(place - int(self._ends[number]) + len(one))

    @property
    def curves(self) -> int:
        """How many curves there are, with marks or without."""
        return len(self._drawn)

    def curve(self, place: int) -> int:
        """The number of the curve that a mark is of."""
        return int(np.searchsorted(self._ends, place, side="right"))

    def where(self) -> "Table":
        """x and y of all marks: float[marks, 2]."""
        parts = [part for one in self._drawn
                 for part in (one.spots[:, :LOW], np.column_stack([one.lost_x, np.zeros(len(one.lost))]))]  # fmt: skip
        return np.vstack(parts) if parts else np.zeros((0, 2))

    def names(self) -> list[str]:
        """The names of the curves with any mark."""
        return [one.series.name for one in self._drawn if len(one)]

    def of(self, name: str) -> list[int]:
        """The places of a curve's marks."""
        ends = self._ends.tolist()
        return [
            place
            for end, one in zip(ends, self._drawn, strict=True)
            if one.series.name == name
            for place in range(end - len(one), end)
        ]


def placed(curves: CurveSet, arms: Sequence[str], *, log2: bool = False) -> list[Placed]:
    """The curves of a figure; arms stand a little apart over k, and `log2` gives the logarithm of x."""
    drawn = {arm_name(series) for series in curves.series}
    shift = _shifts([arm for arm in arms if arm in drawn], curves.x)
    return [
        _placed(series, curves.x, shift[arm_name(series)], place_of(arms, arm_name(series)), log2)
        for series in curves.series
    ]


def reported(curves: CurveSet, *, log2: bool = False) -> list[Placed]:
    """What a paper reports, where it stands."""
    return [_placed(series, curves.x, 0.0, 0, log2) for series in curves.paper]


def on_axis(x: float, *, log2: bool) -> float | None:
    """Where a value stands on the axis; None where the axis has no place for it."""
    if not log2:
        return x
    return logarithm(x) if x > 0 else None


def _shifts(arms: Sequence[str], axis: str) -> dict[str, float]:
    """How far each arm stands beside its place, so that none hides another."""
    step = DODGE_NAMED if axis in NAMED else DODGE if axis == "k" else 0.0
    step = min(step, SPREAD / max(1, len(arms) - 1))
    return {arm: step * (place - (len(arms) - 1) / 2) for place, arm in enumerate(arms)}


def _placed(series: Series, axis: str, shift: float, arm: int, log2: bool) -> Placed:
    table = np.array([(p.x, p.value, p.low, p.high) for p in series.points], np.float64).reshape(-1, 4)
    if log2:
        table[:, X] = np.log2(table[:, X], out=np.full(len(table), np.nan), where=table[:, X] > 0)
    table[:, X] += shift
    stands = ~np.isnan(table[:, X])
    known = stands & ~np.isnan(table[:, Y])
    dense = series.metric == CUMULATIVE or axis in NAMED or series.truth == REPORTED
    lost = np.zeros_like(known) if dense else stands & ~known
    return Placed(
        series,
        arm,
        np.flatnonzero(known),
        table[known],
        np.flatnonzero(lost),
        table[lost, X],
        joined=axis not in NAMED,
        stemmed=axis == PHASE,
    )
