"""What a person can do in the room: the slots behind its buttons, links and commands."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from rb_studio.gui.rooms.room import Place
from rb_studio.store.rollout_list import RolloutFilter

if TYPE_CHECKING:
    from rb_studio.gui.frame import Frame
    from rb_studio.gui.rooms.trajectories.list_presenter import ListPresenter
    from rb_studio.gui.rooms.trajectories.panels import Panels
    from rb_studio.gui.rooms.trajectories.presenter import Presenter


class Actions(QObject):
    """Turns wishes into calls of the presenters; `go` asks the window for another room."""

    def __init__(
        self,
        frame: "Frame",
        panels: "Panels",
        presenter: "Presenter",
        listing: "ListPresenter",
        go: Callable[[Place], None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._frame, self._panels, self._presenter, self._listing, self._go = frame, panels, presenter, listing, go
        self._connect()

    # what is so

    def has_rollout(self) -> bool:
        return self._presenter.opened is not None

    def steps_shown(self) -> bool:
        """Whether stepping is seen: a wide page in place of the steps has their keys."""
        return self.has_rollout() and not self._panels.wide

    def has_items(self) -> bool:
        return self._first_item() is not None and self.tab_offered("prompt")

    def can_resume(self) -> bool:
        return self._presenter.interrupted and self._frame.session.workspace.writable

    def follows(self) -> bool:
        return self._presenter.follow

    def list_shown(self) -> bool:
        return self._panels.list_shown

    def details_shown(self) -> bool:
        return self._panels.details_shown

    def tab_offered(self, name: str) -> bool:
        """Whether the step has a tab now: some tell what is hidden from who judges blind, not each has a patch."""
        return self.has_rollout() and self._panels.step.offers(name)

    # stepping

    def play(self) -> None:
        self._presenter.set_playing(not self._presenter.playing)

    def on(self) -> None:
        self._presenter.move(1)

    def back(self) -> None:
        self._presenter.move(-1)

    def first(self) -> None:
        self._presenter.jump(1)

    def last(self) -> None:
        self._presenter.last()

    def jump(self, step: int) -> None:
        self._presenter.jump(step)

    def extend(self, by: int) -> None:
        """Select one step more, or one less."""
        self._presenter.extend_to(self._presenter.step + by)

    def unselect(self) -> None:
        self._presenter.select(())

    def has_selection(self) -> bool:
        return bool(self._presenter.selected)

    def go_to_step(self) -> None:
        """The keyboard into the number of the step."""
        self._panels.transport.go_to_step()

    def next_rollout(self) -> None:
        self._neighbour(1)

    def previous_rollout(self) -> None:
        self._neighbour(-1)

    def follow(self, on: bool) -> None:
        self._presenter.set_follow(on)

    def toggle_follow(self) -> None:
        self._presenter.set_follow(not self._presenter.follow)

    def resume(self) -> None:
        self._presenter.resume()

    # showing

    def show_tab(self, name: str) -> None:
        self._panels.step.show_tab(name)

    def next_mode(self) -> None:
        """Before, after or both."""
        self._panels.step.show_tab("page")
        self._panels.step.pages.next_mode()

    def toggle_text(self) -> None:
        """Drawn or as text."""
        pages = self._panels.step.pages
        self._panels.step.show_tab("page")
        pages.set_drawn(not pages.draw)

    def next_level(self) -> None:
        self._panels.step.next_level()

    def set_level(self, level: str) -> None:
        self._panels.step.set_level(level)

    def is_level(self, level: str) -> bool:
        return self._panels.step.reading.level == level

    def toggle_kind(self, kind: str) -> None:
        self._panels.step.toggle(kind)

    def kind_shown(self, kind: str) -> bool:
        return bool(getattr(self._panels.step.reading, kind))

    def show_memory(self) -> None:
        """The injected memory in the prompt."""
        self._panels.step.show_tab("prompt")
        self._panels.step.prompt.show_memory()

    def toggle_list(self) -> None:
        self._panels.show_list(not self._panels.list_shown)
        self._frame.registry.refresh()

    def toggle_details(self) -> None:
        self._panels.show_details(not self._panels.details_shown)
        self._frame.registry.refresh()

    # elsewhere

    def show_item(self) -> None:
        """The first retrieved item, in Memories."""
        item = self._first_item()
        if item is not None:
            self._go(Place("memories", {"item": item}))

    def to_tasks(self) -> None:
        self._go(Place("tasks", {}))

    def follow_link(self, address: str) -> None:
        """A link in the step or beside it: a step, a rollout, an item, a task's or a run's rollouts."""
        kind, _, what = address.partition(":")
        opened = self._presenter.opened
        if kind == "step":
            self._presenter.jump(int(what))
        elif kind == "rollout":
            self._presenter.set_follow(False)
            self._presenter.open_uid(what, run=opened.run.id if opened else None)
        elif kind == "origin" and opened is not None and opened.origin is not None:
            self._presenter.set_follow(False)
            self._presenter.open_uid(opened.origin.uid, opened.origin.step, opened.origin.run)
        elif kind == "item":
            self._go(Place("memories", {"item": int(what)}))
        elif kind == "task":
            self._listing.set_filter(RolloutFilter(task_key=what))
        elif kind == "run":
            self._listing.set_filter(RolloutFilter(run=int(what)))

    def _connect(self) -> None:
        panels = self._panels
        transport = panels.transport
        for signal, slot in (
            (transport.first, self.first),
            (transport.back, self.back),
            (transport.onwards, self.on),
            (transport.last, self.last),
            (transport.play, self.play),
            (transport.step_asked, self.jump),
            (transport.follow_asked, self.follow),
            (transport.play_tick, self._play_tick),
            (transport.follow_tick, self._follow_tick),
            (panels.scrub.asked, self.jump),
            (panels.scrub.extended, self._extend_to),
            (panels.scrub.toggled, self._toggle_step),
            (panels.step.extended, self._extend_to),
            (panels.step.toggled, self._toggle_step),
            (panels.step.asked, self.follow_link),
            (panels.step.late_asked, self._ask_late),
            (panels.step.head.resume_asked, self.resume),
            (panels.details.asked, self.follow_link),
        ):
            signal.connect(slot)

    def _extend_to(self, step: int) -> None:
        self._presenter.extend_to(step)

    def _toggle_step(self, step: int) -> None:
        self._presenter.toggle_step(step)

    def _ask_late(self, name: str, place: int) -> None:
        self._presenter.ask_late(name, place)

    def _play_tick(self) -> None:
        self._presenter.play_tick()

    def _follow_tick(self) -> None:
        self._presenter.follow_tick()

    def _neighbour(self, by: int) -> None:
        found = self._listing.neighbour(self._presenter.wanted, by)
        if found is not None:
            self._presenter.choose(found)

    def _first_item(self) -> int | None:
        opened = self._presenter.opened
        links = opened.items.values() if opened is not None else ()
        return next((link.id for link in links if link.id is not None), None)
