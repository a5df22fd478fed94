"""The effect of the shown item, and the columns of the table that tell it of all."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer

from rb_studio.gui.commands.binding import Binding, bind
from rb_studio.gui.commands.registry import Command
from rb_studio.gui.rooms.memories.columns import COLUMNS
from rb_studio.gui.rooms.memories.effect_panel import EffectPanel
from rb_studio.gui.rooms.memories.effect_presenter import EffectPresenter
from rb_studio.gui.rooms.memories.offered_effect import EFFECT
from rb_studio.gui.rooms.memories.parts import PanelPart, Tab
from rb_studio.gui.rooms.memories.reads import Detail
from rb_studio.records.event import Event
from rb_studio.store.changes import ChangeRecord
from rb_studio.store.item_filter import MEASURED, Effects, asks_effects

if TYPE_CHECKING:
    from rb_studio.gui.jobs import JobState
    from rb_studio.gui.rooms.memories.view import MemoriesRoom

NAME = "effect"
PAUSE = 400  # milliseconds: the list comes first, and a bulk act is followed by one look
BY_LOW = "low"
KEYS = {column.key for column in COLUMNS if column.of_effect is not None}
NO_BANK = "No bank is shown."


class EffectPart(PanelPart[EffectPanel]):
    """Asks for effects where a panel or a column shows them, and tells both."""

    tab = Tab("item", NAME, "Effect")

    def __init__(self, room: "MemoriesRoom") -> None:
        super().__init__(room)
        self._detail: Detail | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE)
        self.presenter = EffectPresenter(room.frame, room.slow, self, self._keep)

    def make(self) -> EffectPanel:
        panel = EffectPanel(self._frame.theme)
        panel.seen.connect(self.presenter.look)
        panel.again_asked.connect(self.presenter.compute)
        panel.best_asked.connect(self.list_best)
        panel.leave_out_asked.connect(self._leave_out)
        return panel

    @property
    def listens(self) -> bool:
        """From the beginning: the table tells effects too."""
        return True

    def commands(self) -> list[Command]:
        bindings = {
            "memory.effect": Binding(self.show),
            "memory.effect.best": Binding(self.list_best, self._has_bank, NO_BANK),
            "memory.effect.again": Binding(self.presenter.compute, self._has_bank, NO_BANK),
        }
        return bind(EFFECT, "memories", bindings)

    def joined(self) -> None:
        self._timer.timeout.connect(self.presenter.look)
        self._frame.session.events.connect(self._events)
        self._frame.jobs.changed.connect(self._job_changed)
        self._room.table.header.columns_changed.connect(self.presenter.look)

    def changed(self, change: ChangeRecord) -> None:
        self.presenter.changed(change)

    def bank_shown(self, bank: int | None) -> None:
        self.presenter.bank_shown(bank)

    def item_shown(self, detail: Detail | None) -> None:
        self._detail = detail
        self._draw()

    def closing(self) -> None:
        self._timer.stop()

    def show(self) -> None:
        """Step to the panel."""
        self._room.side.show_tab(NAME)
        self.panel.again_button.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def list_best(self) -> None:
        """Items that are surest to help first; those of which nothing can be told come last."""
        self._room.presenter.sort(BY_LOW, True)
        self._room.table.header.reveal("effect", BY_LOW, "evidence")

    def wanted(self) -> bool:
        """The tab is looked at, or a column of the table is."""
        room = self._room
        if not room.isVisible():
            return False
        return (self.slot.filled and self.panel.isVisible()) or bool(KEYS & set(room.table.shown_columns()))

    def look_soon(self) -> None:
        self._timer.start()

    def show_effects(self, effects: Effects | None, standing: str) -> None:
        self._room.model.put_effects(effects, standing)
        self._draw()
        if effects is not None and not standing and self._lists_by_effect():
            self._room.presenter.refresh()

    def _draw(self) -> None:
        if not self.slot.filled:
            return
        self.panel.show_standing(self.presenter.standing())
        if self._detail is None:
            self.panel.show_nothing()
        elif self.presenter.effects is None:
            self.panel.show_waiting(self._detail.row)
        else:
            row = self._detail.row
            self.panel.show_effect(row, self.presenter.of(row.uid))

    def _keep(self, bank: int, effects: Effects) -> None:
        """On the working thread: queries and orders of the bank know it from now on."""
        self._room.pictures.set_effects(bank, effects)

    def _lists_by_effect(self) -> bool:
        presenter = self._room.presenter
        return presenter.order in MEASURED or asks_effects(presenter.where)

    def _leave_out(self) -> None:
        self._frame.registry.action("memory.leaveout").trigger()

    def _has_bank(self) -> bool:
        return self._room.bank() is not None

    def _events(self, events: Sequence[Event]) -> None:
        self.presenter.happened({event.kind for event in events})

    def _job_changed(self, state: "JobState") -> None:
        self.presenter.job_changed(state.active)
