"""Going through a room's queue: on to the next, back, skipped, ended; with the line that tells how far it is."""

import json
import secrets
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from rb_studio.gui.commands.binding import Binding
from rb_studio.gui.review.queue import Queue, Standing, name_of, rollout_in
from rb_studio.gui.review.queue_bar import QueueBar
from rb_studio.gui.review.reviews import reviews_of

if TYPE_CHECKING:
    from rb_studio.gui.frame import Frame

NO_QUEUE = "No review is going on: choose rollouts in the list and begin one."
ALL_DONE = "All of it is reviewed."
SEEDS = 1_000_000


class Walk(QObject):
    """The review of the room `where`; its queue has the room's name.

    Parameters
    ----------
    buttons
        Short names of what the line offers, by the last part of the commands' ids.
    on_screen
        The rollout that is shown, as an item of a queue; empty where there is none.
    show
        Shows a rollout, by its run and uid.

    Signals
    -------
    ended
        The person ended it.
    """

    ended = Signal()

    def __init__(
        self,
        frame: "Frame",
        where: str,
        buttons: Mapping[str, str],
        on_screen: Callable[[], str],
        show: Callable[[int, str], None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._frame, self._where, self._buttons = frame, where, buttons
        self._on_screen, self._show = on_screen, show
        self._reviews = reviews_of(frame)
        self._adopted = False
        self.blind = self._reviews.blind
        self.bar = QueueBar()
        self._reviews.queue_changed.connect(self._changed)

    @property
    def queue(self) -> Queue | None:
        return self._reviews.queue(self._where)

    def bindings(self) -> dict[str, Binding]:
        """What the commands of the line do, and judging blind."""
        act = Binding(self._here, lambda: self.queue is not None, NO_QUEUE)
        do: dict[str, Callable[[], None]] = {
            "skip": partial(self.settle, Standing.SKIPPED),
            "back": self._back,
            "here": self._here,
            "again": self._again,
            "end": self._end,
        }
        blind = Binding(self.blind.toggle, checked=lambda: self.blind.on)
        return {
            f"{self._where}.blind": blind,
            **{f"{self._where}.queue.{name}": act._replace(do=one) for name, one in do.items()},
        }

    def leaving(self) -> str:
        """What a person is told of the review that is going on when another one is to begin; empty where none is."""
        queue = self.queue
        if queue is None or queue.over:
            return ""
        return f"The review that is going on ({queue.progress()}) ends. "

    def begin(self, ids: Sequence[int], *, at_random: bool) -> None:
        """Go through rollouts by the ids of their rows."""
        seed = secrets.randbelow(SEEDS) if at_random else None
        self._frame.session.query(f"{self._where}.queue", partial(_names, ids=ids), partial(self._begin, seed))

    def settle(self, standing: Standing) -> None:
        """What is under review is done or skipped: to the next one."""
        queue = self.queue
        if queue is not None:
            if self._on_screen() == queue.current:
                self._set(queue.settle(queue.current, standing))
            self._onward()

    def look(self) -> None:
        """Another rollout is on screen, or the room is shown: the line tells which of the queue it is."""
        queue, here = self.queue, self._on_screen()
        if queue is not None and here in queue.items and here != queue.current:
            self._set(queue.at(here))
        self._tell()

    def _begin(self, seed: int | None, names: tuple[str, ...]) -> None:
        if names:
            self._set(Queue.begin(names, seed))
            self._onward()

    def _set(self, queue: Queue | None) -> None:
        self._reviews.set_queue(self._where, queue)

    def _onward(self) -> None:
        queue = self.queue
        item = queue.onward() if queue is not None else None
        if item is None:
            self._frame.toast(ALL_DONE)
        else:
            self._open(item)

    def _back(self) -> None:
        queue = self.queue
        item = queue.before() if queue is not None else None
        if item is not None:
            self._open(item)

    def _here(self) -> None:
        if self.queue is not None and self.queue.current:
            self._open(self.queue.current)

    def _open(self, item: str) -> None:
        queue, rollout = self.queue, rollout_in(item)
        if queue is not None and rollout is not None:
            self._set(queue.at(item))
            self._show(*rollout)
            self._tell()

    def _again(self) -> None:
        if self.queue is not None:
            self._set(self.queue.again())
            self._onward()

    def _end(self) -> None:
        queue = self.queue
        if queue is not None:
            self._set(None)
            self.ended.emit()
            self._frame.toast(f"The review is over: {queue.progress()}.", "Go on with it", partial(self._set, queue))

    def _changed(self, name: str) -> None:
        if name == self._where:
            self._tell()

    def _tell(self) -> None:
        queue, registry = self.queue, self._frame.registry
        if queue is not None and not self._adopted and registry.of(self._where):
            self._adopted = True
            actions = {act: registry.action(f"{self._where}.queue.{act}") for act in self._buttons}
            self.bar.adopt([(actions[act], name) for act, name in self._buttons.items()])
        here = queue is not None and queue.current == self._on_screen()
        self.bar.show_queue(queue, blind=self.blind.on, here=here)
        registry.refresh()


def _names(conn: sqlite3.Connection, ids: Sequence[int]) -> tuple[str, ...]:
    """Rows as items of a queue, in their order."""
    rows = conn.execute(
        "SELECT id, run, uid FROM rollout WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(list(ids)),)
    )
    found = {row[0]: name_of(row[1], row[2]) for row in rows}
    return tuple(found[one] for one in ids if one in found)
