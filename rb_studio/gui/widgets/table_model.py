"""Small tables computed in memory: columns say how to show a row and how to sort by it."""

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

Index = QModelIndex | QPersistentModelIndex
DISPLAY, ALIGN = Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.TextAlignmentRole
SORT = Qt.ItemDataRole.UserRole
RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


class TableModel(QAbstractTableModel):
    """Rows of columns that tell how to show and how to sort them. A column is (title, shown, sorted by)."""

    def __init__(self, columns: Sequence[tuple[str, Callable[[Any], str], Callable[[Any], Any]]]) -> None:
        super().__init__()
        self._columns = list(columns)
        self._rows: list[Any] = []
        self._order: tuple[int, Qt.SortOrder] | None = None

    def set_rows(self, rows: Sequence[Any]) -> None:
        """Show these rows, in the order chosen before; as many rows as before keep selection and scroll."""
        fresh = self._sorted(list(rows))
        if len(fresh) == len(self._rows):
            self._rows = fresh
            if fresh:
                self.dataChanged.emit(self.index(0, 0), self.index(len(fresh) - 1, len(self._columns) - 1))
            return
        self.beginResetModel()
        self._rows = fresh
        self.endResetModel()

    def row(self, index: Index) -> Any:
        """The row of an index."""
        return self._rows[index.row()]

    def rows(self) -> list[Any]:
        """All rows as shown."""
        return list(self._rows)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008 - Qt's signature
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008 - Qt's signature
        return 0 if parent.isValid() else len(self._columns)

    def data(self, index: Index, role: int = DISPLAY) -> Any:
        if not index.isValid():
            return None
        _, shown, sort = self._columns[index.column()]
        row = self._rows[index.row()]
        if role == DISPLAY:
            return shown(row)
        if role == SORT:
            return sort(row)
        if role == ALIGN and not isinstance(sort(row), str):
            return RIGHT
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = DISPLAY) -> Any:  # noqa: N802
        if orientation is Qt.Orientation.Horizontal and role == DISPLAY and section < len(self._columns):
            title = self._columns[section][0]
            return title if len(title) == 1 else title[:1].upper() + title[1:]
        if orientation is Qt.Orientation.Horizontal and role == ALIGN and self._rows and section < len(self._columns):
            return RIGHT if not isinstance(self._columns[section][2](self._rows[0]), str) else None
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Order the rows; what is not known comes last."""
        self._order = (column, order) if 0 <= column < len(self._columns) else None
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        kept = [self._rows[index.row()] for index in before]
        self._rows = self._sorted(self._rows)
        places = {id(row): place for place, row in enumerate(self._rows)}
        after = [self.index(places[id(row)], index.column()) for row, index in zip(kept, before, strict=True)]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def _sorted(self, rows: list[Any]) -> list[Any]:
        if self._order is None:
            return rows
        value = self._columns[self._order[0]][2]
        known = [row for row in rows if value(row) is not None]
        unknown = [row for row in rows if value(row) is None]
        return sorted(known, key=value, reverse=self._order[1] == Qt.SortOrder.DescendingOrder) + unknown
