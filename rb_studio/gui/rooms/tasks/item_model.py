"""The table of tasks: holds ids, and the lines of the pages that were looked at."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from rb_studio.gui.icons import icon
from rb_studio.gui.rooms.tasks.columns import COLUMNS
from rb_studio.gui.theme import Theme

if TYPE_CHECKING:
    from rb_studio.store.task_list import TaskLine

PAGE = 200
GAP = "\u2002"  # keeps right-aligned numbers off the next column
Index = QModelIndex | QPersistentModelIndex
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class TaskModel(QAbstractTableModel):
    """Rows in the order the store gave; a page is asked for when one of its rows is shown first.

    Signals
    -------
    page_wanted
        Lines are missing; carries the ids of one page.
    """

    page_wanted = Signal(object)

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._ids: list[int] = []
        self._rows: dict[int, int] = {}
        self._lines: dict[int, TaskLine] = {}
        self._asked: set[int] = set()
        theme.changed.connect(self._recolour)

    def set_ids(self, ids: Sequence[int]) -> None:
        """Show other tasks, or the same in another order; lines that are known stay."""
        self.beginResetModel()
        self._ids = list(ids)
        self._rows = {task: row for row, task in enumerate(self._ids)}
        self._lines = {task: line for task, line in self._lines.items() if task in self._rows}
        self._asked.clear()
        self.endResetModel()

    def put(self, lines: "Iterable[TaskLine]") -> None:
        """Fill in lines that were asked for."""
        rows = []
        for line in lines:
            row = self._rows.get(line.id)
            if row is not None:
                self._lines[line.id] = line
                rows.append(row)
        if rows:
            self.dataChanged.emit(self.index(min(rows), 0), self.index(max(rows), len(COLUMNS) - 1))

    def refresh(self, first: int, last: int) -> None:
        """Ask anew for the lines between two rows, and for the others once they are shown again."""
        shown = set(self._ids[first : last + 1])
        self._lines = {task: line for task, line in self._lines.items() if task in shown}
        self._asked.clear()
        for page in range(first // PAGE, last // PAGE + 1):
            self._ask(page)

    def ids(self) -> list[int]:
        """All shown tasks in order."""
        return self._ids

    def line(self, row: int) -> "TaskLine | None":
        """What is known of a row."""
        return self._lines.get(self._ids[row]) if 0 <= row < len(self._ids) else None

    def row_of(self, task: int) -> int | None:
        """Where a task stands."""
        return self._rows.get(task)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802 - Qt's name and default
        """Number of tasks."""
        return 0 if parent.isValid() else len(self._ids)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802 - Qt's name and default
        """Number of columns."""
        return 0 if parent.isValid() else len(COLUMNS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A cell; empty until its page has come."""
        if not index.isValid():
            return None
        column = COLUMNS[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if column.numeric else _LEFT
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.DecorationRole):
            return None
        line = self._lines.get(self._ids[index.row()])
        if line is None:
            self._ask(index.row() // PAGE)
            return "\u2026" if role == Qt.ItemDataRole.DisplayRole and column.name == "text" else None
        if role == Qt.ItemDataRole.DisplayRole:
            return column.text(line) + (GAP if column.numeric else "")
        status = column.status(line)
        return self._icon(status) if status else None

    def headerData(  # noqa: N802 - Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Titles, and what they mean as tool tips."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(COLUMNS):
            return None
        column = COLUMNS[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.title + (GAP if column.numeric else "")
        if role == Qt.ItemDataRole.ToolTipRole:
            return column.about
        return (_RIGHT if column.numeric else _LEFT) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def _ask(self, page: int) -> None:
        if page not in self._asked:
            self._asked.add(page)
            self.page_wanted.emit(self._ids[page * PAGE : (page + 1) * PAGE])

    def _icon(self, status: str) -> Any:
        colour = self._theme.status_colour(status).name()
        return icon(status, colour, colour)

    def _recolour(self) -> None:
        if self._ids:
            last = self.index(len(self._ids) - 1, len(COLUMNS) - 1)
            self.dataChanged.emit(self.index(0, 0), last, [Qt.ItemDataRole.DecorationRole])
