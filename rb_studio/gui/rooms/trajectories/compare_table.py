"""The rows of a comparison: steps that answer to each other, two lines each."""

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from rb_studio.gui.rooms.trajectories.compare_reads import FIRST, LETTERS, MARKS, SAME, Cell, Compared
from rb_studio.gui.theme import Theme

Index = QModelIndex | QPersistentModelIndex
NO_STEP = "no step here"
PAD = 6
MARK_CHARACTERS = 6
ONE_LINE = int(Qt.AlignmentFlag.AlignVCenter) | int(Qt.TextFlag.TextDontClip)


class CompareModel(QAbstractTableModel):
    """One row per row of the alignment: how it stands, then each side's step."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.compared: Compared | None = None

    def show(self, compared: Compared | None) -> None:
        """Another comparison."""
        self.beginResetModel()
        self.compared = compared
        self.endResetModel()

    def cell(self, index: Index) -> Cell | None:
        """The step of an index, None where there is none."""
        if self.compared is None or index.column() < 1:
            return None
        return self.compared.cells[index.row()][index.column() - 1]

    def standing(self, row: int) -> str:
        return "" if self.compared is None else self.compared.standing(row)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008 - Qt's signature
        return 0 if parent.isValid() or self.compared is None else len(self.compared.cells)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008 - Qt's signature
        return 0 if parent.isValid() or self.compared is None else 1 + len(self.compared.heads)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or self.compared is None:
            return None
        if index.column() == 0:
            told = self.compared.standing(index.row())
            spoken = (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole)
            return MARKS[told] if role == Qt.ItemDataRole.DisplayRole else told if role in spoken else None
        cell = self.cell(index)
        if role == Qt.ItemDataRole.DisplayRole:
            return NO_STEP if cell is None else f"{cell.step} {cell.kind} {cell.action}"
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{LETTERS[index.column() - 1]}, {self.compared.standing(index.row())}: {_spoken(cell)}"
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:  # noqa: N802
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return LETTERS[section - 1] if section else "same"
        return None


class CompareDelegate(QStyledItemDelegate):
    """Draws a step: number, phase and action, below it what it took and how much more that is than the first side's."""

    def __init__(self, theme: Theme, parent: QTableView) -> None:
        super().__init__(parent)
        self._theme = theme
        self._mono = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802 - Qt's name
        return QSize(0, 2 * option.fontMetrics.height() + PAD)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        assert isinstance(model, CompareModel)
        colours, standing = self._theme.colours, model.standing(index.row())
        painter.save()
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        differs = standing != SAME
        plain = colours.highlight if differs and index.column() == 0 else colours.base if differs else colours.alternate
        ground = colours.selection if selected else plain
        painter.fillRect(option.rect, QColor(ground))
        inside = option.rect.adjusted(PAD, PAD // 2, -PAD, -PAD // 2)
        if index.column() == 0:
            self._mark(painter, option, inside, standing)
        else:
            self._step(painter, option, inside, model.cell(index), colours.text if differs else colours.muted)
        self._lines(painter, option, standing, bool(option.state & QStyle.StateFlag.State_HasFocus))
        painter.restore()

    def _mark(self, painter: QPainter, option: QStyleOptionViewItem, inside: QRect, standing: str) -> None:
        font = QFont(option.font)
        font.setBold(standing != SAME)
        painter.setFont(font)
        painter.setPen(QColor(self._theme.colours.muted if standing == SAME else self._theme.colours.text))
        painter.drawText(inside, int(Qt.AlignmentFlag.AlignCenter), MARKS[standing])

    def _step(
        self, painter: QPainter, option: QStyleOptionViewItem, inside: QRect, cell: Cell | None, ink: str
    ) -> None:
        colours = self._theme.colours
        if cell is None:
            painter.setPen(QColor(colours.muted))
            painter.drawText(inside, int(Qt.AlignmentFlag.AlignCenter), NO_STEP)
            return
        upper, lower = QRect(inside), QRect(inside)
        upper.setHeight(inside.height() // 2)
        lower.setTop(upper.bottom() + 1)
        bold = QFont(option.font)
        bold.setBold(True)
        painter.setFont(bold)
        painter.setPen(QColor(ink))
        head = f"{cell.step}  {cell.kind}" + (f"  \u26a0 {cell.sign}" if cell.sign else "") + "  "
        painter.drawText(upper, ONE_LINE, head)
        upper.setLeft(upper.left() + painter.fontMetrics().horizontalAdvance(head))
        mono = QFont(self._mono)
        mono.setPointSizeF(option.font.pointSizeF())
        self._text(painter, mono, upper, cell.action)
        painter.setPen(QColor(colours.muted))
        self._text(painter, option.font, lower, _used(painter, option.font, cell, lower.width()))

    def _text(self, painter: QPainter, font: QFont, room: QRect, text: str) -> None:
        painter.setFont(font)
        cut = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, max(0, room.width()))
        painter.drawText(room, ONE_LINE, cut)

    def _lines(self, painter: QPainter, option: QStyleOptionViewItem, standing: str, focus: bool) -> None:
        painter.setPen(QColor(self._theme.colours.border))
        painter.drawLine(option.rect.bottomLeft(), option.rect.bottomRight())
        painter.drawLine(option.rect.topRight(), option.rect.bottomRight())
        if standing == FIRST:
            painter.setPen(QPen(QColor(self._theme.colours.mark), 3))
            painter.drawLine(option.rect.topLeft(), option.rect.topRight())
        if focus:
            painter.setPen(QPen(QColor(self._theme.colours.accent), 2))
            painter.drawRect(option.rect.adjusted(1, 1, -2, -2))


class CompareTable(QTableView):
    """Arrows or J and K go from row to row, Left and Right from side to side, Enter opens the step in the player.

    Signals
    -------
    row_chosen
        Another row is current; carries it, from 0.
    opened
        A side's step is to be opened; carries row and side, from 0.
    """

    row_chosen = Signal(int)
    opened = Signal(int, int)

    def __init__(self, model: CompareModel, theme: Theme) -> None:
        super().__init__()
        self.setModel(model)
        self._model = model
        self.setItemDelegate(CompareDelegate(theme, self))
        self.setAccessibleName("Steps side by side")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        upright = self.verticalHeader()
        upright.hide()
        upright.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        upright.setDefaultSectionSize(2 * self.fontMetrics().height() + PAD)
        self.horizontalHeader().hide()
        self.doubleClicked.connect(self._open)
        self.selectionModel().currentChanged.connect(self._changed)

    @property
    def mark_width(self) -> int:
        """How wide the column is that tells what is the same."""
        return self.fontMetrics().averageCharWidth() * MARK_CHARACTERS

    @property
    def side(self) -> int:
        """The side the keyboard is at, from 0."""
        return max(0, self.currentIndex().column() - 1)

    def show_compared(self, compared: Compared | None) -> None:
        """Another comparison, every side as wide as the others."""
        self._model.show(compared)
        header = self.horizontalHeader()
        for column in range(self._model.columnCount()):
            stretched = QHeaderView.ResizeMode.Stretch if column else QHeaderView.ResizeMode.Fixed
            header.setSectionResizeMode(column, stretched)
        if self._model.columnCount():
            header.resizeSection(0, self.mark_width)

    def show_row(self, row: int) -> None:
        """Make a row current and bring it on screen, with some of what stands above it."""
        if self.currentIndex().row() != row or self.currentIndex().column() < 1:
            self.setCurrentIndex(self._model.index(row, max(1, self.currentIndex().column())))
        self.scrollTo(self._model.index(max(0, row - 1), 1))
        self.scrollTo(self._model.index(row, 1))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        index, by = self.currentIndex(), {Qt.Key.Key_J: 1, Qt.Key.Key_K: -1}.get(Qt.Key(event.key()))
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and index.isValid():
            self._open(index)
        elif by is not None and not event.modifiers():
            self.show_row(max(0, min(index.row() + by, self._model.rowCount() - 1)))
        elif event.key() in (Qt.Key.Key_Home, Qt.Key.Key_End) and not event.modifiers():
            self.show_row(0 if event.key() == Qt.Key.Key_Home else self._model.rowCount() - 1)
        else:
            super().keyPressEvent(event)

    def _changed(self, index: QModelIndex, before: QModelIndex) -> None:
        if index.isValid() and index.row() != before.row():
            self.row_chosen.emit(index.row())

    def _open(self, index: QModelIndex) -> None:
        self.opened.emit(index.row(), max(0, index.column() - 1))


def _used(painter: QPainter, font: QFont, cell: Cell, room: int) -> str:
    """What a step took; where there is no room for all of it, how much more that is than the first side's."""
    if not cell.more:
        return cell.used
    whole = f"{cell.used}  ({cell.more})"
    painter.setFont(font)
    return whole if painter.fontMetrics().horizontalAdvance(whole) <= room else f"({cell.more})"


def _spoken(cell: Cell | None) -> str:
    if cell is None:
        return NO_STEP
    return ", ".join(filter(None, (f"step {cell.step}", cell.kind, cell.sign, cell.action, cell.used, cell.more)))
