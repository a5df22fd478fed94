"""The map itself: points to lasso by mouse, or to gather with a ring moved by keys."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPolygonF,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from rb_studio.gui.plots.ink import screen_ink
from rb_studio.gui.rooms.memories.map_draw import Frame, drawn, inside, whole
from rb_studio.gui.theme import Theme

if TYPE_CHECKING:
    from numpy.typing import NDArray

Later = Callable[[Callable[[], Any], Callable[[Any], None]], None]
AT_ONCE = 5000  # points that are drawn on this thread
REACH = 12
STEPS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
SMALLEST, LARGEST = 6, 400
KEYS = (
    "Drag a lasso around points; Shift adds, Alt takes away, a click shows an item, the wheel zooms. "
    "By keys: arrows move the ring, + and \u2212 size it, Space selects what is in it (Shift adds, Alt takes away), "
    "Return shows the item nearest its middle, Page Up and Down zoom, 0 shows everything."
)


class MapView(QWidget):
    """Draws points and tells which are gathered.

    Signals
    -------
    gathered
        Carries the row numbers that are selected now.
    shown
        An item is to be shown; carries its row number.
    """

    gathered = Signal(object)
    shown = Signal(int)

    def __init__(self, theme: Theme, later: Later, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._later = theme, later
        self._points: NDArray[np.float32] = np.zeros((0, 2), np.float32)
        self._kinds: NDArray[np.int64] = np.zeros(0, np.int64)
        self._chosen: NDArray[np.bool_] = np.zeros(0, bool)
        self._frame: Frame | None = None
        self._picture: QImage | None = None
        self._stale, self._drawing = True, False
        self._lasso: list[QPointF] = []
        self._ring: QPointF | None = None
        self._radius = 40.0
        self.setAccessibleName("Map of the bank")
        self.setToolTip(KEYS)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumHeight(self.fontMetrics().lineSpacing() * 6)
        theme.changed.connect(self._redraw)

    def show_points(self, points: "NDArray[np.float32]", kinds: "NDArray[np.int64]") -> None:
        """Show other points; everything is in sight."""
        self._points, self._kinds = points, kinds
        self._chosen = np.zeros(len(points), bool)
        self._frame = None
        self._redraw()

    def show_kinds(self, kinds: "NDArray[np.int64]") -> None:
        """Colour and mark the points anew."""
        self._kinds = kinds
        self._redraw()

    def show_chosen(self, chosen: "NDArray[np.bool_]") -> None:
        """Ring these points."""
        if len(chosen) == len(self._points) and not np.array_equal(chosen, self._chosen):
            self._chosen = chosen
            self._redraw()

    @property
    def chosen(self) -> "NDArray[np.bool_]":
        """Which points are ringed."""
        return self._chosen

    def pixels(self) -> "NDArray[np.int32]":
        """Where the points stand in the widget."""
        return self._view().pixels(self._points)

    def gather(self, path: QPainterPath, modifiers: Qt.KeyboardModifier) -> None:
        """Select what lies in a shape; with Shift too, with Alt no more."""
        mask = QImage(max(1, self.width()), max(1, self.height()), QImage.Format.Format_Grayscale8)
        mask.fill(0)
        painter = QPainter(mask)
        painter.fillPath(path, QColor(255, 255, 255))
        painter.end()
        lines = np.frombuffer(mask.constBits(), np.uint8).reshape(mask.height(), mask.bytesPerLine())
        found = inside(self.pixels(), lines[:, : mask.width()] > 0)
        if modifiers & Qt.KeyboardModifier.ShiftModifier:
            found = self._chosen | found
        elif modifiers & Qt.KeyboardModifier.AltModifier:
            found = self._chosen & ~found
        self.show_chosen(found)
        self.gathered.emit(found.nonzero()[0])

    def nearest(self, at: QPointF, reach: float) -> int | None:
        """The row of the point nearest to a place in the widget."""
        if not len(self._points):
            return None
        away = ((self.pixels() - np.array([at.x(), at.y()])) ** 2).sum(1)
        row = int(away.argmin())
        return row if away[row] <= reach * reach else None

    def show_everything(self) -> None:
        """All points in sight."""
        self._frame = None
        self._redraw()

    def zoom(self, factor: float, at: QPointF) -> None:
        """Nearer or farther around a place in the widget."""
        self._frame = self._view().zoomed(factor, at.x(), at.y())
        self._redraw()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """The last picture, with the lasso or the ring above it."""
        if self._stale:
            self._draw()
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.colours.base))
        if self._picture is not None:
            painter.drawImage(QRectF(self.rect()), self._picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(self._theme.colours.accent), 2, Qt.PenStyle.DashLine))
        if self._lasso:
            painter.drawPolygon(QPolygonF(self._lasso))
        elif self.hasFocus() and self._ring is not None:
            painter.drawEllipse(self._ring, self._radius, self._radius)
        if self.hasFocus():
            painter.setPen(QPen(QColor(self._theme.colours.accent), 1))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Another size shows the same part."""
        super().resizeEvent(event)
        if self._frame is not None:
            old = self._frame
            self._frame = Frame(old.left, old.top, old.right, old.bottom, self.width(), self.height())
        self._redraw()

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        """The ring begins in the middle."""
        super().focusInEvent(event)
        self._ring = self._ring or QPointF(self.rect().center())
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """A lasso begins."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._lasso = [event.position()]

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """The lasso grows."""
        if self._lasso:
            self._lasso.append(event.position())
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """What is in the lasso is selected; a click shows the item below it."""
        lasso, self._lasso = self._lasso, []
        self._ring = event.position()
        bounds = QPolygonF(lasso).boundingRect()
        if len(lasso) > 2 and max(bounds.width(), bounds.height()) > REACH / 2:
            path = QPainterPath()
            path.addPolygon(QPolygonF(lasso))
            path.closeSubpath()
            self.gather(path, event.modifiers())
        elif lasso:
            self._show_nearest(event.position(), REACH)
        self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """Zoom around the pointer."""
        self.zoom(0.8 if event.angleDelta().y() > 0 else 1.25, event.position())
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """The ring does what the lasso does."""
        ring = self._ring or QPointF(self.rect().center())
        key = Qt.Key(event.key())
        if key in STEPS:
            dx, dy = STEPS[key]
            step = max(4.0, self._radius / 2)
            x, y = ring.x() + dx * step, ring.y() + dy * step
            self._ring = QPointF(min(max(x, 0), self.width()), min(max(y, 0), self.height()))
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
            factor = 0.8 if key == Qt.Key.Key_Minus else 1.25
            self._radius = min(max(self._radius * factor, SMALLEST), LARGEST)
        elif key == Qt.Key.Key_Space:
            path = QPainterPath()
            path.addEllipse(ring, self._radius, self._radius)
            self.gather(path, event.modifiers())
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._show_nearest(ring, self._radius)
        elif key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            self.zoom(0.8 if key == Qt.Key.Key_PageUp else 1.25, ring)
        elif key == Qt.Key.Key_0:
            self.show_everything()
        else:
            super().keyPressEvent(event)
            return
        self.update()

    def _show_nearest(self, at: QPointF, reach: float) -> None:
        row = self.nearest(at, reach)
        if row is not None:
            self.shown.emit(row)

    def _view(self) -> Frame:
        return self._frame or whole(self._points, max(1, self.width()), max(1, self.height()))

    def _redraw(self) -> None:
        self._stale = True
        self.update()

    def _draw(self) -> None:
        """Few points at once, many on another thread: the old picture stays until the new one is there."""
        if self._drawing or not self.width() or not self.height():
            return
        self._stale = False
        scale = self.devicePixelRatio()
        view = self._view()
        size = (round(view.width * scale), round(view.height * scale))
        frame = Frame(view.left, view.top, view.right, view.bottom, *size)
        ink = screen_ink(self._theme.colours, dark=self._theme.dark)
        colours = [QColor(one).rgba() for one in ink.arms]
        ground, ring = QColor(ink.ground).rgba(), QColor(ink.text).rgba()
        points, kinds, chosen = self._points, self._kinds, self._chosen

        def work() -> "NDArray[np.uint32]":
            return drawn(frame.pixels(points), kinds, chosen, colours, ground, ring, size, scale)

        if len(points) <= AT_ONCE:
            self._keep(work())
        else:
            self._drawing = True
            self._later(work, self._arrived)

    def _arrived(self, pixels: "NDArray[np.uint32]") -> None:
        self._drawing = False
        self._keep(pixels)
        self.update()

    def _keep(self, pixels: "NDArray[np.uint32]") -> None:
        height, width = pixels.shape
        data = pixels.tobytes()  # has to live until it is copied
        self._picture = QImage(data, width, height, 4 * width, QImage.Format.Format_RGB32).copy()
