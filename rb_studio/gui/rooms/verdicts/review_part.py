"""Judging rollouts one after the other, blind or not; a verdict goes on to the next."""

import json
import secrets
import sqlite3
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from rb_studio.gui.commands.binding import Binding, bind
from rb_studio.gui.commands.registry import Command
from rb_studio.gui.dialogs.questions import CANCEL
from rb_studio.gui.review.queue import Queue, Standing, name_of, rollout_in
from rb_studio.gui.review.queue_bar import QueueBar
from rb_studio.gui.review.reviews import reviews_of
from rb_studio.gui.rooms.verdicts import reading
from rb_studio.gui.rooms.verdicts.commands import NO_LIST, WHERE
from rb_studio.gui.rooms.verdicts.offered_review import OFFERED
from rb_studio.gui.rooms.verdicts.parts import Part

if TYPE_CHECKING:
    from rb_studio.gui.rooms.verdicts.reading import Shown
    from rb_studio.gui.rooms.verdicts.view import VerdictsRoom

QUEUE = "verdicts"
NO_QUEUE = "No review is going on: choose rollouts in the list and begin one."
BLIND, OPEN = "Blind, in random order", "As listed, seeing all"
BUTTONS = {"skip": "Skip", "back": "Back", "here": "Here", "end": "End"}
ALL_DONE = "All of it is judged."
SEEDS = 1_000_000


class ReviewPart(Part):
    """The room's queue and its line above the parts."""

    def __init__(self, room: "VerdictsRoom") -> None:
        super().__init__(room)
        self._room, self._frame = room, room.frame
        self._reviews = reviews_of(room.frame)
        self._adopted = False
        self.bar = QueueBar(room)
        room.add_banner(self.bar)
        room.presenter.on_judged.append(self._judged)
        self._reviews.blind.changed.connect(room.set_blind)
        self._reviews.queue_changed.connect(self._changed)

    def commands(self) -> list[Command]:
        on = (self._has_queue, NO_QUEUE)
        blind = self._reviews.blind
        bindings = {
            "verdicts.blind": Binding(blind.toggle, checked=lambda: blind.on),
            "verdicts.queue.begin": Binding(self._ask, self._room.has_list, NO_LIST),
            "verdicts.queue.skip": Binding(self._skip, *on),
            "verdicts.queue.back": Binding(self._back, *on),
            "verdicts.queue.here": Binding(self._here, *on),
            "verdicts.queue.again": Binding(self._again, *on),
            "verdicts.queue.end": Binding(self._end, *on),
        }
        return bind(OFFERED, WHERE, bindings)

    def joined(self) -> None:
        self._room.set_blind(self._reviews.blind.on)
        self._show()

    def entered(self) -> None:
        registry = self._frame.registry
        if not self._adopted and registry.of(WHERE):
            self._adopted = True
            self.bar.adopt([(registry.action(f"verdicts.queue.{act}"), name) for act, name in BUTTONS.items()])
        self._show()

    def rollout_shown(self, shown: "Shown | None") -> None:
        queue, here = self._queue, self._on_screen
        if queue is not None and here in queue.items and here != queue.current:
            self._reviews.set_queue(QUEUE, queue.at(here))
        self._show()

    @property
    def _queue(self) -> Queue | None:
        return self._reviews.queue(QUEUE)

    @property
    def _on_screen(self) -> str:
        shown = self._room.presenter.shown
        return name_of(shown.detail.rollout.run, shown.detail.rollout.uid) if shown is not None else ""

    def _has_queue(self) -> bool:
        return self._queue is not None

    def _ask(self) -> None:
        """Which rollouts, and how: those selected in the list, all of it where there is but one."""
        selected = self._room.list.selected_ids()
        ids = selected if len(selected) > 1 else list(self._room.presenter.ids)
        going = self._queue
        left = f"The review that is going on ({going.progress()}) ends. " if going and not going.over else ""
        which = "selected" if len(selected) > 1 else "all that are listed"
        detail = (
            f"{left}S, F or U gives your verdict and goes on to the next, Right skips. Blind hides judge, truth, arm "
            "and memory in every room until it is switched off (H)."
        )
        number = f"{len(ids):,} rollout{'' if len(ids) == 1 else 's'}"
        answer = self._frame.dialogs.ask(f"Judge {number} ({which}) one by one", detail, [BLIND, OPEN, CANCEL])
        if answer is not None:
            blind = answer == BLIND
            seed = secrets.randbelow(SEEDS) if blind else None
            self._frame.session.query("verdicts.queue", partial(_names, ids=ids), partial(self._begin, seed, blind))

    def _begin(self, seed: int | None, blind: bool, names: tuple[str, ...]) -> None:
        if names:
            self._reviews.set_queue(QUEUE, Queue.begin(names, seed))
            self._reviews.blind.set(blind)
            self._onward()

    def _judged(self, _rollouts: Sequence[int]) -> None:
        queue = self._queue
        if queue is not None and queue.current and self._on_screen == queue.current:
            self._settle(Standing.DONE)

    def _skip(self) -> None:
        self._settle(Standing.SKIPPED)

    def _settle(self, standing: Standing) -> None:
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
            read = partial(_rows, named=[rollout])
            self._frame.session.query("verdicts.queue.open", read, self._select, self._room.show_error)

    def _select(self, rows: list[int]) -> None:
        if rows:
            self._room.presenter.select(rows[0])
        else:
            self._room.say("That rollout is not in this workspace any more.")

    def _again(self) -> None:
        if self._queue is not None:
            self._reviews.set_queue(QUEUE, self._queue.again())
            self._onward()

    def _end(self) -> None:
        queue = self._queue
        if queue is not None:
            self._reviews.set_queue(QUEUE, None)
            self._reviews.blind.set(False)
            back = partial(self._reviews.set_queue, QUEUE, queue)
            self._frame.toast(f"The review is over: {queue.progress()}.", "Go on with it", back)

    def _changed(self, name: str) -> None:
        if name == QUEUE:
            self._show()

    def _show(self) -> None:
        queue = self._queue
        here = queue is not None and queue.current == self._on_screen
        self.bar.show_queue(queue, blind=self._reviews.blind.on, here=here)
        self._frame.registry.refresh()


def _rows(conn: sqlite3.Connection, named: Sequence[tuple[int, str]]) -> list[int]:
    return reading.rows_named(conn, named)


def _names(conn: sqlite3.Connection, ids: Sequence[int]) -> tuple[str, ...]:
    """Rows as items of a queue, in their order."""
    rows = conn.execute(
        "SELECT id, run, uid FROM rollout WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(list(ids)),)
    )
    found = {row[0]: name_of(row[1], row[2]) for row in rows}
    return tuple(found[one] for one in ids if one in found)
