"""Reviewing rollouts: blind or not, one after the other, with nothing lost over a restart."""

import json
import secrets
import sqlite3
from functools import partial

from rb_studio.gui.commands.binding import Binding, bind
from rb_studio.gui.commands.registry import Command
from rb_studio.gui.dialogs.questions import CANCEL
from rb_studio.gui.review.queue import Queue, Standing, name_of, rollout_in
from rb_studio.gui.review.queue_bar import QueueBar
from rb_studio.gui.review.reviews import reviews_of
from rb_studio.gui.rooms.trajectories.commands import WHERE
from rb_studio.gui.rooms.trajectories.offered_review import OFFERED
from rb_studio.gui.rooms.trajectories.opened import Opened
from rb_studio.gui.rooms.trajectories.parts import Part, Stage, Tab
from rb_studio.gui.rooms.trajectories.plain import count

QUEUE = "trajectories"
NO_QUEUE = "No review is going on: choose rollouts in the list and begin one."
NOTHING = "There is no rollout in the list."
RANDOM, LISTED = "In random order", "As listed"
BUTTONS = {"next": "Next", "skip": "Skip", "back": "Back", "here": "Here", "end": "End"}
ALL_DONE = "All of it is reviewed."
SEEDS = 1_000_000


class ReviewPart(Part):
    """The room's queue and its line above the scrub bar; `u` hides what would tell."""

    tab = Tab("below", "review")

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._reviews = reviews_of(stage.frame)
        self.bar = QueueBar()
        self._adopted = False
        self._reviews.blind.changed.connect(self._blinded)
        self._reviews.queue_changed.connect(self._changed)

    def widget(self) -> QueueBar:
        return self.bar

    def commands(self) -> list[Command]:
        on = (self._has_queue, NO_QUEUE)
        blind = self._reviews.blind
        bindings = {
            "trajectories.blind": Binding(blind.toggle, checked=lambda: blind.on),
            "trajectories.queue.begin": Binding(self._ask, self._has_listed, NOTHING),
            "trajectories.queue.next": Binding(partial(self._settle, Standing.DONE), *on),
            "trajectories.queue.skip": Binding(partial(self._settle, Standing.SKIPPED), *on),
            "trajectories.queue.back": Binding(self._back, *on),
            "trajectories.queue.here": Binding(self._here, *on),
            "trajectories.queue.again": Binding(self._again, *on),
            "trajectories.queue.end": Binding(self._end, *on),
        }
        return bind(OFFERED, WHERE, bindings)

    def joined(self) -> None:
        self._stage.set_blind(self._reviews.blind.on)
        self._show()

    def show_rollout(self, opened: Opened | None) -> None:
        queue, here = self._queue, self._on_screen
        if queue is not None and here in queue.items and here != queue.current:
            self._reviews.set_queue(QUEUE, queue.at(here))
        self._show()

    @property
    def _queue(self) -> Queue | None:
        return self._reviews.queue(QUEUE)

    @property
    def _on_screen(self) -> str:
        opened = self._stage.opened
        return name_of(opened.run.id, opened.row.uid) if opened is not None else ""

    def _has_queue(self) -> bool:
        return self._queue is not None

    def _has_listed(self) -> bool:
        return bool(self._stage.listed())

    def _ask(self) -> None:
        """Which rollouts, and in what order: those chosen in the list, all of it where there is but one."""
        chosen = self._stage.chosen()
        ids = chosen if len(chosen) > 1 else self._stage.listed()
        going = self._queue
        left = (
            f"The review that is going on ({going.progress()}) ends. " if going is not None and not going.over else ""
        )
        which = "chosen" if len(chosen) > 1 else "all that are listed"
        detail = f"{left}U hides verdict, truth, arm, memory and model meanwhile; Ctrl+Return goes on to the next."
        answer = self._frame.dialogs.ask(
            f"Review {count(len(ids), 'rollout')} ({which})", detail, [RANDOM, LISTED, CANCEL]
        )
        if answer is not None:
            seed = secrets.randbelow(SEEDS) if answer == RANDOM else None
            begin = partial(self._begin, seed)
            self._frame.session.query("trajectories.queue", partial(_names, ids=ids), begin)

    def _begin(self, seed: int | None, names: tuple[str, ...]) -> None:
        if names:
            self._reviews.set_queue(QUEUE, Queue.begin(names, seed))
            self._onward()

    def _settle(self, standing: Standing) -> None:
        """What is under review is done or skipped: to the next one."""
        queue = self._queue
        if queue is None:
            return
        if self._on_screen == queue.current:
            self._reviews.set_queue(QUEUE, queue.settle(queue.current, standing))
        self._onward()

    def _onward(self) -> None:
        queue = self._queue
        item = queue.onward() if queue is not None else None
        if item is None:
            self._frame.toast(ALL_DONE)
        else:
            self._open(item)

    def _back(self) -> None:
        queue = self._queue
        item = queue.before() if queue is not None else None
        if item is not None:
            self._open(item)

    def _here(self) -> None:
        if self._queue is not None and self._queue.current:
            self._open(self._queue.current)

    def _open(self, item: str) -> None:
        queue, rollout = self._queue, rollout_in(item)
        if queue is not None and rollout is not None:
            self._reviews.set_queue(QUEUE, queue.at(item))
            self._stage.open(rollout[1], run=rollout[0])
            self._show()

    def _again(self) -> None:
        if self._queue is not None:
            self._reviews.set_queue(QUEUE, self._queue.again())
            self._onward()

    def _end(self) -> None:
        queue = self._queue
        if queue is not None:
            self._reviews.set_queue(QUEUE, None)
            back = partial(self._reviews.set_queue, QUEUE, queue)
            self._frame.toast(f"The review is over: {queue.progress()}.", "Go on with it", back)

    def _blinded(self, on: bool) -> None:
        self._stage.set_blind(on)
        self._show()

    def _changed(self, name: str) -> None:
        if name == QUEUE:
            self._show()

    def _show(self) -> None:
        queue = self._queue
        registry = self._frame.registry
        if queue is not None and not self._adopted and registry.of(WHERE):
            self._adopted = True
            self.bar.adopt([(registry.action(f"trajectories.queue.{act}"), name) for act, name in BUTTONS.items()])
        here = queue is not None and queue.current == self._on_screen
        self.bar.show_queue(queue, blind=self._reviews.blind.on, here=here)
        registry.refresh()


def _names(conn: sqlite3.Connection, ids: tuple[int, ...]) -> tuple[str, ...]:
    """Rows as items of a queue, in their order."""
    rows = conn.execute(
        "SELECT id, run, uid FROM rollout WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(list(ids)),)
    )
    found = {row[0]: name_of(row[1], row[2]) for row in rows}
    return tuple(found[one] for one in ids if one in found)
