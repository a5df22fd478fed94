"""The listed rollouts: ids in order, rows fetched when they come into sight."""

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal

from rb_studio.gui.icons import icon
from rb_studio.gui.theme import Theme
from rb_studio.gui.widgets.table_model import ALIGN, DISPLAY, RIGHT, Index
from rb_studio.gui.widgets.tip import plain_tip
from rb_studio.store.verdict_reads import NONE, JudgedRollout

PAGE = 200
DASH = "\u2013"
WAITING = "\u2026"
COLUMNS = ("task", "judge", "truth", "human", "reason", "arm", "run", "index")
TITLES = {
    "task": "Task",
    "judge": "Judge",
    "truth": "Truth",
    "human": "Human",
    "arm": "Arm",
    "run": "Run",
    "index": "Try",
    "reason": "Judge's reason",
}
STATUSES = ("judge", "truth", "human")
TAINTED = "In this run {:,} tasks were given memory that a person's verdict contradicts by now"
WIDTHS = [34, 13, 13, 13, 50, 18, 6, 5]


class RolloutModel(QAbstractTableModel):
    """Rollouts by row id.

    Signals
    -------
    needed
        Rows are in sight that are not there yet; carries their ids.
    sorted_by
        A heading was clicked; carries the column's name and whether the order is descending.
    """

    needed = Signal(object)
    sorted_by = Signal(str, bool)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._ids: list[int] = []
        self._places: dict[int, int] = {}
        self._rows: dict[int, JudgedRollout] = {}
        self._asked: set[int] = set()
        self._tainted: Mapping[int, int] = {}
        theme.changed.connect(self._tint)

    def set_ids(self, ids: Sequence[int]) -> None:
        """List these rollouts; rows that came at the end leave the rest where it is."""
        self._asked.clear()
        fresh = list(ids)
        have = len(self._ids)
        if fresh[:have] == self._ids:
            if len(fresh) > have:
                self.beginInsertRows(QModelIndex(), have, len(fresh) - 1)
                self._set(fresh)
                self.endInsertRows()
            if have:
                self.dataChanged.emit(self.index(0, 0), self.index(have - 1, len(COLUMNS) - 1))
            return
        self.beginResetModel()
        self._set(fresh)
        self.endResetModel()

    def set_rows(self, rows: Mapping[int, JudgedRollout]) -> None:
        """Rows that were asked for."""
        self._rows |= rows
        places = [self._places[row] for row in rows if row in self._places]
        if places:
            self.dataChanged.emit(self.index(min(places), 0), self.index(max(places), len(COLUMNS) - 1))

    def set_tainted(self, runs: Mapping[int, int]) -> None:
        """Mark the arms of these runs."""
        if runs != self._tainted:
            self._tainted = dict(runs)
            if self._ids:
                self.dataChanged.emit(self.index(0, 0), self.index(len(self._ids) - 1, len(COLUMNS) - 1))

    def id_at(self, row: int) -> int | None:
        """The rollout of a row."""
        return self._ids[row] if 0 <= row < len(self._ids) else None

    def place(self, rollout: int | None) -> int | None:
        """The row of a rollout."""
        return None if rollout is None else self._places.get(rollout)

    def known(self, rollout: int) -> JudgedRollout | None:
        """A rollout's row, if it was fetched."""
        return self._rows.get(rollout)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008 - Qt's signature
        return 0 if parent.isValid() else len(self._ids)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008 - Qt's signature
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = DISPLAY) -> Any:  # noqa: N802
        if orientation is Qt.Orientation.Horizontal and role == DISPLAY and section < len(COLUMNS):
            return TITLES[COLUMNS[section]]
        return None

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = DISPLAY) -> Any:
        if not index.isValid():
            return None
        rollout, column = self._ids[index.row()], COLUMNS[index.column()]
        if role == ALIGN:
            return RIGHT if column in ("run", "index") else None
        row = self._row(index.row(), rollout)
        if row is None:
            return WAITING if role == DISPLAY else None
        tasks = self._tainted.get(row.run, 0) if column == "arm" else 0
        if role == DISPLAY:
            return f"\u26a0 {cell_text(row, column)}" if tasks else cell_text(row, column)
        if role == Qt.ItemDataRole.ToolTipRole and tasks:
            return TAINTED.format(tasks)
        if role == Qt.ItemDataRole.DecorationRole and column in STATUSES:
            return self._icon(getattr(row, column))
        if role == Qt.ItemDataRole.ToolTipRole and column in ("task", "reason"):
            return plain_tip(cell_text(row, column))
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """SQL orders; this only asks for it."""
        name = COLUMNS[column] if 0 <= column < len(COLUMNS) else "order"
        self.sorted_by.emit(name, order == Qt.SortOrder.DescendingOrder)

    def _set(self, ids: list[int]) -> None:
        self._ids = ids
        self._places = {rollout: place for place, rollout in enumerate(ids)}

    def _row(self, place: int, rollout: int) -> JudgedRollout | None:
        page = place // PAGE
        if page not in self._asked:
            self._asked.add(page)
            self.needed.emit(self._ids[page * PAGE : (page + 1) * PAGE])
        return self._rows.get(rollout)

    def _icon(self, status: str) -> Any:
        if status == NONE:
            return None
        colours = self._theme.colours
        return icon(status, getattr(colours, status), colours.border)

    def _tint(self) -> None:
        if self._ids:
            last = self.index(len(self._ids) - 1, len(COLUMNS) - 1)
            self.dataChanged.emit(self.index(0, 0), last, [Qt.ItemDataRole.DecorationRole])


def cell_text(row: JudgedRollout, column: str) -> str:
    """One cell as text, on one line."""
    if column in STATUSES:
        status = getattr(row, column)
        return DASH if status == NONE else str(status)
    if column == "index":
        return str(row.rollout_index + 1)
    value = {"task": row.task_text, "arm": row.arm, "run": str(row.run), "reason": row.reason}[column]
    return " ".join(value.split()) or DASH
