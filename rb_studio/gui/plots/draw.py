"""Drawing curves with pyqtgraph, on screen and on paper."""

from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QPen, QPolygonF

from rb_studio.gui.plots.axes import MARGIN, axes_of
from rb_studio.gui.plots.ink import GREY, JUDGED, MISSING, Ink, dashes, marker
from rb_studio.gui.plots.names import AXIS_NAMES, is_share, metric_of, value_name
from rb_studio.gui.plots.placing import BANDED, Mark, Placed, on_axis, placed
from rb_studio.gui.plots.strokes import Spot, Stroke, band_of
from rb_studio.records.curve import CurveSet, Series

TICKS = 10
HOLLOW = 5.5
RADIUS, RADIUS_JUDGED = 4.0, 3.5


def add_plot(view: pg.GraphicsLayoutWidget) -> pg.PlotItem:
    """A plot with a grid and without menus; what pyqtgraph makes for menus all the same goes with the view."""
    plot = view.addPlot(row=0, col=0, enableMenu=False)
    plot.hideButtons()
    plot.showGrid(x=True, y=True, alpha=0.15)
    for menu in (plot.ctrlMenu, plot.vb.menu):
        if menu is not None:
            menu.setParent(view, menu.windowFlags())  # a menu without its flags would be drawn inside the plot
    return plot


def set_axes(plot: pg.PlotItem, curves: CurveSet, ink: Ink, *, log2: bool = False) -> None:
    """Labels, ticks and range for these curves."""
    for side, label in (("left", value_name(curves)), ("bottom", AXIS_NAMES[curves.x])):
        axis = plot.getAxis(side)
        axis.setLabel(label, color=ink.text)
        axis.setPen(ink.axis)
        axis.setTextPen(ink.text)
        axis.enableAutoSIPrefix(False)
    plot.getAxis("bottom").setTicks(_ticks(curves, log2))


def _ticks(curves: CurveSet, log2: bool) -> list[list[tuple[float, str]]] | None:
    """Every k, or doublings; None leaves round numbers to pyqtgraph."""
    if curves.x != "k" and not log2:
        return None
    return [[*axes_of(curves, log2=log2, seen=None, most=TICKS).x.ticks]]


def set_range(plot: pg.PlotItem, curves: CurveSet, *, log2: bool = False) -> None:
    """Show everything; success always from 0 to 1."""
    if is_share(curves):
        plot.setYRange(0, 1, padding=MARGIN)
    ks = {point.k for series in curves.series for point in series.points}
    if curves.x == "k" and len(ks) == 1:
        only = on_axis(ks.pop(), log2=log2) or 0.0
        plot.setXRange(only - 1, only + 1)


def draw(curves: CurveSet, ink: Ink, arms: Sequence[str], *, log2: bool = False) -> tuple[list[Mark], list[Stroke]]:
    """Marks, not estimable ones too, and what is to be drawn; `arms` gives each its colour by its place."""
    curves_placed = placed(curves, arms, log2=log2)
    marks = [mark for one in curves_placed for mark in (*one.found, *one.missing)]
    return marks, [*_reported(curves.paper, log2), *(_stroke(one, ink) for one in curves_placed)]


def _stroke(one: Placed, ink: Ink) -> Stroke:
    colour, metric = ink.colour(one.arm), metric_of(one.series)
    judged = metric in JUDGED
    bounds = one.bounds
    banded = len(bounds) > BANDED
    radius = RADIUS_JUDGED if judged else RADIUS
    spots = [Spot(QPointF(mark.x, mark.y), marker(one.arm), radius, hollow=judged) for mark in one.marked]
    spots += [Spot(QPointF(mark.x, mark.y), MISSING, HOLLOW, hollow=True) for mark in one.missing]
    return Stroke(
        colour=colour,
        pen=QPen(colour, 1 if judged else 2, dashes(metric)),
        line=QPolygonF([QPointF(mark.x, mark.y) for mark in one.found]),
        spots=tuple(spots),
        bounds=bounds,
        banded=banded,
        band=band_of(bounds) if banded else QPolygonF(),
    )


def _reported(series: Sequence[Series], log2: bool) -> list[Stroke]:
    """A thin grey line with spots per curve that a paper reports."""
    strokes = []
    for one in series:
        known = [(on_axis(p.x, log2=log2), p.value) for p in one.points if p.x is not None and p.value is not None]
        places = [QPointF(x, y) for x, y in known if x is not None]
        spots = tuple(Spot(place, "o", RADIUS * 0.75) for place in places)
        strokes.append(Stroke(QColor(GREY), QPen(QColor(GREY), 1, dashes(one.metric)), QPolygonF(places), spots))
    return strokes
