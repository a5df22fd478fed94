"""The memories room: find, read, edit and curate the items of a bank."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from rb_studio.gui.commands.registry import Command
from rb_studio.gui.rooms.memories import clipboard, commands, reads
from rb_studio.gui.rooms.memories.acts import Acts
from rb_studio.gui.rooms.memories.asking import Asking
from rb_studio.gui.rooms.memories.drafts import NEW
from rb_studio.gui.rooms.memories.duplicates_presenter import DuplicatesPresenter
from rb_studio.gui.rooms.memories.editing import Editing
from rb_studio.gui.rooms.memories.facet_panel import FacetPanel
from rb_studio.gui.rooms.memories.item_model import ItemModel
from rb_studio.gui.rooms.memories.panes import Panes
from rb_studio.gui.rooms.memories.presenter import LEARNING, TABLES, MemoriesPresenter
from rb_studio.gui.rooms.memories.query_bar import QueryBar
from rb_studio.gui.rooms.memories.side import SidePanel
from rb_studio.gui.rooms.memories.slow import Slow
from rb_studio.gui.rooms.memories.table import ItemTable
from rb_studio.gui.rooms.memories.what_if import Asked
from rb_studio.gui.rooms.memories.what_if_presenter import WhatIfPresenter
from rb_studio.gui.rooms.room import Place, Room
from rb_studio.records.event import Event
from rb_studio.records.memory import ItemState
from rb_studio.store.changes import ChangeRecord
from rb_studio.store.curation import SCOPE

if TYPE_CHECKING:
    from rb_studio.gui.frame import Frame

LEARNING_PAUSE = 700
MOST_MERGED = 20


class MemoriesRoom(Room):
    """Bank and query above; filters, table and the chosen item below."""

    name = "memories"
    title = "Memories"

    def __init__(self, frame: "Frame", parent: QWidget | None = None) -> None:
        super().__init__(frame, parent)
        self.slow = Slow(self)
        self.panes = Panes(frame.theme)
        self.bar: QueryBar = self.panes.bar
        self.filters: FacetPanel = self.panes.filters
        self.table: ItemTable = self.panes.table
        self.model: ItemModel = self.panes.model
        self.side: SidePanel = self.panes.side
        self.presenter = MemoriesPresenter(frame, self.slow, self.panes)
        self.editing = Editing(frame, self.side, self._bank)
        self.acts = Acts(frame, self.slow, self._bank)
        self.asking = Asking(frame, self.acts, self)
        self.what_if = WhatIfPresenter(frame, self.slow, self.side.what_if)
        self.duplicates = DuplicatesPresenter(frame, self.slow, self.side.duplicates)
        self._learning = QTimer(self)
        self._learning.setSingleShot(True)
        self._learning.setInterval(LEARNING_PAUSE)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.panes)
        self.setFocusProxy(self.table)
        self._connect()
        self._started = False

    def commands(self) -> list[Command]:
        """Every function of the room."""
        return commands.room_commands(self)

    def entered(self) -> None:
        """Read on first sight; the table's keys belong to the table."""
        self.panes.adopt_actions(self.frame.registry)
        if not self._started:
            self._started = True
            self.presenter.start()

    def show_place(self, target: dict[str, Any]) -> None:
        """`{"item": id or uid}`, `{"query": text}` or `{"bank": name}`; bank and query go together."""
        if "bank" in target:
            self.presenter.choose_bank_named(str(target["bank"]))
        if "query" in target:
            self.presenter.set_query(str(target["query"]))
        if "item" in target:
            self.presenter.show_item(target["item"])
            self.side.show_tab("item")

    def place_to_keep(self) -> dict[str, Any]:
        """Bank, query, order, item, columns, panes and drafts."""
        return {
            **self.presenter.place(),
            "item": self.table.current_id(),
            "table": self.table.state_to_keep(),
            "tab": self.side.currentIndex(),
            "filters": self.panes.filters_wanted,
            "splitter": self.panes.splitter.sizes(),
            "drafts": self.editing.drafts.to_plain(),
        }

    def restore_place(self, kept: dict[str, Any]) -> None:
        """Come back to what `place_to_keep` gave."""
        item = kept.get("item")
        self.presenter.restore(kept, item if isinstance(item, int) else None)
        table = kept.get("table")
        if isinstance(table, dict):
            self.table.restore_state(table)
            self.panes.scroll_to = table.get("scroll") if isinstance(table.get("scroll"), int) else None
        if isinstance(kept.get("tab"), int):
            self.side.setCurrentIndex(kept["tab"])
        sizes = kept.get("splitter")
        if isinstance(sizes, list) and len(sizes) == self.panes.splitter.count() and sum(sizes):
            self.panes.splitter.setSizes([int(size) for size in sizes])
            self.panes.sized = True
        self.panes.filters_wanted = kept.get("filters") if isinstance(kept.get("filters"), bool) else None
        self.panes.fit()
        self.editing.restore_drafts(kept.get("drafts"))

    def undo_scope(self) -> str:
        """Undo is named after the last act on memories."""
        return SCOPE

    def closing(self) -> None:
        """Let go of threads and timers."""
        self._learning.stop()
        self.table.blockSignals(True)
        self.bar.blockSignals(True)
        self.slow.close()

    # What commands do.

    def writable(self) -> bool:
        return self.frame.session.workspace.writable

    def has_bank(self) -> bool:
        return self.writable() and self._bank() is not None

    def has_items(self) -> bool:
        return bool(self.presenter.ids)

    def can_read(self) -> bool:
        return self.table.selected_count() > 0

    def can_act(self) -> bool:
        return self.writable() and self.can_read()

    def can_merge(self) -> bool:
        return self.writable() and 2 <= self.table.selected_count() <= MOST_MERGED

    def can_save(self) -> bool:
        return self.writable() and self.side.editor.save_button.isEnabled()

    def has_draft(self) -> bool:
        return self.editing.item_id is not None and self.editing.item_id in self.editing.drafts.ids

    def any_draft(self) -> bool:
        return bool(self.editing.drafts.ids - {NEW})

    def targets(self) -> list[int]:
        """What an act is about: the selection; all matching where all rows are selected."""
        if self.table.selected_count() == len(self.model.ids):
            return list(self.presenter.ids)
        return self.table.selected_ids()

    def new_item(self) -> None:
        """Write an item; what was begun is gone on with."""
        self.side.show_tab("item")
        self.editing.new_item()
        self.side.editor.focus_title()

    def save(self) -> None:
        self.side.editor.save()

    def discard(self) -> None:
        if self.editing.item_id is not None:
            self.editing.discard(self.editing.item_id)

    def edit(self) -> None:
        """Type in the chosen item."""
        if self.side.editor.isEnabled():
            self.side.show_tab("item")
            self.side.editor.focus_title()

    def show_drafted(self) -> None:
        ids = sorted(self.editing.drafts.ids - {NEW})
        self.presenter.set_query(f"id:{','.join(map(str, ids))}")

    def set_state(self, state: ItemState) -> None:
        self.acts.set_state(self.targets(), state)

    def ask_tag(self) -> None:
        bank = self._bank()
        if bank is not None:
            self.asking.tag(bank, self.targets())

    def ask_merge(self) -> None:
        self._merge(self.targets())

    def ask_snapshot(self) -> None:
        self.asking.snapshot()

    def ask_roll_back(self) -> None:
        bank = self._bank()
        if bank is not None:
            self.asking.roll_back(bank, self.presenter.bank_name)

    def select_all(self) -> None:
        self.table.selectAll()

    def copy_rows(self) -> None:
        """The selected rows as tab-separated text, whole, whatever is loaded."""
        bank, ids = self._bank(), self.table.selected_ids()
        if bank is not None and ids:
            columns = self.table.shown_columns()
            read = partial(clipboard.as_tsv, bank_id=bank, ids=ids, columns=columns)
            self.frame.session.query("memories.copy", read, partial(self._copied, len(ids)))

    def export(self) -> None:
        """The selection, or with at most one item selected everything that matches."""
        ids = self.targets()
        self.acts.export(ids if len(ids) > 1 else self.presenter.ids)

    def find_duplicates(self) -> None:
        self.side.show_tab("duplicates")
        self.side.duplicates.search()

    def ask_what_if(self) -> None:
        """Type a task; the chosen item's own task is the first proposal."""
        self.side.show_tab("what if")
        panel, detail = self.side.what_if, self.editing.detail
        if not panel.task.toPlainText().strip() and detail is not None:
            panel.set_task(detail.experience.task_text)
        panel.task.setFocus(Qt.FocusReason.ShortcutFocusReason)
        panel.task.selectAll()

    def look_for(self) -> None:
        self.bar.focus_query()

    def clear_query(self) -> None:
        self.presenter.set_query("")
        self.table.setFocus()

    def step(self, by: int) -> None:
        self.table.step(by)

    def show_tab(self, name: str) -> None:
        self.side.show_tab(name)

    def filters_shown(self) -> bool:
        return not self.filters.isHidden()

    def toggle_filters(self) -> None:
        self.panes.toggle_filters()
        self.frame.registry.refresh()

    def next_pane(self) -> None:
        self.panes.next_pane()

    def choose_columns(self) -> None:
        self.table.columns_menu().popup(QCursor.pos())

    def _bank(self) -> int | None:
        return self.presenter.bank

    def _merge(self, ids: Sequence[int]) -> None:
        bank = self._bank()
        if bank is not None and len(ids) >= 2:
            self.asking.merge(bank, ids, self.presenter.show_item)

    def _copied(self, count: int, text: str) -> None:
        QApplication.clipboard().setText(text)
        self.frame.toast(f"Copied {count:,} row{'' if count == 1 else 's'}.")

    def _changed(self, change: ChangeRecord) -> None:
        self.presenter.changed(change)
        if set(change.tables) & TABLES:
            self.editing.refresh()
        if set(change.tables) & (TABLES | {"not_duplicate"}):
            self.duplicates.changed()

    def _events(self, events: Sequence[Event]) -> None:
        """While a run learns: look again soon, not at every event."""
        if {event.kind for event in events} & LEARNING and not self._learning.isActive():
            self._learning.start()

    def _chosen(self, item_id: int | None) -> None:
        writing = self.editing.item_id == NEW and item_id is None
        if not writing:
            self.editing.choose(item_id)

    def _back_to_the_row(self) -> None:
        """A click on the row that is current already leaves the new item for it."""
        if self.editing.item_id != self.table.current_id():
            self.editing.choose(self.table.current_id())

    def _edit_row(self) -> None:
        self._back_to_the_row()
        self.edit()

    def _selected(self, count: int) -> None:
        self.frame.registry.refresh()
        self.table.setAccessibleDescription(f"{count} selected")

    def _drafts_changed(self, ids: frozenset[int]) -> None:
        self.model.mark_drafts(ids - {NEW})
        self.presenter.show_drafts_count(len(ids - {NEW}), new=NEW in ids)
        self.frame.registry.refresh()

    def _saved(self, item_id: int) -> None:
        if self.editing.item_id == NEW:
            self.presenter.show_item(item_id)
        self.frame.registry.refresh()

    def _ask(self, asked: Asked) -> None:
        self.what_if.ask(self._bank(), asked)

    def _find_duplicates(self, least: float) -> None:
        self.duplicates.find(self._bank(), least)

    def _show_experience(self, uid: str) -> None:
        """The items of an experience that a what-if ranked."""
        bank = self._bank()
        if bank is not None:
            read = partial(reads.experience_items, bank_id=bank, uid=uid)
            self.frame.session.query("memories.experience", read, self._show_ids)

    def _show_ids(self, ids: list[int]) -> None:
        self.presenter.set_query(f"id:{','.join(map(str, ids))}")

    def _go(self, place: Place) -> None:
        self.go.emit(place)

    def _connect(self) -> None:
        session, side = self.frame.session, self.side
        session.changed.connect(self._changed)
        session.events.connect(self._events)
        self.panes.bank_shown.connect(self.duplicates.forget)
        self.panes.items_shown.connect(self.frame.registry.refresh)
        self._learning.timeout.connect(self.presenter.look_again)
        self.bar.bank_chosen.connect(self.presenter.choose_bank)
        self.bar.query_typed.connect(self.presenter.set_query)
        self.bar.left.connect(self.table.setFocus)
        self.bar.note_clicked.connect(self.presenter.note_clicked)
        self.filters.toggled.connect(self.presenter.toggle)
        self.table.chosen.connect(self._chosen)
        self.table.selected.connect(self._selected)
        self.table.wanted.connect(self.presenter.fetch)
        self.table.sorted_by.connect(self.presenter.sort)
        self.table.copy_asked.connect(self.copy_rows)
        self.table.clicked.connect(self._back_to_the_row)
        self.table.activated.connect(self._edit_row)
        side.drafts_changed.connect(self._drafts_changed)
        side.item_saved.connect(self._saved)
        side.editor.typed.connect(self.editing.typed)
        side.editor.save_asked.connect(self.editing.save)
        side.editor.discard_asked.connect(self.editing.discard)
        side.editor.tags_asked.connect(self.ask_tag)
        side.editor.savable.connect(self.frame.registry.refresh)
        side.origin.go.connect(self._go)
        side.history.restore_asked.connect(self.editing.restore)
        side.what_if.asked.connect(self._ask)
        side.what_if.items_asked.connect(self._show_experience)
        side.duplicates.find_asked.connect(self._find_duplicates)
        side.duplicates.stop_asked.connect(self.duplicates.stop)
        side.duplicates.item_chosen.connect(self.presenter.show_item)
        side.duplicates.merge_asked.connect(self._merge)
        side.duplicates.apart_asked.connect(self.acts.keep_apart)
