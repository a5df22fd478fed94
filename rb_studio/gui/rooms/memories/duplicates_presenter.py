"""Finds duplicates off the GUI thread and keeps the groups true while they are acted on."""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Protocol

from rb_studio.gui.rooms.memories import reads
from rb_studio.gui.rooms.memories.slow import Slow, Ticket
from rb_studio.gui.rooms.memories.vectors_first import make_vectors, tell_made
from rb_studio.jobs.duplicates import IN_USE, DuplicateGroup, FoundGroups, find_aside
from rb_studio.jobs.embedding import chosen_embedder
from rb_studio.store.curation import distinct_pairs
from rb_studio.store.items import ItemRow

if TYPE_CHECKING:
    from rb_studio.gui.frame import Frame

KEY = "duplicates"
MOST_KEPT = 2000
COMPARED = "Candidate and active items of the bank are compared."
Apart = tuple[ItemRow, ItemRow]
Now = tuple[dict[int, ItemRow], set[tuple[int, int]]]


class DuplicatesView(Protocol):
    """What the presenter tells."""

    def show_busy(self, done: int, total: int) -> None: ...
    def show_step(self, text: str) -> None: ...
    def show_idle(self, status: str = "") -> None: ...
    def show_embedder(self, identity: str) -> None: ...
    def show_kept(self, pairs: Sequence[Apart]) -> None: ...
    def show_groups(self, groups: Sequence[DuplicateGroup], status: str) -> None: ...


class DuplicatesPresenter:
    """A list that does not go stale: after every change the groups are what is left of them."""

    def __init__(self, frame: "Frame", slow: Slow, view: DuplicatesView, shown: Callable[[], int | None]) -> None:
        self._frame = frame
        self._shown = shown
        self._slow = slow
        self._view = view
        self._bank: int | None = None
        self._found: tuple[DuplicateGroup, ...] = ()
        self._truncated = False

    def find(self, bank_id: int | None, least: float) -> None:
        """Search a bank."""
        if bank_id is None:
            self._view.show_idle("There is no bank to search.")
            return
        self._bank = bank_id
        self._view.show_busy(0, 0)
        self._view.show_step("Making vectors where they are missing, then comparing\u2026")
        work = partial(self._search, bank_id, least)
        self._slow.run(KEY, work, self._show, self._view.show_idle, self._view.show_busy)

    def stop(self) -> None:
        """Give the search up."""
        self._slow.stop(KEY)
        self._view.show_idle("The search was stopped.")

    def forget(self) -> None:
        """Another bank is shown."""
        self._slow.stop(KEY)
        self._found, self._bank = (), None
        self._view.show_groups((), COMPARED)
        self._view.show_idle()

    def changed(self) -> None:
        """Something changed in the bank: bring the groups up to date."""
        if not self._found or self._bank is None:
            return
        ids = [item.id for group in self._found for item in group.items]
        self._frame.session.query("memories.groups", partial(_now, bank_id=self._bank, ids=ids), self._refresh)

    def look(self) -> None:
        """The panel is looked at: whose vectors are compared, and which pairs are kept apart."""
        self._frame.session.background(self._identity, self._view.show_embedder, self._view.show_idle)
        self.read_kept()

    def read_kept(self) -> None:
        """The pairs that are remembered as no duplicates."""
        bank = self._shown()
        if bank is not None:
            self._frame.session.query("memories.apart", partial(kept_apart, bank_id=bank), self._view.show_kept)

    def _identity(self) -> str:
        with chosen_embedder(self._frame.settings().embedder) as embedder:
            return embedder.identity

    def _search(self, bank_id: int, least: float, ticket: Ticket) -> FoundGroups:
        """Make the vectors that are missing, then compare; each in a process of its own."""
        make_vectors(self._frame, bank_id, ticket)
        path, name = self._frame.session.workspace.path, self._frame.settings().embedder
        return find_aside(path, bank_id, name, least, told=ticket.tell)

    def _show(self, found: FoundGroups) -> None:
        self._found, self._truncated = found.groups, found.truncated
        self._view.show_idle()
        self._tell(found.groups)
        tell_made(self._frame)

    def _refresh(self, now: Now) -> None:
        """What is left is told from all that was found, so that what is undone comes back."""
        rows, apart = now
        left = (_left_of(group, rows, apart) for group in self._found)
        self._tell([group for group in left if group is not None])

    def _tell(self, groups: Sequence[DuplicateGroup]) -> None:
        count, none = len(groups), "No duplicates are left." if self._found else "No duplicates found."
        text = none if not count else f"{count} group{'' if count == 1 else 's'}, the nearest first."
        if self._truncated:
            text += " There are more pairs than are kept: raise the least cosine."
        self._view.show_groups(groups, text)


def kept_apart(conn: sqlite3.Connection, bank_id: int) -> list[Apart]:
    """Pairs marked as no duplicates, of items the bank still shows; the newest items first."""
    pairs = sorted(distinct_pairs(conn, bank_id), reverse=True)[:MOST_KEPT]
    rows = reads.rows(conn, bank_id, sorted({item for pair in pairs for item in pair})) if pairs else {}
    return [(rows[a], rows[b]) for a, b in pairs if a in rows and b in rows]


def _now(conn: sqlite3.Connection, bank_id: int, ids: list[int]) -> Now:
    return reads.rows(conn, bank_id, ids), distinct_pairs(conn, bank_id)


def _left_of(group: DuplicateGroup, rows: dict[int, ItemRow], apart: set[tuple[int, int]]) -> DuplicateGroup | None:
    """The group without items that are out of use or rewritten, and without pairs that were kept apart."""
    same = {
        item.id: rows[item.id]
        for item in group.items
        if item.id in rows and rows[item.id].state in IN_USE and rows[item.id].version == item.version
    }
    pairs = tuple(
        pair
        for pair in group.pairs
        if pair.a in same and pair.b in same and (min(pair.a, pair.b), max(pair.a, pair.b)) not in apart
    )
    if not pairs:
        return None
    members = {number for pair in pairs for number in (pair.a, pair.b)}
    items = tuple(row for number, row in same.items() if number in members)
    return replace(group, items=items, pairs=pairs, cosine=max(pair.cosine for pair in pairs))
