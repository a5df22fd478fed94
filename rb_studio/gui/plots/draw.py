"""Drawing curves with pyqtgraph on screen."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pyqtgraph as pg
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem

from rb_studio.gui.plots.axes import axes_of, x_name
from rb_studio.gui.plots.ink import GREY, JUDGED, MISSING, Ink, dashes, marker
from rb_studio.gui.plots.names import metric_of, value_name
from rb_studio.gui.plots.placing import BANDED, LOW, Placed
from rb_studio.gui.plots.strokes import Spot, Stroke, band_of
from rb_studio.jobs.places import NAMED
from rb_studio.records.curve import CurveSet

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TICKS = 10
HOLLOW = 5.5
RADIUS, RADIUS_JUDGED = 4.0, 3.5
CROWD = 12  # more dense curves than these have lines without bands, and thinner ones


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
    for side, label in (("left", value_name(curves)), ("bottom", x_name(curves, log2))):
        axis = plot.getAxis(side)
        axis.setLabel(label, color=ink.text)
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
    crowded = sum(len(one.known) > BANDED for one in drawn) > CROWD
    return [*(_reported(one, ink) for one in paper), *(_stroke(one, ink, crowded) for one in drawn)]


def _stroke(one: Placed, ink: Ink, crowded: bool) -> Stroke:
    colour, metric = ink.colour(one.arm), metric_of(one.series)
    judged = metric in JUDGED
    dense = len(one.known) > BANDED
    bounds = () if dense and crowded else tuple(one.bounds)
    radius = RADIUS_JUDGED if judged else RADIUS
    sparse = one.spots[one.marked, :LOW].tolist()
    spots = [Spot(QPointF(x, y), marker(one.arm), radius, hollow=judged) for x, y in sparse]
    spots += [Spot(QPointF(x, 0.0), MISSING, HOLLOW, hollow=True) for x in one.lost_x.tolist()]
    return Stroke(
        colour=colour,
        pen=QPen(colour, 1 if judged or (dense and crowded) else 2, dashes(metric)),
        line=_line(one.spots) if one.joined else QPolygonF(),
        spots=tuple(spots),
        bounds=bounds,
        banded=dense and not crowded,
        band=band_of(bounds) if dense and bounds else QPolygonF(),
        stems=tuple((x, y) for x, y in sparse) if one.stemmed else (),
    )


def _line(spots: "NDArray[np.float64]") -> QPolygonF:
    return QPolygonF([QPointF(x, y) for x, y in spots[:, :LOW].tolist()])


def _reported(one: Placed, ink: Ink) -> Stroke:
    """A thin grey line with open spots for a curve that a paper reports."""
    grey, spots = QColor(GREY), one.spots[:, :LOW].tolist()
    found = tuple(Spot(QPointF(x, y), "o", RADIUS, hollow=True, ground=ink.ground) for x, y in spots)
    return Stroke(grey, QPen(grey, 1, dashes(one.series.metric)), _line(one.spots), found)
