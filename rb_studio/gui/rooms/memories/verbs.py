"""What the room's commands do; whether they can is asked here too."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QMenu

from rb_studio.gui.rooms.memories import clipboard
from rb_studio.gui.rooms.memories.drafts import NEW, NEW_KEY
from rb_studio.records.memory import ItemState

if TYPE_CHECKING:
    from rb_studio.gui.rooms.memories.view import MemoriesRoom

MOST_MERGED = 20


class Verbs:
    """Acts on what the room shows: the selection, the item in the editor, the bank."""

    def __init__(self, room: "MemoriesRoom") -> None:
        self._room = room
        self._frame = room.frame

    def listing(self) -> bool:
        """Whether the table is there to be acted on."""
        return self._room.panes.mode is None

    def writable(self) -> bool:
        return self._frame.session.workspace.writable

    def has_bank(self) -> bool:
        return self.writable() and self._room.presenter.bank is not None

    def has_items(self) -> bool:
        return bool(self._room.presenter.ids)

    def can_read(self) -> bool:
        return self.listing() and self._room.table.selected_count() > 0

    def can_act(self) -> bool:
        return self.writable() and self.can_read()

    def can_merge(self) -> bool:
        return self.writable() and self.listing() and 2 <= self._room.table.selected_count() <= MOST_MERGED

    def can_save(self) -> bool:
        return self.writable() and self.listing() and self._room.side.editor.save_button.isEnabled()

    def has_draft(self) -> bool:
        return self._room.editing.item_id in self._room.editing.drafted

    def any_draft(self) -> bool:
        return len(self._room.editing.drafts) > 0

    def targets(self) -> list[int]:
        """What an act is about: the selection; all matching where all rows are selected."""
        if self._room.table.selected_count() == len(self._room.model.ids):
            return list(self._room.presenter.ids)
        return self._room.table.selected_ids()

    def new_item(self) -> None:
        """Write an item; what was begun is gone on with."""
        self._room.side.show_tab("item")
        self._room.editing.new_item()
        self._room.side.editor.focus_title()

    def save(self) -> None:
        self._room.side.editor.save()

    def discard(self) -> None:
        if self._room.editing.item_id is not None:
            self._room.editing.discard(self._room.editing.item_id)

    def edit(self) -> None:
        """Type in the chosen item."""
        if self._room.side.editor.isEnabled():
            self._room.side.show_tab("item")
            self._room.side.editor.focus_title()

    def show_drafted(self) -> None:
        """The items with drafts: here, else in the bank that has the first, else the new item."""
        drafts = self._room.editing.drafts.all
        bank = self._room.presenter.bank
        banks = [key.bank for key in drafts if key != NEW_KEY]
        if banks and bank not in banks:
            bank = banks[0]
            self._room.presenter.choose_bank(bank)
        ids = sorted(self._room.editing.drafts.ids(bank) - {NEW})
        if ids:
            self._room.presenter.set_query(f"id:{','.join(map(str, ids))}")
        else:
            self.new_item()

    def set_state(self, state: ItemState) -> None:
        bank = self._room.presenter.bank
        if bank is not None:
            self._room.asking.set_state(bank, self.targets(), state)

    def ask_tag(self) -> None:
        bank = self._room.presenter.bank
        if bank is not None:
            self._room.asking.tag(bank, self.targets())

    def ask_merge(self) -> None:
        self.merge(self.targets())

    def merge(self, ids: Sequence[int]) -> None:
        """Ask for the texts of the one item these become."""
        bank = self._room.presenter.bank
        if bank is not None and len(ids) >= 2:
            self._room.asking.merge(bank, ids, self._room.presenter.show_item)

    def select_all(self) -> None:
        self._room.table.selectAll()

    def copy_rows(self) -> None:
        """The selected rows as tab-separated text, whole, whatever is loaded."""
        bank, ids = self._room.presenter.bank, self._room.table.selected_ids()
        if bank is not None and ids:
            columns = self._room.table.shown_columns()
            read = partial(clipboard.as_tsv, bank_id=bank, ids=ids, columns=columns)
            self._frame.session.query("memories.copy", read, partial(self._copied, len(ids)))

    def find_duplicates(self) -> None:
        self._room.side.show_tab("duplicates")
        self._room.side.duplicates.search()
        self._room.side.duplicates.focus_groups()

    def ask_what_if(self) -> None:
        """Type a task; the chosen item's own task is the first proposal."""
        self._room.side.show_tab("what if")
        panel, detail = self._room.side.what_if, self._room.editing.detail
        if not panel.task.toPlainText().strip() and detail is not None:
            panel.set_task(detail.experience.task_text)
        panel.task.setFocus(Qt.FocusReason.ShortcutFocusReason)
        panel.task.selectAll()

    def to_table(self) -> None:
        """From anywhere in the room back to the rows."""
        self._room.table.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def look_for(self) -> None:
        self._room.bar.focus_query()

    def clear_query(self) -> None:
        self._room.presenter.set_query("")
        self._room.table.setFocus()

    def step(self, by: int) -> None:
        self._room.table.step(by)

    def show_tab(self, name: str) -> None:
        self._room.side.show_tab(name)

    def turn_side(self) -> None:
        self._room.side.turn()

    def filters_shown(self) -> bool:
        return not self._room.filters.isHidden()

    def toggle_filters(self) -> None:
        self._room.panes.toggle_filters()
        self._frame.registry.refresh()

    def next_pane(self) -> None:
        self._room.panes.next_pane()

    def choose_columns(self) -> None:
        self._pop_up(self._room.table.columns_menu())

    def choose_order(self) -> None:
        self._pop_up(self._room.table.header.sort_menu())

    def _pop_up(self, menu: QMenu) -> None:
        """Below the header, where the keyboard's eyes are; its first entry can be chosen at once."""
        menu.popup(self._room.table.viewport().mapToGlobal(QPoint(0, 0)))
        menu.setActiveAction(menu.actions()[0])

    def _copied(self, count: int, text: str) -> None:
        QApplication.clipboard().setText(text)
        self._frame.toast(f"Copied {count:,} row{'' if count == 1 else 's'}.")
