"""Drawing curves with pyqtgraph, on screen and on paper."""

from collections.abc import Sequence
from dataclasses import dataclass

import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPen, QPolygonF

from rb_studio.gui.plots.ink import DASHES, MISSING, Ink, marker
from rb_studio.gui.plots.names import AXIS_NAMES, METRIC_NAMES, arms_of, counts_steps, metric_of, value_name
from rb_studio.gui.plots.strokes import Spot, Stroke, band_of
from rb_studio.jobs.streams import CUMULATIVE, arm_name
from rb_studio.records.curve import CurveSet, Point, Series

DODGE = 0.05
BANDED = 12
SPARSE = 8
HOLLOW = 5.5
RADIUS, RADIUS_JUDGED = 4.0, 2.5
MARGIN = 0.05  # room for the ticks at 0 and 1, which are left out where they do not fit


@dataclass(frozen=True, slots=True)
class Mark:
    """A point as it stands in the drawing."""

    series: Series
    point: Point
    x: float
    y: float


def add_plot(view: pg.GraphicsLayoutWidget) -> pg.PlotItem:
    """A plot with a grid and without menus; what pyqtgraph makes for menus all the same goes with the view."""
    plot = view.addPlot(row=0, col=0, enableMenu=False)
    plot.hideButtons()
    plot.showGrid(x=True, y=True, alpha=0.15)
    for menu in (plot.ctrlMenu, plot.vb.menu):
        if menu is not None:
            menu.setParent(view, menu.windowFlags())  # a menu without its flags would be drawn inside the plot
    return plot


def set_axes(plot: pg.PlotItem, curves: CurveSet, ink: Ink) -> None:
    """Labels, ticks and range for these curves."""
    for side, label in (("left", value_name(curves)), ("bottom", AXIS_NAMES[curves.x])):
        axis = plot.getAxis(side)
        axis.setLabel(label, color=ink.text)
        axis.setPen(ink.axis)
        axis.setTextPen(ink.text)
        axis.enableAutoSIPrefix(False)
    ks = sorted({point.k for series in curves.series for point in series.points})
    plot.getAxis("bottom").setTicks([[(k, str(k)) for k in ks]] if curves.x == "k" else None)


def set_range(plot: pg.PlotItem, curves: CurveSet) -> None:
    """Show everything; success always from 0 to 1."""
    if not counts_steps(curves):
        plot.setYRange(0, 1, padding=MARGIN)
    ks = {point.k for series in curves.series for point in series.points}
    if curves.x == "k" and len(ks) == 1:
        only = ks.pop()
        plot.setXRange(only - 1, only + 1)


def draw(curves: CurveSet, ink: Ink, arms: Sequence[str]) -> tuple[list[Mark], list[Stroke]]:
    """Marks, not estimable ones too, and what is to be drawn; `arms` gives each its colour by place."""
    shown = [arm for arm in arms if any(arm_name(series) == arm for series in curves.series)]
    marks: list[Mark] = []
    strokes: list[Stroke] = []
    for series in curves.series:
        name = arm_name(series)
        shift = DODGE * (shown.index(name) - (len(shown) - 1) / 2) if curves.x == "k" else 0.0
        found, missing = _place(series, shift)
        marks += found + missing
        strokes.append(_stroke(series, found, missing, ink, arms.index(name)))
    return marks, strokes


def add_legend(legend: pg.LegendItem, curves: CurveSet, ink: Ink, arms: Sequence[str]) -> None:
    """A sample of every arm's colour and marker, then of every metric's line: as many as stay readable."""
    for name in arms_of(curves):
        arm = arms.index(name)
        colour = ink.colour(arm)
        look = {"symbol": marker(arm), "symbolSize": 2 * RADIUS, "symbolBrush": colour, "symbolPen": colour}
        legend.addItem(pg.PlotDataItem([0], [0], pen=QPen(colour, 2), **look), name)
    for series in {metric_of(series): series for series in curves.series}.values():
        line = pg.PlotDataItem([0], [0], pen=_pen(series, QColor(ink.text)))
        metric = metric_of(series)
        legend.addItem(line, METRIC_NAMES.get(metric, metric))


def _place(series: Series, shift: float) -> tuple[list[Mark], list[Mark]]:
    """Points with a value, and points on the axis where none can be estimated; `shift` keeps arms apart."""
    placed = [(point.x + shift, point) for point in series.points if point.x is not None]
    found = [Mark(series, point, x, point.value) for x, point in placed if point.value is not None]
    missing = [Mark(series, point, x, 0.0) for x, point in placed if point.value is None]
    return found, [] if series.metric == CUMULATIVE else missing


def _stroke(series: Series, found: Sequence[Mark], missing: Sequence[Mark], ink: Ink, arm: int) -> Stroke:
    colour = ink.colour(arm)
    bounds = [(mark.x, mark.point.low, mark.point.high) for mark in found]
    known = tuple((x, low, high) for x, low, high in bounds if low is not None and high is not None)
    banded = len(known) > BANDED
    spots = [Spot(QPointF(mark.x, mark.y), marker(arm), _radius(series)) for mark in _some(found, arm)]
    spots += [Spot(QPointF(mark.x, mark.y), MISSING, HOLLOW, hollow=True) for mark in missing]
    return Stroke(
        colour=colour,
        pen=_pen(series, colour),
        line=QPolygonF([QPointF(mark.x, mark.y) for mark in found]),
        spots=tuple(spots),
        bounds=known,
        banded=banded,
        band=band_of(known) if banded else QPolygonF(),
    )


def _some(marks: Sequence[Mark], arm: int) -> Sequence[Mark]:
    """Every mark of a few; of a dense curve one now and then, at other places than those of the next arm."""
    if len(marks) <= BANDED:
        return marks
    every = max(1, len(marks) // SPARSE)
    return [mark for place, mark in enumerate(marks) if place % every == (arm * every // 3) % every]


def _pen(series: Series, colour: QColor) -> QPen:
    metric = metric_of(series)
    return QPen(colour, 1 if metric == "judged" else 2, DASHES.get(metric, Qt.PenStyle.SolidLine))


def _radius(series: Series) -> float:
    return RADIUS_JUDGED if metric_of(series) == "judged" else RADIUS
