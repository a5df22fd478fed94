"""The table of two sides: how often each said what, a cell being a list of rollouts."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QEvent, QLocale, QModelIndex, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from rb_studio.gui.icons import icon
from rb_studio.gui.rooms.verdicts.reading import Report
from rb_studio.gui.theme import Theme
from rb_studio.gui.widgets.table_model import DISPLAY, Index
from rb_studio.store.verdict_reads import NONE

NAMES = {"judge": "Judge", "truth": "Truth", "human": "Human"}
GIVEN_NONE = {"judge": "not judged", "human": "no word"}
SUM = "all"
PALE = 46
ROOM = 10


class MatrixModel(QAbstractTableModel):
    """Counts of a report with their sums; the first value list is the rows'."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._report = Report()

    def set_report(self, report: Report) -> None:
        """Show these counts; the same rows and columns keep the current cell."""
        before = self._report
        same = report.pair == before.pair and all(report.values(side) == before.values(side) for side in (0, 1))
        if not same:
            self.beginResetModel()
        self._report = report
        if not same:
            self.endResetModel()
        else:
            self.dataChanged.emit(self.index(0, 0), self.index(self.rowCount() - 1, self.columnCount() - 1))

    def sides_at(self, row: int, column: int) -> dict[str, str]:
        """What a cell stands for: values by side; a sum leaves its side open."""
        values = (self._value(0, row), self._value(1, column))
        pairs = zip(self._report.sides, values, strict=True)
        return {side: value for side, value in pairs if value is not None}

    def place_of(self, sides: Mapping[str, str]) -> tuple[int, int] | None:
        """The cell that stands for these values."""
        for row in range(self.rowCount()):
            for column in range(self.columnCount()):
                if self.sides_at(row, column) == dict(sides):
                    return row, column
        return None

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008 - Qt's signature
        return 0 if parent.isValid() else len(self._report.values(0)) + 1

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008 - Qt's signature
        return 0 if parent.isValid() else len(self._report.values(1)) + 1

    def data(self, index: Index, role: int = DISPLAY) -> Any:
        if not index.isValid():
            return None
        row, column = self._value(0, index.row()), self._value(1, index.column())
        count = self._report.count(row, column)
        if role == DISPLAY:
            return QLocale().toString(count)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignCenter
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return self._sentence(row, column, count)
        if role == Qt.ItemDataRole.BackgroundRole:
            return self._ground(row, column)
        if role == Qt.ItemDataRole.FontRole and (row is None or column is None):
            return None
        if role == Qt.ItemDataRole.FontRole:
            return _bold()
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = DISPLAY) -> Any:  # noqa: N802
        side = 1 if orientation is Qt.Orientation.Horizontal else 0
        value = self._value(side, section)
        name = self._report.sides[side]
        if role == DISPLAY:
            return SUM if value is None else GIVEN_NONE.get(name, value) if value == NONE else value
        if side == 0 and role == Qt.ItemDataRole.DecorationRole and value in ("success", "failure", "unknown"):
            colours = self._theme.colours
            return icon(value, getattr(colours, value), colours.border)
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{NAMES[name]}: {value or SUM}"
        return None

    def _value(self, side: int, place: int) -> str | None:
        values = self._report.values(side)
        return values[place] if place < len(values) else None

    def _sentence(self, row: str | None, column: str | None, count: int) -> str:
        rows, columns = self._report.sides
        share = f" ({100 * count / self._report.valid:.1f} %)" if self._report.valid else ""
        return f"{NAMES[rows]} {row or 'any'}, {NAMES[columns].lower()} {column or 'any'}: {count} rollouts{share}"

    def _ground(self, row: str | None, column: str | None) -> QColor | None:
        known = ("success", "failure")
        if row not in known or column not in known:
            return None
        colour = QColor(self._theme.colours.success if row == column else self._theme.colours.failure)
        colour.setAlpha(PALE)
        return colour


class Matrix(QTableView):
    """The table on screen.

    Signals
    -------
    cell_chosen
        A cell was clicked, or Enter pressed on it; carries its values by side.
    cell_opened
        A cell was double clicked, or Ctrl+Enter pressed on it; carries its values by side.
    """

    cell_chosen = Signal(object)
    cell_opened = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.counts = MatrixModel(theme)
        self.counts.setParent(self)
        self.setModel(self.counts)
        self.setAccessibleName("Rollouts by verdict and truth")
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setTabKeyNavigation(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        for header in (self.horizontalHeader(), self.verticalHeader()):
            header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
            header.setSectionsClickable(False)
            header.setMinimumSectionSize(header.fontMetrics().height() + 8)
        self.clicked.connect(self._choose)
        self.doubleClicked.connect(self._open)
        theme.changed.connect(self.viewport().update)
        column = QFontMetrics(_bold()).horizontalAdvance("unknown") + ROOM
        self.horizontalHeader().setMinimumSectionSize(column)
        self.setMinimumHeight((self.fontMetrics().height() + 10) * 5)
        self.setMinimumWidth(5 * column + column // 2)

    def show_report(self, report: Report, sides: Mapping[str, str]) -> None:
        """Show counts, the chosen cell selected."""
        self.counts.set_report(report)
        rows, columns = (NAMES[side].lower() for side in report.sides)
        self.setAccessibleDescription(f"rows: {rows}, columns: {columns}; Enter lists the rollouts of a cell")
        place = self.counts.place_of(sides)
        if place is not None and not (self.hasFocus() and self.currentIndex().isValid()):
            self.setCurrentIndex(self.counts.index(*place))

    def event(self, event: QEvent) -> bool:
        """Ctrl+Enter is the cell's here, also where it opens the rollout that is shown elsewhere in the room."""
        key = event.key() if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride else None
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Enter lists a cell's rollouts, with Ctrl it opens them."""
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)
        elif event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._open(self.currentIndex())
        else:
            self._choose(self.currentIndex())

    def _choose(self, index: QModelIndex) -> None:
        if index.isValid():
            self.cell_chosen.emit(self.counts.sides_at(index.row(), index.column()))

    def _open(self, index: QModelIndex) -> None:
        if index.isValid():
            self.cell_opened.emit(self.counts.sides_at(index.row(), index.column()))


def _bold() -> QFont:
    font = QFont()
    font.setBold(True)
    return font
