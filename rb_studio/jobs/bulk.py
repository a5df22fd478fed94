"""Acts on many items at once: what they would change, told first; then a snapshot and one step that undo takes back."""

import sqlite3
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rb_studio.records.memory import ItemState
from rb_studio.store import snapshots
from rb_studio.store.changes import ChangeRecord
from rb_studio.store.items import ItemFilter, ItemRow, list_items
from rb_studio.store.replacing import Replacement
from rb_studio.store.temporal import chain, visible

if TYPE_CHECKING:
    from sqlite_utils import Database

# From this many items on, an act is worth a snapshot of its own.
MANY = 10
SAMPLE = 5
_EVERY = tuple(map(str, ItemState))


@dataclass(frozen=True, slots=True)
class Plan:
    """What an act would do: items meant, those of them it changes, all by their present state, the first it changes."""

    matching: int
    changing: int
    by_state: Mapping[str, int]
    sample: tuple[ItemRow, ...]

    @property
    def unchanged(self) -> int:
        """Items that are so already."""
        return self.matching - self.changing


def plan_state(conn: sqlite3.Connection, bank_id: int, ids: Sequence[int], state: ItemState) -> Plan:
    """What putting these items into a state would change; ids the bank does not show are passed over."""
    states = _states(conn, bank_id, ids)
    return _plan(conn, bank_id, states, [item for item, present in states.items() if present != state])


def plan_tag(conn: sqlite3.Connection, bank_id: int, ids: Sequence[int], tag: str, *, present: bool = True) -> Plan:
    """What putting a tag on these items, or taking it off, would change."""
    query, params = visible("item_tag", chain(conn, bank_id))
    rows = conn.execute(f"SELECT item FROM ({query}) WHERE tag = ? AND present", [*params, tag.strip()])
    tagged = {row[0] for row in rows}
    states = _states(conn, bank_id, ids)
    return _plan(conn, bank_id, states, [item for item in states if (item in tagged) != present])


def plan_replace(conn: sqlite3.Connection, bank_id: int, ids: Sequence[int], found: Iterable[Replacement]) -> Plan:
    """What these replacements in the texts of these items would change."""
    changing = {one.item for one in found}
    states = _states(conn, bank_id, ids)
    return _plan(conn, bank_id, states, [item for item in states if item in changing])


def act(
    db: "Database",
    bank_id: int,
    ids: Collection[int],
    do: "Callable[[Database, str], ChangeRecord]",
    *,
    snapshot: str | None,
    reason: str = "",
    many: int = MANY,
) -> ChangeRecord:
    """Carry out one operation, after an automatic snapshot named `snapshot` (None: without).

    `do` gets the database and the reason. Where it changes nothing, or fails, there is no snapshot either, and none
    before an act on fewer than `many` items.
    """
    taken = None
    if snapshot is not None and len(ids) >= many:
        taken = snapshots.take_snapshot(db, bank_id, snapshot, automatic=True, reason=reason)
    change = do(db, reason)
    if taken is not None and change.empty:
        snapshots.delete_snapshot(db, bank_id, taken.name)
    return change


def _states(conn: sqlite3.Connection, bank_id: int, ids: Sequence[int]) -> dict[int, str]:
    """Present states of those items the bank shows, in the order given."""
    query, params = visible("item_state", chain(conn, bank_id))
    shown = dict(map(tuple, conn.execute(f"SELECT item, state FROM ({query})", params)))
    return {item: shown[item] for item in dict.fromkeys(ids) if item in shown}


def _plan(conn: sqlite3.Connection, bank_id: int, states: Mapping[int, str], changing: Sequence[int]) -> Plan:
    where = ItemFilter(states=_EVERY, ids=tuple(changing[:SAMPLE]))
    rows = list_items(conn, bank_id, where) if changing else []
    return Plan(len(states), len(changing), dict(Counter(states.values())), tuple(rows))
