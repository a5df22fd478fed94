"""A difference and its interval on a line with zero marked: where it lies, and whether it reaches over zero."""

import math
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from rb_studio.gui.theme import Theme

SCALES = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 1000.0)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A difference, its bounds, and beside it what it shrinks to; `of` turns the ends of the scale into figures."""

    value: float
    low: float
    high: float
    shrunk: float | None = None
    of: float = 100.0
    fewer: str = ""
    more: str = ""


class EffectBar(QWidget):
    """A filled dot for the difference, a line with end strokes for its interval, a hollow diamond for what it shrinks
    to; a dashed line at zero. What it shows is said beside it in figures."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.drawn: Drawn | None = None
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_drawn(self, drawn: Drawn | None, said: str = "") -> None:
        """Draw this; nothing with None."""
        self.drawn = drawn
        self.setAccessibleDescription(said)
        self.setToolTip(said)
        self.setVisible(drawn is not None)
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        metrics = self.fontMetrics()
        return QSize(metrics.averageCharWidth() * 30, metrics.height() * 2 + 6)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(self.fontMetrics().averageCharWidth() * 16, self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Scale with zero in the middle; ends and directions in words below."""
        if self.drawn is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        text = self.fontMetrics().height()
        area = QRectF(self.rect()).adjusted(8, 2, -8, -(text + 2))
        end = extent(self.drawn)
        self._paint_scale(painter, area, end, text)
        self._paint_interval(painter, area, end)
        painter.end()

    def _paint_scale(self, painter: QPainter, area: QRectF, end: float, text: float) -> None:
        drawn, colours = self.drawn, self._theme.colours
        assert drawn is not None
        painter.setPen(QPen(QColor(colours.border), 1))
        painter.drawLine(QPointF(area.left(), area.center().y()), QPointF(area.right(), area.center().y()))
        for share in (0.0, 1.0):
            x = area.left() + share * area.width()
            painter.drawLine(QPointF(x, area.center().y() - 3), QPointF(x, area.center().y() + 3))
        painter.setPen(QPen(QColor(colours.muted), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(area.center().x(), area.top()), QPointF(area.center().x(), area.bottom()))
        painter.setPen(QColor(colours.muted))
        line = QRectF(0, area.bottom() + 1, self.width(), text + 1)
        figure = f"{drawn.of * end:g}"
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft, f"\u2212{figure} {drawn.fewer}".strip())
        painter.drawText(line, Qt.AlignmentFlag.AlignHCenter, "0")
        painter.drawText(line, Qt.AlignmentFlag.AlignRight, f"{drawn.more} +{figure}".strip())

    def _paint_interval(self, painter: QPainter, area: QRectF, end: float) -> None:
        drawn, colours = self.drawn, self._theme.colours
        assert drawn is not None
        middle, arm = area.center().y(), min(6.0, area.height() / 3)

        def x(value: float) -> float:
            return area.left() + area.width() * (min(end, max(-end, value)) + end) / (2 * end)

        painter.setPen(QPen(QColor(colours.accent), 2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
        painter.drawLine(QPointF(x(drawn.low), middle), QPointF(x(drawn.high), middle))
        for bound in (drawn.low, drawn.high):
            painter.drawLine(QPointF(x(bound), middle - arm), QPointF(x(bound), middle + arm))
        painter.setBrush(QColor(colours.accent))
        painter.drawEllipse(QPointF(x(drawn.value), middle), arm * 0.7, arm * 0.7)
        if drawn.shrunk is not None:
            at, size = x(drawn.shrunk), arm
            painter.setPen(QPen(QColor(colours.text), 1.5))
            painter.setBrush(QColor(colours.base))
            corners = ((at, middle - size), (at + size, middle), (at, middle + size), (at - size, middle))
            painter.drawPolygon(QPolygonF([QPointF(*corner) for corner in corners]))


def extent(drawn: Drawn) -> float:
    """How far the scale reaches on either side: a round figure that has everything on it."""
    reach = max(abs(drawn.low), abs(drawn.high), abs(drawn.value), abs(drawn.shrunk or 0.0))
    if drawn.of == 100.0 and reach > 0.75:
        return 1.0
    return next((scale for scale in SCALES if scale >= reach), math.ceil(reach))
