"""Two answers side by side, among the bank's tools; snapshots ask for it too."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt

from rb_studio.gui.commands.binding import Binding, bind
from rb_studio.gui.commands.registry import Command
from rb_studio.gui.rooms.memories import what_if_answers
from rb_studio.gui.rooms.memories.offered_what_if import COMPARE
from rb_studio.gui.rooms.memories.parts import PanelPart, Tab
from rb_studio.gui.rooms.memories.points import Points
from rb_studio.gui.rooms.memories.slow import Ticket
from rb_studio.gui.rooms.memories.what_if_answers import Known, Moment, Shown
from rb_studio.gui.rooms.memories.what_if_compare import ComparePanel, Pair
from rb_studio.jobs.what_if import compare
from rb_studio.store.changes import ChangeRecord

if TYPE_CHECKING:
    from rb_studio.gui.rooms.memories.view import MemoriesRoom

KEY = "compare answers"
NAME = "compare"


class ComparePart(PanelPart[ComparePanel]):
    """Asks both sides with the code of the what-if."""

    tab = Tab("tools", NAME, "Side by side")

    def __init__(self, room: "MemoriesRoom") -> None:
        super().__init__(room)
        self._wanted: Points | None = None

    def make(self) -> ComparePanel:
        panel = ComparePanel(self._frame.theme)
        panel.asked.connect(self._ask)
        panel.stop_asked.connect(self._stop)
        panel.items_asked.connect(self._room.select)
        return panel

    def commands(self) -> list[Command]:
        return bind(COMPARE, "memories", {"memory.compare": Binding(self.show)})

    def bank_shown(self, bank: int | None) -> None:
        self._look(bank)

    def changed(self, change: ChangeRecord) -> None:
        if set(change.tables) & {"snapshot", "bank"}:
            self._look(self._room.bank())

    def place_to_keep(self) -> dict[str, Any]:
        return self.panel.to_keep()

    def restore_place(self, kept: Mapping[str, Any]) -> None:
        self.panel.restore(kept)

    def show(self) -> None:
        """Go there with the task and the settings of the what-if."""
        asked = self._room.side.what_if
        self._room.side.show_tab(NAME)
        if asked.task.toPlainText().strip() and not self.panel.task.text().strip():
            self.panel.task.setText(" ".join(asked.task.toPlainText().split()))
            for side in self.panel.sides:
                side.form.restore(asked.form.to_keep())
        self.panel.task.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def compare_answers(self, points: Points) -> None:
        """Ask the same task of both points."""
        self._wanted = points
        self.show()
        self._look(points.bank)

    def _look(self, bank: int | None) -> None:
        read = partial(what_if_answers.moments, bank_id=bank)
        self._frame.session.query("memories.moments", read, self._show_moments)
        if bank is not None:
            known = partial(what_if_answers.known, bank_id=bank)
            self._frame.session.query("memories.compare.known", known, self._show_known)

    def _show_known(self, known: Known) -> None:
        self.panel.show_known(known)

    def _show_moments(self, moments: Sequence[Moment]) -> None:
        self.panel.show_moments(moments)
        points, self._wanted = self._wanted, None
        if points is not None:
            left, right = self.panel.sides
            left.choose(points.bank, points.before_operation)
            right.choose(points.bank, points.after_operation)
            if self.panel.task.text().strip():
                self.panel.ask()

    def _ask(self, pair: Pair) -> None:
        self.panel.show_busy("Retrieving on both sides\u2026")
        self._room.slow.run(KEY, partial(self._answer, pair), self._show, self.panel.show_wrong, self._tell)

    def _stop(self) -> None:
        self._room.slow.stop(KEY)
        self.panel.show_ready()

    def _answer(self, pair: Pair, ticket: Ticket) -> list[Shown]:
        return [self._room.answers.ask(moment, question, ticket) for moment, question in pair]

    def _tell(self, done: int, total: int) -> None:
        self.panel.show_busy(f"Embedding past tasks: {done:,} of {total:,}")

    def _show(self, answers: Sequence[Shown]) -> None:
        left, right = answers
        self.panel.show_comparison(left, right, compare(left.answer, right.answer))
