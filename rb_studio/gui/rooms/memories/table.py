"""The table of items: dense, keyboard first, and it never loses its place."""

from typing import Any

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QItemSelectionRange,
    QModelIndex,
    QPoint,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableView, QWidget

from rb_studio.gui.rooms.memories.columns import COLUMNS, KEYS, LIKENESS
from rb_studio.gui.rooms.memories.item_model import Index, ItemModel

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
        self._set_up_headers()
        self._fetch = QTimer(self)
        self._fetch.setSingleShot(True)
        self._fetch.setInterval(0)
        self._fetch.timeout.connect(self.ask_for_rows)
        model.missing.connect(self._fetch.start)
        self.selectionModel().selectionChanged.connect(self._selection_changed)
        self.selectionModel().currentRowChanged.connect(self._current_changed)

    def show_ids(self, ids: list[int], likeness: dict[int, float] | None, *, best_first: bool = False) -> None:
        """Show these items; current item, selection and scroll stay with their items.

        `best_first` shows the beginning, for the first look at a ranking.
        """
        old = self.items.ids
        current, top = self.current_id(), self.rowAt(0)
        selected = set(self.selected_ids())
        old_row = self.currentIndex().row()
        self._restoring = True
        if self.items.show_ids(ids, likeness):
            place = {item: row for row, item in enumerate(self.items.ids)}
            self._restore_scroll(old, top, place)
            self._restore_selection(_successor(old, old_row, current, place), selected, place)
        if best_first:
            self.scrollToTop()
        self._restoring = False
        self.setColumnHidden(LIKENESS, likeness is None)
        self._tell()

    def show_sort(self, order: str, descending: bool) -> None:
        """Mark the column the items are sorted by; none where likeness orders."""
        header = self.horizontalHeader()
        header.blockSignals(True)
        direction = Qt.SortOrder.DescendingOrder if descending else Qt.SortOrder.AscendingOrder
        header.setSortIndicator(KEYS.index(order) if order in KEYS else -1, direction)
        header.blockSignals(False)

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
        header = self.horizontalHeader()
        return {
            "hidden": [column.key for place, column in enumerate(COLUMNS) if header.isSectionHidden(place)],
            "widths": {column.key: header.sectionSize(place) for place, column in enumerate(COLUMNS)},
            "scroll": self.verticalScrollBar().value(),
        }

    def restore_state(self, kept: dict[str, Any]) -> None:
        """Come back to what `state_to_keep` gave."""
        hidden, widths = kept.get("hidden"), kept.get("widths")
        for place, column in enumerate(COLUMNS):
            if isinstance(hidden, list) and place != LIKENESS:
                self.setColumnHidden(place, column.key in hidden)
            width = widths.get(column.key) if isinstance(widths, dict) else None
            if isinstance(width, int) and width > 0:
                self.setColumnWidth(place, width)

    def scrollTo(  # noqa: N802 - Qt's name
        self, index: Index, hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible
    ) -> None:
        """Up and down only: going to an item never moves the columns."""
        kept = self.horizontalScrollBar().value()
        super().scrollTo(index, hint)
        self.horizontalScrollBar().setValue(kept)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Ctrl+C copies rows; letters are commands, never a search."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_asked.emit()
        elif (
            event.text().isprintable() and event.text() and not event.modifiers() & Qt.KeyboardModifier.ControlModifier
        ):
            event.ignore()
        else:
            super().keyPressEvent(event)

    def _set_up_headers(self) -> None:
        metrics = self.fontMetrics()
        rows = self.verticalHeader()
        rows.setVisible(False)
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(metrics.height() + max(6, metrics.height() // 2))
        header = self.horizontalHeader()
        # Asked about the table's own selection, a header looks at every row of every column each time it is painted.
        header.setSelectionModel(QItemSelectionModel(self.items, self))
        header.setSectionsMovable(True)
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSortIndicatorShown(True)
        header.setSectionsClickable(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        header.sortIndicatorChanged.connect(self._sort_changed)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._choose_columns)
        for place, column in enumerate(COLUMNS):
            self.setColumnWidth(place, metrics.averageCharWidth() * (column.width + 3))
            self.setColumnHidden(place, not column.shown)

    def _sort_changed(self, section: int, direction: Qt.SortOrder) -> None:
        if 0 <= section < len(KEYS) and section != LIKENESS:
            self.sorted_by.emit(KEYS[section], direction == Qt.SortOrder.DescendingOrder)

    def _choose_columns(self, where: QPoint) -> None:
        self.columns_menu().popup(self.horizontalHeader().mapToGlobal(where))

    def shown_columns(self) -> list[str]:
        """Keys of the columns on screen, from left to right."""
        header = self.horizontalHeader()
        order = [header.logicalIndex(place) for place in range(len(COLUMNS))]
        return [KEYS[place] for place in order if not header.isSectionHidden(place) and place != LIKENESS]

    def columns_menu(self) -> QMenu:
        """Which columns are shown."""
        menu = QMenu("Columns", self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for place, column in enumerate(COLUMNS):
            if column.key not in ("title", "likeness"):
                action = QAction(column.title, menu, checkable=True, checked=not self.isColumnHidden(place))
                action.setData(place)
                menu.addAction(action)
        menu.triggered.connect(self._toggle_column)
        return menu

    def _toggle_column(self, action: QAction) -> None:
        self.setColumnHidden(action.data(), not action.isChecked())

    def _restore_scroll(self, old: list[int], top: int, place: dict[int, int]) -> None:
        """The first item that was on screen and still is there stands where it stood."""
        if top <= 0:
            self.verticalScrollBar().setValue(0)
            return
        anchor = next((place[item] for item in old[top:] if item in place), len(place))
        self.verticalScrollBar().setValue(anchor)

    def _restore_selection(self, current: int | None, selected: set[int], place: dict[int, int]) -> None:
        model = self.selectionModel()
        rows = sorted(place[item] for item in selected if item in place)
        if not rows and current is not None:
            rows = [current]
        if rows:
            model.select(_ranges(self.items, rows), Flag.ClearAndSelect | Flag.Rows)
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


def _successor(old: list[int], old_row: int, current: int | None, place: dict[int, int]) -> int | None:
    """The row of the current item, else of the next one that is left, else of the one before."""
    if current is None:
        return None
    if current in place:
        return place[current]
    after = (place[item] for item in old[old_row + 1 :] if item in place)
    before = (place[item] for item in reversed(old[:old_row]) if item in place)
    found = next(after, None)
    return next(before, None) if found is None else found


def _ranges(model: ItemModel, rows: list[int]) -> QItemSelection:
    """Rows (ascending) as few ranges."""
    selection = QItemSelection()
    start = rows[0]
    for row, following in zip(rows, [*rows[1:], -1], strict=True):
        if following != row + 1:
            selection.select(model.index(start, 0), model.index(row, len(COLUMNS) - 1))
            start = following
    return selection
