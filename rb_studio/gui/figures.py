"""Scaling curves as pictures: drawn by pyqtgraph, also without a display."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pyqtgraph as pg
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF, QSize
from PySide6.QtGui import QColor, QGuiApplication, QImage, QImageWriter, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QApplication

from rb_studio.gui.plots.draw import add_legend, add_plot, draw, set_axes, set_range
from rb_studio.gui.plots.ink import PAPER
from rb_studio.gui.plots.names import SIMULATED, arms_of
from rb_studio.gui.plots.reference import add_names, add_reference_legend, add_ticks, reference_strokes
from rb_studio.gui.plots.strokes import Strokes
from rb_studio.interchange.atomic import writing_bytes
from rb_studio.jobs.paper import NOTE
from rb_studio.records.curve import CurveSet
from rb_studio.records.errors import RbStudioError

SIZE = QSize(1120, 640)
SCALE = 2
GAP = 12
BELOW = 120  # what stands below a long legend, in pixels: the captions


def ensure_application() -> QApplication | QGuiApplication:
    """The running application, or a new one."""
    running = QApplication.instance()
    return running if isinstance(running, QGuiApplication) else QApplication(["rb-studio"])


def curve_widget(curves: CurveSet, arms: Sequence[str] = ()) -> pg.GraphicsLayoutWidget:
    """The figure as a widget, on paper white; `arms` gives colours by place where more arms exist than are drawn."""
    ensure_application()
    view = pg.GraphicsLayoutWidget(size=(SIZE.width(), SIZE.height()))
    view.setBackground(PAPER.ground)
    plot = add_plot(view)
    set_axes(plot, curves, PAPER)
    legend = _legend(view)
    known = arms or arms_of(curves)
    plot.addItem(Strokes([*reference_strokes(curves.paper), *draw(curves, PAPER, known)[1]]))
    add_legend(legend, curves, PAPER, known)
    if curves.paper:
        add_reference_legend(legend)
        add_ticks(plot, curves)
        add_names(plot, curves.paper)
    set_range(plot, curves)
    width = min(legend.boundingRect().width() + GAP, SIZE.width() / 2)
    view.ci.layout.setColumnFixedWidth(1, width)
    _captions(view, curves)
    view.resize(SIZE.width(), max(SIZE.height(), round(legend.boundingRect().height()) + BELOW))
    return view


def picture(curves: CurveSet, arms: Sequence[str] = ()) -> QImage:
    """The figure as an image at twice its nominal size; many arms make it taller."""
    widget = curve_widget(curves, arms)
    size = widget.size()
    image = QImage(size * SCALE, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(SCALE)
    image.fill(QColor(PAPER.ground))
    painter = QPainter(image)
    _render(widget, painter)
    painter.end()
    _discard(widget)
    return image


def save_png(curves: CurveSet, path: Path, arms: Sequence[str] = ()) -> None:
    """Write the figure as PNG at twice its nominal size."""
    _write(path, lambda device: QImageWriter(device, QByteArray(b"png")).write(picture(curves, arms)))


def save_svg(curves: CurveSet, path: Path, arms: Sequence[str] = ()) -> None:
    """Write the figure as SVG at the widget's own resolution, so that axes and curves agree."""
    _write(path, lambda device: _paint_svg(curves, arms, device))


def _paint_svg(curves: CurveSet, arms: Sequence[str], device: QIODevice) -> bool:
    widget = curve_widget(curves, arms)
    generator = QSvgGenerator()
    generator.setOutputDevice(device)
    generator.setSize(widget.size())
    generator.setViewBox(QRectF(widget.rect()))
    generator.setResolution(widget.logicalDpiX())
    generator.setTitle("Scaling curves")
    painter = QPainter()
    begun = painter.begin(generator)
    if begun:
        _render(widget, painter)
        painter.end()
    _discard(widget)
    return begun


def _write(path: Path, paint: Callable[[QIODevice], bool]) -> None:
    """Write the whole file or leave what was there before.

    Painted into memory first: Qt's SVG painter does not notice when a disk is full.
    """
    buffer = QBuffer()
    if not (buffer.open(QIODevice.OpenModeFlag.WriteOnly) and paint(buffer)):
        raise RbStudioError(f"the picture for {path} could not be painted; draw fewer arms or close other programs")
    with writing_bytes(path) as file:
        file.write(buffer.data().data())


def _render(widget: pg.GraphicsLayoutWidget, painter: QPainter) -> None:
    """Lay the figure out as if it were on screen, which it never is, and paint it."""
    widget.ensurePolished()
    widget.resizeEvent(None)
    widget.ci.layout.activate()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    widget.scene().prepareForPaint()
    widget.scene().render(painter, QRectF(widget.rect()), QRectF(widget.viewRect()))


def _discard(widget: pg.GraphicsLayoutWidget) -> None:
    widget.close()
    widget.deleteLater()


def _legend(view: pg.GraphicsLayoutWidget) -> pg.LegendItem:
    """A legend beside the plot, kept at the top of its column."""
    column = view.addLayout(row=0, col=1)
    legend = pg.LegendItem(offset=None, labelTextColor=PAPER.text)
    legend.setLabelTextSize("9pt")
    column.addItem(legend, row=0, col=0)
    column.addLabel("", row=1, col=0)
    column.layout.setRowStretchFactor(1, 100)
    return legend


def _captions(view: pg.GraphicsLayoutWidget, curves: CurveSet) -> None:
    lines = [curves.caption] if curves.caption else []
    if curves.paper:
        lines.append(NOTE)
    if curves.simulated:
        lines.append(SIMULATED)
    for row, line in enumerate(lines, 1):
        view.addLabel(line, row=row, col=0, colspan=2, color=PAPER.axis, size="9pt", justify="left")
