"""The columns of the list of rollouts: which, how wide, in what order, and by which of them it is sorted."""

from collections.abc import Mapping, Sequence, Set
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtWidgets import QMenu

from rb_studio.gui.review.blind import tells
from rb_studio.gui.rooms.trajectories.columns import COLUMNS, extra_column
from rb_studio.gui.rooms.trajectories.item_model import RolloutModel
from rb_studio.gui.rooms.trajectories.list_presenter import Shown
from rb_studio.gui.rooms.trajectories.rollout_table import RolloutTable
from rb_studio.records.errors import UsageError
from rb_studio.store.extra_columns import value_sql

WIDTHS = {"task": 26, "index": 5, "verdict": 13, "truth": 9, "steps": 9}


class ListColumns(QObject):
    """Goes with the table.

    Signals
    -------
    sort_changed
        Another order is wanted; carries its name, and whether it is turned round.
    extra_changed
        Other columns of metadata are shown; carries their keys.
    more_wanted
        Columns of metadata are to be chosen.
    """

    sort_changed = Signal(str, bool)
    extra_changed = Signal(list)
    more_wanted = Signal()

    def __init__(self, table: RolloutTable, model: RolloutModel) -> None:
        super().__init__(table)
        self._table, self._model, self._header = table, model, table.horizontalHeader()
        self._blind = False
        self._hidden = set[int]()
        self._set_up()
        self._header.sectionClicked.connect(self._sort)
        self._header.customContextMenuRequested.connect(self._pop_up)

    def set_extra(self, keys: Sequence[str]) -> None:
        """Show columns of metadata by their keys, in place of those shown until now."""
        if tuple(keys) == self._model.extra_keys:
            return
        kept, fill, model = self.kept(), self._table.fill, self._model
        model.set_extra([extra_column(key) for key in keys])
        wide = self._table.fontMetrics().averageCharWidth()
        extra = {one.key: wide * max(9, min(len(one.title) + 4, 26)) for one in model.columns[len(COLUMNS) :]}
        self._arrange(kept["columns"], set(kept["hidden"]), extra | dict(kept["widths"]))
        self._table.fill = fill
        self._table.fill_up()
        self.extra_changed.emit(list(model.extra_keys))

    def show_sort(self, shown: Shown) -> None:
        """By which column the list is sorted, if by one."""
        header = self._header
        column = next((place for place, one in enumerate(self._model.columns) if one.sort == shown.sort), -1)
        sorted_by_column = shown.sort != "order" and column >= 0
        header.setSortIndicatorShown(sorted_by_column)
        if sorted_by_column:
            descending = Qt.SortOrder.DescendingOrder if shown.descending else Qt.SortOrder.AscendingOrder
            header.setSortIndicator(column, descending)

    def set_blind(self, on: bool) -> None:
        """Without columns that tell what is hidden from who judges blind, or with them."""
        fill = self._table.fill
        telling = [place for place, column in enumerate(self._model.columns) if tells(column.key)]
        if on:
            self._hidden |= {place for place in telling if not self._header.isSectionHidden(place)}
        for place in telling if on else self._hidden:
            self._header.setSectionHidden(place, on)
        self._hidden = self._hidden if on else set()
        self._blind = on
        self._table.fill = fill  # a column that comes or goes is no width that somebody gave
        self._table.fill_up()

    def kept(self) -> dict[str, Any]:
        """As plain JSON."""
        header, columns = self._header, self._model.columns
        hidden = [place for place in range(len(columns)) if header.isSectionHidden(place) and place not in self._hidden]
        return {
            "columns": [columns[header.logicalIndex(place)].key for place in range(header.count())],
            "hidden": [columns[place].key for place in hidden],
            "widths": {one.key: header.sectionSize(place) for place, one in enumerate(columns)},
            "extra": list(self._model.extra_keys),
            "fill": self._table.fill,
        }

    def restore(self, kept: Mapping[str, Any]) -> None:
        """Come back to what `kept` gave."""
        self.set_extra(sensible(kept.get("extra")))
        order, widths = kept.get("columns", []), kept.get("widths", {})
        if any(key in order for key in (column.key for column in COLUMNS)):
            self._arrange(order, set(kept.get("hidden", [])), widths if isinstance(widths, Mapping) else {})
        self._table.fill = bool(kept.get("fill", True))

    def open_menu(self) -> None:
        """The menu of columns, for the keyboard."""
        self._pop_up(self._header.rect().bottomLeft())

    def menu(self) -> QMenu:
        """A menu of all columns with check marks."""
        menu = QMenu(self._table)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for place, column in enumerate(self._model.columns):
            action = menu.addAction(f"{column.title} \u2013 {column.about}" if column.about else column.title)
            action.setCheckable(True)
            action.setChecked(not self._header.isSectionHidden(place))
            action.setEnabled(not (self._blind and tells(column.key)))
            action.toggled.connect(partial(self._show_column, place))
        menu.addSeparator()
        menu.addAction("Columns of any metadata\u2026").triggered.connect(self._ask_more)
        return menu

    def _set_up(self) -> None:
        header, wide = self._header, self._table.fontMetrics().averageCharWidth()
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.setSectionsMovable(True)
        header.setSectionsClickable(True)
        header.setHighlightSections(False)
        header.setSortIndicatorShown(False)
        header.setMinimumSectionSize(wide * 4)
        for place, column in enumerate(COLUMNS):
            header.setSectionHidden(place, not column.shown)
            header.resizeSection(place, wide * WIDTHS.get(column.key, 13))
        self._table.fill = True

    def _arrange(self, order: Sequence[str], hidden: Set[str], widths: Mapping[str, Any]) -> None:
        """Columns in an order, those it does not name behind; some hidden, some of a width."""
        header, keys = self._header, [column.key for column in self._model.columns]
        for place, key in enumerate(key for key in order if key in keys):
            header.moveSection(header.visualIndex(keys.index(key)), place)
        for place, key in enumerate(keys):
            header.setSectionHidden(place, key in hidden)
            if int(widths.get(key, 0)) > 0:
                header.resizeSection(place, int(widths[key]))
        if self._blind:
            self._hidden = set()
            self.set_blind(True)

    def _sort(self, column: int) -> None:
        """First ascending, then descending, then in the order they were made."""
        sort = self._model.columns[column].sort
        same = self._header.isSortIndicatorShown() and self._header.sortIndicatorSection() == column
        if same and self._header.sortIndicatorOrder() == Qt.SortOrder.DescendingOrder:
            self.sort_changed.emit("order", False)
        else:
            self.sort_changed.emit(sort, same)

    def _pop_up(self, at: QPoint) -> None:
        self.menu().popup(self._header.mapToGlobal(at))

    def _ask_more(self, _checked: bool = False) -> None:
        self.more_wanted.emit()

    def _show_column(self, place: int, on: bool) -> None:
        self._header.setSectionHidden(place, not on)


def sensible(kept: Any) -> list[str]:
    """Keys of columns of metadata as they were kept; what is damaged is left out."""
    keys = [key for key in kept if isinstance(key, str)] if isinstance(kept, list) else []
    return [key for key in dict.fromkeys(keys) if _is_column(key)]


def _is_column(key: str) -> bool:
    try:
        value_sql(key)
    except UsageError:
        return False
    return True
