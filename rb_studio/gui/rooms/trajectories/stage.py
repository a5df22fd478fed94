"""The room as its parts see it."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from rb_studio.gui.rooms.room import Place
from rb_studio.gui.rooms.trajectories.levels import Level
from rb_studio.gui.rooms.trajectories.opened import Opened
from rb_studio.gui.rooms.trajectories.panels import as_mapping
from rb_studio.gui.rooms.trajectories.parts import Lane, Selected, TextPart
from rb_studio.gui.rooms.trajectories.underlines import Stretches
from rb_studio.store.rollout_list import RolloutFilter

if TYPE_CHECKING:
    from rb_studio.gui.rooms.trajectories.view import TrajectoriesRoom

_VIEW = frozenset(("columns", "hidden", "widths", "extra", "fill"))


class RoomStage:
    """`parts.Stage` for the room of trajectories."""

    def __init__(self, room: "TrajectoriesRoom") -> None:
        self.frame = room.frame
        self.room, self._panels, self._presenter = room, room.panels, room.presenter
        self._blind = False

    @property
    def opened(self) -> Opened | None:
        return self._presenter.opened

    @property
    def step(self) -> int:
        return self._presenter.step

    @property
    def blind(self) -> bool:
        return self._blind

    @property
    def tab(self) -> str:
        return self._panels.step.tab

    @property
    def moves_itself(self) -> bool:
        return self._presenter.playing or self._presenter.follow

    def selection(self) -> Selected:
        """The selected steps, and what is selected in the text that had the keyboard last."""
        return self._panels.step.selected(self._presenter.chosen_steps)

    def chosen(self) -> tuple[int, ...]:
        table, model = self._panels.list.table, self._panels.list.model
        rows = sorted(index.row() for index in table.selectionModel().selectedRows())
        return tuple(found for row in rows if (found := model.id_at(row)) is not None)

    def window(self) -> QWidget:
        return self._panels.window()

    def listed(self) -> tuple[int, ...]:
        shown = self.room.list_presenter.shown
        return tuple(shown.listing.ids) if shown is not None else ()

    def filter(self) -> RolloutFilter:
        return self.room.list_presenter.filter

    def set_filter(self, chosen: RolloutFilter) -> None:
        self.room.list_presenter.set_filter(chosen)

    def view(self) -> dict[str, Any]:
        listed = {name: value for name, value in self._panels.list.kept().items() if name in _VIEW}
        return {"filter": self.room.list_presenter.kept(), "list": listed}

    def show_view(self, shown: Mapping[str, Any]) -> None:
        self._panels.bring("list")
        self._panels.list.restore(as_mapping(shown.get("list")))
        self.room.list_presenter.show(as_mapping(shown.get("filter")))

    def extra(self) -> tuple[str, ...]:
        return self._panels.list.model.extra_keys

    def set_extra(self, keys: Sequence[str]) -> None:
        self._panels.list.columns.set_extra(keys)

    def when_wanted(self, columns: Callable[[], None], views: Callable[[], None]) -> None:
        self._panels.list.more_columns.connect(columns)
        self._panels.list.views_asked.connect(views)

    def list_anchor(self) -> QWidget:
        self._panels.bring("list")
        return self._panels.list.views

    def focus_list(self) -> None:
        self._panels.focus_list()

    def jump(self, step: int) -> None:
        self._presenter.jump(step)

    def select_steps(self, steps: Sequence[int]) -> None:
        self._presenter.select(steps)

    def open(self, uid: str, step: int | None = None, run: int | None = None) -> None:
        self._presenter.set_follow(False)
        self._presenter.open_uid(uid, step, run)

    def go(self, place: Place) -> None:
        self.room.go.emit(place)

    def mark(self, lane: Lane, steps: Mapping[int, str]) -> None:
        self._panels.scrub.show_marks(lane, steps)

    def underline(self, found: Stretches) -> None:
        self._panels.step.underline(found)

    def reveal(self, step: int, part: TextPart, start: int, length: int) -> None:
        self._presenter.jump(max(step, 1))
        self._panels.bring("step")
        if step:
            self._panels.step.reveal(part, start, length)
        else:
            self._panels.step.show_tab("page")
            self._panels.step.pages.reveal(start, length, before=True)

    def show_beside(self, words: str) -> None:
        self._panels.bring("details")
        self._panels.details.browser.find_words(words)

    def show_tab(self, name: str) -> None:
        if name and self._panels.step.reading.level is Level.FULL:
            self._panels.step.show_tab(name)

    def bring(self, name: str) -> None:
        self._panels.bring(name)

    def set_blind(self, on: bool) -> None:
        self._blind = on
        self._panels.list.set_blind(on)
        self.room.list_presenter.set_blind(on)
        self._panels.step.set_blind(on)
        self._panels.details.set_blind(on)
        self._panels.scrub.set_blind(on)
        self.room.show_facts()
        self.room.parts.set_blind(on)

    def focus(self) -> None:
        self._panels.scrub.setFocus()
