"""An interval drawn inside a table cell: where it lies, and whether it reaches over zero."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from rb_studio.gui.theme import Theme

Spread = tuple[float, float, float]


def paint_spread(
    painter: QPainter, area: QRectF, spread: Spread, low: float, high: float, colours: tuple[str, str]
) -> None:
    """Draw (low bound, value, high bound) on a scale from `low` to `high`, with a line at zero or at the ends.

    `colours` are those of the interval and of the scale.
    """
    width = high - low

    def x(value: float) -> float:
        return area.left() + area.width() * (min(high, max(low, value)) - low) / width

    middle = area.center().y()
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(colours[1]), 1))
    painter.drawLine(QPointF(area.left(), middle), QPointF(area.right(), middle))
    if low < 0 < high:
        painter.drawLine(QPointF(x(0), area.top()), QPointF(x(0), area.bottom()))
    painter.setPen(QPen(QColor(colours[0]), 3, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
    painter.drawLine(QPointF(x(spread[0]), middle), QPointF(x(spread[2]), middle))
    painter.setBrush(QColor(colours[0]))
    radius = min(4.0, area.height() / 3)
    painter.drawEllipse(QPointF(x(spread[1]), middle), radius, radius)
    painter.restore()


class SpreadDelegate(QStyledItemDelegate):
    """Draws the spread a model gives under `role`, on a scale from `low` to 1."""

    def __init__(self, theme: Theme, role: int, parent: QWidget, low: float = -1.0) -> None:
        super().__init__(parent)
        self._theme, self._role, self._low = theme, role, low

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Background and selection of the style, the interval on top."""
        style = QApplication.style()
        style.drawPrimitive(QStyle.PrimitiveElement.PE_PanelItemViewItem, option, painter, None)
        spread = index.data(self._role)
        if spread is not None:
            colours = (self._theme.colours.accent, self._theme.colours.border)
            paint_spread(painter, QRectF(option.rect).adjusted(6, 3, -6, -3), spread, self._low, 1.0, colours)
