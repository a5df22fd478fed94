"""Where the points of curves stand, on screen and on paper."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log2 as logarithm

from rb_studio.gui.plots.looks import place_of
from rb_studio.jobs.streams import CUMULATIVE, arm_name
from rb_studio.records.curve import CurveSet, Point, Series

DODGE = 0.05
BANDED = 12  # a curve of more points has a band in place of bars, and a marker now and then
SPARSE = 8


@dataclass(frozen=True, slots=True)
class Mark:
    """A point as it stands in the drawing."""

    series: Series
    point: Point
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Placed:
    """A curve: the place of its arm, points with a value, and points where none can be estimated."""

    series: Series
    arm: int
    found: tuple[Mark, ...]
    missing: tuple[Mark, ...]

    @property
    def bounds(self) -> tuple[tuple[float, float, float], ...]:
        """Intervals as (x, low, high)."""
        known = ((mark.x, mark.point.low, mark.point.high) for mark in self.found)
        return tuple((x, low, high) for x, low, high in known if low is not None and high is not None)

    @property
    def marked(self) -> Sequence[Mark]:
        """Every mark of a few; of a dense curve one now and then, at other places than those of the next arm."""
        if len(self.found) <= BANDED:
            return self.found
        every = max(1, len(self.found) // SPARSE)
        return [mark for place, mark in enumerate(self.found) if place % every == (self.arm * every // 3) % every]


def placed(curves: CurveSet, arms: Sequence[str], *, log2: bool = False) -> list[Placed]:
    """The curves of a figure; arms stand a little apart over k, and `log2` gives the logarithm of x."""
    drawn = {arm_name(series) for series in curves.series}
    shown = [arm for arm in arms if arm in drawn]
    return [_placed(series, curves.x, shown, arms, log2) for series in curves.series]


def on_axis(x: float, *, log2: bool) -> float | None:
    """Where a value stands on the axis; None where the axis has no place for it."""
    if not log2:
        return x
    return logarithm(x) if x > 0 else None


def _placed(series: Series, axis: str, shown: Sequence[str], arms: Sequence[str], log2: bool) -> Placed:
    name = arm_name(series)
    shift = DODGE * (shown.index(name) - (len(shown) - 1) / 2) if axis == "k" else 0.0
    found: list[Mark] = []
    missing: list[Mark] = []
    for point in series.points:
        x = None if point.x is None else on_axis(point.x, log2=log2)
        if x is not None and point.value is not None:
            found.append(Mark(series, point, x + shift, point.value))
        elif x is not None and series.metric != CUMULATIVE:
            missing.append(Mark(series, point, x + shift, 0.0))
    return Placed(series, place_of(arms, name), tuple(found), tuple(missing))
