"""What the Verdicts room shows and why; no widgets."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from rb_studio.gui.rooms.reading_room import ReadingPresenter, ReadingView
from rb_studio.gui.rooms.verdicts import reading
from rb_studio.gui.rooms.verdicts.reading import (
    ALL,
    CHOSEN,
    PAIRS,
    Report,
    ScopeChoice,
    Shown,
    Standing,
    scope_of,
    third_of,
)
from rb_studio.records.judgement import Status
from rb_studio.store import operations, repairs, verdict_reads
from rb_studio.store.curation import count
from rb_studio.store.verdict_reads import MOST, SIDES, SORTS, Cell, JudgedRollout

if TYPE_CHECKING:
    import sqlite3

    from sqlite_utils import Database

    from rb_studio.gui.session import Session
    from rb_studio.records.event import Event
    from rb_studio.store.changes import ChangeRecord

SCOPE = "verdicts"
HIDING = ("judge", "truth", "reason", "arm", "run")
STALE_EVENTS = {"outcome", "verdict", "run", "sweep"}
STALE_AFTER = {"verdict", "verdict_presence", "run", "sweep", "rollout", "truth"}


class View(ReadingView, Protocol):
    """What the presenter sets."""

    def show_scopes(self, choices: Sequence[ScopeChoice], present: str) -> None: ...
    def show_report(self, report: Report, chosen: Cell) -> None: ...
    def show_list(self, ids: Sequence[int], matching: int, valid: int, cell: Cell) -> None: ...
    def show_rows(self, rows: Mapping[int, JudgedRollout]) -> None: ...
    def show_rollout(self, shown: Shown | None) -> None: ...
    def say(self, text: str, label: str = "", act: Any = None) -> None: ...


class VerdictsPresenter(ReadingPresenter):
    """Holds the scope, the cell and the rollout; asks the session, drops what was overtaken."""

    def __init__(self, session: "Session", view: View) -> None:
        super().__init__(session, view)
        self._view = view
        self.scope = ALL
        self.pair, self.third = "judge and truth", ""
        self.cell = Cell()
        self.sort, self.descending = "order", False
        self.current: int | None = None
        self._blind = False
        self._moved = True  # another list was asked for: what is shown is to be one of it
        self.shown: Shown | None = None
        self.report = Report()
        self.ids: tuple[int, ...] = ()
        self.standing = Standing()
        self._order: Sequence[int] = ()  # of all rollouts with the words of the filter, whatever their cell
        self.on_judged: list[Callable[[Sequence[int]], None]] = []

    def refresh(self) -> None:
        """Read everything that is shown again."""
        self._stale = False
        key = self.scope
        self._view.reading_begun()
        self._ask("verdicts.report", lambda conn: reading.load(conn, key), self._loaded)
        self.show_current()

    def choose_scope(self, key: str) -> None:
        """Look at a run, a sweep, or everything."""
        self.scope = key
        self._moved = True
        self.refresh()

    def choose_rollouts(self, uids: Sequence[str]) -> None:
        """Look at these rollouts alone."""
        self._ask("verdicts.chosen", lambda conn: reading.rows_of(conn, uids), self._chosen)

    def choose_named(self, named: Sequence[tuple[int, str]]) -> None:
        """Look at these rollouts, by run and uid, alone."""
        self._ask("verdicts.chosen", lambda conn: reading.rows_named(conn, named), self._chosen)

    def choose_pair(self, pair: str) -> None:
        """Put two other sides beside each other."""
        self.pair = pair if pair in PAIRS else self.pair
        self.third = ""
        self.report = self.standing.report(self.pair)
        self.choose_cell({})

    def choose_third(self, value: str) -> None:
        """Look only at rollouts of which the side that is not compared says this; empty for all."""
        self.third = value if value in SIDES[third_of(self.pair)] else ""
        self._moved = True
        self._tell()
        self._list()

    def choose_cell(self, sides: Mapping[str, str], *, valid: bool = True, repeated: bool = False) -> None:
        """List the rollouts of a cell, or those that are in none; no sides list all."""
        self.cell = Cell(dict(sides), self.cell.text, valid, repeated)
        self._moved = True
        self._view.show_report(self.report, self.cell)
        self._list()

    def filter(self, text: str) -> None:
        """List only rollouts with these words in task or reason."""
        self.cell = replace(self.cell, text=text)
        self.read_list()

    def order(self, sort: str, descending: bool) -> None:
        """Order the list."""
        self.sort, self.descending = (sort if sort in SORTS else "order"), descending
        self.read_list()

    def read_list(self) -> None:
        """The order of what is listed."""
        scope, text, sort, descending = scope_of(self.scope), self.cell.text, self.sort, self.descending
        self._ask(
            "verdicts.list",
            lambda conn: verdict_reads.ordered(conn, scope, text, sort=sort, descending=descending),
            self._ordered,
        )

    def set_blind(self, on: bool) -> None:
        """Read what the agent did with each rollout; list and order by nothing that tells judge or truth."""
        self._blind = on
        self.show_current()
        if on and self.third:
            self.choose_third("")
        if on and (self.sort in HIDING or set(self.cell.sides) - {"human"}):
            self.sort = "order" if self.sort in HIDING else self.sort
            self.choose_cell({side: value for side, value in self.cell.sides.items() if side == "human"})

    def fetch(self, ids: Sequence[int]) -> None:
        """Rows that come into sight."""
        key = f"verdicts.rows.{ids[0]}"
        self._ask(key, lambda conn: verdict_reads.judged_rows(conn, ids), self._view.show_rows)

    def uids_of(self, cell: Cell, done: Callable[[list[str]], None]) -> None:
        """Uids of a cell's rollouts, in the order of the list."""
        ids = self.standing.ids(self._order, self._crossed(cell))[:MOST]

        def read(conn: "sqlite3.Connection") -> list[str]:
            rows = verdict_reads.judged_rows(conn, ids)
            return [rows[one].uid for one in ids if one in rows]

        self._ask("verdicts.open", read, done)

    def select(self, rollout: int | None) -> None:
        """Show what was said about a rollout."""
        if rollout != self.current:
            self.current = rollout
            self.show_current()

    def show_current(self) -> None:
        """Read the present rollout again."""
        rollout, blind = self.current, self._blind
        if rollout is None:
            self._show(None)
            return
        self._ask("verdicts.rollout", lambda conn: reading.shown(conn, rollout, done=blind), self._show)

    def find(self, rollout_uid: str) -> None:
        """Go to a rollout by uid: its run is listed whole, it is selected."""
        self._ask("verdicts.find", lambda conn: reading.place_of(conn, rollout_uid), self._found)

    def judge(
        self,
        rollouts: Sequence[int],
        status: str,
        reason: str,
        archive: Sequence[tuple[int, int]] = (),
        then: Callable[[], None] | None = None,
    ) -> None:
        """Add a person's verdict to rollouts and archive (bank, item), as one step that can be taken back."""
        wanted = list(rollouts)
        if not wanted:
            return

        def operation(db: "Database") -> "ChangeRecord":
            return repairs.override(db, wanted, Status(status), reason, archive=archive)

        def judged(_change: "ChangeRecord") -> None:
            archived = {item for _, item in archive}
            said = f"; {count(archived)} archived" if archived else ""
            self._view.say(
                f"Judged {len(wanted)} rollout{'' if len(wanted) == 1 else 's'}: {status}{said}", "Undo", self.undo
            )
            for told in self.on_judged:
                told(wanted)
            if then is not None:
                then()

        self._session.operate(operation, self._while_shown(judged), self._while_shown(self._failed))

    def undo(self) -> None:
        """Take the last verdict back."""
        self._session.operate(lambda db: operations.undo(db, SCOPE), None, self._while_shown(self._failed))

    def events(self, events: "Sequence[Event]") -> None:
        """New rows of the feed: outcomes and verdicts change the table."""
        if any(event.table in STALE_EVENTS for event in events):
            self._became_stale()

    def changed(self, change: "ChangeRecord") -> None:
        """An operation was committed."""
        if not STALE_AFTER & set(change.tables):
            return
        if self.visible and change.who == "user":
            self.refresh()
        else:
            self._became_stale()

    def keep(self) -> dict[str, Any]:
        """What is shown, as plain JSON."""
        return {
            "scope": self.scope,
            "pair": self.pair,
            "third": self.third,
            "sides": dict(self.cell.sides),
            "text": self.cell.text,
            "sort": self.sort,
            "descending": self.descending,
            "current": self.current,
        }

    def restore(self, kept: Mapping[str, Any]) -> None:
        """What `keep` gave; what makes no sense is left out."""
        scope, pair, sides, text = (kept.get(name) for name in ("scope", "pair", "sides", "text"))
        self.scope = scope if isinstance(scope, str) and _sensible(scope) else ALL
        self.pair = pair if isinstance(pair, str) and pair in PAIRS else self.pair
        third = kept.get("third")
        self.third = third if isinstance(third, str) and third in SIDES[third_of(self.pair)] else ""
        self.cell = Cell(_known_sides(sides), text if isinstance(text, str) else "")
        sort, current = kept.get("sort"), kept.get("current")
        self.sort = sort if isinstance(sort, str) and sort in SORTS else "order"
        self.descending = kept.get("descending") is True
        self.current = current if isinstance(current, int) else None

    def _loaded(self, result: tuple[list[ScopeChoice], str, Standing]) -> None:
        choices, self.scope, self.standing = result
        self._view.reading_finished()
        self._view.show_scopes(choices, self.scope)
        self._tell()
        self.read_list()

    def _tell(self) -> None:
        self.report = self.standing.report(self.pair, self.third)
        self._view.show_report(self.report, self.cell)

    def _ordered(self, order: Sequence[int]) -> None:
        self._order = order
        self._list()

    def _list(self) -> None:
        """The cell's rollouts; filtered here, as all there are were read before."""
        cell = self._crossed(self.cell)
        found = self.standing.ids(self._order, cell)
        self.ids = tuple(found[:MOST])
        self._view.show_list(self.ids, len(found), self.report.listable(self.cell), cell)
        moved, self._moved = self._moved, False
        if self.ids and (self.current is None or (moved and self.current not in self.ids)):
            self.select(self.ids[0])

    def _crossed(self, cell: Cell) -> Cell:
        """A cell of the table, and what the third side is to say."""
        return replace(cell, sides={third_of(self.pair): self.third, **cell.sides}) if self.third else cell

    def _chosen(self, rows: list[int]) -> None:
        if not rows:
            self._view.say("These rollouts are not in this workspace.")
            return
        self.cell = Cell()
        self.choose_scope(f"{CHOSEN}:{','.join(map(str, rows))}")

    def _found(self, place: tuple[int, int] | None) -> None:
        if place is None:
            self._view.say("That rollout is not in this workspace.")
            return
        self.current, run = place
        self.scope, self.cell = f"run:{run}", Cell()
        self.refresh()

    def _show(self, shown: Shown | None) -> None:
        self.shown = shown
        self._view.show_rollout(shown)


def _sensible(key: str) -> bool:
    kind, _, number = key.partition(":")
    chosen = kind == CHOSEN and all(one.isdigit() for one in number.split(","))
    return key == ALL or chosen or (kind in ("run", "sweep") and number.isdigit())


def _known_sides(sides: object) -> dict[str, str]:
    if not isinstance(sides, Mapping):
        return {}
    return {side: value for side, value in sides.items() if value in SIDES.get(side, ())}
