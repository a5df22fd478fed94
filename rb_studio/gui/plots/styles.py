"""Sizes of figures in files: as drawn, for a column or the width of a paper, for a slide."""

from dataclasses import dataclass, replace

from rb_studio.gui.plots.ink import PAPER, Ink
from rb_studio.records.recipe import DRAWN, PAPER_84, PAPER_174, SLIDE

MM = 72 / 25.4  # points
LABELS = {DRAWN: "as drawn", PAPER_84: "paper, 84 mm", PAPER_174: "paper, 174 mm", SLIDE: "slide"}


@dataclass(frozen=True, slots=True)
class Style:
    """How a figure is drawn; lengths are in points.

    The sheet is `width` wide, and as high as `height` unless the axes would be lower than `least`. `size` is that of
    all text, `beside` puts the legend to the right of the axes, `dpi` is the resolution of pixels. `seen` is the part
    of the axes that is drawn, (left, right, bottom, top), None for all.
    """

    width: int
    height: int
    least: int
    size: int
    line: float
    radius: float
    beside: bool
    dpi: int
    ink: Ink = PAPER
    seen: tuple[float, float, float, float] | None = None


STYLES = {
    DRAWN: Style(840, 480, 200, 10, 1.5, 3.2, True, 192),
    PAPER_84: Style(int(84 * MM), 0, int(48 * MM), 8, 0.9, 2.1, False, 600),
    PAPER_174: Style(int(174 * MM), 0, int(66 * MM), 8, 0.9, 2.3, True, 600),
    SLIDE: Style(int(254 * MM), int(142.9 * MM), 180, 14, 2.2, 4.6, True, 192),
}


def style_of(preset: str) -> Style:
    """The style of a preset; an empty one is as drawn."""
    return STYLES[preset or DRAWN]


def drawn_style(width: int, height: int, ink: Ink, seen: tuple[float, float, float, float] | None) -> Style:
    """A figure as it is on screen: its size in pixels, its colours, the part that is seen."""
    points = 72 / 96
    return replace(STYLES[DRAWN], width=max(360, int(width * points)), height=int(height * points), ink=ink, seen=seen)
