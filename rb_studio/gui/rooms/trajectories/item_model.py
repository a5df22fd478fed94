"""The rollout list as a table of ids: rows are fetched when they come on screen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, QTimer, Signal

from rb_studio.gui.icons import icon
from rb_studio.gui.rooms.trajectories.columns import COLUMNS, Cell, Column, cell_text, cells_of, verdict_told
from rb_studio.gui.rooms.trajectories.list_presenter import Shown
from rb_studio.gui.rooms.trajectories.plain import readable
from rb_studio.gui.theme import Theme
from rb_studio.gui.widgets.tip import plain_tip
from rb_studio.store.rollout_list import ListedRollout

ID = Qt.ItemDataRole.UserRole
GROUP = Qt.ItemDataRole.UserRole + 1
AROUND = 60
MOST_KNOWN = 5_000
RUNS_OF_ROWS = 60
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Group:
    """A header row: its rollouts are `ids[first:first + count]`."""

    value: Any
    name: str
    first: int
    count: int
    folded: bool


class RolloutModel(QAbstractTableModel):
    """Rollouts under the headers of their groups.

    A row is a rollout's id or, for a header, the number its group was given when first seen, below zero.

    Signals
    -------
    wanted
        Rows on screen are not known yet; carries a list of rollout ids.
    """

    wanted = Signal(list)

    def __init__(self, theme: Theme, parent: Any = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._shown: Shown | None = None
        self._rows: list[int] = []
        self._groups: dict[int, Group] = {}
        self._numbers: dict[Any, int] = {}
        self._folded: set[Any] = set()
        self._known: dict[int, ListedRollout] = {}
        self._cells: dict[int, tuple[Cell, ...]] = {}
        self._stale: set[int] = set()
        self._missing: set[int] = set()
        self._short = self._blind = False
        self.columns: tuple[Column, ...] = COLUMNS
        self._asking = QTimer(self)
        self._asking.setSingleShot(True)
        self._asking.setInterval(0)
        self._asking.timeout.connect(self._ask)

    def show(self, shown: Shown) -> None:
        """Show another listing; rows that stay keep their place where they only got company."""
        if self._shown is None or self._shown.group != shown.group:
            self._cells.clear()
        self._shown = shown
        if len(self._known) > MOST_KNOWN:
            self._known.clear()
            self._cells.clear()
        self._stale = set(self._known)
        self._lay_out()

    def put(self, rows: Mapping[int, ListedRollout]) -> None:
        """Rows that were fetched; only those that are others now are drawn again."""
        changed = {one for one, row in rows.items() if self._known.get(one) != row}
        self._known.update(rows)
        self._stale.difference_update(rows)
        for one in changed:
            self._cells.pop(one, None)
        last = len(self.columns) - 1
        for place, row in enumerate(self._rows) if changed else ():
            if row in changed:
                self.dataChanged.emit(self.index(place, 0), self.index(place, last))

    def set_extra(self, extra: Sequence[Column]) -> None:
        """Columns of metadata behind those there always are; what is known of rows is asked for again."""
        first, last = len(COLUMNS), len(self.columns) - 1
        if last >= first:
            self.beginRemoveColumns(QModelIndex(), first, last)
            self.columns = COLUMNS
            self.endRemoveColumns()
        if extra:
            self.beginInsertColumns(QModelIndex(), first, first + len(extra) - 1)
            self.columns = (*COLUMNS, *extra)
            self.endInsertColumns()
        self._cells.clear()
        self._stale = set(self._known)

    @property
    def extra_keys(self) -> tuple[str, ...]:
        return tuple(column.key for column in self.columns[len(COLUMNS) :])

    def set_blind(self, on: bool) -> None:
        """Without names that tell the arm, or with them."""
        self._blind = on
        self._cells.clear()
        self._lay_out()
        if self._rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, len(self.columns) - 1))

    def shorten(self, on: bool) -> None:
        """Titles of columns of icons by their first letter, where there is no room for more."""
        if on != self._short:
            self._short = on
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(self.columns) - 1)

    def fold(self, value: Any, on: bool | None = None) -> None:
        """Fold a group away or open it again."""
        folded = value not in self._folded if on is None else on
        (self._folded.add if folded else self._folded.discard)(value)
        self._lay_out()

    def fold_all(self, on: bool) -> None:
        """Fold every group, or open every one."""
        self._folded = {group.value for group in self._groups.values()} if on else set()
        self._lay_out()

    def row_of(self, rollout_id: int) -> int | None:
        """Where a rollout stands, None where it is not listed or folded away."""
        try:
            return self._rows.index(rollout_id)
        except ValueError:
            return None

    def id_at(self, row: int) -> int | None:
        """The rollout of a row, None for a header."""
        return self._rows[row] if 0 <= row < len(self._rows) and self._rows[row] > 0 else None

    def group_at(self, row: int) -> Group | None:
        """The group a header row is of, None for a rollout."""
        return self._groups.get(-self._rows[row]) if 0 <= row < len(self._rows) else None

    def group_of(self, rollout_id: int) -> Group | None:
        """The group a listed rollout stands in, folded or not."""
        ids = self._shown.listing.ids if self._shown else ()
        if rollout_id not in ids:
            return None
        place = ids.index(rollout_id)
        return next(
            (group for group in self._groups.values() if group.first <= place < group.first + group.count), None
        )

    def known(self, rollout_id: int) -> ListedRollout | None:
        """What is known of a rollout by now."""
        return self._known.get(rollout_id)

    def cell(self, row: int, column: int) -> Cell | None:
        """What is to be drawn of a rollout, None while it is not known; it is asked for then."""
        one = self._rows[row]
        known = self._known.get(one)
        if known is None or one in self._stale:
            self._miss(row)
        if known is None:
            return None
        cells = self._cells.get(one)
        if cells is None:
            cells = self._cells[one] = cells_of(known, by_task=self._by_task, blind=self._blind, columns=self.columns)
        return cells[column]

    def freshen(self, first: int, last: int) -> None:
        """Ask again for the rows between two places: what is on screen may be others now."""
        for row in range(max(0, first), min(last + 1, len(self._rows))):
            if self._rows[row] in self._stale:
                self._miss(row)

    def stop(self) -> None:
        """Ask for nothing any more."""
        self._asking.stop()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008 - Qt's name and default
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008 - Qt's name and default
        return 0 if parent.isValid() else len(self.columns)

    def headerData(  # noqa: N802 - Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self.columns):
            return None
        column = self.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.title[:1] if self._short and column.status is not None else column.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return column.title
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{column.title}: {column.about}" if column.about else column.title
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column.right)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        if row < 0:
            return self._header_data(self._groups[-row], index.column(), role)
        if role == ID:
            return row
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(self.columns[index.column()].right)
        known = self._known.get(row)
        if known is None or row in self._stale:
            self._miss(index.row())
        return None if known is None else self._cell(known, index.column(), role)

    def _header_data(self, group: Group, column: int, role: int) -> Any:
        if role == GROUP:
            return group
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole) and column == 0:
            return f"{group.name} ({group.count:,})"
        return group.name if role == Qt.ItemDataRole.ToolTipRole else None

    def _cell(self, row: ListedRollout, column_number: int, role: int) -> Any:
        column = self.columns[column_number]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return readable(cell_text(column, row, self._by_task, blind=self._blind))
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(self._tip(row, column))
        if role == Qt.ItemDataRole.DecorationRole and column.status is not None:
            status = column.status(row)
            return self._icon(status) if status else None
        return None

    def _tip(self, row: ListedRollout, column: Column) -> str:
        if column.key == "task":
            return f"{readable(row.task_key)}\n{readable(row.task_text[:1000])}".strip()
        return verdict_told(row) if column.key == "verdict" else readable(column.text(row))

    @property
    def _by_task(self) -> bool:
        return self._shown is not None and self._shown.group == "task"

    def _icon(self, status: str) -> Any:
        colours = self._theme.colours
        return icon(status, getattr(colours, status, colours.muted), colours.muted)

    def _miss(self, row: int) -> None:
        """Ask for a row and its neighbourhood, once control is back at the event loop."""
        if self._rows[row] in self._missing:
            return
        for near in self._rows[max(0, row - AROUND // 4) : row + AROUND]:
            if near > 0 and (near not in self._known or near in self._stale):
                self._missing.add(near)
        if not self._asking.isActive():
            self._asking.start()

    def _ask(self) -> None:
        missing, self._missing = list(self._missing), set()
        self._stale.difference_update(missing)
        if missing:
            self.wanted.emit(missing)

    def _lay_out(self) -> None:
        groups, rows = _grouped(self._shown, self._folded, self._numbers)
        if self._blind and self._shown is not None and self._shown.group != "task":
            groups = {number: replace(group, name=f"Group {number}") for number, group in groups.items()}
        added = _only_added(self._rows, rows)
        if added is None or len(added) > RUNS_OF_ROWS:
            self.beginResetModel()
            self._groups, self._rows = groups, rows
            self.endResetModel()
            return
        before, self._groups = self._groups, groups
        for first, last in added:
            self.beginInsertRows(QModelIndex(), first, last)
            self._rows[first:first] = rows[first : last + 1]
            self.endInsertRows()
        for place, row in enumerate(rows) if len(groups) <= RUNS_OF_ROWS else ():
            if row < 0 and groups[-row] != before.get(-row):
                self.dataChanged.emit(self.index(place, 0), self.index(place, len(self.columns) - 1))


def _grouped(shown: Shown | None, folded: set[Any], numbers: dict[Any, int]) -> tuple[dict[int, Group], list[int]]:
    """The groups of a listing by number, and its rows, those of folded groups left out."""
    if shown is None:
        return {}, []
    ids, values = shown.listing.ids, shown.listing.groups
    if not shown.group:
        return {}, list(ids)
    groups: dict[int, Group] = {}
    rows: list[int] = []
    first = 0
    for value, members in groupby(values):
        count = len(tuple(members))
        number = numbers.setdefault(value, len(numbers) + 1)
        groups[number] = Group(value, shown.names.get(value, str(value)), first, count, value in folded)
        rows.append(-number)
        if value not in folded:
            rows += ids[first : first + count]
        first += count
    return groups, rows


def _only_added(old: list[int], new: list[int]) -> list[tuple[int, int]] | None:
    """Where rows came in, first and last of each stretch, in order; None when anything else changed."""
    start = _common_prefix(old, new)
    added: list[tuple[int, int]] = []
    at = start
    for place in range(start, len(new)):
        if at < len(old) and old[at] == new[place]:
            at += 1
        elif added and added[-1][1] == place - 1:
            added[-1] = (added[-1][0], place)
        else:
            added.append((place, place))
    return added if at == len(old) else None


def _common_prefix(old: list[int], new: list[int]) -> int:
    """How many rows at the beginning are the same, found by halves: comparing slices is quick."""
    low, high = 0, min(len(old), len(new))
    while low < high:
        middle = (low + high + 1) // 2
        if old[low:middle] == new[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _alignment(right: bool) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
