"""Audits the bank on another thread, when asked."""

from rb_studio.gui.commands.binding import Binding, bind
from rb_studio.gui.commands.registry import Command
from rb_studio.gui.rooms.memories.audit_panel import Audit, AuditPanel, audit_bank
from rb_studio.gui.rooms.memories.offered_item import AUDIT
from rb_studio.gui.rooms.memories.parts import PanelPart, Tab
from rb_studio.gui.rooms.memories.slow import Ticket
from rb_studio.gui.rooms.room import Place

KEY = "audit"


class AuditPart(PanelPart[AuditPanel]):
    """A tool of the bank."""

    tab = Tab("tools", "audit", "Audit")

    def make(self) -> AuditPanel:
        panel = AuditPanel()
        panel.asked.connect(self._audit)
        panel.item_chosen.connect(self._room.presenter.show_item)
        panel.rollout_asked.connect(self._open)
        return panel

    def commands(self) -> list[Command]:
        return bind(AUDIT, "memories", {"memory.audit": Binding(self._show)})

    def bank_shown(self, bank: int | None) -> None:
        self._room.slow.stop(KEY)
        self.panel.show_nothing()

    def _show(self) -> None:
        self._room.side.show_tab("audit")
        self._audit()
        self.panel.own.setFocus()

    def _audit(self) -> None:
        bank = self._room.bank()
        if bank is None:
            return
        workspace = self._frame.session.workspace

        def work(_ticket: Ticket) -> Audit:
            return audit_bank(workspace.reader(), bank)

        self.panel.show_busy()
        self._room.slow.run(KEY, work, self.panel.show_audit, self.panel.show_nothing)

    def _open(self, rollout: str) -> None:
        self._room.go.emit(Place("trajectories", {"rollout": rollout}))
