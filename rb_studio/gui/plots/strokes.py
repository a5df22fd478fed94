"""All curves of a figure as one item of the scene: bands, intervals, lines, markers, and a ring.

One item, because a figure is drawn anew while a job runs: every call into Qt lets another thread have its
turn, and a dozen items a curve would make the window stutter. What was painted is kept as a picture, so that a ring
that moves paints again no curve but its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QLineF, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPainterPath, QPen, QPixmap, QPolygonF, QTransform
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from rb_studio.gui.plots.ink import shape

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Table = NDArray[np.float64]

CAP = 4.0
RING = 9.0
PALE = 40
RAISED = 2.0  # wider by so much
NONE = np.zeros((0, 2))
NO_BOUNDS = np.zeros((0, 3))


@dataclass(frozen=True, slots=True, eq=False)
class Spots:
    """Markers of one kind: where (x, y each), which shape, how big (radius in pixels).

    `hollow` ones are filled with `ground`, if anything.
    """

    at: "Table"
    shape: str
    radius: float
    hollow: bool = False
    ground: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Stroke:
    """One curve in data coordinates: `line` is (x, y) each.

    `bounds` are (x, low, high) each, drawn as bars or, where it is `banded`, as a band. `stems` are places (x, y) with
    a line down to zero.
    """

    colour: QColor
    pen: QPen
    line: "Table"
    spots: tuple[Spots, ...] = ()
    bounds: "Table" = field(default_factory=lambda: NO_BOUNDS)
    banded: bool = False
    stems: "Table" = field(default_factory=lambda: NONE)


class Strokes(pg.GraphicsObject):  # type: ignore[misc]
    """Draws strokes in pixels, so that markers and caps keep their size at every zoom and on paper."""

    def __init__(self, strokes: Sequence[Stroke] = ()) -> None:
        super().__init__()
        self._strokes: list[Stroke] = []
        self._extent: QRectF | None = None
        self._ring: QPointF | None = None
        self._raised: int | None = None
        self._ring_colour = QColor("black")
        self._painted: tuple[object, QPixmap] | None = None
        self.set_strokes(strokes)

    def set_strokes(self, strokes: Sequence[Stroke]) -> None:
        """Draw these instead."""
        self._strokes = list(strokes)
        self._extent = _extent(self._strokes)
        self._painted = None
        self.informViewBoundsChanged()
        self.update()

    def set_ring(self, at: QPointF | None, colour: QColor, raised: int | None = None) -> None:
        """Put a ring around a place and raise the curve with this number, or take the ring away."""
        if (at, colour, raised) != (self._ring, self._ring_colour, self._raised):
            self._ring, self._ring_colour, self._raised = at, colour, raised
            self.update()

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
        box = to_pixels.mapRect(self.boundingRect()).toAlignedRect()
        painter.save()
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._strokes and not box.isEmpty():
            painter.drawPixmap(box.topLeft(), self._picture(to_pixels, box, painter.device().devicePixelRatio()))
        if self._raised is not None and self._raised < len(self._strokes):
            _raise(painter, self._strokes[self._raised], to_pixels)
        if self._ring is not None:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self._ring_colour, 2))
            painter.drawEllipse(to_pixels.map(self._ring), RING, RING)
        painter.restore()

    def _picture(self, to_pixels: QTransform, box: QRect, ratio: float) -> QPixmap:
        """The strokes as they were painted before, or painted now."""
        key = (to_pixels, box, ratio)
        if self._painted is None or self._painted[0] != key:
            self._painted = (key, _painted(self._strokes, to_pixels, box, ratio))
        return self._painted[1]


def _painted(strokes: Sequence[Stroke], to_pixels: QTransform, box: QRect, ratio: float) -> QPixmap:
    made = QPixmap(box.size() * ratio)
    made.setDevicePixelRatio(ratio)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(-box.left(), -box.top())
    for stroke in strokes:
        _paint_bounds(painter, stroke, to_pixels)
    for stroke in strokes:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(stroke.pen)
        painter.drawPolyline(_polygon(_mapped(stroke.line, to_pixels)))
        for spots in stroke.spots:
            _paint_spots(painter, spots, stroke.colour, to_pixels)
    painter.end()
    return made


def _raise(painter: QPainter, stroke: Stroke, to_pixels: QTransform) -> None:
    """Draw one curve over all others, and stronger."""
    pen = QPen(stroke.pen)
    pen.setWidthF(stroke.pen.widthF() + RAISED)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(pen)
    painter.drawPolyline(_polygon(_mapped(stroke.line, to_pixels)))
    for spots in stroke.spots:
        _paint_spots(painter, spots, stroke.colour, to_pixels)


def _mapped(places: "Table", to_pixels: QTransform) -> "Table":
    """Places (x, y) in pixels; views do not turn."""
    scale = np.array([to_pixels.m11(), to_pixels.m22()])
    moved: Table = places * scale + np.array([to_pixels.dx(), to_pixels.dy()])
    return moved


def _polygon(places: "Table") -> QPolygonF:
    return QPolygonF([QPointF(x, y) for x, y in places.tolist()])


def _paint_bounds(painter: QPainter, stroke: Stroke, to_pixels: QTransform) -> None:
    lows, highs = (_mapped(stroke.bounds[:, [0, place]], to_pixels) for place in (1, 2))
    if stroke.banded:
        pale = QColor(stroke.colour)
        pale.setAlpha(PALE)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QBrush(pale))
        painter.drawPolygon(_polygon(np.vstack([lows, highs[::-1]])))
        return
    painter.setPen(QPen(stroke.colour, 1))
    cap = np.array([CAP, 0.0])
    feet = _mapped(stroke.stems * np.array([1.0, 0.0]), to_pixels)
    parts = [(lows, highs), *((ends - cap, ends + cap) for ends in (lows, highs))]
    parts.append((feet, _mapped(stroke.stems, to_pixels)))
    lines = np.vstack([np.hstack(part) for part in parts]).tolist()
    painter.drawLines([QLineF(*line) for line in lines])


def _paint_spots(painter: QPainter, spots: Spots, colour: QColor, to_pixels: QTransform) -> None:
    """All of one kind at once, as one outline."""
    one, outline = shape(spots.shape, QPointF(0, 0), spots.radius), QPainterPath()
    outline.setFillRule(Qt.FillRule.WindingFill)
    for x, y in _mapped(spots.at, to_pixels).tolist():
        outline.addPath(one.translated(x, y))
    fill = spots.ground if spots.hollow else colour
    painter.setPen(QPen(colour, 1 if spots.hollow else 1.5))
    painter.setBrush(QBrush(QColor(fill)) if fill else Qt.BrushStyle.NoBrush)
    painter.drawPath(outline)


def _extent(strokes: Sequence[Stroke]) -> QRectF | None:
    """Where the data are; None where there are none."""
    parts = [stroke.line for stroke in strokes] + [spots.at for stroke in strokes for spots in stroke.spots]
    parts += [stroke.bounds[:, [0, place]] for stroke in strokes for place in (1, 2)]
    parts += [stroke.stems * np.array([1.0, 0.0]) for stroke in strokes]
    every = np.vstack(parts) if parts else NONE
    if not len(every):
        return None
    (left, low), (right, high) = every.min(0).tolist(), every.max(0).tolist()
    return QRectF(QPointF(left, low), QPointF(right, high))
