"""Comparing rollouts: the part of the room that lays two to four of them side by side."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QStackedWidget, QWidget

from rb_studio.gui.commands.binding import Binding, bind
from rb_studio.gui.commands.registry import Command
from rb_studio.gui.pace import Pace
from rb_studio.gui.rooms.room import Place
from rb_studio.gui.rooms.trajectories.commands import BLIND, NO_ROLLOUT, WHERE
from rb_studio.gui.rooms.trajectories.compare_page import ComparePage
from rb_studio.gui.rooms.trajectories.compare_presenter import ComparePresenter, as_chosen
from rb_studio.gui.rooms.trajectories.compare_reads import Chosen, Compared
from rb_studio.gui.rooms.trajectories.distil_part import Distilling
from rb_studio.gui.rooms.trajectories.offered_compare import OFFERED
from rb_studio.gui.rooms.trajectories.parts import Part, Stage, Tab

if TYPE_CHECKING:
    from rb_studio.records.event import Event

NAME, STEP = "compare", "step"
FEWEST, MOST = 2, 4
CHOOSE = "Select two to four rollouts in the list first: Ctrl with a click, or Shift with an arrow."
NO_COMPARISON = "No rollouts are compared now."


class ComparePart(Part):
    """The page is made when rollouts are compared for the first time."""

    tab = Tab("centre", NAME, "Compare", wide=True)

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._page: ComparePage | None = None
        self._place = QStackedWidget()
        self._back_to: Mapping[str, Any] = {}
        self._pace = Pace(self._read_again, self)
        self.presenter = ComparePresenter(stage.frame.session, self)
        self._distilling = Distilling(stage.frame, self._place)

    def widget(self) -> QWidget:
        return self._place

    @property
    def page(self) -> ComparePage:
        if self._page is None:
            self._page = page = ComparePage(self._frame.theme)
            self._place.addWidget(page)
            self._place.setFocusProxy(page)
            page.row_chosen.connect(self.presenter.go_to)
            page.opened.connect(self._open)
            page.item_opened.connect(self._open_item)
            page.divergence.connect(self.presenter.to_divergence)
            page.forward.connect(self._forward)
            page.back.connect(self._back)
            page.distil.connect(self._distil)
            page.copied.connect(self._copy)
            page.closed.connect(self._close)
        return self._page

    def commands(self) -> list[Command]:
        compared = (self._compared, NO_COMPARISON)
        bindings = {
            "trajectories.compare": Binding(self._compare_selected, self._can_compare, NO_ROLLOUT),
            "trajectories.compare.divergence": Binding(self.presenter.to_divergence, *compared),
            "trajectories.compare.next": Binding(self._forward, *compared),
            "trajectories.compare.back": Binding(self._back, *compared),
            "trajectories.compare.open": Binding(self._open_current, *compared),
            "trajectories.compare.steps": Binding(self._show_steps, *compared),
            "trajectories.compare.patch": Binding(self._show_patch, *compared),
            "trajectories.compare.memory": Binding(self._show_memory, self._can_show_memory, self._no_memory),
            "trajectories.compare.distil": Binding(self._distil, *compared),
            "trajectories.compare.copy": Binding(self._copy, *compared),
            "trajectories.compare.close": Binding(self._close, *compared),
        }
        return bind(OFFERED, WHERE, bindings)

    def takes(self, target: Mapping[str, Any]) -> bool:
        """`{"compare": [[run, uid], ...]}`, with the place of this room to go `back` to from it."""
        if "compare" not in target:
            return False
        self.compare(as_chosen(target["compare"]), target.get("back"))
        return True

    def compare(self, chosen: Chosen, back: Mapping[str, Any] | None = None) -> None:
        """Lay rollouts side by side, each by run and uid."""
        self._bring(back)
        self.presenter.compare(chosen)

    def joined(self) -> None:
        self._frame.session.events.connect(self._events)

    def redraw(self) -> None:
        if self._page is not None:
            self._page.redraw()

    def set_blind(self, on: bool) -> None:
        if self.presenter.compared is not None:
            self.page.show_heads(self.presenter.compared, blind=on)

    def place_to_keep(self) -> dict[str, Any]:
        return {**self.presenter.kept(), "shown": self._compared()}

    def restore_place(self, kept: dict[str, Any]) -> None:
        if kept.get("shown") and as_chosen(kept.get("chosen")):
            self._bring()
            self.presenter.restore(kept)

    def closing(self) -> None:
        self.presenter.close()
        self._pace.stop()
        self._distilling.stop()
        if self._page is not None:
            self._page.stop()

    def show_waiting(self) -> None:
        self.page.show_waiting()

    def show_comparison(self, compared: Compared) -> None:
        self.page.show_comparison(compared, blind=self._stage.blind)
        self._frame.registry.refresh()

    def show_row(self, row: int) -> None:
        self.page.show_row(row)

    def show_problem(self, sentence: str) -> None:
        self.page.show_problem(sentence)
        self._frame.registry.refresh()

    def _can_compare(self) -> bool:
        return self._stage.opened is not None

    def _compared(self) -> bool:
        """Whether a comparison is on screen."""
        return self.presenter.compared is not None and not self._place.isHidden()

    def _can_show_memory(self) -> bool:
        return self._compared() and not self._stage.blind

    def _no_memory(self) -> str:
        return BLIND if self._compared() else NO_COMPARISON

    def _compare_selected(self) -> None:
        """What is selected in the list, or in the fork on screen; else what was compared last."""
        rows, of_fork = self._stage.chosen(), self._frame.registry.command("trajectories.fork.compare")
        if of_fork.enabled():
            of_fork.do()
        elif FEWEST <= len(rows) <= MOST:
            self._bring()
            self.presenter.compare_rows(rows)
        elif self.presenter.compared is not None and not self._compared():
            self._bring()
        else:
            self._frame.toast(CHOOSE)

    def _bring(self, back: Mapping[str, Any] | None = None) -> None:
        self._back_to = back or {}
        self._stage.bring(NAME)
        self.page.setFocus()

    def _forward(self) -> None:
        self.presenter.to_difference(True)

    def _back(self) -> None:
        self.presenter.to_difference(False)

    def _open_current(self) -> None:
        self._open(self.presenter.row, self.page.table.side)

    def _open(self, row: int, side: int) -> None:
        """A side's step in the player; where it has none in this row, the one before."""
        compared = self.presenter.compared
        if compared is None:
            return
        numbers = [found.steps[side] for found in compared.found.alignment.rows[: row + 1]]
        step = next((number for number in reversed(numbers) if number is not None), None)
        run, uid = compared.chosen[side]
        self._to_steps()
        self._stage.open(uid, step, run)

    def _open_item(self, uid: str) -> None:
        self._stage.go(Place("memories", {"item": uid}))

    def _show_steps(self) -> None:
        self.page.show_tab("steps")

    def _show_patch(self) -> None:
        self.page.show_tab("patch")

    def _show_memory(self) -> None:
        self.page.show_tab("memory")

    def _distil(self) -> None:
        compared = self.presenter.compared
        if compared is not None:
            self._distilling.ask(compared.chosen, self._distilled)

    def _distilled(self, chosen: Chosen, bank: str, items: tuple[tuple[str, str], ...]) -> None:
        compared = self.presenter.compared
        if compared is not None and compared.chosen == chosen:
            self.page.show_made(items, partial(self._open_made, bank))

    def _open_made(self, bank: str, uid: str) -> None:
        self._stage.go(Place("memories", {"bank": bank, "query": "", "item": uid}))

    def _copy(self) -> None:
        compared, blind = self.presenter.compared, self._stage.blind
        if compared is None:
            return
        from rb_studio.gui.rooms.trajectories.compare_markdown import compared_markdown

        def copied(text: str) -> None:
            QGuiApplication.clipboard().setText(text)
            self._frame.toast("The comparison is copied as Markdown.")

        self._frame.session.background(lambda: compared_markdown(compared, blind=blind), copied)

    def _events(self, events: "Sequence[Event]") -> None:
        if self._compared() and {event.run for event in events} & self.presenter.live:
            self._pace.ask()

    def _read_again(self) -> None:
        self._pace.begun()
        self.presenter.read_again(self._pace.finished)

    def _close(self) -> None:
        """Back to where it was asked for."""
        if self._back_to:
            self._stage.go(Place(WHERE, dict(self._back_to)))
        else:
            self._to_steps()

    def _to_steps(self) -> None:
        self._stage.bring(STEP)
        self._stage.focus()
