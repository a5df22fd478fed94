"""The memories room: find, read, edit and curate the items of a bank."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QVBoxLayout, QWidget

from rb_studio.gui.commands.registry import Command
from rb_studio.gui.rooms.memories import commands, gathered, offered_review, reads
from rb_studio.gui.rooms.memories.acts import Acts
from rb_studio.gui.rooms.memories.asking import Asking
from rb_studio.gui.rooms.memories.drafting import Drafting
from rb_studio.gui.rooms.memories.drafts import NEW
from rb_studio.gui.rooms.memories.editing import Editing
from rb_studio.gui.rooms.memories.facet_panel import FacetPanel
from rb_studio.gui.rooms.memories.item_model import ItemModel
from rb_studio.gui.rooms.memories.panes import Panes
from rb_studio.gui.rooms.memories.part_set import PartSet
from rb_studio.gui.rooms.memories.pictures import Pictures
from rb_studio.gui.rooms.memories.presenter import LEARNING, TABLES, MemoriesPresenter
from rb_studio.gui.rooms.memories.query_bar import QueryBar
from rb_studio.gui.rooms.memories.side import SidePanel
from rb_studio.gui.rooms.memories.slow import Slow
from rb_studio.gui.rooms.memories.table import ItemTable
from rb_studio.gui.rooms.memories.verbs import Verbs
from rb_studio.gui.rooms.memories.what_if_answers import Answers
from rb_studio.gui.rooms.room import Room
from rb_studio.records.event import Event
from rb_studio.store.changes import ChangeRecord
from rb_studio.store.curation import SCOPE

if TYPE_CHECKING:
    from rb_studio.gui.frame import Frame

LEARNING_PAUSE = 700
OF_MODES = {one.id for one in offered_review.OFFERED}


class MemoriesRoom(Room):
    """Bank and query above; filters, table and the chosen item below."""

    name = "memories"
    title = "Memories"

    def __init__(self, frame: "Frame", parent: QWidget | None = None) -> None:
        super().__init__(frame, parent)
        self.slow = Slow(self)
        self.panes = Panes(frame.theme, self)  # a child from the beginning: whatever moves is styled anew, as a whole
        self.bar: QueryBar = self.panes.bar
        self.filters: FacetPanel = self.panes.filters
        self.table: ItemTable = self.panes.table
        self.model: ItemModel = self.panes.model
        self.side: SidePanel = self.panes.side
        self.presenter = MemoriesPresenter(frame, self.slow, self.panes)
        self.editing = Editing(frame, self.side, self.bank)
        self.acts = Acts(frame, self.bank)
        self.asking = Asking(frame, self.acts, self)
        self.answers = Answers(frame)
        self.verbs = Verbs(self)
        self.drafting = Drafting(self)
        self.parts = PartSet(self)
        self._learning = QTimer(self)
        self._learning.setSingleShot(True)
        self._learning.setInterval(LEARNING_PAUSE)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.panes)
        self.setFocusProxy(self.panes)
        self._connect()
        self.parts.joined()
        self.side.detail_shown.connect(self._detail_shown)
        self._started = False

    def commands(self) -> list[Command]:
        """Every function of the room."""
        own = [*commands.room_commands(self.verbs), *self.parts.commands()]
        return [
            command if command.id in OF_MODES else replace(command, do=partial(self._in_the_list, command.do))
            for command in own
        ]

    def _in_the_list(self, do: Callable[[], None]) -> None:
        """What was not told to take the place of the table wants to see it."""
        self.panes.show_mode(None)
        do()

    def bank(self) -> int | None:
        """The bank that is shown."""
        return self.presenter.bank

    @property
    def pictures(self) -> Pictures:
        """The banks' pictures, which the list is made from; to be asked on other threads only."""
        return self.presenter.pictures

    def selected(self) -> list[int]:
        """Ids of the items an act is about: the selection; all matching where all rows are selected."""
        return self.verbs.targets()

    def select(self, ids: Sequence[int]) -> None:
        """List these items, however many."""
        if len(ids) > gathered.MOST_NAMED:
            self.presenter.list_gathered(ids)
        else:
            self.show_items(f"id:{','.join(map(str, ids))}")

    def show_items(self, query: str) -> None:
        """List what a query finds."""
        self.presenter.set_query(query)

    def entered(self) -> None:
        """Read on first sight; the table's keys belong to the table."""
        self.panes.adopt_actions(self.frame.registry)
        if not self._started:
            self._started = True
            self.side.editor.set_writable(self.frame.session.workspace.writable)
            self.presenter.start()
            self.drafting.restore()

    def show_place(self, target: dict[str, Any]) -> None:
        """`{"item": id or uid}`, `{"query": text}`, `{"bank": name}` or `{"files": [path]}` to import from.

        Bank and query go together.
        """
        self.panes.show_mode(None)
        self.parts.show_place(target)
        if "bank" in target:
            self.presenter.choose_bank_named(str(target["bank"]))
        if "query" in target:
            self.presenter.set_query(str(target["query"]))
        if "item" in target:
            self.presenter.show_item(target["item"])
            self.side.show_tab("item")

    def place_to_keep(self) -> dict[str, Any]:
        """Bank, query, order, item, columns and panes."""
        return {
            **self.presenter.place(),
            "item": self.table.current_id(),
            "table": self.table.state_to_keep(),
            "tab": self.side.current_tab(),
            "parts": self.parts.place_to_keep(),
            "filters": self.panes.filters_wanted,
            "splitter": self.panes.splitter.sizes(),
            "author": self.side.editor.author.text(),
        }

    def restore_place(self, kept: dict[str, Any]) -> None:
        """Come back to what `place_to_keep` gave."""
        item = kept.get("item")
        self.presenter.restore(kept, item if isinstance(item, int) else None)
        table = kept.get("table")
        if isinstance(table, dict):
            self.table.restore_state(table)
            self.panes.scroll_to = table.get("scroll") if isinstance(table.get("scroll"), int) else None
        self.side.show_tab(str(kept.get("tab", "")))
        self.parts.restore_place(kept.get("parts"))
        sizes = kept.get("splitter")
        if isinstance(sizes, list) and len(sizes) == self.panes.splitter.count() and sum(sizes):
            self.panes.splitter.setSizes([int(size) for size in sizes])
            self.panes.sized = True
        self.panes.filters_wanted = kept.get("filters") if isinstance(kept.get("filters"), bool) else None
        self.panes.fit()
        self.side.editor.author.setText(str(kept.get("author", "")))

    def undo_scope(self) -> str:
        """Undo is named after the last act on memories."""
        return SCOPE

    def closing(self) -> None:
        """Let go of threads and timers."""
        self._learning.stop()
        self.drafting.close()
        self.table.blockSignals(True)
        self.bar.blockSignals(True)
        self.parts.closing()
        self.slow.close()

    def _changed(self, change: ChangeRecord) -> None:
        self.presenter.changed(change)
        if change.operation is not None and self.isVisible():
            read = partial(reads.turned, operation=change.operation)
            self.frame.session.query("memories.turned", read, self._say_turned)
        if set(change.tables) & TABLES:
            self.editing.refresh()
        self.parts.changed(change)

    def _detail_shown(self, detail: "reads.Detail | None") -> None:
        self.parts.item_shown(detail)

    def _say_turned(self, label: str) -> None:
        """Undo and Redo say what they did; the message of the act itself would be wrong by now."""
        if label:
            self.frame.toast(f"{label}.")

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
        self.verbs.edit()

    def _selected(self, count: int) -> None:
        self.frame.registry.refresh()
        self.table.setAccessibleDescription(f"{count} selected")
        self.presenter.show_selected(count)

    def _bank_shown(self) -> None:
        self.editing.bank_changed()
        self.parts.bank_shown(self.bank())

    def _saved(self, item_id: int) -> None:
        if self.editing.item_id == NEW:
            self.presenter.show_item(item_id)
        self.frame.registry.refresh()

    def _connect(self) -> None:
        session, side = self.frame.session, self.side
        session.changed.connect(self._changed)
        session.events.connect(self._events)
        self.panes.bank_shown.connect(self._bank_shown)
        self.panes.items_shown.connect(self.frame.registry.refresh)
        self._learning.timeout.connect(self.presenter.look_again)
        self.bar.bank_chosen.connect(self.presenter.choose_bank)
        self.bar.query_typed.connect(self.presenter.set_query)
        self.bar.left.connect(self.table.setFocus)
        self.filters.toggled.connect(self.presenter.toggle)
        self.table.chosen.connect(self._chosen)
        self.table.selected.connect(self._selected)
        self.table.wanted.connect(self.presenter.fetch)
        self.table.sorted_by.connect(self.presenter.sort)
        self.table.copy_asked.connect(self.verbs.copy_rows)
        self.table.clicked.connect(self._back_to_the_row)
        self.table.activated.connect(self._edit_row)
        side.left.connect(self.verbs.to_table)
        side.drafts_changed.connect(self.drafting.changed)
        side.item_saved.connect(self._saved)
        side.editor.typed.connect(self.editing.typed)
        side.editor.save_asked.connect(self.editing.save)
        side.editor.discard_asked.connect(self.editing.discard)
        side.editor.tags_asked.connect(self.verbs.ask_tag)
        side.editor.savable.connect(self.frame.registry.refresh)
