"""The what-if panel among the bank's tools: its commands, and what it is told."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from rb_studio.gui.commands.binding import Binding, bind
from rb_studio.gui.commands.registry import Command
from rb_studio.gui.rooms.memories.offered_what_if import WHAT_IF
from rb_studio.gui.rooms.memories.parts import PanelPart, Tab
from rb_studio.gui.rooms.memories.what_if import WhatIfPanel
from rb_studio.gui.rooms.memories.what_if_presenter import WhatIfPresenter
from rb_studio.jobs.what_if import Question
from rb_studio.store.changes import ChangeRecord

NONE_CHOSEN = "Choose a row of the what-if\u2019s ranking first."


class WhatIfPart(PanelPart[WhatIfPanel]):
    """Asks on another thread for what the panel asks."""

    tab = Tab("tools", "what if", "What if")

    def make(self) -> WhatIfPanel:
        room, panel = self._room, WhatIfPanel(self._frame.theme)
        self.presenter = WhatIfPresenter(room.frame, room.slow, panel, room.answers)
        panel.asked.connect(self._retrieve)
        panel.stop_asked.connect(self.presenter.stop)
        panel.graded.connect(self.presenter.grade)
        panel.items_asked.connect(room.select)
        panel.ranked.currentItemChanged.connect(self._refresh)
        return panel

    def commands(self) -> list[Command]:
        chosen = (self._can_label, NONE_CHOSEN)
        grades = {
            f"memory.whatif.{name}": Binding(partial(self._grade, name), *chosen)
            for name in ("relevant", "partly", "not")
        }
        bindings = {
            "memory.whatif.ask": Binding(self._ask),
            **grades,
            "memory.whatif.leave_out": Binding(self._leave_out, self._chosen, NONE_CHOSEN),
        }
        return bind(WHAT_IF, "memories", bindings)

    def bank_shown(self, bank: int | None) -> None:
        self.presenter.bank_shown(bank)

    def changed(self, change: ChangeRecord) -> None:
        if "relevance" in change.tables:
            self.presenter.labels_changed()

    def place_to_keep(self) -> dict[str, Any]:
        return self.panel.to_keep()

    def restore_place(self, kept: Mapping[str, Any]) -> None:
        self.panel.restore(kept)

    def _ask(self) -> None:
        self._room.side.show_tab("what if")
        self.panel.ask()

    def _retrieve(self, question: Question) -> None:
        self.presenter.ask(self._room.bank(), question)

    def _grade(self, name: str) -> None:
        self.panel.grade(name)

    def _leave_out(self) -> None:
        self.panel.leave_out()

    def _chosen(self) -> bool:
        return self.slot.filled and bool(self.panel.ranked.chosen_uids())

    def _can_label(self) -> bool:
        return self._chosen() and self._frame.session.workspace.writable

    def _refresh(self, *_: object) -> None:
        self._frame.registry.refresh()
