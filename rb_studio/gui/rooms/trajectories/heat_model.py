"""Tasks against arms as a table: a figure in every cell, its ground from what share succeeded."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QFont

from rb_studio.gui.rooms.trajectories.plain import DASH, count, money, readable
from rb_studio.gui.theme import Colours, Theme
from rb_studio.gui.widgets.tip import plain_tip
from rb_studio.store.heat_map import Heat, HeatCell

Index = QModelIndex | QPersistentModelIndex
STRONGEST = 0.38
TASK_LETTERS = 38
NOTHING = Heat((), {}, (), {})


class HeatModel(QAbstractTableModel):
    """Row 0 sums up a column; below it the tasks, by suite or by how they came out in a column."""

    def __init__(self, theme: Theme, parent: Any = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.heat = NOTHING
        self._names: Mapping[Any, str] = {}
        self._tasks: list[str] = []
        self._sums: dict[Any, HeatCell] = {}
        self.sorted_by: tuple[int, bool] | None = None

    def show(self, heat: Heat, names: Mapping[Any, str]) -> None:
        """Another map; `names` are those of its columns."""
        self.beginResetModel()
        self.heat, self._names, self.sorted_by = heat, names, None
        self._tasks = list(heat.tasks)
        self._sums = {column: _sum(heat, column) for column in heat.columns}
        self.endResetModel()

    def order(self, column: int) -> None:
        """By what succeeded least in a column, then most, then by suite again; what is unknown comes last."""
        before = self.sorted_by
        ascending = before is None or before[0] != column
        self.sorted_by = (column, True) if ascending else (column, False) if before == (column, True) else None
        self.layoutAboutToBeChanged.emit()
        self._tasks = list(self.heat.tasks)
        if self.sorted_by is not None:
            of, sign = self.heat.columns[column], 1 if self.sorted_by[1] else -1
            rates = {task: cell.rate for task in self._tasks if (cell := self.heat.cells.get((task, of))) is not None}
            self._tasks.sort(key=lambda task: 2.0 if (rate := rates.get(task)) is None else sign * rate)
        self.layoutChanged.emit()
        self.headerDataChanged.emit(Qt.Orientation.Vertical, 0, self.rowCount() - 1)

    def task(self, row: int) -> str | None:
        """The task of a row, None for the sums."""
        return self._tasks[row - 1] if 1 <= row <= len(self._tasks) else None

    def cell(self, row: int, column: int) -> HeatCell | None:
        task, of = self.task(row), self.heat.columns[column]
        return self._sums.get(of) if task is None else self.heat.cells.get((task, of))

    def name(self, column: int) -> str:
        value = self.heat.columns[column]
        return self._names.get(value, str(value))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008 - Qt's name and default
        return 0 if parent.isValid() or not self._tasks else len(self._tasks) + 1

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008 - Qt's name and default
        return 0 if parent.isValid() else len(self.heat.columns)

    def headerData(  # noqa: N802 - Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return None
        if orientation == Qt.Orientation.Horizontal:
            return readable(self.name(section)) if 0 <= section < self.columnCount() else None
        task = self.task(section)
        if task is None:
            return "All tasks"
        text = " ".join(readable(self.heat.texts.get(task, "")).split())
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(f"{readable(task)}\n{text[:1000]}")
        words = f"{readable((task.partition('/')[2] or task).rpartition('__')[2])}  {text}"
        return words if len(words) <= TASK_LETTERS else words[: TASK_LETTERS - 1] + "\u2026"

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        cell = self.cell(index.row(), index.column())
        if role == Qt.ItemDataRole.DisplayRole:
            return figure(cell)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{told(cell)}: {self.name(index.column())}"
        if role == Qt.ItemDataRole.ToolTipRole:
            task = self.task(index.row()) or "All tasks"
            return plain_tip(f"{readable(task)}\n{readable(self.name(index.column()))}\n{told(cell)}")
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignCenter
        if role == Qt.ItemDataRole.BackgroundRole and cell is not None and cell.rate is not None:
            return ground(cell.rate, self._theme.colours)
        if role == Qt.ItemDataRole.FontRole and index.row() == 0:
            font = QFont()
            font.setBold(True)
            return font
        return None


def figure(cell: HeatCell | None) -> str:
    """Successes of attempts; with a question mark how many are unknown."""
    if cell is None:
        return DASH
    known = cell.n - cell.unknown
    parts = [f"{cell.successes}/{known}"] if known else []
    return " ".join([*parts, f"?{cell.unknown}"] if cell.unknown else parts)


def told(cell: HeatCell | None) -> str:
    """The same in words."""
    if cell is None:
        return "not tried"
    known = cell.n - cell.unknown
    share = f" ({cell.rate:.0%})" if cell.rate is not None else ""
    parts = [f"{cell.successes} of {known} succeeded{share}"] if known else []
    parts += [f"{count(cell.unknown, 'attempt')} unknown"] if cell.unknown else []
    return ", ".join([*parts, f"cost {money(cell.cost)}"])


def ground(rate: float, colours: Colours) -> QColor:
    """From the colour of failure over none to that of success, as strong as it is far from half."""
    base = QColor(colours.base)
    ink, far = QColor(colours.success if rate >= 0.5 else colours.failure), abs(rate - 0.5) * 2 * STRONGEST
    return QColor(
        round(base.red() + (ink.red() - base.red()) * far),
        round(base.green() + (ink.green() - base.green()) * far),
        round(base.blue() + (ink.blue() - base.blue()) * far),
    )


def _sum(heat: Heat, column: Any) -> HeatCell:
    cells = [cell for task in heat.tasks if (cell := heat.cells.get((task, column))) is not None]
    costs = [cell.cost for cell in cells]
    known = [cost for cost in costs if cost is not None]
    return HeatCell(
        sum(cell.n for cell in cells),
        sum(cell.successes for cell in cells),
        sum(cell.unknown for cell in cells),
        sum(known) if len(known) == len(costs) else None,
    )
