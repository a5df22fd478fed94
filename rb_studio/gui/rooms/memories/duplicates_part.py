"""Duplicates among the bank's tools: commands, and what the panel asks for."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from rb_studio.gui.commands.binding import Binding, bind
from rb_studio.gui.commands.registry import Command
from rb_studio.gui.rooms.memories.offered_duplicates import OFFERED
from rb_studio.gui.rooms.memories.parts import Part
from rb_studio.store.changes import ChangeRecord

if TYPE_CHECKING:
    from rb_studio.gui.rooms.memories.view import MemoriesRoom

NO_PAIR = "Show the pairs that are kept apart and choose one."
NONE_CHOSEN = "Find duplicates, choose a group, and leave at least two of it checked."


class DuplicatesPart(Part):
    """Serves the panel that stands among the tools already."""

    def __init__(self, room: "MemoriesRoom") -> None:
        self._room = room
        self._panel = room.side.duplicates

    def commands(self) -> list[Command]:
        chosen = (self._can_act, NONE_CHOSEN)
        bindings = {
            "memory.duplicates.merge": Binding(self._panel.merge, *chosen),
            "memory.duplicates.apart": Binding(self._panel.keep_apart, *chosen),
            "memory.duplicates.kept": Binding(self._show_kept),
            "memory.duplicates.forget": Binding(self._panel.forget, self._can_forget, NO_PAIR),
        }
        return bind(OFFERED, "memories", bindings)

    def connect(self, room: "MemoriesRoom") -> None:
        self._panel.merge_asked.connect(self._merge)
        self._panel.forget_asked.connect(room.acts.keep_apart_no_longer)
        self._panel.kept_turned.connect(self._refresh)
        self._panel.items_asked.connect(room.select)
        self._panel.seen.connect(room.duplicates.look)
        self._panel.tree.currentItemChanged.connect(self._refresh)
        self._panel.tree.itemChanged.connect(self._refresh)

    def bank_shown(self, bank: int | None) -> None:
        if self._panel.isVisible():
            self._room.duplicates.read_kept()

    def changed(self, change: ChangeRecord) -> None:
        if "not_duplicate" in change.tables and self._panel.isVisible():
            self._room.duplicates.read_kept()

    def _can_act(self) -> bool:
        return self._room.frame.session.workspace.writable and self._panel.can_merge()

    def _can_forget(self) -> bool:
        return self._room.frame.session.workspace.writable and self._panel.can_forget()

    def _merge(self, ids: Sequence[int], apart: Sequence[int], suggested: int) -> None:
        bank = self._room.bank()
        if bank is not None:
            show = self._room.presenter.show_item
            self._room.asking.merge(bank, ids, show, apart=apart, suggested=suggested)

    def _show_kept(self) -> None:
        self._room.side.show_tab("duplicates")
        self._panel.kept_button.setChecked(True)
        self._panel.kept.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _refresh(self, *_: object) -> None:
        self._room.frame.registry.refresh()
