"""The left side: filter line, facets, chips, how many are shown, and the rollouts."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from rb_studio.gui.rooms.trajectories.facet_bar import FacetBar
from rb_studio.gui.rooms.trajectories.item_model import RolloutModel
from rb_studio.gui.rooms.trajectories.list_columns import ListColumns
from rb_studio.gui.rooms.trajectories.list_presenter import GROUPS, Chip, Shown
from rb_studio.gui.rooms.trajectories.rollout_table import RolloutTable
from rb_studio.gui.theme import Theme
from rb_studio.gui.widgets.kept_scroll import KeptScroll
from rb_studio.store.rollout_list import ListedRollout, RolloutFilter

TYPING_PAUSE = 250


class ListPanel(QWidget):
    """Signals up, setters down.

    Signals
    -------
    text_changed, in_steps_changed, facet_toggled, dropped, cleared, group_changed, sort_changed
        What the person asked for, for the presenter.
    chosen
        A rollout was chosen; carries its id.
    wanted
        Rows on screen are to be fetched; carries a list of ids.
    extra_changed
        Other columns of metadata are shown; carries their keys.
    more_columns
        Columns of metadata are to be chosen.
    views_asked
        The menu of saved views is wanted.
    """

    text_changed = Signal(str)
    in_steps_changed = Signal(bool)
    facet_toggled = Signal(str, str)
    dropped = Signal(str)
    cleared = Signal()
    group_changed = Signal(str)
    sort_changed = Signal(str, bool)
    chosen = Signal(int)
    wanted = Signal(list)
    extra_changed = Signal(list)
    more_columns = Signal()
    views_asked = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._filter = RolloutFilter()
        self._open: int | None = None
        self._reveal = False
        self.model = RolloutModel(theme, self)
        self.table = RolloutTable(self.model, theme)
        self.columns = ListColumns(self.table, self.model)
        self.kept_scroll = KeptScroll(self.table)
        self.facets = FacetBar()
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(TYPING_PAUSE)
        self._build()
        self._connect()
        self.redraw()

    def _build(self) -> None:
        self.line = QLineEdit(placeholderText="Filter rollouts")
        self.line.setAccessibleName("Filter rollouts")
        self.line.setToolTip("Words that have to occur: task, template, site, model, answer (Ctrl+F)")
        self.line.setClearButtonEnabled(True)
        self._in_steps_button = QCheckBox("in steps")
        self._in_steps_button.setToolTip("Search in thoughts and actions too")
        self._in_steps_button.setAccessibleName("Search in thoughts and actions too")
        self._count = QLabel()
        self._count.setAccessibleName("Rollouts shown")
        self._clear = QToolButton()
        self._clear.setText("Clear")
        self._clear.setToolTip("Show every rollout")
        self._clear.setAccessibleName("Clear the filter")
        self.group = QComboBox()
        self.group.setAccessibleName("Group rollouts by")
        for key, title in GROUPS.items():
            self.group.addItem(f"By {title.lower()}" if key else title, key)
        self.views = QToolButton()
        self.views.setText("Views")
        self.views.setToolTip("Saved views: filter, groups, order and columns under a name (Q)")
        self.views.setAccessibleName("Saved views")
        self._chips = QVBoxLayout()
        top = QHBoxLayout()
        top.addWidget(self.line, 1)
        top.addWidget(self._in_steps_button)
        state = QHBoxLayout()
        state.addWidget(self._count, 1)
        state.addWidget(self._clear)
        state.addWidget(self.group)
        state.addWidget(self.views)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 3, 0)
        layout.setSpacing(4)
        for part in (top, self.facets, self._chips, state):
            layout.addWidget(part) if isinstance(part, QWidget) else layout.addLayout(part)
        layout.addWidget(self.table, 1)

    def _connect(self) -> None:
        self.line.textChanged.connect(self._typed)
        self.line.returnPressed.connect(self._to_table)
        self._typing.timeout.connect(self._tell_text)
        self._in_steps_button.toggled.connect(self.in_steps_changed)
        self.facets.toggled.connect(self.facet_toggled)
        self.facets.lifted.connect(self.dropped)
        self._clear.clicked.connect(self.cleared)
        self.group.activated.connect(self._group_chosen)
        self.views.clicked.connect(self._ask_views)
        self.model.wanted.connect(self.wanted)
        self.table.chosen.connect(self.chosen)
        self.table.folded.connect(self._fold)
        self.columns.sort_changed.connect(self.sort_changed)
        self.columns.extra_changed.connect(self.extra_changed)
        self.columns.more_wanted.connect(self.more_columns)

    def show_listing(self, shown: Shown, *, to_open: bool = False) -> None:
        """Another listing: what is on screen stays where it is, unless the open rollout is to be seen."""
        anchor = self.table.anchor()
        self.table.quiet = True
        self.model.show(shown)
        self.table.quiet = False
        self.table.return_to(anchor)
        self.model.freshen(*self.table.on_screen())
        if shown.listing.ids:
            self.kept_scroll.filled()
        self.mark_open(self._open, scroll=to_open)
        self.facets.show_facets(self._filter, shown.listing.counts)
        listing = shown.listing
        cut = f", the first {len(listing.ids):,} listed" if listing.matching > len(listing.ids) else ""
        self._count.setText(f"{listing.matching:,} of {listing.total:,}{cut}")
        self.columns.show_sort(shown)
        place = self.group.findData(shown.group)
        self.group.setCurrentIndex(place)

    def show_rows(self, rows: Mapping[int, ListedRollout]) -> None:
        """Rows that were fetched."""
        self.model.put(rows)

    def show_filter(self, chosen: RolloutFilter, chips: Sequence[Chip]) -> None:
        """The filter as it stands, chips for what no other control shows."""
        self._filter = chosen
        if not self._typing.isActive() and self.line.text().split() != chosen.text.split():
            self.line.blockSignals(True)
            self.line.setText(chosen.text)
            self.line.blockSignals(False)
        self._in_steps_button.blockSignals(True)
        self._in_steps_button.setChecked(chosen.in_steps)
        self._in_steps_button.blockSignals(False)
        self._clear.setVisible(not chosen.empty)
        while self._chips.count():
            item = self._chips.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for chip in chips:
            button = QToolButton()
            button.setText(f"{chip.text} \u2013 clear")
            button.setCheckable(True)
            button.setChecked(True)
            button.setAccessibleName(f"{chip.text}: clear")
            button.setToolTip("Lift this restriction")
            button.clicked.connect(partial(self._drop, chip.what))
            self._chips.addWidget(button)

    def reveal_open(self) -> None:
        """Scroll to the open rollout, as soon as it is listed and the list is on screen."""
        self._reveal = True
        self.kept_scroll.forget()

    def mark_open(self, rollout_id: int | None, *, scroll: bool = False) -> None:
        """Show which rollout is open; it is current in the list where it is listed.

        A wish to scroll to it waits until it is listed, for the list may be read after the rollout.
        """
        if rollout_id != self._open:
            self._open = rollout_id
            self.table.rows.open_id = rollout_id
            self.table.viewport().update()
        row = self.model.row_of(rollout_id) if rollout_id is not None else None
        if rollout_id is not None:
            scroll = scroll or self._reveal
            seen = row is not None or self.model.group_of(rollout_id) is not None
            self._reveal = scroll and not (seen and self.table.isVisible())
        if row is not None and len(self.table.selectionModel().selectedRows()) <= 1:
            if self.table.currentIndex().row() != row:
                self.table.make_current(row, scroll=scroll)
            elif scroll:
                self.table.reveal(row)
        elif row is not None and scroll:
            self.table.reveal(row)
        elif rollout_id is not None and row is None:
            self.table.quiet = True
            self.table.clearSelection()
            self.table.quiet = False

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """What was opened while the list was away is to be seen in it."""
        super().showEvent(event)
        if self._reveal:
            QTimer.singleShot(0, self._show_open)

    def _show_open(self) -> None:
        self.mark_open(self._open)

    def redraw(self) -> None:
        """Icons in other colours."""
        self.table.viewport().update()

    def focus_filter(self) -> None:
        """To the filter line."""
        self.line.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.line.selectAll()

    def set_blind(self, on: bool) -> None:
        """Without columns, facets and names of groups that tell what is hidden from who judges blind, or with them."""
        self.facets.set_blind(on)
        self.model.set_blind(on)
        self.columns.set_blind(on)

    def kept(self) -> dict[str, Any]:
        """Columns and scroll as plain JSON."""
        return {**self.columns.kept(), "top": self.kept_scroll.value()}

    def restore(self, kept: Mapping[str, Any]) -> None:
        """Columns and scroll as they were."""
        self.columns.restore(kept)
        self.kept_scroll.want(kept.get("top"))

    def _typed(self) -> None:
        self._typing.start()

    def _tell_text(self) -> None:
        self.text_changed.emit(self.line.text())

    def _to_table(self) -> None:
        """Enter in the filter line: apply it and go on in the list."""
        self._typing.stop()
        self._tell_text()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _drop(self, what: str, _checked: bool = False) -> None:
        self.dropped.emit(what)

    def _fold(self, row: int) -> None:
        group = self.model.group_at(row)
        if group is not None:
            self.table.quiet = True
            self.model.fold(group.value)
            self.table.quiet = False
            self.table.make_current(row, scroll=False)

    def _group_chosen(self, place: int) -> None:
        self.group_changed.emit(self.group.itemData(place))

    def fold_all(self, on: bool) -> None:
        """Fold all groups away, or open them."""
        self.table.quiet = True
        self.model.fold_all(on)
        self.table.quiet = False
        self.mark_open(self._open)

    def _ask_views(self, _checked: bool = False) -> None:
        self.views_asked.emit()

    def stop(self) -> None:
        """No clock runs any more."""
        self._typing.stop()
        self.model.stop()
