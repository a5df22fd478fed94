"""The what-if panel among the bank's tools: its commands, and what it is told."""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from rb_studio.gui.commands.binding import Binding, bind
from rb_studio.gui.commands.registry import Command
from rb_studio.gui.rooms.memories.offered_what_if import WHAT_IF
from rb_studio.gui.rooms.memories.parts import Part
from rb_studio.store.changes import ChangeRecord

if TYPE_CHECKING:
    from rb_studio.gui.rooms.memories.view import MemoriesRoom

NONE_CHOSEN = "Choose a row of the what-if\u2019s ranking first."


class WhatIfPart(Part):
    """Serves the panel that stands among the tools already."""

    name = "what if"

    def __init__(self, room: "MemoriesRoom") -> None:
        self._room = room
        self._panel = room.side.what_if

    def commands(self) -> list[Command]:
        chosen = (self._can_label, NONE_CHOSEN)
        grades = {
            f"memory.whatif.{name}": Binding(partial(self._panel.grade, name), *chosen)
            for name in ("relevant", "partly", "not")
        }
        bindings = {
            "memory.whatif.ask": Binding(self._ask),
            **grades,
            "memory.whatif.leave_out": Binding(self._panel.leave_out, self._chosen, NONE_CHOSEN),
        }
        return bind(WHAT_IF, "memories", bindings)

    def connect(self, room: "MemoriesRoom") -> None:
        self._panel.graded.connect(room.what_if.grade)
        self._panel.items_asked.connect(room.select)
        self._panel.ranked.currentItemChanged.connect(self._refresh)

    def bank_shown(self, bank: int | None) -> None:
        self._room.what_if.bank_shown(bank)

    def changed(self, change: ChangeRecord) -> None:
        if "relevance" in change.tables:
            self._room.what_if.labels_changed()

    def place_to_keep(self) -> dict[str, Any]:
        return self._panel.to_keep()

    def restore_place(self, kept: Mapping[str, Any]) -> None:
        self._panel.restore(kept)

    def _ask(self) -> None:
        self._room.side.show_tab("what if")
        self._panel.ask()

    def _chosen(self) -> bool:
        return bool(self._panel.ranked.chosen_uids())

    def _can_label(self) -> bool:
        return self._chosen() and self._room.frame.session.workspace.writable

    def _refresh(self, *_: object) -> None:
        self._room.frame.registry.refresh()
