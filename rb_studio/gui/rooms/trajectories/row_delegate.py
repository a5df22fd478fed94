"""Draws the list: group headers run over all columns."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPalette
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from rb_studio.gui.icons import pixmap
from rb_studio.gui.rooms.trajectories.columns import Cell
from rb_studio.gui.rooms.trajectories.item_model import Group, RolloutModel
from rb_studio.gui.theme import Theme

Index = QModelIndex | QPersistentModelIndex
OPEN, FOLDED = "\u25be", "\u25b8"
BAR = 3
MARGIN = 4
REMEMBERED = 5_000
ONE_LINE = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
LEFT, RIGHT = Qt.AlignmentFlag.AlignLeft | ONE_LINE, Qt.AlignmentFlag.AlignRight | ONE_LINE
SELECTED = QStyle.StateFlag.State_Selected


class RowDelegate(QStyledItemDelegate):
    """Each cell of a header draws its part of one text; the open rollout has a bar at its left.

    Cells are drawn here from what the model knows of them: a style asks the model eight times for each, and live
    rows are drawn several times a second.
    """

    def __init__(self, view: QTableView, model: RolloutModel, theme: Theme) -> None:
        super().__init__(view)
        self._view, self._model, self._theme = view, model, theme
        self._cut: dict[tuple[str, int], str] = {}
        self.open_id: int | None = None

    def forget(self) -> None:
        """The font is another one: texts are to be cut anew."""
        self._cut.clear()

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row, column = index.row(), index.column()
        group = self._model.group_at(row)
        if group is not None:
            self._paint_group(painter, option, row, group)
            return
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        chosen = bool(state & SELECTED)
        if chosen:
            painter.fillRect(rect, option.palette.brush(QPalette.ColorRole.Highlight))
        cell = self._model.cell(row, column)
        if cell is not None:
            role = QPalette.ColorRole.HighlightedText if chosen else QPalette.ColorRole.Text
            painter.setPen(option.palette.color(role))
            self._paint_cell(painter, option, rect, cell)
        if self._model.id_at(row) == self.open_id and column == self._first_column():
            painter.fillRect(QRect(rect.left(), rect.top(), BAR, rect.height()), QColor(self._theme.colours.accent))
        self._paint_focus(painter, rect, row)

    def _paint_cell(self, painter: QPainter, option: QStyleOptionViewItem, rect: QRect, cell: Cell) -> None:
        """An icon and a text; the word beside an icon is left out where it does not fit: the icon's shape says it."""
        left, width = rect.left() + MARGIN, rect.width() - 2 * MARGIN
        text = cell.text
        if cell.status:
            size: int = option.decorationSize.height()
            colours = self._theme.colours
            ratio = self._view.devicePixelRatioF()
            drawn = pixmap(cell.status, getattr(colours, cell.status, colours.muted), round(size * ratio))
            target = QRect(left, rect.top() + (rect.height() - size) // 2, size, size)
            painter.drawPixmap(target, drawn)
            left, width = left + size + MARGIN, width - size - MARGIN
            if option.fontMetrics.horizontalAdvance(text) > width:
                text = cell.short
                if option.fontMetrics.horizontalAdvance(text) > width:
                    return
        place = QRect(left, rect.top(), width, rect.height())
        painter.drawText(place, RIGHT if cell.right else LEFT, self._fitting(option, text, width))

    def _fitting(self, option: QStyleOptionViewItem, text: str, width: int) -> str:
        """The text cut to the room there is."""
        found = self._cut.get((text, width))
        if found is None:
            if len(self._cut) >= REMEMBERED:
                self._cut.clear()
            found = option.fontMetrics.elidedText(text, Qt.TextElideMode.ElideRight, width)
            self._cut[text, width] = found
        return found

    def _paint_focus(self, painter: QPainter, rect: QRect, row: int) -> None:
        """Lines above and below the row the keyboard is in."""
        if self._view.hasFocus() and row == self._view.currentIndex().row():
            painter.setPen(QColor(self._theme.colours.accent))
            painter.drawLine(rect.topLeft(), rect.topRight())
            painter.drawLine(rect.bottomLeft(), rect.bottomRight())

    def _paint_group(self, painter: QPainter, option: QStyleOptionViewItem, row: int, group: Group) -> None:
        colours = self._theme.colours
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        painter.save()
        painter.setClipRect(rect)
        chosen = bool(state & SELECTED)
        painter.fillRect(rect, QColor(colours.selection if chosen else colours.window))
        font = option.font
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(QColor(colours.text))
        whole = self._whole(rect).adjusted(4, 0, -6, 0)
        count = f"{group.count:,}"
        painter.drawText(whole, RIGHT, count)
        metrics = painter.fontMetrics()
        name = f"{FOLDED if group.folded else OPEN} {group.name}"
        room = whole.width() - metrics.horizontalAdvance(count) - metrics.averageCharWidth()
        text = metrics.elidedText(name, Qt.TextElideMode.ElideRight, room)
        painter.drawText(whole, LEFT, text)
        painter.restore()
        self._paint_focus(painter, rect, row)

    def _whole(self, rect: QRect) -> QRect:
        """The row a cell stands in, as far as it is on screen."""
        width = min(self._view.viewport().width(), self._view.horizontalHeader().length())
        return QRect(0, rect.top(), width, rect.height())

    def _first_column(self) -> int:
        return self._view.horizontalHeader().logicalIndex(0)
