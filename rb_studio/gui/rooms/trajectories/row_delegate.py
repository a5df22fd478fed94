"""Draws the list: group headers run over all columns."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from rb_studio.gui.rooms.trajectories.item_model import GROUP, ID, Group
from rb_studio.gui.theme import Theme

Index = QModelIndex | QPersistentModelIndex
OPEN, FOLDED = "\u25be", "\u25b8"
BAR = 3
PADDING = 12


class RowDelegate(QStyledItemDelegate):
    """Each cell of a header draws its part of one text; the open rollout has a bar at its left."""

    def __init__(self, view: QTableView, theme: Theme) -> None:
        super().__init__(view)
        self._view, self._theme = view, theme
        self.open_id: int | None = None

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        group = index.data(GROUP)
        if isinstance(group, Group):
            self._paint_group(painter, option, index, group)
            return
        super().paint(painter, option, index)
        if index.column() == self._first_column() and index.data(ID) == self.open_id:
            rect: QRect = option.rect
            painter.fillRect(QRect(rect.left(), rect.top(), BAR, rect.height()), QColor(self._theme.colours.accent))

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:  # noqa: N802 - Qt's name
        """A word beside an icon is left out where it does not fit: the icon's shape says it too."""
        super().initStyleOption(option, index)
        if not option.icon.isNull():
            needed = option.decorationSize.width() + option.fontMetrics.horizontalAdvance(option.text) + PADDING
            if needed > option.rect.width():
                option.text = ""

    def _paint_group(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: Index,
        group: Group,
    ) -> None:
        colours = self._theme.colours
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        painter.save()
        painter.setClipRect(rect)
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        painter.fillRect(rect, QColor(colours.selection if chosen else colours.window))
        font = option.font
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(QColor(colours.text))
        width = min(self._view.viewport().width(), self._view.horizontalHeader().length())
        whole = QRect(0, rect.top(), width, rect.height()).adjusted(4, 0, -6, 0)
        count = f"{group.count:,}"
        painter.drawText(whole, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, count)
        metrics = painter.fontMetrics()
        name = f"{FOLDED if group.folded else OPEN} {group.name}"
        room = whole.width() - metrics.horizontalAdvance(count) - metrics.averageCharWidth()
        text = metrics.elidedText(name, Qt.TextElideMode.ElideRight, room)
        painter.drawText(whole, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
        painter.restore()

    def _first_column(self) -> int:
        return self._view.horizontalHeader().logicalIndex(0)
