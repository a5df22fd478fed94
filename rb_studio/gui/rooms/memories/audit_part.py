"""Audits the bank on another thread, when asked."""

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from rb_studio.gui.commands.binding import Binding, bind
from rb_studio.gui.commands.registry import Command
from rb_studio.gui.rooms.memories.audit_panel import Audit, AuditPanel, audit_bank
from rb_studio.gui.rooms.memories.offered_item import AUDIT
from rb_studio.gui.rooms.memories.parts import Part, Tab
from rb_studio.gui.rooms.memories.slow import Ticket
from rb_studio.gui.rooms.room import Place

if TYPE_CHECKING:
    from rb_studio.gui.rooms.memories.view import MemoriesRoom

KEY = "audit"


class AuditPart(Part):
    """A tool of the bank."""

    tab: Tab | None = Tab("tools", "audit", "Audit")

    def __init__(self, room: "MemoriesRoom") -> None:
        self._room = room
        self._panel = AuditPanel()

    def widget(self) -> QWidget:
        return self._panel

    def commands(self) -> list[Command]:
        return bind(AUDIT, "memories", {"memory.audit": Binding(self._show)})

    def connect(self, room: "MemoriesRoom") -> None:
        self._panel.asked.connect(self._audit)
        self._panel.item_chosen.connect(room.presenter.show_item)
        self._panel.rollout_asked.connect(self._open)

    def bank_shown(self, bank: int | None) -> None:
        self._room.slow.stop(KEY)
        self._panel.show_nothing()

    def _show(self) -> None:
        self._room.side.show_tab("audit")
        self._audit()
        self._panel.own.setFocus()

    def _audit(self) -> None:
        bank = self._room.bank()
        if bank is None:
            return
        workspace = self._room.frame.session.workspace

        def work(_ticket: Ticket) -> Audit:
            return audit_bank(workspace.reader(), bank)

        self._panel.show_busy()
        self._room.slow.run(KEY, work, self._panel.show_audit, self._panel.show_nothing)

    def _open(self, rollout: str) -> None:
        self._room.go.emit(Place("trajectories", {"rollout": rollout}))
