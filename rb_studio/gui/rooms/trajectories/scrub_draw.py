"""How steps look on the scrub bar: kind and error of each, and the marks of whoever has something to say of them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen, QPolygonF

from rb_studio.analysis.actions import Kind
from rb_studio.gui.rooms.trajectories.parts import Lane
from rb_studio.gui.rooms.trajectories.ticks import Tick
from rb_studio.gui.theme import Colours

COLOURS = {
    Kind.OPEN: "accent",
    Kind.WRITE: "warning",
    Kind.READ: "muted",
    Kind.ANSWER: "text",
    Kind.NOTHING: "border",
}
HEIGHTS = {Kind.OPEN: 0.7, Kind.WRITE: 1.0, Kind.READ: 0.5, Kind.RUN: 0.85, Kind.ANSWER: 1.0, Kind.NOTHING: 0.3}
# Lanes above the ticks, each with a shape of its own: colour alone says nothing.
ABOVE: tuple[Lane, ...] = ("labels", "first_error", "bookmarks", "divergence")
LANES: Mapping[Lane, str] = {
    "hits": "found",
    "labels": "label",
    "first_error": "first error",
    "bookmarks": "comment",
    "divergence": "first divergence",
    "memory": "memory",
}
TINT = 0.35
BAND = 4
EDGE = 7
STRIP = 11
GLYPH = 4.0


@dataclass(frozen=True)
class Drawn:
    """What a bar shows, apart from where one is."""

    ticks: tuple[Tick, ...]
    cited: frozenset[int]
    passes: tuple[int, ...]
    marks: Mapping[Lane, Mapping[int, str]]
    selected: frozenset[int]

    @property
    def strip(self) -> int:
        """How high the strip of marks above the ticks is; 0 where there are none."""
        return STRIP if any(self.marks.get(lane) for lane in ABOVE) else 0


class Brush:
    """Paints one bar into one rectangle."""

    def __init__(self, painter: QPainter, area: QRectF, metrics: QFontMetrics, colours: Colours, shown: Drawn) -> None:
        self._painter, self._metrics, self._colours, self._shown = painter, metrics, colours, shown
        self._whole = area
        self._area = area.adjusted(0, EDGE + shown.strip, 0, -EDGE)
        self._width = area.width() / max(len(shown.ticks), 1)
        self._inks: dict[Tick, tuple[QColor, QColor]] = {}

    def paint(self) -> None:
        """All there is, from the back to the front."""
        self._painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._painter.fillRect(self._area, QColor(self._colours.base))
        self._paint_selected()
        for step in _seen(range(1, len(self._shown.ticks) + 1), self._width, self._rank):
            self._paint_tick(step)
        self._painter.setPen(QPen(QColor(self._colours.text), 1))
        for step in self._shown.passes:
            end = step * self._width
            self._painter.drawLine(QPointF(end, self._whole.top()), QPointF(end, self._whole.bottom()))
        for step in _seen(self._shown.cited, self._width):
            self._dot(step)
        self._paint_marks()

    def _paint_marks(self) -> None:
        """Those below the ticks, then those above; several on one step stand beside each other."""
        marks, colours = self._shown.marks, self._colours
        for step in _seen(marks.get("hits", ()), self._width):
            self._painter.fillRect(
                QRectF(self._left(step), self._whole.bottom() - 6, self._wide, 3), QColor(colours.mark)
            )
        for step in _seen(marks.get("memory", ()), self._width):
            self._shape(self._middle(step), self._whole.bottom() - 3, _TRIANGLE, colours.success)
        places: dict[int, list[Lane]] = {}
        for lane in ABOVE:
            for step in _seen(marks.get(lane, ()), self._width):
                places.setdefault(step, []).append(lane)
        for step, lanes in places.items():
            for place, lane in enumerate(lanes):
                self._mark(lane, self._middle(step) + (place - (len(lanes) - 1) / 2) * (2 * GLYPH + 2))

    def _mark(self, lane: Lane, x: float) -> None:
        """One mark in the strip; what begins somewhere has a line down to its step."""
        colour = {"labels": "accent", "first_error": "failure", "bookmarks": "warning"}.get(lane, "mark")
        ink = getattr(self._colours, colour)
        if lane in ("first_error", "divergence"):
            style = Qt.PenStyle.SolidLine if lane == "first_error" else Qt.PenStyle.DashLine
            self._painter.setPen(QPen(QColor(ink), 1.5, style))
            self._painter.drawLine(QPointF(x, self._whole.top() + 2), QPointF(x, self._area.bottom()))
        self._shape(x, self._whole.top() + GLYPH + 1, _GLYPHS[lane], ink)

    def _shape(self, x: float, y: float, points: Sequence[tuple[float, float]], colour: str) -> None:
        self._painter.setPen(Qt.PenStyle.NoPen)
        self._painter.setBrush(QColor(colour))
        self._painter.drawPolygon(QPolygonF([QPointF(x + dx * GLYPH, y + dy * GLYPH) for dx, dy in points]))

    def _paint_selected(self) -> None:
        """A light ground from edge to edge, with a line under it."""
        ground, line = QColor(self._colours.selection), QColor(self._colours.accent)
        for step in _seen(self._shown.selected, self._width):
            room = QRectF(self._left(step) - 1, self._whole.top(), self._wide + 2, self._whole.height())
            self._painter.fillRect(room, ground)
            self._painter.fillRect(QRectF(room.left(), room.bottom() - 2, room.width(), 2), line)

    def _paint_tick(self, step: int) -> None:
        tick, colours = self._shown.ticks[step - 1], self._colours
        left, wide = self._left(step), self._wide
        high = self._area.height() * HEIGHTS[tick.kind]
        tint, full = self._ink(tick)
        self._painter.fillRect(QRectF(left, self._area.bottom() - high, wide, high), tint)
        self._painter.fillRect(QRectF(left, self._area.bottom() - BAND, wide, BAND), full)
        if wide > self._metrics.averageCharWidth():
            self._paint_word(QRectF(left + 3, self._area.top(), wide - 6, self._area.height()), step)
        if tick.sign:
            ink = colours.failure if tick.sign == "error" else colours.warning
            self._shape(self._middle(step), self._area.top() - EDGE + 3, _WARNING, ink)

    def _ink(self, tick: Tick) -> tuple[QColor, QColor]:
        """A tick's colour, light and full: there are few of them and many ticks."""
        if tick not in self._inks:
            full = QColor(self._colours.failure) if tick.sign == "error" else kind_colour(tick.kind, self._colours)
            tint = QColor(full)
            tint.setAlphaF(TINT)
            self._inks[tick] = (tint, full)
        return self._inks[tick]

    def _paint_word(self, room: QRectF, step: int) -> None:
        """Number and word of a step, where they fit."""
        tick = self._shown.ticks[step - 1]
        for text in (f"{step}  {tick.sign or tick.kind}", str(step)):
            if self._metrics.horizontalAdvance(text) <= room.width():
                self._painter.setPen(QColor(self._colours.text))
                self._painter.drawText(room, Qt.AlignmentFlag.AlignCenter, text)
                return

    def _dot(self, step: int) -> None:
        self._painter.setPen(Qt.PenStyle.NoPen)
        self._painter.setBrush(QColor(self._colours.accent))
        self._painter.drawEllipse(QPointF(self._middle(step), self._whole.bottom() - 2.5), 2, 2)

    @property
    def _gap(self) -> int:
        return 2 if self._width >= 8 else 1 if self._width >= 4 else 0

    @property
    def _wide(self) -> float:
        return max(self._width - self._gap, 1)

    def _left(self, step: int) -> float:
        return self._whole.left() + (step - 1) * self._width + self._gap / 2

    def _middle(self, step: int) -> float:
        return min(max(self._left(step) + self._wide / 2, GLYPH), self._whole.right() - GLYPH)

    def _rank(self, step: int) -> int:
        """Which of the steps that share a pixel is painted: an error before a warning before the others."""
        sign = self._shown.ticks[step - 1].sign
        return 2 if sign == "error" else 1 if sign else 0


