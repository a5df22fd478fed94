"""All curves of a figure as one item of the scene: bands, intervals, lines, markers; and a ring over it.

One item, because a figure is drawn anew while a job runs: every call into Qt lets another thread have its
turn, and a dozen items a curve would make the window stutter. What was painted is kept: pointing moves the ring alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby

import pyqtgraph as pg
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPainterPath, QPen, QPolygonF, QTransform
from PySide6.QtWidgets import QGraphicsEllipseItem, QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from rb_studio.gui.plots.ink import shape

CAP = 4.0
RING = 9.0
PALE = 40


@dataclass(frozen=True, slots=True)
class Spot:
    """A marker: where, which shape, how big (radius in pixels); a `hollow` one is filled with `ground`, if anything."""

    at: QPointF
    shape: str
    radius: float
    hollow: bool = False
    ground: str = ""


@dataclass(frozen=True, slots=True)
class Stroke:
    """One curve in data coordinates; `bounds` are (x, low, high), drawn as bars or, when dense, as a band.

    `stems` are places (x, y) with a line down to zero.
    """

    colour: QColor
    pen: QPen
    line: QPolygonF
    spots: tuple[Spot, ...] = ()
    bounds: tuple[tuple[float, float, float], ...] = ()
    banded: bool = False
    band: QPolygonF = field(default_factory=QPolygonF)
    stems: tuple[tuple[float, float], ...] = ()


class Strokes(pg.GraphicsObject):  # type: ignore[misc]
    """Draws strokes in pixels, so that markers and caps keep their size at every zoom and on paper."""

    def __init__(self, strokes: Sequence[Stroke] = ()) -> None:
        super().__init__()
        self._strokes: list[Stroke] = []
        self._extent: QRectF | None = None
        self._ring = QGraphicsEllipseItem(-RING, -RING, 2 * RING, 2 * RING, self)
        self._ring.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIgnoresTransformations)
        self._ring.hide()
        self.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)
        self.set_strokes(strokes)

    def set_strokes(self, strokes: Sequence[Stroke]) -> None:
        """Draw these instead."""
        self._strokes = list(strokes)
        self._extent = _extent(self._strokes)
        self.informViewBoundsChanged()
        self.update()

    def set_ring(self, at: QPointF | None, colour: QColor) -> None:
        """Put a ring around a place, or take it away; the curves stay as they were painted."""
        self._ring.setVisible(at is not None)
        if at is not None:
            self._ring.setPen(QPen(colour, 2))
            self._ring.setPos(at)

    def boundingRect(self) -> QRectF:  # noqa: N802 - Qt's name
        """All that is visible: markers may reach over the data."""
        return QRectF(self.viewRect())

    def viewTransformChanged(self) -> None:  # noqa: N802 - pyqtgraph's name
        """What is visible is another part now: forget which it was, or the scene leaves the item out."""
        super().viewTransformChanged()
        self.prepareGeometryChange()

    def dataBounds(  # noqa: N802 - pyqtgraph's name
        self,
        axis: int,
        frac: float = 1.0,
        orthoRange: object = None,  # noqa: N803
    ) -> tuple[float | None, float | None]:
        """From where to where the data reach on an axis."""
        if self._extent is None:
            return None, None
        box = self._extent
        return (box.left(), box.right()) if axis == 0 else (box.top(), box.bottom())

    def pixelPadding(self) -> float:  # noqa: N802 - pyqtgraph's name
        """How far markers reach over the data."""
        return RING

    def paint(self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None) -> None:
        """Draw everything, in the pixels of whatever it is drawn on."""
        to_pixels = painter.worldTransform()
        painter.save()
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for stroke in self._strokes:
            _paint_bounds(painter, stroke, to_pixels)
        for stroke in self._strokes:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(stroke.pen)
            painter.drawPolyline(to_pixels.map(stroke.line))
            _paint_spots(painter, stroke, to_pixels)
        painter.restore()


def band_of(bounds: Sequence[tuple[float, float, float]]) -> QPolygonF:
    """The area between low and high bounds."""
    there = [QPointF(x, low) for x, low, _ in bounds]
    back = [QPointF(x, high) for x, _, high in reversed(bounds)]
    return QPolygonF([*there, *back])


def _paint_bounds(painter: QPainter, stroke: Stroke, to_pixels: QTransform) -> None:
    if stroke.banded:
        pale = QColor(stroke.colour)
        pale.setAlpha(PALE)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QBrush(pale))
        painter.drawPolygon(to_pixels.map(stroke.band))
        return
    painter.setPen(QPen(stroke.colour, 1))
    lines: list[QLineF] = []
    for x, low, high in stroke.bounds:
        bottom, top = to_pixels.map(QPointF(x, low)), to_pixels.map(QPointF(x, high))
        lines.append(QLineF(bottom, top))
        lines += [QLineF(end.x() - CAP, end.y(), end.x() + CAP, end.y()) for end in (bottom, top)]
    lines += [QLineF(to_pixels.map(QPointF(x, 0.0)), to_pixels.map(QPointF(x, y))) for x, y in stroke.stems]
    painter.drawLines(lines)


def _paint_spots(painter: QPainter, stroke: Stroke, to_pixels: QTransform) -> None:
    """All that look alike at once."""
    for alike, spots in groupby(stroke.spots, key=lambda spot: (spot.shape, spot.radius, spot.hollow, spot.ground)):
        name, radius, hollow, ground = alike
        painter.setPen(QPen(stroke.colour, 1 if hollow else 1.5))
        fill = ground if hollow else stroke.colour
        painter.setBrush(QBrush(QColor(fill)) if fill else Qt.BrushStyle.NoBrush)
        one, path = shape(name, QPointF(), radius), QPainterPath()
        path.setFillRule(Qt.FillRule.WindingFill)
        for spot in spots:
            path.addPath(one.translated(to_pixels.map(spot.at)))
        painter.drawPath(path)


def _extent(strokes: Sequence[Stroke]) -> QRectF | None:
    """Where the data are; None where there are none."""
    lines = [stroke.line.boundingRect() for stroke in strokes if not stroke.line.isEmpty()]
    xs = [edge for box in lines for edge in (box.left(), box.right())]
    ys = [edge for box in lines for edge in (box.top(), box.bottom())]
    ys += [0.0 for stroke in strokes if stroke.stems]
    for stroke in strokes:
        xs += [spot.at.x() for spot in stroke.spots]
        ys += [spot.at.y() for spot in stroke.spots]
        ys += [edge for _, low, high in stroke.bounds for edge in (low, high)]
    return QRectF(QPointF(min(xs), min(ys)), QPointF(max(xs), max(ys))) if xs else None
