"""Curves as parts of a sheet: bands or bars, lines, markers; and what a paper reports, in grey beneath."""

from collections.abc import Sequence

from rb_studio.gui.plots.axes import Axes
from rb_studio.gui.plots.ink import GREY, JUDGED, MISSING, PATTERNS, dashes, marker
from rb_studio.gui.plots.names import metric_of
from rb_studio.gui.plots.placing import BANDED, Mark, Placed, on_axis, placed
from rb_studio.gui.plots.ruler import Ruler
from rb_studio.gui.plots.sheet import Area, Box, Group, Line, Marker, Part, Pen, Places, Words
from rb_studio.gui.plots.styles import Style
from rb_studio.records.curve import CurveSet, Series
from rb_studio.records.shown import one_line

PALE = 0.16
CAP = 0.8  # half the width of a bar's end, in radii of markers
OUTLINE = 0.7
JUDGED_LINE = 0.55  # of the width of a true curve's line
REPORTED_LINE = 0.6


def curve_parts(
    curves: CurveSet, arms: Sequence[str], axes: Axes, box: Box, style: Style, *, log2: bool
) -> tuple[Part, ...]:
    """A group for each curve, intervals beneath all lines."""
    drawn = placed(curves, arms, log2=log2)
    beneath = [Group(tuple(_bounds(one, axes, box, style)), _about(one.series, "interval")) for one in drawn]
    above = [Group(tuple(_line(one, axes, box, style)), _about(one.series, "line")) for one in drawn]
    return (*(group for group in beneath if group.parts), *above)


def paper_parts(
    curves: CurveSet, axes: Axes, box: Box, style: Style, *, log2: bool, ruler: Ruler | None
) -> tuple[Part, ...]:
    """A group for each reported curve; by a `ruler` those of best-of-k have their name below their last point."""
    found = []
    for one in curves.paper:
        parts = _reported(one, axes, box, style, log2)
        parts += _name(one, parts, ruler, style) if ruler is not None else []
        found.append(Group(tuple(parts), _about(one, "paper")))
    return tuple(found)


def line_pen(metric: str, colour: str, style: Style) -> Pen:
    """The line of a metric: thinner where success is judged."""
    width = style.line * (JUDGED_LINE if metric in JUDGED else 1)
    return Pen(colour, width, PATTERNS[dashes(metric)])


def spot(arm: int, x: float, y: float, style: Style, metric: str = "") -> Marker:
    """An arm's marker: open where success is judged."""
    colour = style.ink.colour(arm).name()
    fill = style.ink.ground if metric in JUDGED else colour
    return Marker(marker(arm), x, y, style.radius, Pen(colour, style.line * OUTLINE), fill)


def _about(series: Series, part: str) -> tuple[tuple[str, str], ...]:
    return (("part", part), ("series", one_line(series.name)), ("metric", series.metric), ("truth", series.truth))


def _bounds(one: Placed, axes: Axes, box: Box, style: Style) -> list[Part]:
    colour = style.ink.colour(one.arm).name()
    bounds = [(_x(axes, box, x), _y(axes, box, low), _y(axes, box, high)) for x, low, high in one.bounds]
    if len(bounds) > BANDED:
        there, back = [(x, low) for x, low, _ in bounds], [(x, high) for x, _, high in reversed(bounds)]
        return [Area((*there, *back), colour, PALE)]
    pen, cap = Pen(colour, style.line * 0.6), style.radius * CAP
    parts: list[Part] = []
    for x, low, high in bounds:
        parts += [Line(((x, low), (x, high)), pen), *(Line(((x - cap, y), (x + cap, y)), pen) for y in (low, high))]
    return parts


def _line(one: Placed, axes: Axes, box: Box, style: Style) -> list[Part]:
    metric = metric_of(one.series)
    colour = style.ink.colour(one.arm).name()
    parts: list[Part] = []
    thin = Pen(colour, style.line * OUTLINE)
    foot = max(axes.y.low, min(0.0, axes.y.high))
    if one.joined and len(one.known) > 1:
        parts.append(Line(_places(one.found, axes, box), line_pen(metric, colour, style)))
    for mark in map(one.mark, one.marked.tolist()):
        x, y = _x(axes, box, mark.x), _y(axes, box, mark.y)
        parts += [Line(((x, _y(axes, box, foot)), (x, y)), thin)] if one.stemmed else []
        parts.append(spot(one.arm, x, y, style, metric))
    for mark in one.missing:
        parts.append(Marker(MISSING, _x(axes, box, mark.x), _y(axes, box, foot), style.radius * 1.3, thin))
    return parts


def _reported(series: Series, axes: Axes, box: Box, style: Style, log2: bool) -> list[Part]:
    known = [(on_axis(p.x, log2=log2), p.value) for p in series.points if p.x is not None and p.value is not None]
    places = [(_x(axes, box, x), _y(axes, box, y)) for x, y in known if x is not None]
    pen = Pen(GREY, style.line * REPORTED_LINE, PATTERNS[dashes(series.metric)])
    parts: list[Part] = [Line(places, pen)] if len(places) > 1 else []
    parts += [
        Marker("o", x, y, style.radius * 0.8, Pen(GREY, style.line * OUTLINE), style.ink.ground) for x, y in places
    ]
    return parts


def _name(series: Series, drawn: Sequence[Part], ruler: Ruler, style: Style) -> list[Part]:
    last = drawn[-1] if drawn else None
    if series.metric != "best_of_k" or len(drawn) < 2 or not isinstance(last, Marker):
        return []
    name = one_line(series.name.partition(": ")[2].rpartition(" · ")[0])
    foot = last.y + style.radius + ruler.line * 0.75
    wide, high = ruler.width(name), ruler.line * 0.8
    behind = ((last.x - wide, foot + 1), (last.x, foot + 1), (last.x, foot - high), (last.x - wide, foot - high))
    return [Area(behind, style.ink.ground, 0.8), Words(name, last.x, foot, style.size, GREY, "end")]


def _places(marks: Sequence[Mark], axes: Axes, box: Box) -> Places:
    return [(_x(axes, box, mark.x), _y(axes, box, mark.y)) for mark in marks]


def _x(axes: Axes, box: Box, value: float) -> float:
    return axes.x.at(value, box[0], box[0] + box[2])


def _y(axes: Axes, box: Box, value: float) -> float:
    return axes.y.at(value, box[1] + box[3], box[1])
