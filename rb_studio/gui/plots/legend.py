"""The legend of a figure: a sample of every arm's colour and marker, then of every metric's line."""

from collections.abc import Sequence
from dataclasses import dataclass

from rb_studio.gui.plots.curve_parts import line_pen, spot
from rb_studio.gui.plots.ink import GREY, JUDGED, MISSING
from rb_studio.gui.plots.looks import place_of
from rb_studio.gui.plots.names import arms_of, metric_name, metric_of
from rb_studio.gui.plots.ruler import Ruler
from rb_studio.gui.plots.sheet import Group, Line, Marker, Part, Pen, Words
from rb_studio.gui.plots.styles import Style
from rb_studio.jobs.frontier_names import MARKS
from rb_studio.jobs.streams import CUMULATIVE
from rb_studio.records.curve import CurveSet
from rb_studio.records.shown import one_line

LONGEST = 200
MOST_LINES = 4
SAMPLE = 2.6  # widths of the text's size
REPORTED = "reported by the paper"
NOT_ESTIMABLE = "not estimable"


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the legend: an arm by its place, or else a metric, `paper`, or the mark of no value."""

    text: str
    arm: int | None = None
    metric: str = ""


@dataclass(frozen=True, slots=True)
class Laid:
    """Entries with their lines of text and where they stand."""

    entries: tuple[tuple[float, float, Entry, tuple[str, ...]], ...]
    width: float
    height: float
    ruler: Ruler
    style: Style

    def parts(self, left: float, top: float) -> list[Part]:
        """The legend with its corner at a place."""
        return [self._entry(left + x, top + y, entry, lines) for x, y, entry, lines in self.entries]

    def _entry(self, x: float, y: float, entry: Entry, lines: Sequence[str]) -> Group:
        size, ink = self.style.size, self.style.ink
        middle = y + self.ruler.line / 2
        text: list[Part] = [
            Words(line, x + (SAMPLE + 0.6) * size, y + self.ruler.rise + place * self.ruler.line, size, ink.text)
            for place, line in enumerate(lines)
        ]
        about = (("part", "legend"), ("entry", entry.text))
        return Group((*_sample(entry, x, middle, self.style), *text), about)


def entries_of(curves: CurveSet, arms: Sequence[str]) -> list[Entry]:
    """What a figure's legend tells."""
    found = [Entry(one_line(name, LONGEST), arm=place_of(arms, name)) for name in arms_of(curves)]
    metrics = {metric_of(series): metric_name(series) for series in curves.series if series.metric not in MARKS}
    found += [Entry(name, metric=metric) for metric, name in metrics.items()]
    missing = any(p.value is None for one in curves.series if one.metric != CUMULATIVE for p in one.points)
    found += [Entry(NOT_ESTIMABLE, metric=MISSING)] if missing else []
    return [*found, *([Entry(REPORTED, metric="paper")] if curves.paper else [])]


def laid_beside(entries: Sequence[Entry], ruler: Ruler, style: Style, widest: float) -> Laid:
    """One below the other, no wider than `widest`."""
    room = widest - (SAMPLE + 0.6) * style.size
    placed, y, width = [], 0.0, 0.0
    for entry in entries:
        lines = _lines(entry, ruler, room)
        placed.append((0.0, y, entry, lines))
        y += ruler.line * (len(lines) + 0.15)
        width = max(width, *map(ruler.width, lines))
    return Laid(tuple(placed), width + (SAMPLE + 0.6) * style.size, y, ruler, style)


def laid_below(entries: Sequence[Entry], ruler: Ruler, style: Style, width: float) -> Laid:
    """As many in a row as there is room for."""
    sample = (SAMPLE + 0.6) * style.size
    placed: list[tuple[float, float, Entry, tuple[str, ...]]] = []
    x, y, high = 0.0, 0.0, 0
    for entry in entries:
        lines = _lines(entry, ruler, width - sample)
        wide = sample + max(map(ruler.width, lines))
        if x and x + wide > width:
            x, y, high = 0.0, y + high * ruler.line, 0
        placed.append((x, y, entry, lines))
        x, high = x + wide + style.size, max(high, len(lines))
    return Laid(tuple(placed), width, y + high * ruler.line, ruler, style)


def _lines(entry: Entry, ruler: Ruler, room: float) -> tuple[str, ...]:
    lines = ruler.wrapped(entry.text, room)
    if len(lines) <= MOST_LINES:
        return tuple(lines)
    return (*lines[: MOST_LINES - 1], f"{lines[MOST_LINES - 1][:-1]}…")


def _sample(entry: Entry, x: float, y: float, style: Style) -> list[Part]:
    end, middle = x + SAMPLE * style.size, x + SAMPLE * style.size / 2
    if entry.arm is not None:
        colour = style.ink.colour(entry.arm).name()
        return [Line(((x, y), (end, y)), Pen(colour, style.line)), spot(entry.arm, middle, y, style)]
    if entry.metric == MISSING:
        return [Marker(MISSING, middle, y, style.radius * 1.3, Pen(style.ink.text, style.line * 0.7))]
    if entry.metric == "paper":
        pen = Pen(GREY, style.line * 0.6)
        return [Line(((x, y), (end, y)), pen), Marker("o", middle, y, style.radius * 0.8, pen, style.ink.ground)]
    pen = line_pen(entry.metric, style.ink.text, style)
    open_marker = Marker("o", middle, y, style.radius * 0.8, Pen(style.ink.text, style.line * 0.7), style.ink.ground)
    return [Line(((x, y), (end, y)), pen), *([open_marker] if entry.metric in JUDGED else [])]
