"""The table's model: ids of all matching items, rows fetched for what is looked at."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from rb_studio.gui.icons import icon
from rb_studio.gui.rooms.memories import effect_words
from rb_studio.gui.rooms.memories.columns import (
    COLUMNS,
    DASH,
    LIKENESS,
    POLARITY_COLOURS,
    POLARITY_ICONS,
    STATE_COLOURS,
    STATE_ICONS,
)
from rb_studio.gui.theme import Colours
from rb_studio.store.item_filter import Effects
from rb_studio.store.items import ItemRow

MOST_ROWS = 100_000
CACHED = 4000
WAITING = "\u2026"
Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole


class ItemModel(QAbstractTableModel):
    """Rows are asked for by the view and kept for a while; sorting is the store's.

    Signals
    -------
    missing
        Rows that were painted are not here yet.
    """

    missing = Signal()

    def __init__(self, colours: Colours, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._colours = colours
        self._ids: list[int] = []
        self._rows: dict[int, ItemRow] = {}
        self._stale: set[int] = set()
        self._likeness: Mapping[int, float] = {}
        self._drafts: frozenset[int] = frozenset()
        self._effects: Effects | None = None
        self._standing = ""

    @property
    def ids(self) -> list[int]:
        """The ids shown, in order."""
        return self._ids

    def show_ids(self, ids: Sequence[int], likeness: Mapping[int, float] | None = None) -> bool:
        """Show these items; returns whether rows moved, so that selection and scroll have to be restored."""
        wanted = list(ids[:MOST_ROWS])
        self._likeness = likeness or {}
        known = len(self._ids)
        if wanted[:known] == self._ids:
            if len(wanted) > known:
                self.beginInsertRows(QModelIndex(), known, len(wanted) - 1)
                self._ids = wanted
                self.endInsertRows()
            return False
        self.beginResetModel()
        self._ids = wanted
        self.endResetModel()
        return True

    def put_rows(self, rows: Mapping[int, ItemRow]) -> None:
        """Rows that were asked for."""
        if len(self._rows) + len(rows) > CACHED:
            self._rows.clear()
        self._rows.update(rows)
        self._stale.difference_update(rows)
        self._redraw()

    def forget(self, ids: Iterable[int] | None = None) -> None:
        """Rows changed in the store: of these items, or all. They stay on screen until the new ones are here."""
        self._stale.update(self._rows if ids is None else self._rows.keys() & set(ids))
        self._redraw()

    def lacking(self, first: int, last: int) -> list[int]:
        """Ids among these rows that have to be fetched."""
        return [item for item in self._ids[max(0, first) : last + 1] if item not in self._rows or item in self._stale]

    def row_of(self, item_id: int) -> ItemRow | None:
        """An item's row, if it is here."""
        return self._rows.get(item_id)

    def mark_drafts(self, ids: frozenset[int]) -> None:
        """Items with unsaved texts."""
        if ids == self._drafts:
            return
        self._drafts = ids
        self._redraw()

    def put_effects(self, effects: Effects | None, standing: str) -> None:
        """What items did, by uid, and why that is not as of now: columns that tell it say so in their heading."""
        told = bool(standing) != bool(self._standing)
        redraw = effects is not self._effects
        self._effects, self._standing = effects, standing
        if told:
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(COLUMNS) - 1)
        if redraw:
            self._redraw()

    def recolour(self, colours: Colours) -> None:
        """The theme changed."""
        self._colours = colours
        self._redraw()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802 - Qt's signature
        return 0 if parent.isValid() else len(self._ids)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802 - Qt's signature
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> Any:  # noqa: N802
        if orientation is Qt.Orientation.Horizontal and 0 <= section < len(COLUMNS):
            column = COLUMNS[section]
            old = self._standing if column.of_effect is not None else ""
            if role == Role.DisplayRole:
                return f"{column.title} {WAITING}" if old else column.title
            if role == Role.ToolTipRole:
                return "\n".join(part for part in (column.tip, old) if part) or None
            if role == Role.TextAlignmentRole:
                return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        if not index.isValid() or not 0 <= index.row() < len(self._ids):
            return None
        if role == Role.TextAlignmentRole and COLUMNS[index.column()].number:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        item_id = self._ids[index.row()]
        row = self._rows.get(item_id)
        if role == Role.DisplayRole and (row is None or item_id in self._stale):
            self.missing.emit()
        if row is None:
            return WAITING if role == Role.DisplayRole else None
        if role in (Role.DisplayRole, Role.AccessibleTextRole):
            return self._text(row, index.column(), role)
        if role == Role.ToolTipRole:
            return self._tip(row, index.column())
        if role == Role.DecorationRole:
            return self._icon(row, COLUMNS[index.column()].key)
        return None

    def _text(self, row: ItemRow, column: int, role: int) -> str:
        if column == LIKENESS:
            cosine = self._likeness.get(row.id)
            return DASH if cosine is None else f"{cosine:.3f}"
        of_effect = COLUMNS[column].of_effect
        if of_effect is not None:
            return WAITING if self._effects is None else of_effect(self._effects.get(row.uid))
        text = COLUMNS[column].text(row)
        drafted = role == Role.AccessibleTextRole and row.id in self._drafts and COLUMNS[column].key == "title"
        return f"{text}, unsaved draft" if drafted else text

    def _tip(self, row: ItemRow, column: int) -> str | None:
        """Full texts, as plain text."""
        key = COLUMNS[column].key
        if COLUMNS[column].of_effect is not None and self._effects is not None:
            effect = self._effects.get(row.uid)
            return effect_words.said(effect.estimate) if effect else effect_words.NEVER
        if key in ("title", "description"):
            draft = "Unsaved draft\n\n" if row.id in self._drafts else ""
            return f"{draft}{row.title}\n\n{row.description}\n\n{row.content}"[:1500].replace("<", "\u2039")
        return None

    def _icon(self, row: ItemRow, key: str) -> Any:
        names: dict[str, tuple[str | None, str]] = {
            "state": (STATE_ICONS.get(row.state), STATE_COLOURS.get(row.state, "muted")),
            "polarity": (POLARITY_ICONS.get(row.polarity), POLARITY_COLOURS.get(row.polarity, "muted")),
            "title": ("edit" if row.id in self._drafts else None, "mark"),
        }
        name, colour = names.get(key, (None, ""))
        return icon(name, getattr(self._colours, colour), self._colours.border) if name else None

    def _redraw(self) -> None:
        if self._ids:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._ids) - 1, len(COLUMNS) - 1))
