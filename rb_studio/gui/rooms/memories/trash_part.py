"""The trash among the bank's tools: read while it is in sight."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt

from rb_studio.gui.commands.binding import Binding, bind
from rb_studio.gui.commands.registry import Command
from rb_studio.gui.rooms.memories import offered_trash
from rb_studio.gui.rooms.memories.acts import operate
from rb_studio.gui.rooms.memories.commands import READ_ONLY, WHERE
from rb_studio.gui.rooms.memories.panel import WhenSeen
from rb_studio.gui.rooms.memories.parts import PanelPart, Tab
from rb_studio.gui.rooms.memories.trash_dialog import EmptyTrashDialog
from rb_studio.gui.rooms.memories.trash_panel import TrashPanel
from rb_studio.gui.rooms.memories.trash_reads import Bin, contents
from rb_studio.store import trash
from rb_studio.store.changes import ChangeRecord

KEY = "memories.trash"
TABLES = {"memory_item", "item_state", "item_version", "snapshot", "bank", "run"}
NONE_SELECTED = "Select deleted items in the trash first."


class TrashPart(PanelPart[TrashPanel]):
    """Lists, restores, and empties."""

    tab = Tab("tools", "trash", "Trash")

    def make(self) -> TrashPanel:
        panel = TrashPanel()
        self._seen = WhenSeen(panel, self._room.bank, self._read)
        panel.restore_asked.connect(self.restore)
        panel.list_asked.connect(partial(self._room.show_items, "state:deleted"))
        panel.empty_asked.connect(self.ask_to_empty)
        panel.table.selectionModel().selectionChanged.connect(self._frame.registry.refresh)
        return panel

    def commands(self) -> list[Command]:
        bindings = {
            "memory.trash": Binding(self._show),
            "memory.trash.restore": Binding(self._restore_selected, self._can_restore, NONE_SELECTED),
            "memory.trash.empty": Binding(self.ask_to_empty, self._room.verbs.has_bank, READ_ONLY),
        }
        return bind(offered_trash.OFFERED, WHERE, bindings)

    def changed(self, change: ChangeRecord) -> None:
        if set(change.tables) & TABLES:
            self._seen.outdated()

    def bank_shown(self, bank: int | None) -> None:
        self.panel.show_bin(None, writable=False)
        self._seen.outdated()

    def restore(self, ids: Sequence[int]) -> None:
        """Put deleted items back into the states they had before."""
        self._room.acts.many(ids, lambda db, bank: trash.restore(db, bank, ids), f"before restoring {len(ids):,} items")

    def ask_to_empty(self) -> None:
        """Say what would go, and what stays; asked for anew, as it may be old by now."""
        bank = self._room.bank()
        if bank is not None:
            self._frame.session.query(f"{KEY}.empty", partial(contents, bank_id=bank), partial(self._ask, bank))

    def _ask(self, bank: int, found: Bin) -> None:
        if not found.found.items:
            self._frame.toast("The trash of this bank is empty.")
            return
        if not found.found.erasable:
            self._show()
            self._frame.toast("Nothing can go: every item in the trash is needed, the list says by what.")
            return
        dialog = EmptyTrashDialog(found, self._room.presenter.bank_name, self._room)
        dialog.erase_asked.connect(partial(self._erase, bank))
        dialog.open()

    def _erase(self, bank: int, ids: Sequence[int]) -> None:
        operate(self._frame, lambda db: trash.empty_trash(db, bank, ids), self._erased)

    def _erased(self, change: ChangeRecord) -> None:
        self._frame.toast(f"{change.label}: done, for good.")

    def _restore_selected(self) -> None:
        self.restore(self.panel.selected())

    def _can_restore(self) -> bool:
        return self.slot.filled and self.panel.restore_button.isEnabled()

    def _show(self) -> None:
        self._room.side.show_tab(self.name)
        self.panel.table.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _read(self, bank: int) -> None:
        self._frame.session.query(KEY, partial(contents, bank_id=bank), self._take_in)

    def _take_in(self, found: Bin) -> None:
        self.panel.show_bin(found, writable=self._frame.session.workspace.writable)
        self._frame.registry.refresh()
