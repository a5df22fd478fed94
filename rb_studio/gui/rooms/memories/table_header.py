"""The table's header: sorting, and which columns are shown how wide."""

from typing import Any

from PySide6.QtCore import QItemSelectionModel, QPoint, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHeaderView, QMenu, QWidget

from rb_studio.gui.rooms.memories.columns import COLUMNS, KEYS, LIKENESS
from rb_studio.gui.rooms.memories.item_model import ItemModel


class ItemHeader(QHeaderView):
    """Columns can be sorted by, moved, resized and chosen.

    Signals
    -------
    sorted_by
        A column's key and whether descending.
    columns_changed
        Other columns are shown.
    """

    sorted_by = Signal(str, bool)
    columns_changed = Signal()

    def __init__(self, model: ItemModel, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._items = model
        self._shown_sort = "", False

    def set_up(self) -> None:
        """Once it belongs to its table."""
        # Asked about the table's own selection, a header looks at every row of every column each time it is painted.
        self.setSelectionModel(QItemSelectionModel(self._items, self))
        self.setSectionsMovable(True)
        self.setHighlightSections(False)
        self.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.setSortIndicatorShown(True)
        self.setSectionsClickable(True)
        self.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.sortIndicatorChanged.connect(self._sort_changed)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._choose_columns)
        for place, column in enumerate(COLUMNS):
            self.resizeSection(place, self.fontMetrics().averageCharWidth() * (column.width + 3))
            self.setSectionHidden(place, not column.shown)

    def show_sort(self, order: str, descending: bool) -> None:
        """Mark the column the items are sorted by; none where likeness orders."""
        self.blockSignals(True)
        direction = Qt.SortOrder.DescendingOrder if descending else Qt.SortOrder.AscendingOrder
        self.setSortIndicator(KEYS.index(order) if order in KEYS else -1, direction)
        self.blockSignals(False)
        self._shown_sort = order, descending

    def reveal(self, *keys: str) -> None:
        """Show these columns too."""
        for key in keys:
            self.setSectionHidden(KEYS.index(key), False)
        self.columns_changed.emit()

    def state_to_keep(self) -> dict[str, Any]:
        """Which columns are shown and how wide, as JSON values."""
        return {
            "order": [KEYS[self.logicalIndex(place)] for place in range(len(COLUMNS))],
            "hidden": [column.key for place, column in enumerate(COLUMNS) if self.isSectionHidden(place)],
            "widths": {
                column.key: self.sectionSize(place)
                for place, column in enumerate(COLUMNS)
                if not self.isSectionHidden(place)
            },
        }

    def restore_state(self, kept: dict[str, Any]) -> None:
        """Come back to what `state_to_keep` gave."""
        hidden, widths, order = kept.get("hidden"), kept.get("widths"), kept.get("order")
        if isinstance(order, list) and sorted(map(str, order)) == sorted(KEYS):
            for place, key in enumerate(order):
                self.moveSection(self.visualIndex(KEYS.index(key)), place)
        for place, column in enumerate(COLUMNS):
            if isinstance(hidden, list) and place != LIKENESS:
                self.setSectionHidden(place, column.key in hidden)
            width = widths.get(column.key) if isinstance(widths, dict) else None
            if isinstance(width, int) and width > 0:
                self.resizeSection(place, width)

    def shown_columns(self) -> list[str]:
        """Keys of the columns on screen, from left to right."""
        order = [self.logicalIndex(place) for place in range(len(COLUMNS))]
        return [KEYS[place] for place in order if not self.isSectionHidden(place) and place != LIKENESS]

    def columns_menu(self) -> QMenu:
        """Which columns are shown."""
        menu = QMenu("Columns", self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for place, column in enumerate(COLUMNS):
            if column.key not in ("title", "likeness"):
                action = QAction(column.title, menu, checkable=True, checked=not self.isSectionHidden(place))
                action.setData(place)
                menu.addAction(action)
        menu.triggered.connect(self._toggle_column)
        return menu

    def sort_menu(self) -> QMenu:
        """What to sort by; the column that sorts already turns round."""
        menu = QMenu("Sort by", self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        present = self.sortIndicatorSection()
        for place, column in enumerate(COLUMNS):
            if place != LIKENESS and not column.label:
                arrow = "\u2193" if self._descends() else "\u2191"
                action = QAction(f"{column.title}  {arrow}" if place == present else column.title, menu)
                action.setCheckable(True)
                action.setChecked(place == present)
                action.setData(place)
                menu.addAction(action)
        menu.triggered.connect(self._sort_by)
        return menu

    def _descends(self) -> bool:
        return self.sortIndicatorOrder() == Qt.SortOrder.DescendingOrder

    def _sort_by(self, action: QAction) -> None:
        turned = action.data() == self.sortIndicatorSection() and not self._descends()
        self.setSortIndicator(action.data(), Qt.SortOrder.DescendingOrder if turned else Qt.SortOrder.AscendingOrder)

    def _sort_changed(self, section: int, direction: Qt.SortOrder) -> None:
        if 0 <= section < len(KEYS) and COLUMNS[section].label:
            self.show_sort(*self._shown_sort)
        elif 0 <= section < len(KEYS) and section != LIKENESS:
            self.sorted_by.emit(KEYS[section], direction == Qt.SortOrder.DescendingOrder)

    def _choose_columns(self, where: QPoint) -> None:
        self.columns_menu().popup(self.mapToGlobal(where))

    def _toggle_column(self, action: QAction) -> None:
        self.setSectionHidden(action.data(), not action.isChecked())
        self.columns_changed.emit()
