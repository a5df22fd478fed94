"""A person's verdict and what follows from it: memory learned under another label, archived with it or left."""

import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from rb_studio.gui.commands.binding import Binding, bind
from rb_studio.gui.commands.registry import Command
from rb_studio.gui.rooms.room import Place
from rb_studio.gui.rooms.trajectories.plain import count
from rb_studio.gui.rooms.verdicts.commands import HIDDEN, NOTHING, WHERE
from rb_studio.gui.rooms.verdicts.offered_repair import OFFERED
from rb_studio.gui.rooms.verdicts.parts import Part
from rb_studio.gui.rooms.verdicts.repair_dialog import RepairDialog
from rb_studio.records.judgement import Status
from rb_studio.store import repairs
from rb_studio.store.repairs import Damage
from rb_studio.store.verdict_reads import NONE, judged_rows

if TYPE_CHECKING:
    from rb_studio.gui.rooms.verdicts.view import VerdictsRoom
    from rb_studio.jobs.learn_groups import LearnRequest
    from rb_studio.jobs.learning import Learned
    from rb_studio.models.settings import Settings

AGAIN = "Distil again"
REVIEW, CANDIDATES = "Review", "state:candidate"
WHAT = (
    "The distiller is shown {} again, under the verdict a person gave. What it writes become candidate items: nothing "
    "retrieves them before somebody makes them active."
)
NO_WORD = "Give this rollout a verdict of your own first."


