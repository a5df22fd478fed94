"""Axes of figures: from where to where, with round numbers, straight or by doubling."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from rb_studio.gui.plots.names import arms_of, short_value_name
from rb_studio.gui.plots.placing import Placed, X, on_axis, placed
from rb_studio.jobs.figure_words import AXIS_NAMES, is_share
from rb_studio.jobs.places import NAMED
from rb_studio.jobs.streams import POSITION
from rb_studio.records.curve import CurveSet, Series

MARGIN = 0.05
ROUND = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True, slots=True)
class Scale:
    """An axis: what is seen of it, its ticks with their labels, and its name."""

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]
    name: str

    def at(self, value: float, first: float, last: float) -> float:
        """Where a value stands between two places."""
        return first + (value - self.low) / (self.high - self.low) * (last - first)


@dataclass(frozen=True, slots=True)
class Axes:
    """Both axes of a figure."""

    x: Scale
    y: Scale


def axes_of(curves: CurveSet, *, log2: bool, seen: tuple[float, float, float, float] | None, most: int) -> Axes:
    """Axes that show all of a figure, or what is seen of it; `most` is the number of ticks there is room for."""
    drawn = placed(curves, arms_of(curves), log2=log2)
    left, right, bottom, top = seen or reach(curves, drawn, log2)
    ticks = [(x, text) for x, text in _x_ticks(curves, left, right, log2, most) if left <= x <= right]
    rises = tuple(_labelled(_rounds(bottom, top, 6)))
    upright = Scale(bottom, top, rises, short_value_name(curves))
    return Axes(Scale(left, right, tuple(ticks), x_name(curves, log2)), upright)


def x_name(curves: CurveSet, log2: bool) -> str:
    """What the horizontal axis shows."""
    return AXIS_NAMES[curves.x] + (" (doubling)" if log2 and curves.x != "k" else "")


def ks_of(curves: CurveSet) -> list[int]:
    """Every k of ours and of reported curves."""
    return sorted({point.k for one in (*curves.series, *curves.paper) for point in one.points})


def _every(curves: CurveSet) -> tuple[Series, ...]:
    return (*curves.series, *curves.paper)


def reach(curves: CurveSet, drawn: Sequence[Placed], log2: bool) -> tuple[float, float, float, float]:
    """All of a figure whose curves stand so: left, right, bottom, top."""
    return (*_reach_x(curves, drawn, log2), *_reach_y(curves))


def _reach_x(curves: CurveSet, drawn: Sequence[Placed], log2: bool) -> tuple[float, float]:
    if curves.x in NAMED:
        return 0.5, len(NAMED[curves.x]) + 0.5
    if curves.x == POSITION:  # of many points
        ends = [one.spots[[0, -1], X].tolist() for one in drawn if len(one.known)]
        return _padded([x for end in ends for x in end], 0.0)
    places = [on_axis(p.x, log2=log2) for one in _every(curves) for p in one.points if p.x is not None]
    places += [x for one in drawn for x in (*one.spots[:, X].tolist(), *one.lost_x.tolist())]
    return _padded([x for x in places if x is not None], 1.0 if curves.x == "k" else 0.0)


def _reach_y(curves: CurveSet) -> tuple[float, float]:
    if is_share(curves):
        return -MARGIN, 1 + MARGIN
    values = [v for one in _every(curves) for p in one.points for v in (p.value, p.low, p.high) if v is not None]
    low, high = _padded([*values, 0.0], 0.0)
    return (0.0 if all(value > 0 for value in values) else low), high


def _padded(values: list[float], alone: float) -> tuple[float, float]:
    """A little more than all values; `alone` is the room on either side of a single one."""
    low, high = min(values, default=0.0), max(values, default=1.0)
    if high - low < 1e-12:
        room = alone or abs(high) * 0.5 or 1.0
        return low - room, high + room
    return low - MARGIN * (high - low), high + MARGIN * (high - low)


def _x_ticks(curves: CurveSet, left: float, right: float, log2: bool, most: int) -> Iterable[tuple[float, str]]:
    if curves.x in NAMED:
        return [(float(place), name) for place, name in enumerate(NAMED[curves.x], 1)]
    if curves.x == "k":
        ks = ks_of(curves)
        ks = ks[:: ceil(len(ks) / most)] if len(ks) > 2 * most else ks
        return [(x, str(k)) for k in ks if (x := on_axis(k, log2=log2)) is not None]
    if log2:
        powers = range(floor(left), ceil(right) + 1)
        return [(float(power), f"{2.0**power:,.6g}") for power in powers][:: ceil(len(powers) / most)]
    return _labelled(_rounds(left, right, most))


def _rounds(low: float, high: float, most: int) -> list[float]:
    """Round numbers from `low` to `high`, at most so many."""
    rough = (high - low) / max(1, most)
    power = 10.0 ** floor(log10(rough))
    step = next(power * one for one in ROUND if power * one >= rough * (1 - 1e-9))
    first = ceil(low / step - 1e-9)
    return [round(number * step, 12) for number in range(first, floor(high / step + 1e-9) + 1)]


def _labelled(values: list[float]) -> list[tuple[float, str]]:
    """Values with as many decimals as the one that needs most."""
    decimals = next((n for n in range(10) if all(abs(one - round(one, n)) < 1e-11 for one in values)), 10)
    return [(one, f"{one:,.{decimals}f}") for one in values]
