"""Drawing curves with pyqtgraph on screen."""

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QColor, QPen
from PySide6.QtWidgets import QGraphicsItem

from rb_studio.gui.plots.axes import axes_of, x_name
from rb_studio.gui.plots.ink import GREY, JUDGED, MISSING, Ink, dashes, marker
from rb_studio.gui.plots.names import metric_of, short_value_name
from rb_studio.gui.plots.placing import BANDED, LOW, Placed
from rb_studio.gui.plots.strokes import NO_BOUNDS, NONE, Spots, Stroke
from rb_studio.jobs.places import NAMED
from rb_studio.records.curve import CurveSet

TICKS = 10
HOLLOW = 5.5
RADIUS, RADIUS_JUDGED = 4.0, 3.5
CROWD, THRONG = 12, 60  # more dense curves than these have no bands, more curves than those have thin lines


def add_plot(view: pg.GraphicsLayoutWidget, row: int = 0, column: int = 0) -> pg.PlotItem:
    """A plot with a grid and without menus; what pyqtgraph makes for menus all the same goes with the view.

    Axes are kept as they were painted: pointing at a mark repaints what is around it only.
    """
    plot = view.addPlot(row=row, col=column, enableMenu=False)
    plot.hideButtons()
    plot.showGrid(x=True, y=True, alpha=0.15)
    for side in ("left", "bottom"):
        plot.getAxis(side).setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)
    for menu in (plot.ctrlMenu, plot.vb.menu):
        if menu is not None:
            menu.setParent(view, menu.windowFlags())  # a menu without its flags would be drawn inside the plot
    return plot


def set_axes(plot: pg.PlotItem, curves: CurveSet, ink: Ink, *, log2: bool = False) -> None:
    """Labels and ticks for these curves."""
    for side, label in (("left", short_value_name(curves)), ("bottom", x_name(curves, log2))):
        axis = plot.getAxis(side)
        axis.setLabel(label, siPrefixEnableRanges=(), color=ink.text)
        axis.setPen(ink.axis)
        axis.setTextPen(ink.text)
        axis.enableAutoSIPrefix(False)
    plot.getAxis("bottom").setTicks(_ticks(curves, log2))


def _ticks(curves: CurveSet, log2: bool) -> list[list[tuple[float, str]]] | None:
    """Every k or name, or doublings; None leaves round numbers to pyqtgraph."""
    if curves.x not in ("k", *NAMED) and not log2:
        return None
    return [[*axes_of(curves, log2=log2, seen=None, most=TICKS).x.ticks]]


def strokes_of(drawn: Sequence[Placed], paper: Sequence[Placed], ink: Ink) -> list[Stroke]:
    """What is to be drawn: what a paper reports beneath everything else."""
    dense = sum(len(one.known) > BANDED for one in drawn) > CROWD
    thin = dense or len(drawn) > THRONG
    return [*(_reported(one, ink) for one in paper), *(_stroke(one, ink, dense=dense, thin=thin) for one in drawn)]


def _stroke(one: Placed, ink: Ink, *, dense: bool, thin: bool) -> Stroke:
    """A curve; of many `dense` ones no bands are drawn, of many at all `thin` lines."""
    colour, metric = ink.colour(one.arm), metric_of(one.series)
    judged, banded = metric in JUDGED, len(one.known) > BANDED
    marked = one.spots[one.marked, :LOW]
    spots = [Spots(marked, marker(one.arm), RADIUS_JUDGED if judged else RADIUS, hollow=judged)]
    if len(one.lost):
        spots.append(Spots(np.column_stack([one.lost_x, np.zeros(len(one.lost))]), MISSING, HOLLOW, hollow=True))
    return Stroke(
        colour=colour,
        pen=QPen(colour, 1 if judged or thin else 2, dashes(metric)),
        line=one.spots[:, :LOW] if one.joined else NONE,
        spots=tuple(spots),
        bounds=NO_BOUNDS if banded and dense else one.bounded,
        banded=banded and not dense,
        stems=marked if one.stemmed else NONE,
    )


def _reported(one: Placed, ink: Ink) -> Stroke:
    """A thin grey line with open spots for a curve that a paper reports."""
    grey, places = QColor(GREY), one.spots[:, :LOW]
    found = Spots(places, "o", RADIUS, hollow=True, ground=ink.ground)
    return Stroke(grey, QPen(grey, 1, dashes(one.series.metric)), places, (found,))
