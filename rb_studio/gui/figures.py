"""Scaling curves as pictures: drawn by pyqtgraph, also without a display."""

from pathlib import Path

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QApplication

from rb_studio.records.curve import CurveSet, Point, Series
from rb_studio.records.errors import RbStudioError

# Okabe and Ito's palette: told apart with every common colour vision; markers repeat the distinction.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
MARKERS = ("o", "s", "t1", "d", "+", "x", "star")
DASHES = {"best_of_k": Qt.PenStyle.SolidLine, "pass_at_1": Qt.PenStyle.DotLine, "pass_at_k": Qt.PenStyle.DashLine}
AXIS_NAMES = {
    "k": "rollouts per task, k",
    "tokens": "tokens per task",
    "cost": "US dollars per task",
    "time": "seconds per task",
}
METRIC_NAMES = {"best_of_k": "best-of-k", "pass_at_1": "pass@1", "pass_at_k": "pass@k"}
DODGE = 0.05
SIZE = QSize(1120, 640)
SCALE = 2
JUDGED = " (judged)"
SIMULATED = "Simulated: produced by the practice model, not by a language model."


def ensure_application() -> QApplication | QGuiApplication:
    """The running application, or a new one."""
    running = QApplication.instance()
    return running if isinstance(running, QGuiApplication) else QApplication(["rb-studio"])


def curve_widget(curves: CurveSet) -> pg.GraphicsLayoutWidget:
    """The figure as a widget, on paper white."""
    ensure_application()
    view = pg.GraphicsLayoutWidget(size=(SIZE.width(), SIZE.height()))
    view.setBackground("w")
    plot = view.addPlot(row=0, col=0)
    plot.showGrid(x=True, y=True, alpha=0.15)
    _axes(plot, curves)
    legend = _legend(view)
    arms = sorted({_arm_name(series) for series in curves.series})
    for series in curves.series:
        arm = arms.index(_arm_name(series))
        shift = DODGE * (arm - (len(arms) - 1) / 2) if curves.x == "k" else 0.0
        _draw(plot, legend, series, arm, shift)
    view.ci.layout.setColumnStretchFactor(0, 3)
    _captions(view, curves)
    return view


def save_png(curves: CurveSet, path: Path) -> None:
    """Write the figure as PNG at twice its nominal size."""
    widget = curve_widget(curves)
    image = QImage(SIZE * SCALE, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(SCALE)
    image.fill(QColor("white"))
    painter = QPainter(image)
    _render(widget, painter, QRectF(0, 0, SIZE.width(), SIZE.height()))
    painter.end()
    widget.close()
    if not image.save(str(path)):
        raise RbStudioError(f"the picture could not be written to {path}: check the folder and the free space")


def save_svg(curves: CurveSet, path: Path) -> None:
    """Write the figure as SVG at the widget's own resolution, so that axes and curves agree."""
    widget = curve_widget(curves)
    generator = QSvgGenerator()
    generator.setFileName(str(path))
    generator.setSize(SIZE)
    generator.setViewBox(QRectF(0, 0, SIZE.width(), SIZE.height()))
    generator.setResolution(widget.logicalDpiX())
    generator.setTitle("Scaling curves")
    painter = QPainter()
    if not painter.begin(generator):
        raise RbStudioError(f"the picture could not be written to {path}: check the folder and the free space")
    _render(widget, painter, QRectF(0, 0, SIZE.width(), SIZE.height()))
    painter.end()
    widget.close()


def _render(widget: pg.GraphicsLayoutWidget, painter: QPainter, target: QRectF) -> None:
    widget.resize(SIZE)
    widget.show()
    QApplication.processEvents()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    widget.scene().prepareForPaint()
    widget.scene().render(painter, target, QRectF(widget.viewRect()))


def _axes(plot: pg.PlotItem, curves: CurveSet) -> None:
    for side, label in (("left", "success rate"), ("bottom", AXIS_NAMES[curves.x])):
        axis = plot.getAxis(side)
        axis.setLabel(label, color="#202020")
        axis.setPen("#606060")
        axis.setTextPen("#202020")
        axis.enableAutoSIPrefix(False)
    if curves.x == "k":
        ks = sorted({point.k for series in curves.series for point in series.points})
        plot.getAxis("bottom").setTicks([[(k, str(k)) for k in ks]])
    plot.setYRange(0, 1, padding=0.02)


def _legend(view: pg.GraphicsLayoutWidget) -> pg.LegendItem:
    """A legend beside the plot, kept at the top of its column."""
    column = view.addLayout(row=0, col=1)
    legend = pg.LegendItem(offset=None, labelTextColor="#202020")
    legend.setLabelTextSize("9pt")
    column.addItem(legend, row=0, col=0)
    column.addLabel("", row=1, col=0)
    column.layout.setRowStretchFactor(1, 100)
    return legend


def _draw(plot: pg.PlotItem, legend: pg.LegendItem, series: Series, arm: int, shift: float) -> None:
    """One curve with its intervals; `shift` keeps the intervals of different arms apart."""
    drawn = [(p.x + shift, p.value, p) for p in series.points if p.x is not None and p.value is not None]
    if not drawn:
        return
    colour = QColor(COLOURS[arm % len(COLOURS)])
    _intervals(plot, [(x, point) for x, _, point in drawn], colour)
    judged = series.truth == "judged"
    style = Qt.PenStyle.DashDotDotLine if judged else DASHES.get(series.metric, Qt.PenStyle.SolidLine)
    pen = pg.mkPen(colour, width=1 if judged else 2, style=style)
    curve = plot.plot(
        [x for x, _, _ in drawn],
        [value for _, value, _ in drawn],
        pen=pen,
        symbol=MARKERS[arm % len(MARKERS)],
        symbolSize=4 if judged else 8,
        symbolBrush=colour,
        symbolPen=colour,
    )
    curve.scatter.opts["useCache"] = False  # cached markers are pixmaps, which an SVG cannot scale
    legend.addItem(curve, _shown_name(series))


def _intervals(plot: pg.PlotItem, points: list[tuple[float, Point]], colour: QColor) -> None:
    bounded = [(x, point.low, point.high) for x, point in points if None not in (point.low, point.high)]
    if not bounded:
        return
    xs, lows, highs = np.asarray(bounded, dtype=float).T
    beam = 0.012 * float(np.ptp(xs)) or 0.02
    pen = pg.mkPen(colour, width=1)
    plot.addItem(pg.ErrorBarItem(x=xs, y=(lows + highs) / 2, height=highs - lows, beam=beam, pen=pen))


def _arm_name(series: Series) -> str:
    return series.name.rsplit(" · ", 1)[0].removesuffix(JUDGED)


def _shown_name(series: Series) -> str:
    judged = ", judged" if series.truth == "judged" else ""
    return f"{_arm_name(series)} · {METRIC_NAMES.get(series.metric, series.metric)}{judged}"


def _captions(view: pg.GraphicsLayoutWidget, curves: CurveSet) -> None:
    lines = [curves.caption] if curves.caption else []
    if curves.simulated:
        lines.append(SIMULATED)
    for row, line in enumerate(lines, 1):
        view.addLabel(line, row=row, col=0, colspan=2, color="#404040", size="9pt", justify="left")
