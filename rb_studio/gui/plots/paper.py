"""Figures for files, laid out in points: axes, curves with their intervals, legend and caption."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from rb_studio.gui.plots.axes import Axes, axes_of
from rb_studio.gui.plots.curve_parts import curve_parts, paper_parts
from rb_studio.gui.plots.legend import entries_of, laid_below, laid_beside
from rb_studio.gui.plots.multiples import Cell, cells_of
from rb_studio.gui.plots.names import SIMULATED, arms_of
from rb_studio.gui.plots.ruler import Ruler, usable_family
from rb_studio.gui.plots.sheet import Box, Group, Line, Part, Pen, Sheet, Words
from rb_studio.gui.plots.styles import Style
from rb_studio.jobs.paper import NOTE
from rb_studio.records.curve import CurveSet
from rb_studio.records.shown import one_line

TITLE = "Scaling curves"
LONGEST = 1_200  # letters of a caption: names of arms may be anything
LEGEND_SHARE = 0.36  # of the width, at most
THIN = 0.5


@dataclass(frozen=True, slots=True)
class Ground:
    """What every part of a figure is measured by."""

    style: Style
    ruler: Ruler
    arms: Sequence[str]
    log2: bool

    @property
    def gap(self) -> float:
        return self.style.size / 2


def sheet_of(curves: CurveSet, arms: Sequence[str], style: Style, *, log2: bool = False, panels: bool = False) -> Sheet:
    """A figure with its legend and caption.

    Parameters
    ----------
    arms
        The arms with their places (`looks.Arms`); empty for those of the figure as they come.
    panels
        Small multiples, a panel for each memory and scaling.
    """
    family = usable_family()
    ground = Ground(style, Ruler(family, style.size), arms or arms_of(curves), log2)
    gap, width = ground.gap, float(style.width)
    entries = entries_of(curves, ground.arms)
    caption = _caption(curves, ground, width - 2 * gap)
    if style.beside:
        legend = laid_beside(entries, ground.ruler, style, width * LEGEND_SHARE)
        inner = width - legend.width - 3 * gap
    else:
        legend = laid_below(entries, ground.ruler, style, width - 2 * gap)
        inner = width - 2 * gap
    rest = len(caption) * ground.ruler.line + 2 * gap + (0 if style.beside else legend.height + gap)
    cells = (cells_of(curves) if panels else []) or [[Cell("", curves)]]
    least = max(style.least * (1 + (len(cells) - 1) * 0.7), legend.height if style.beside else 0)
    tall = max(style.height - rest, least)
    parts = _figure(cells, curves, (gap, gap, inner, tall - gap), ground)
    at = (inner + 2 * gap, gap) if style.beside else (gap, gap + tall)
    parts += legend.parts(*at)
    below = tall + (0 if style.beside else legend.height + gap) + gap
    parts += [
        Words(line, gap, below + ground.ruler.rise + place * ground.ruler.line, style.size, style.ink.axis)
        for place, line in enumerate(caption)
    ]
    return Sheet(style.width, ceil(tall + rest), style.ink.ground, tuple(parts), TITLE, family)


def _caption(curves: CurveSet, ground: Ground, width: float) -> list[str]:
    told = [curves.caption, NOTE if curves.paper else "", SIMULATED if curves.simulated else ""]
    return [line for text in told if text for line in ground.ruler.wrapped(one_line(text, LONGEST), width)]


def _figure(cells: Sequence[Sequence[Cell]], curves: CurveSet, box: Box, ground: Ground) -> list[Part]:
    """All panels on the axes they share: names of the axes once, numbers at the left and at the bottom."""
    style, ruler, gap = ground.style, ground.ruler, ground.gap
    columns = max(map(len, cells))
    axes = axes_of(curves, log2=ground.log2, seen=style.seen, most=max(2, int(box[2] / columns / (style.size * 4))))
    numbers = max((ruler.width(text) for _, text in axes.y.ticks), default=0.0) + gap
    titled = ruler.line if any(cell.title for row in cells for cell in row) else 0.0
    left, top = box[0] + ruler.line + gap + numbers, box[1]
    wide = (box[0] + box[2] - left - (columns - 1) * gap) / columns
    high = (box[3] - 2 * ruler.line - gap - len(cells) * titled - (len(cells) - 1) * gap) / len(cells)
    parts: list[Part] = []
    for row, line in enumerate(cells):
        for column, cell in enumerate(line):
            place = (left + column * (wide + gap), top + row * (high + titled + gap) + titled, wide, high)
            if cell.title:
                title = _fitted(one_line(cell.title, 120), ruler, wide)
                parts.append(
                    Words(title, place[0] + wide / 2, place[1] - gap / 2, style.size, style.ink.text, "middle")
                )
            parts += _panel(cell, axes, place, ground, first=column == 0, last=row == len(cells) - 1)
    middle, low = left + (box[0] + box[2] - left) / 2, box[1] + box[3]
    upright = top + (low - 2 * ruler.line - top) / 2
    parts.append(Words(axes.x.name, middle, low - gap / 2, style.size, style.ink.text, "middle"))
    parts.append(Words(axes.y.name, box[0] + ruler.rise, upright, style.size, style.ink.text, "middle", turned=True))
    return parts


def _panel(cell: Cell, axes: Axes, box: Box, ground: Ground, *, first: bool, last: bool) -> list[Part]:
    left, top, wide, high = box
    style, ink = ground.style, ground.style.ink
    right, low = left + wide, top + high
    xs = [(axes.x.at(x, left, right), text) for x, text in axes.x.ticks]
    ys = [(axes.y.at(y, low, top), text) for y, text in axes.y.ticks]
    pale, frame = Pen(ink.grid, THIN), Pen(ink.axis, THIN)
    lines: list[Part] = [Line(((x, top), (x, low)), pale) for x, _ in xs]
    lines += [Line(((left, y), (right, y)), pale) for y, _ in ys]
    lines.append(Line(((left, top), (left, low), (right, low)), frame))
    size, line = style.size, ground.ruler
    across: list[Part] = [Words(text, x, low + line.rise + 2, size, ink.text, "middle") for x, text in xs if last]
    upward: list[Part] = [
        Words(text, left - ground.gap / 2, y + line.rise * 0.36, size, ink.text, "end") for y, text in ys if first
    ]
    ruler = None if cell.title else ground.ruler  # a panel's title names what is reported in it
    drawn = (*paper_parts(cell.curves, axes, box, style, log2=ground.log2, ruler=ruler),
             *curve_parts(cell.curves, ground.arms, axes, box, style, log2=ground.log2))  # fmt: skip
    return [
        Group(tuple(lines), (("part", "grid"),)),
        Group(tuple(across), (("part", "x-ticks"),)),
        Group(tuple(upward), (("part", "y-ticks"),)),
        Group(drawn, (("part", "curves"), ("box", " ".join(f"{side:.3f}" for side in box))), box),
    ]


def _fitted(text: str, ruler: Ruler, width: float) -> str:
    """The text, cut short where it is too wide."""
    while text and ruler.width(text) > width:
        text = text[:-2].rstrip("…") + "…" if len(text) > 2 else ""
    return text
