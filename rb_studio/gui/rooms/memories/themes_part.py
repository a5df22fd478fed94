"""Themes among the bank's tools: grouped when first looked at, labelled and named from there."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from rb_studio.gui.commands.binding import Binding, bind
from rb_studio.gui.commands.registry import Command
from rb_studio.gui.rooms.memories.offered_map import THEMES
from rb_studio.gui.rooms.memories.parts import PanelPart, Tab
from rb_studio.gui.rooms.memories.presenter import TABLES
from rb_studio.gui.rooms.memories.themes_panel import ThemesPanel
from rb_studio.gui.rooms.memories.themes_presenter import KEY, ThemesPresenter
from rb_studio.store.changes import ChangeRecord
from rb_studio.store.themes import STAGES

if TYPE_CHECKING:
    from rb_studio.gui.jobs import JobState
    from rb_studio.gui.rooms.memories.view import MemoriesRoom
    from rb_studio.models.profile import Profile

NAME = "themes"
NONE_FOUND = "Show the themes of the bank first; the workspace has to be open for writing."
NONE_CHOSEN = "Show the themes and choose one, or an item of one, first."


class ThemesPart(PanelPart[ThemesPanel]):
    """Fills the panel and carries out its acts."""

    tab = Tab("tools", NAME, "Themes")

    def __init__(self, room: "MemoriesRoom") -> None:
        super().__init__(room)
        self._job = ""

    def make(self) -> ThemesPanel:
        room, panel = self._room, ThemesPanel(self._frame.theme)
        self.presenter = ThemesPresenter(self._frame, room.slow, panel, room.bank)
        panel.seen.connect(self._seen)
        panel.group_asked.connect(partial(self.presenter.group, embed=True))
        panel.stop_asked.connect(self.presenter.stop)
        panel.items_asked.connect(room.select)
        panel.item_chosen.connect(room.presenter.show_item)
        panel.stage_asked.connect(self.presenter.label)
        panel.name_asked.connect(self._name)
        panel.model_asked.connect(self.ask_model)
        self._frame.jobs.changed.connect(self._job_changed)
        panel.tree.currentItemChanged.connect(self._refresh)
        return panel

    def commands(self) -> list[Command]:
        chosen = (self._can_say, NONE_CHOSEN)
        stages = {f"memory.stage.{stage}": Binding(partial(self._label, stage), *chosen) for stage in STAGES}
        bindings = {
            "memory.themes": Binding(self.show),
            "memory.themes.group": Binding(self._group_again),
            "memory.themes.name": Binding(self._ask_name, *chosen),
            "memory.themes.ask": Binding(self.ask_model, self._can_ask, NONE_FOUND),
            **stages,
            "memory.stage.none": Binding(partial(self._label, ""), *chosen),
        }
        return bind(THEMES, "memories", bindings)

    def bank_shown(self, bank: int | None) -> None:
        self.presenter.forget()
        if self.panel.isVisible():
            self._seen()

    def changed(self, change: ChangeRecord) -> None:
        touched = set(change.tables)
        if touched & (TABLES | {"vector"}):
            self.presenter.outdated()
            if self.panel.isVisible() and self.presenter.found is None:
                self._seen()
        if touched & {"item_stage", "theme_name"}:
            self.presenter.said()

    def show(self) -> None:
        """Step through the themes."""
        self._room.side.show_tab(NAME)
        self.panel.tree.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _group_again(self) -> None:
        self.show()
        self.panel.group()

    def _seen(self) -> None:
        if self.presenter.found is None and self._room.bank() is not None and not self._room.slow.busy(KEY):
            self.presenter.group(self.panel.least())

    def _label(self, stage: str) -> None:
        self.panel.label(stage)

    def _ask_name(self) -> None:
        self.panel.name()

    def _name(self, item: int, name: str) -> None:
        given = self._frame.dialogs.ask_text("Name the theme", "Name; empty for the title of a typical item", name)
        if given is not None:
            self.presenter.name(item, given)

    def ask_model(self) -> None:
        """Which model is to say the stages of which items."""
        from rb_studio.gui.rooms.memories.stages_dialog import StagesDialog, groups_of

        if not self._can_ask() or self.presenter.found is None:
            return
        settings = self._frame.settings()
        groups = groups_of(self.presenter.found.themes, self.panel.theme_of())
        dialog = StagesDialog(settings.profiles, settings.profile, groups, self._room)
        dialog.asked.connect(self._ask)
        dialog.open()

    def _ask(self, ids: Sequence[int], profile: "Profile") -> None:
        bank = self._room.bank()
        if bank is not None:
            self._job = f"Stages of {len(ids):,} items by {profile.name}"
            self._frame.jobs.label(bank, ids, profile, self._job)

    def _job_changed(self, state: "JobState") -> None:
        """What a model said is stored at the end, also of a job that was stopped."""
        if self._job and state.title == self._job and not state.active:
            self._job = ""
            self._frame.session.changed.emit(ChangeRecord("Label stages", "rb_studio", ("item_stage",)))

    def _can_ask(self) -> bool:
        found = self.presenter.found if self.slot.filled else None
        return self._frame.session.workspace.writable and found is not None and bool(found.themes)

    def _can_say(self) -> bool:
        return self._frame.session.workspace.writable and self.slot.filled and bool(self.panel.chosen_ids())

    def _refresh(self, *_: object) -> None:
        self._frame.registry.refresh()
