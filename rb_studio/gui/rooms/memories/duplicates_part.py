"""Duplicates among the bank's tools: commands, and what the panel asks for."""

from collections.abc import Sequence

from PySide6.QtCore import Qt

from rb_studio.gui.commands.binding import Binding, bind
from rb_studio.gui.commands.registry import Command
from rb_studio.gui.rooms.memories.duplicates import DuplicatesPanel
from rb_studio.gui.rooms.memories.duplicates_presenter import DuplicatesPresenter
from rb_studio.gui.rooms.memories.offered_duplicates import OFFERED
from rb_studio.gui.rooms.memories.parts import PanelPart, Tab
from rb_studio.gui.rooms.memories.presenter import TABLES
from rb_studio.store.changes import ChangeRecord

NO_PAIR = "Show the pairs that are kept apart and choose one."
NONE_CHOSEN = "Find duplicates, choose a group, and leave at least two of it checked."


class DuplicatesPart(PanelPart[DuplicatesPanel]):
    """Finds on another thread, and carries out the panel's acts."""

    tab = Tab("tools", "duplicates", "Duplicates")

    def make(self) -> DuplicatesPanel:
        room, panel = self._room, DuplicatesPanel(self._frame.theme)
        presenter = self.presenter = DuplicatesPresenter(room.frame, room.slow, panel, room.bank)
        panel.find_asked.connect(self._find)
        panel.stop_asked.connect(presenter.stop)
        panel.item_chosen.connect(room.presenter.show_item)
        panel.apart_asked.connect(room.acts.keep_apart)
        panel.merge_asked.connect(self._merge)
        panel.forget_asked.connect(room.acts.keep_apart_no_longer)
        panel.kept_turned.connect(self._refresh)
        panel.items_asked.connect(room.select)
        panel.seen.connect(presenter.look)
        panel.tree.currentItemChanged.connect(self._refresh)
        panel.tree.itemChanged.connect(self._refresh)
        return panel

    def commands(self) -> list[Command]:
        chosen = (self._can_act, NONE_CHOSEN)
        bindings = {
            "memory.duplicates.merge": Binding(self._merge_group, *chosen),
            "memory.duplicates.apart": Binding(self._keep_apart, *chosen),
            "memory.duplicates.kept": Binding(self._show_kept),
            "memory.duplicates.forget": Binding(self._forget_pair, self._can_forget, NO_PAIR),
        }
        return bind(OFFERED, "memories", bindings)

    def bank_shown(self, bank: int | None) -> None:
        self.presenter.forget()
        if self.panel.isVisible():
            self.presenter.read_kept()

    def changed(self, change: ChangeRecord) -> None:
        if set(change.tables) & (TABLES | {"not_duplicate"}):
            self.presenter.changed()
        if "not_duplicate" in change.tables and self.panel.isVisible():
            self.presenter.read_kept()

    def _find(self, least: float) -> None:
        self.presenter.find(self._room.bank(), least)

    def _merge_group(self) -> None:
        self.panel.merge()

    def _keep_apart(self) -> None:
        self.panel.keep_apart()

    def _forget_pair(self) -> None:
        self.panel.forget()

    def _can_act(self) -> bool:
        return self._frame.session.workspace.writable and self.slot.filled and self.panel.can_merge()

    def _can_forget(self) -> bool:
        return self._frame.session.workspace.writable and self.slot.filled and self.panel.can_forget()

    def _merge(self, ids: Sequence[int], apart: Sequence[int], suggested: int) -> None:
        bank = self._room.bank()
        if bank is not None:
            show = self._room.presenter.show_item
            self._room.asking.merge(bank, ids, show, apart=apart, suggested=suggested)

    def _show_kept(self) -> None:
        self._room.side.show_tab("duplicates")
        self.panel.kept_button.setChecked(True)
        self.panel.kept.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _refresh(self, *_: object) -> None:
        self._frame.registry.refresh()
