"""Judging rollouts one after the other, blind or not; a verdict goes on to the next."""

import sqlite3
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from rb_studio.gui.commands.binding import Binding, bind
from rb_studio.gui.commands.registry import Command
from rb_studio.gui.dialogs.questions import CANCEL
from rb_studio.gui.review.queue import Standing, name_of
from rb_studio.gui.review.walk import Walk
from rb_studio.gui.rooms.verdicts import reading
from rb_studio.gui.rooms.verdicts.commands import NO_LIST, WHERE
from rb_studio.gui.rooms.verdicts.offered_review import OFFERED
from rb_studio.gui.rooms.verdicts.parts import Part

if TYPE_CHECKING:
    from rb_studio.gui.rooms.verdicts.reading import Shown
    from rb_studio.gui.rooms.verdicts.view import VerdictsRoom

BLIND, OPEN = "Blind, in random order", "As listed, seeing all"
BUTTONS = {"skip": "Skip", "back": "Back", "here": "Here", "end": "End"}


class ReviewPart(Part):
    """The room's queue and its line above the parts."""

    def __init__(self, room: "VerdictsRoom") -> None:
        super().__init__(room)
        self._room, self._frame = room, room.frame
        self._walk = Walk(room.frame, WHERE, BUTTONS, self._on_screen, self._open, self)
        self._blind = self._walk.blind
        self._adopted = False
        room.add_banner(self._walk.bar)
        room.presenter.on_judged.append(self._judged)
        self._blind.changed.connect(room.set_blind)
        self._walk.ended.connect(self._see)

    def commands(self) -> list[Command]:
        begin = Binding(self._ask, self._room.has_list, NO_LIST)
        return bind(OFFERED, WHERE, {**self._walk.bindings(), "verdicts.queue.begin": begin})

    def joined(self) -> None:
        self._room.set_blind(self._blind.on)
        self._walk.look()

    def entered(self) -> None:
        if not self._adopted and self._frame.registry.of(WHERE):
            self._adopted = True
            self._room.list.adopt(self._frame.registry.action("verdicts.queue.begin"), "One by one\u2026")
        self._walk.look()

    def rollout_shown(self, shown: "Shown | None") -> None:
        self._walk.look()

    def _on_screen(self) -> str:
        shown = self._room.presenter.shown
        return name_of(shown.detail.rollout.run, shown.detail.rollout.uid) if shown is not None else ""

    def _ask(self) -> None:
        """Which rollouts, and how: those selected in the list, all of it where there is but one."""
        selected = self._room.list.selected_ids()
        ids = selected if len(selected) > 1 else list(self._room.presenter.ids)
        which = "selected" if len(selected) > 1 else "all that are listed"
        detail = (
            f"{self._walk.leaving()}S, F or U gives your verdict and goes on to the next, Right skips. Blind hides "
            "judge, truth, arm and memory in every room until it is switched off (H)."
        )
        number = f"{len(ids):,} rollout{'' if len(ids) == 1 else 's'}"
        answer = self._frame.dialogs.ask(f"Judge {number} ({which}) one by one", detail, [BLIND, OPEN, CANCEL])
        if answer is not None:
            self._blind.set(answer == BLIND)
            self._walk.begin(ids, at_random=answer == BLIND)

    def _judged(self, _rollouts: Sequence[int]) -> None:
        queue = self._walk.queue
        if queue is not None and queue.current and self._on_screen() == queue.current:
            self._walk.settle(Standing.DONE)

    def _see(self) -> None:
        self._blind.set(False)

    def _open(self, run: int, uid: str) -> None:
        read = partial(_rows, named=[(run, uid)])
        self._frame.session.query("verdicts.queue.open", read, self._select, self._room.show_error)

    def _select(self, rows: list[int]) -> None:
        if rows:
            self._room.presenter.select(rows[0])
        else:
            self._room.say("That rollout is not in this workspace any more.")


def _rows(conn: sqlite3.Connection, named: Sequence[tuple[int, str]]) -> list[int]:
    return reading.rows_named(conn, named)
