"""Reviewing rollouts: blind or not, one after the other, with nothing lost over a restart."""

from functools import partial

from rb_studio.gui.commands.binding import Binding, bind
from rb_studio.gui.commands.registry import Command
from rb_studio.gui.dialogs.questions import CANCEL
from rb_studio.gui.review.queue import Standing, name_of
from rb_studio.gui.review.queue_bar import QueueBar
from rb_studio.gui.review.walk import NO_QUEUE, Walk
from rb_studio.gui.rooms.trajectories.commands import WHERE
from rb_studio.gui.rooms.trajectories.offered_review import OFFERED
from rb_studio.gui.rooms.trajectories.opened import Opened
from rb_studio.gui.rooms.trajectories.parts import Part, Stage, Tab
from rb_studio.gui.rooms.trajectories.plain import count

NOTHING = "There is no rollout in the list."
RANDOM, LISTED = "In random order", "As listed"
BUTTONS = {"next": "Next", "skip": "Skip", "back": "Back", "here": "Here", "end": "End"}


class ReviewPart(Part):
    """The room's queue and its line above the scrub bar; `u` hides what would tell."""

    tab = Tab("below", "review")

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._walk = Walk(stage.frame, WHERE, BUTTONS, self._on_screen, self._open, self)
        self.bar: QueueBar = self._walk.bar
        self._walk.blind.changed.connect(self._blinded)

    def widget(self) -> QueueBar:
        return self.bar

    def commands(self) -> list[Command]:
        bindings = {
            **self._walk.bindings(),
            "trajectories.queue.begin": Binding(self._ask, self._has_listed, NOTHING),
            "trajectories.queue.next": Binding(partial(self._walk.settle, Standing.DONE), self._has_queue, NO_QUEUE),
        }
        return bind(OFFERED, WHERE, bindings)

    def joined(self) -> None:
        self._blinded(self._walk.blind.on)

    def show_rollout(self, opened: Opened | None) -> None:
        self._walk.look()

    def _on_screen(self) -> str:
        opened = self._stage.opened
        return name_of(opened.run.id, opened.row.uid) if opened is not None else ""

    def _open(self, run: int, uid: str) -> None:
        self._stage.open(uid, run=run)

    def _has_queue(self) -> bool:
        return self._walk.queue is not None

    def _has_listed(self) -> bool:
        return bool(self._stage.listed())

    def _ask(self) -> None:
        """Which rollouts, and in what order: those chosen in the list, all of it where there is but one."""
        chosen = self._stage.chosen()
        ids = chosen if len(chosen) > 1 else self._stage.listed()
        which = "chosen" if len(chosen) > 1 else "all that are listed"
        detail = (
            f"{self._walk.leaving()}U hides verdict, truth, arm, memory and model meanwhile; Ctrl+Return goes on to "
            "the next."
        )
        answer = self._frame.dialogs.ask(
            f"Review {count(len(ids), 'rollout')} ({which})", detail, [RANDOM, LISTED, CANCEL]
        )
        if answer is not None:
            self._walk.begin(ids, at_random=answer == RANDOM)

    def _blinded(self, on: bool) -> None:
        self._stage.set_blind(on)
        self._walk.look()
