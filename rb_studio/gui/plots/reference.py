"""What a paper reports, in grey beneath our own curves: without intervals, named where each line ends."""

from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPen, QPolygonF

from rb_studio.gui.plots.ink import DASHES
from rb_studio.gui.plots.strokes import Spot, Stroke
from rb_studio.records.curve import CurveSet, Series

GREY = "#9a9a9a"
RADIUS = 3.0
LEGEND = "reported by the paper"


def reference_strokes(series: Sequence[Series]) -> list[Stroke]:
    """A thin grey line with spots per reported curve."""
    return [_stroke(one) for one in series]


def add_names(plot: pg.PlotItem, series: Sequence[Series]) -> None:
    """Write the name of each reported best-of-k curve before its last point; other metrics show by their dashes."""
    for one in series:
        x, y = _places(one)[-1]
        if one.metric == "best_of_k" and len(one.points) > 1:
            text = pg.TextItem(_name(one), color=GREY, anchor=(1, 1))
            text.setPos(x, y)
            plot.addItem(text, ignoreBounds=True)


def add_ticks(plot: pg.PlotItem, curves: CurveSet) -> None:
    """Mark every k, of ours and of the reported ones."""
    ks = sorted({point.k for one in (*curves.series, *curves.paper) for point in one.points})
    plot.getAxis("bottom").setTicks([[(k, str(k)) for k in ks]])


def add_reference_legend(legend: pg.LegendItem) -> None:
    """One sample for all reported curves."""
    look = {"symbol": "o", "symbolSize": 2 * RADIUS, "symbolBrush": GREY, "symbolPen": GREY}
    legend.addItem(pg.PlotDataItem([0], [0], pen=QPen(QColor(GREY), 1), **look), LEGEND)


def _stroke(series: Series) -> Stroke:
    places = [QPointF(x, y) for x, y in _places(series)]
    pen = QPen(QColor(GREY), 1, DASHES.get(series.metric, Qt.PenStyle.SolidLine))
    spots = tuple(Spot(place, "o", RADIUS) for place in places)
    return Stroke(QColor(GREY), pen, QPolygonF(places), spots)


def _places(series: Series) -> list[tuple[float, float]]:
    return [(point.x, point.value) for point in series.points if point.x is not None and point.value is not None]


def _name(series: Series) -> str:
    return series.name.partition(": ")[2].rpartition(" · ")[0]
