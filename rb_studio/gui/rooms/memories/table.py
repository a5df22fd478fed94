"""The table of items: dense, keyboard first, and it never loses its place."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QItemSelectionRange,
    QModelIndex,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableView, QWidget

from rb_studio.gui.rooms.memories.columns import KEYS, LIKENESS
from rb_studio.gui.rooms.memories.item_model import Index, ItemModel
from rb_studio.gui.rooms.memories.kept_rows import Places, ranges, rows_of, successor
from rb_studio.gui.rooms.memories.table_header import ItemHeader

Flag = QItemSelectionModel.SelectionFlag
AHEAD = 40
TITLE = KEYS.index("title")


class ItemTable(QTableView):
    """Shows ids; asks for the rows it paints.

    Signals
    -------
    chosen
        The current item; carries its id, or None.
    selected
        How many items are selected.
    wanted
        Ids of rows to fetch.
    sorted_by
        A column's key and whether descending.
    copy_asked
        The selection is to go to the clipboard.
    """

    chosen = Signal(object)
    selected = Signal(int)
    wanted = Signal(object)
    sorted_by = Signal(str, bool)
    copy_asked = Signal()

    def __init__(self, model: ItemModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.items = model
        self._restoring = False
        self._told: int | None = None
        self.setModel(model)
        self.setAccessibleName("Memory items")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerItem)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.header = ItemHeader(model, self)
        self.setHorizontalHeader(self.header)
        self.header.set_up()
        self.header.sorted_by.connect(self.sorted_by)
        self._set_up_rows()
        self._fetch = QTimer(self)
        self._fetch.setSingleShot(True)
        self._fetch.setInterval(0)
        self._fetch.timeout.connect(self.ask_for_rows)
        model.missing.connect(self._fetch.start)
        self.selectionModel().selectionChanged.connect(self._selection_changed)
        self.selectionModel().currentRowChanged.connect(self._current_changed)

    def show_ids(self, ids: list[int], likeness: dict[int, float] | None, *, best_first: bool = False) -> None:
        """Show these items; current item, selection and scroll stay with their items.

        Thousands of selected items that are scattered over the new list are let go: acts on them would surprise.

        `best_first` shows the beginning, for the first look at a ranking.
        """
        old = self.items.ids
        current, top = self.current_id(), self.rowAt(0)
        selected = set(self.selected_ids())
        old_row = self.currentIndex().row()
        self._restoring = True
        if self.items.show_ids(ids, likeness):
            place = Places(self.items.ids)
            self._restore_scroll(old, top, place)
            self._restore_selection(successor(old, old_row, current, place), selected, place)
        if best_first:
            self.scrollToTop()
        self._restoring = False
        self.setColumnHidden(LIKENESS, likeness is None)
        self._tell()

    def show_sort(self, order: str, descending: bool) -> None:
        """Mark the column the items are sorted by; none where likeness orders."""
        self.header.show_sort(order, descending)

    def current_id(self) -> int | None:
        """The current item."""
        row = self.currentIndex().row()
        return self.items.ids[row] if 0 <= row < len(self.items.ids) else None

    def selected_ids(self) -> list[int]:
        """The selected items in the table's order."""
        ranges = sorted((part.top(), part.bottom()) for part in self._ranges())
        found: dict[int, None] = {}
        for top, bottom in ranges:
            found.update(dict.fromkeys(self.items.ids[top : bottom + 1]))
        return list(found)

    def choose(self, item_id: int) -> bool:
        """Make an item current and show it; False where it is not among those shown."""
        try:
            row = self.items.ids.index(item_id)
        except ValueError:
            return False
        known = item_id == self._told
        self.setCurrentIndex(self.items.index(row, max(TITLE, self.currentIndex().column())))
        self.scrollTo(self.currentIndex(), QAbstractItemView.ScrollHint.EnsureVisible)
        if known:
            self.chosen.emit(item_id)
        return True

    def begin(self) -> None:
        """Where no item is current the first one becomes it, so that there is something to read."""
        if self.current_id() is None and self.items.ids:
            self.setCurrentIndex(self.items.index(0, TITLE))

    def step(self, by: int) -> None:
        """The next or previous item."""
        row = min(max(self.currentIndex().row() + by, 0), len(self.items.ids) - 1)
        if row >= 0:
            self.setCurrentIndex(self.items.index(row, max(TITLE, self.currentIndex().column())))

    def ask_for_rows(self) -> None:
        """Fetch what is on screen and a little around it."""
        first = max(0, self.rowAt(0))
        last = self.rowAt(self.viewport().height() - 1)
        last = len(self.items.ids) - 1 if last < 0 else last
        lacking = self.items.lacking(first - AHEAD, min(last, first + 400) + AHEAD)
        if lacking:
            self.wanted.emit(lacking)

    def state_to_keep(self) -> dict[str, Any]:
        """Columns and scroll as JSON values."""
        return {**self.header.state_to_keep(), "scroll": self.verticalScrollBar().value()}

    def restore_state(self, kept: dict[str, Any]) -> None:
        """Come back to the columns of `state_to_keep`."""
        self.header.restore_state(kept)

    def shown_columns(self) -> list[str]:
        """Keys of the columns on screen, from left to right."""
        return self.header.shown_columns()

    def columns_menu(self) -> QMenu:
        """Which columns are shown."""
        return self.header.columns_menu()

    def scrollTo(  # noqa: N802 - Qt's name
        self, index: Index, hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible
    ) -> None:
        """Up and down only: going to an item never moves the columns."""
        kept = self.horizontalScrollBar().value()
        super().scrollTo(index, hint)
        self.horizontalScrollBar().setValue(kept)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Ctrl+C copies rows, Esc leaves only the current row selected; letters are commands, never a search."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_asked.emit()
        elif event.key() == Qt.Key.Key_Escape and self.currentIndex().isValid():
            self.selectionModel().select(self.currentIndex(), Flag.ClearAndSelect | Flag.Rows)
        elif (
            event.text().isprintable() and event.text() and not event.modifiers() & Qt.KeyboardModifier.ControlModifier
        ):
            event.ignore()
        else:
            super().keyPressEvent(event)

    def _set_up_rows(self) -> None:
        metrics = self.fontMetrics()
        rows = self.verticalHeader()
        rows.setVisible(False)
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(metrics.height() + max(6, metrics.height() // 2))

    def _restore_scroll(self, old: list[int], top: int, place: Mapping[int, int]) -> None:
        """The first item that was on screen and still is there stands where it stood."""
        if top <= 0:
            self.verticalScrollBar().setValue(0)
            return
        anchor = next((place[item] for item in old[top:] if item in place), len(place))
        self.verticalScrollBar().setValue(anchor)

    def _restore_selection(self, current: int | None, selected: set[int], place: Mapping[int, int]) -> None:
        model = self.selectionModel()
        kept = ranges(self.items, rows_of(selected, self.items.ids, place))
        if not kept and current is not None:
            kept = ranges(self.items, [current])
        if kept:
            model.select(kept, Flag.ClearAndSelect | Flag.Rows)
        if current is not None:
            model.setCurrentIndex(self.items.index(current, TITLE), Flag.NoUpdate)
            if not self._on_screen(current):
                self.scrollTo(self.items.index(current, TITLE))

    def _on_screen(self, row: int) -> bool:
        top = self.verticalScrollBar().value()
        height = max(1, self.verticalHeader().defaultSectionSize())
        return top <= row < top + max(1, self.viewport().height() // height)

    def _selection_changed(self, _selected: QItemSelection, _deselected: QItemSelection) -> None:
        if not self._restoring:
            self._tell()

    def _current_changed(self, _current: QModelIndex, _previous: QModelIndex) -> None:
        if not self._restoring:
            self._tell()

    def _tell(self) -> None:
        current = self.current_id()
        if current != self._told:
            self._told = current
            self.chosen.emit(current)
        self.selected.emit(self.selected_count())

    def _ranges(self) -> list[QItemSelectionRange]:
        selection = self.selectionModel().selection()
        return [selection.at(place) for place in range(selection.size())]

    def selected_count(self) -> int:
        """How many items are selected."""
        return sum(part.height() for part in self._ranges())
