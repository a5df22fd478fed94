"""Drawing curves with pyqtgraph, on screen and on paper."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from rb_studio.gui.plots.ink import DASHES, Ink, marker
from rb_studio.gui.plots.names import AXIS_NAMES, counts_steps, metric_of, series_name, value_name
from rb_studio.jobs.streams import CUMULATIVE, arm_name
from rb_studio.records.curve import CurveSet, Point, Series

DODGE = 0.05
BANDED = 12
SPARSE = 8


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
        plot.setYRange(0, 1, padding=0.02)
    ks = {point.k for series in curves.series for point in series.points}
    if curves.x == "k" and len(ks) == 1:
        only = ks.pop()
        plot.setXRange(only - 1, only + 1)


def draw(
    plot: pg.PlotItem,
    curves: CurveSet,
    ink: Ink,
    arms: Sequence[str],
    *,
    legend: pg.LegendItem | None = None,
) -> list[Mark]:
    """Draw every curve; `arms` gives each its colour by place. Returns the marks, not estimable ones too."""
    shown = [arm for arm in arms if any(arm_name(series) == arm for series in curves.series)]
    marks: list[Mark] = []
    spots: list[dict[str, Any]] = []
    for series in curves.series:
        name = arm_name(series)
        shift = DODGE * (shown.index(name) - (len(shown) - 1) / 2) if curves.x == "k" else 0.0
        arm = arms.index(name)
        found, missing = _place(series, shift)
        marks += found + missing
        spots += _draw_series(plot, found, ink, arm, legend) + _not_estimable(missing, ink, arm)
    # All markers are one item, and none is cached: cached ones are pixmaps, which an SVG cannot scale.
    plot.addItem(pg.ScatterPlotItem(spots, useCache=False))
    return marks


def _place(series: Series, shift: float) -> tuple[list[Mark], list[Mark]]:
    """Points with a value, and points on the axis where none can be estimated; `shift` keeps arms apart."""
    placed = [(point.x + shift, point) for point in series.points if point.x is not None]
    found = [Mark(series, point, x, point.value) for x, point in placed if point.value is not None]
    missing = [Mark(series, point, x, 0.0) for x, point in placed if point.value is None]
    return found, [] if series.metric == CUMULATIVE else missing


def _draw_series(
    plot: pg.PlotItem, marks: Sequence[Mark], ink: Ink, arm: int, legend: pg.LegendItem | None
) -> list[dict[str, Any]]:
    """One curve with its intervals; returns its markers."""
    if not marks:
        return []
    colour = ink.colour(arm)
    metric = metric_of(marks[0].series)
    judged = metric == "judged"
    pen = pg.mkPen(colour, width=1 if judged else 2, style=DASHES.get(metric, Qt.PenStyle.SolidLine))
    size = 5 if judged else 8
    _intervals(plot, marks, colour)
    xs, ys = (np.array(values, dtype=float) for values in zip(*((mark.x, mark.y) for mark in marks), strict=True))
    plot.addItem(pg.PlotCurveItem(xs, ys, pen=pen))
    if legend is not None:
        sample = pg.PlotDataItem(pen=pen, symbol=marker(arm), symbolSize=size, symbolBrush=colour, symbolPen=colour)
        legend.addItem(sample, series_name(marks[0].series))
    return [
        {"pos": (mark.x, mark.y), "symbol": marker(arm), "size": size, "pen": colour, "brush": colour}
        for mark in _some(marks, arm)
    ]


def _some(marks: Sequence[Mark], arm: int) -> Sequence[Mark]:
    """Every mark of a few; of a dense curve one now and then, at other places than those of the next arm."""
    if len(marks) <= BANDED:
        return marks
    every = max(1, len(marks) // SPARSE)
    return [mark for place, mark in enumerate(marks) if place % every == (arm * every // 3) % every]


def _not_estimable(marks: Sequence[Mark], ink: Ink, arm: int) -> list[dict[str, Any]]:
    """A hollow mark on the axis where a value would stand."""
    pen = pg.mkPen(ink.colour(arm), width=1)
    return [{"pos": (mark.x, mark.y), "symbol": "crosshair", "size": 11, "pen": pen, "brush": None} for mark in marks]


def _intervals(plot: pg.PlotItem, marks: Sequence[Mark], colour: QColor) -> None:
    bounded = [
        (mark.x, mark.point.low, mark.point.high) for mark in marks if None not in (mark.point.low, mark.point.high)
    ]
    if not bounded:
        return
    xs, lows, highs = np.asarray(bounded, dtype=float).T
    if len(bounded) > BANDED:
        _band(plot, xs, lows, highs, colour)
        return
    beam = 0.012 * float(np.ptp(xs)) or 0.02
    pen = pg.mkPen(colour, width=1)
    plot.addItem(pg.ErrorBarItem(x=xs, y=(lows + highs) / 2, height=highs - lows, beam=beam, pen=pen))


def _band(plot: pg.PlotItem, xs: "np.ndarray", lows: "np.ndarray", highs: "np.ndarray", colour: QColor) -> None:
    pale = QColor(colour)
    pale.setAlpha(40)
    edges = [pg.PlotCurveItem(xs, ys) for ys in (lows, highs)]
    plot.addItem(pg.FillBetweenItem(*edges, brush=pale))