class RepairPart(Part):
    """Judges what is selected; tells before what memory rests on another label, and offers to learn again after."""

    def __init__(self, room: "VerdictsRoom") -> None:
        super().__init__(room)
        self._room, self._frame = room, room.frame
        self.dialog: RepairDialog | None = None
        self._closed = False
        room.panel.override.judged.connect(self._judge_selected)

    def commands(self) -> list[Command]:
        said = (self._has_word, NO_WORD)
        bindings = {
            **{
                f"verdicts.judge.{status}": Binding(partial(self.judge, str(status)), self._can_judge, NOTHING)
                for status in Status
            },
            "verdicts.repair": Binding(self._repair, *said),
            "verdicts.distil": Binding(self._distil_current, *said),
            "verdicts.given": Binding(self._list_given, self._room.sees, HIDDEN),
        }
        return bind(OFFERED, WHERE, bindings)

    def closing(self) -> None:
        self._closed = True

    def judge(self, status: str) -> None:
        """Add this verdict, with the reason in the line, to the selected rollouts."""
        self._judge_selected(status, self._room.panel.override.reason.text().strip())

    def _can_judge(self) -> bool:
        return self._room.has_rollout() and self._frame.session.workspace.writable

    def _has_word(self) -> bool:
        shown = self._room.presenter.shown
        return self._can_judge() and self._room.sees() and shown is not None and shown.detail.rollout.human != NONE

    def _judge_selected(self, status: str, reason: str) -> None:
        chosen = self._room.chosen()
        if chosen:
            self._look(chosen, Status(status), reason, self._tell)

    def _repair(self) -> None:
        """The verdict that stands, once more: what it contradicts in memory may have been left before."""
        shown = self._room.presenter.shown
        if shown is not None:
            rollout = shown.detail.rollout
            self._look([rollout.id], Status(rollout.human), "", self._tell_again)

    def _look(self, chosen: list[int], status: Status, reason: str, told: Any) -> None:
        def done(found: Damage) -> None:
            if not self._closed:
                told(chosen, status, reason, found)

        read = partial(_damage, rollouts=chosen, status=status)
        self._frame.session.query("verdicts.damage", read, done, self._room.show_error)

    def _tell(self, chosen: list[int], status: Status, reason: str, found: Damage) -> None:
        """What is given blind tells nothing: which label was learned under is the judge's word."""
        if found.items and not self._room.blind:
            self._ask(chosen, status, reason, found)
        else:
            self._commit(chosen, status, reason, (), False)

    def _tell_again(self, chosen: list[int], status: Status, reason: str, found: Damage) -> None:
        if found.items:
            self._ask(chosen, status, reason, found)
        else:
            self._room.say(found.sentence())

    def _ask(self, chosen: list[int], status: Status, reason: str, found: Damage) -> None:
        self.dialog = RepairDialog(found, len(chosen), status, self._room.window())
        self.dialog.decided.connect(partial(self._commit, chosen, status, reason))
        self.dialog.rollouts_asked.connect(self._room.presenter.choose_named)
        self.dialog.open()

    def _commit(
        self, chosen: list[int], status: Status, reason: str, archive: Sequence[tuple[int, int]], again: bool
    ) -> None:
        self._room.panel.override.reason.clear()

        def done() -> None:
            if again and not self._closed:
                self._distil(chosen, [bank for bank, _ in archive])

        self._room.presenter.judge(chosen, str(status), reason, archive, done)

    def _distil_current(self) -> None:
        self._distil(self._room.chosen())

    def _distil(self, chosen: Sequence[int], archived: Sequence[int] = ()) -> None:
        """What it takes is told before anything is sent; `archived` are the banks items were archived in."""
        read = partial(_again, rollouts=list(chosen), archived=archived)
        self._frame.session.query("verdicts.again", read, self._ask_distil, self._room.show_error)

    def _ask_distil(self, request: "LearnRequest") -> None:
        from rb_studio.gui.rooms.trajectories.distil_dialog import DistilDialog

        if self._closed:
            return
        number = len(request.rollouts)
        what = WHAT.format("this rollout" if number == 1 else f"these {number:,} rollouts")
        dialog = DistilDialog(self._frame, request, AGAIN, what, self._room.window())
        dialog.label.setEnabled(False)
        dialog.asked.connect(self._begin)
        dialog.open()

    def _begin(self, request: "LearnRequest", settings: "Settings") -> None:
        from rb_studio.gui.rooms.trajectories.distil_dialog import distil

        distil(self._frame, AGAIN, "experience", (request, settings), self._room.say, self._learned)

    def _learned(self, learned: "Learned") -> None:
        """How many candidates arrived where, and the way there."""
        if not self._closed:
            told = f"{count(learned.items, 'candidate')} in the bank {learned.bank}."
            self._room.say(told, REVIEW, partial(self._review, learned.bank))

    def _review(self, bank: str) -> None:
        if not self._closed:
            self._room.go.emit(Place("memories", {"bank": bank, "query": CANDIDATES}))

    def _list_given(self) -> None:
        """Rollouts whose prompts held what a person's verdict contradicts by now."""
        self._frame.session.query("verdicts.given", _given, self._show_given, self._room.show_error)

    def _show_given(self, named: list[tuple[int, str]]) -> None:
        if named and not self._closed:
            self._room.presenter.choose_named(named)
        elif not self._closed:
            self._room.say("No rollout was given memory that a person's verdict contradicts.")


def _damage(conn: sqlite3.Connection, rollouts: Sequence[int], status: Status) -> Damage:
    return repairs.damage(conn, rollouts, status)


def _again(conn: sqlite3.Connection, rollouts: Sequence[int], archived: Sequence[int]) -> "LearnRequest":
    from rb_studio.jobs.repair import again, repaired_bank

    return again(conn, rollouts, bank=repaired_bank(conn, rollouts, archived))


def _given(conn: sqlite3.Connection) -> list[tuple[int, str]]:
    """Run and uid of rollouts that were given what a person's standing verdict contradicts."""
    ids = [row[0] for row in conn.execute("SELECT DISTINCT rollout FROM verdict WHERE source = 'human'")]
    by_status: defaultdict[str, list[int]] = defaultdict(list)
    for row in judged_rows(conn, ids).values():
        by_status[row.human].append(row.id)
    found = (repairs.damage(conn, rows, Status(said)) for said, rows in by_status.items() if said != NONE)
    return list(dict.fromkeys((one.run, one.rollout_uid) for part in found for one in part.served if one.rollout_uid))
