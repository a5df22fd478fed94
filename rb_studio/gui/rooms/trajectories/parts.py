"""What a part of the room is: panels and commands of its own, and what it may ask of the room.

A new part is a module with a class after `Part`, made with the `Stage`; its commands are declared in a module
`offered_<part>` and bound with `gui.commands.binding.bind`; one line in `part_set.PARTS` and one in `offered.OFFERED`
make it known. A part that is a page of the centre or a tab of a side names it in `tab` and gives its `widget()`;
`stage.bring(name)` shows it, `stage.bring("step")`, `"list"` and `"details"` what the room has itself.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from rb_studio.gui.rooms.part import RoomPart
from rb_studio.gui.rooms.room import Place
from rb_studio.gui.rooms.trajectories.opened import Opened
from rb_studio.store.changes import ChangeRecord
from rb_studio.store.rollout_list import RolloutFilter

if TYPE_CHECKING:
    from rb_studio.gui.frame import Frame
    from rb_studio.gui.rooms.trajectories.underlines import Stretches

Slot = Literal["left", "centre", "side", "below"]
TextPart = Literal["", "thought", "action", "observation", "error", "reasoning", "answer", "patch", "prompt", "reply"]
Lane = Literal["hits", "labels", "first_error", "bookmarks", "divergence", "memory"]


class Tab(NamedTuple):
    """Where a panel stands: a tab beside the list or the details, a page in place of the step, or above the scrub bar.

    A page of the centre that is `wide` has the whole room: list, details and transport step back, and the keys of
    stepping are its own to use while it is shown.
    """

    slot: Slot
    name: str
    title: str = ""
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Selected:
    """What is selected: at least the step on screen, and a stretch of one of its texts where there is one.

    `start` and `end` count characters of `plain.readable(text)` of the part; `text` is what stands there.
    """

    steps: tuple[int, ...] = ()
    part: TextPart = ""
    start: int = 0
    end: int = 0
    text: str = ""


class Stage(Protocol):
    """What the room does for its parts; all on the GUI thread."""

    frame: "Frame"

    @property
    def room(self) -> QObject:
        """What the parts go with."""

    @property
    def opened(self) -> Opened | None:
        """The rollout on screen."""

    @property
    def step(self) -> int:
        """The step on screen, counted from 1; 0 while there is none."""

    @property
    def blind(self) -> bool:
        """True while verdicts and truth are not to be seen."""

    @property
    def tab(self) -> str:
        """The tab of the step that is read."""

    @property
    def moves_itself(self) -> bool:
        """True while steps are played, or what runs is followed."""

    def selection(self) -> Selected: ...

    def chosen(self) -> tuple[int, ...]:
        """The rollouts selected in the list, by the ids of their rows."""

    def window(self) -> QWidget:
        """What a dialog stands over."""

    def listed(self) -> tuple[int, ...]:
        """All rollouts of the list in its order, by the ids of their rows."""

    def filter(self) -> RolloutFilter:
        """Which rollouts the list shows."""

    def set_filter(self, chosen: RolloutFilter) -> None: ...

    def view(self) -> dict[str, Any]:
        """Filter, groups, order and columns of the list, as plain JSON."""

    def show_view(self, shown: Mapping[str, Any]) -> None:
        """Show what `view` gave."""

    def extra(self) -> tuple[str, ...]:
        """The columns of metadata the list shows."""

    def set_extra(self, keys: Sequence[str]) -> None:
        """Show other columns of metadata, by their keys."""

    def when_wanted(self, columns: Callable[[], None], views: Callable[[], None]) -> None:
        """Do this when somebody wants to choose columns of metadata, or a saved view."""

    def list_anchor(self) -> QWidget:
        """What a menu about the list opens under; the list is brought."""

    def focus_list(self) -> None:
        """The keyboard into the list."""

    def jump(self, step: int) -> None:
        """To a step, on the person's wish."""

    def select_steps(self, steps: Sequence[int]) -> None:
        """Select steps of the rollout on screen; none for the one on screen alone."""

    def open(self, uid: str, step: int | None = None, run: int | None = None) -> None:
        """Show another rollout, on the person's wish."""

    def go(self, place: Place) -> None:
        """Ask the window for another place, be it in this room."""

    def mark(self, lane: Lane, steps: Mapping[int, str]) -> None:
        """Mark steps on the scrub bar, each with a word for its preview; marks are gone with the rollout."""

    def underline(self, found: "Stretches") -> None:
        """Let characters of texts stand out, by the place of their step and their part."""

    def reveal(self, step: int, part: TextPart, start: int, length: int) -> None:
        """Go to a stretch of a step's text and select it, be it in what is shown in part only.

        Step 0 stands for what was observed before the first step.
        """

    def show_beside(self, words: str) -> None:
        """Select words in what is told beside the steps: verdict, memory, outcome."""

    def show_tab(self, name: str) -> None:
        """Turn to a tab of the step, where that is read with its tabs."""

    def bring(self, name: str) -> None:
        """Show a panel by the name of its tab, where it stands."""

    def set_blind(self, on: bool) -> None:
        """Hide verdicts and truth, or show them again."""

    def focus(self) -> None:
        """Give the keyboard back to the steps."""


class Part(RoomPart):
    """A part that brings nothing and wants to be told nothing: what a real one does not override."""

    tab: Tab | None = None
    """Where its widget stands; its place is kept under the name of that, or else under its own."""
    undo_scope: str | None = None
    """What Ctrl+Z takes back in this room; the first part that names a scope decides."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage.room)
        self._stage, self._frame = stage, stage.frame
        if self.tab is not None:
            self.name = self.tab.name

    def widget(self) -> QWidget | None:
        return None

    def show_rollout(self, opened: Opened | None) -> None:
        """Another rollout is on screen, or the same one with more known of it."""

    def show_step(self, step: int) -> None:
        """Another step is on screen."""

    def changed(self, change: ChangeRecord) -> None:
        """Something was stored, by whomever."""

    def takes(self, target: Mapping[str, Any]) -> bool:
        """Show a place, and tell whether it was this part's: `{"compare": ...}`, `{"find": ...}`."""
        return False

    def redraw(self) -> None:
        """The theme has other colours."""

    def set_blind(self, on: bool) -> None:
        """What tells verdict, truth, arm, memory or model is not to be seen from now on, or shown again."""