def kind_colour(kind: Kind, colours: Colours) -> QColor:
    """The colour of a kind; running something is between accent and failure, so that it is no other's."""
    if kind is not Kind.RUN:
        return QColor(getattr(colours, COLOURS[kind]))
    one, other = QColor(colours.accent), QColor(colours.failure)
    return QColor(*((a + b) // 2 for a, b in zip(one.getRgb()[:3], other.getRgb()[:3], strict=True)))  # type: ignore[index]


def _equal(_step: int) -> int:
    return 0


def _seen(steps: Iterable[int], width: float, rank: Callable[[int], int] = _equal) -> list[int]:
    """Every step, or, where many share a pixel, of each pixel the one that matters most."""
    if width >= 1:
        return sorted(steps)
    best: dict[int, tuple[int, int]] = {}
    for step in sorted(steps):
        pixel, own = int(step * width), rank(step)
        if pixel not in best or own > best[pixel][0]:
            best[pixel] = (own, step)
    return [step for _, step in best.values()]


_TRIANGLE = ((-1.0, 0.8), (1.0, 0.8), (0.0, -0.8))
_WARNING = ((-1.0, -0.75), (1.0, -0.75), (0.0, 0.75))
_GLYPHS: Mapping[Lane, Sequence[tuple[float, float]]] = {
    "labels": ((-0.8, -0.8), (0.8, -0.8), (0.8, 0.8), (-0.8, 0.8)),
    "first_error": ((0.0, -1.0), (1.6, -0.3), (0.0, 0.5)),
    "bookmarks": ((-0.8, -1.0), (0.8, -1.0), (0.8, 1.0), (0.0, 0.35), (-0.8, 1.0)),
    "divergence": ((0.0, -1.1), (1.1, 0.0), (0.0, 1.1), (-1.1, 0.0)),
}
