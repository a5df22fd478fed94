"""The review queue: candidates waiting for a decision, and what speaks against trusting them."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from rb_studio.records.errors import UsageError
from rb_studio.records.item_text import ItemText
from rb_studio.records.memory import ItemState
from rb_studio.records.review import Doubt
from rb_studio.store import items, temporal
from rb_studio.store.changes import ChangeRecord
from rb_studio.store.curation import SCOPE, count, put_state, refuse_empty, short
from rb_studio.store.memory_rows import add_version
from rb_studio.store.operations import begin
from rb_studio.store.rows import clean, cleaned
from rb_studio.store.sheet import Sheet

if TYPE_CHECKING:
    from sqlite_utils import Database

# Where a rejected candidate may go; deleted ones can be erased later.
REJECTED = (ItemState.ARCHIVED, ItemState.EXCLUDED, ItemState.DELETED)


def queue(conn: sqlite3.Connection, bank_id: int) -> list[int]:
    """Ids of the candidates of a bank: those with most doubts first, then in the order they were made."""
    states, params = temporal.visible("item_state", temporal.chain(conn, bank_id))
    rows = conn.execute(
        f"SELECT s.item FROM ({states}) s LEFT JOIN (SELECT item, count(*) AS doubts FROM item_doubt GROUP BY item) d "
        "ON d.item = s.item WHERE s.state = 'candidate' ORDER BY coalesce(d.doubts, 0) DESC, s.item",
        params,
    )
    return [row[0] for row in rows]


def waiting_of(conn: sqlite3.Connection, bank_id: int, run_id: int) -> int:
    """How many of the items that a run wrote wait in a bank."""
    states, params = temporal.visible("item_state", temporal.chain(conn, bank_id))
    row = conn.execute(
        f"SELECT count(*) FROM ({states}) s JOIN memory_item i ON i.id = s.item "
        "JOIN experience e ON e.id = i.experience WHERE s.state = 'candidate' AND e.run = ?",
        [*params, run_id],
    ).fetchone()
    return int(row[0])


def add_doubts(db: "Database", doubts: Mapping[int, Iterable[Doubt]]) -> None:
    """Keep why items are doubted, by item id, as part of the operation that adds them, or shows them again."""
    db.execute("DELETE FROM item_doubt WHERE item IN (SELECT value FROM json_each(?))", (json.dumps(list(doubts)),))
    sheet = Sheet(db)
    put_doubts(sheet, doubts)
    sheet.write()


def put_doubts(sheet: Sheet, doubts: Mapping[int, Iterable[Doubt]]) -> None:
    """As `add_doubts`, for new items that are to be written with other rows."""
    rows = [cleaned((item, one.reason, one.value)) for item, found in doubts.items() for one in found]
    sheet.add("item_doubt", ("item", "reason", "value"), rows)


def doubts(conn: sqlite3.Connection, ids: Iterable[int]) -> dict[int, tuple[Doubt, ...]]:
    """Doubts by item id; items without any are left out."""
    found: defaultdict[int, list[Doubt]] = defaultdict(list)
    rows = conn.execute(
        "SELECT item, reason, value FROM item_doubt WHERE item IN (SELECT value FROM json_each(?)) "
        "ORDER BY item, reason",
        (json.dumps(list(ids)),),
    )
    for item, reason, value in rows:
        found[item].append(Doubt(reason, value))
    return {item: tuple(them) for item, them in found.items()}


def doubts_of(conn: sqlite3.Connection, experience: int | None) -> dict[str, tuple[Doubt, ...]]:
    """Doubts about the items of an experience, by the items' uids."""
    found: defaultdict[str, list[Doubt]] = defaultdict(list)
    for uid, reason, value in conn.execute(
        "SELECT i.uid, d.reason, d.value FROM memory_item i JOIN item_doubt d ON d.item = i.id WHERE i.experience = ? "
        "ORDER BY i.id, d.reason",
        (experience,),
    ):
        found[uid].append(Doubt(reason, value))
    return {uid: tuple(them) for uid, them in found.items()}


def accept(db: "Database", bank_id: int, ids: Iterable[int], *, who: str = "user", reason: str = "") -> ChangeRecord:
    """Put candidates into use; items that are none any more stay as they are."""
    return _decide(db, bank_id, ids, ItemState.ACTIVE, "Accept", who, reason)


def reject(
    db: "Database",
    bank_id: int,
    ids: Iterable[int],
    *,
    to: ItemState = ItemState.ARCHIVED,
    who: str = "user",
    reason: str = "",
) -> ChangeRecord:
    """Take candidates out of the queue without using them. Raises UsageError for a state that is in use or waiting."""
    if to not in REJECTED:
        raise UsageError(f"a rejected candidate cannot become {to}: choose {', '.join(REJECTED)}")
    return _decide(db, bank_id, ids, to, "Reject", who, reason)


def accept_edited(
    db: "Database", bank_id: int, item_id: int, text: ItemText, *, who: str = "user", reason: str = ""
) -> ChangeRecord:
    """Give an item other texts and put it into use, as one operation. Raises UsageError for a text that is none."""
    refuse_empty(text.title, text.description, text.content)
    old = items.item(db.conn, bank_id, item_id)
    if (old.title, old.description, old.content) == tuple(map(clean, (text.title, text.description, text.content))):
        return accept(db, bank_id, [item_id], who=who, reason=reason)
    label = f"Edit and accept “{short(text.title)}”"
    op = begin(db, SCOPE, label, who=who, reason=reason, bank=bank_id, forward={"edit": item_id, "accept": 1})
    temporal.end(db, "item_version", bank_id, [item_id], op)
    add_version(db, bank_id, op, item_id, text)
    if old.state != ItemState.ACTIVE:
        put_state(db, bank_id, [item_id], ItemState.ACTIVE, op)
    return ChangeRecord(label, who, ("item_version", "item_state"), {"memory_item": (item_id,)}, op)


def _decide(
    db: "Database", bank_id: int, ids: Iterable[int], state: ItemState, verb: str, who: str, reason: str
) -> ChangeRecord:
    waiting = _waiting(db, bank_id, ids)
    change = ChangeRecord(f"{verb} {count(waiting)}", who)
    if not waiting:
        return change
    forward = {verb.lower(): str(state), "n": len(waiting)}
    op = begin(db, SCOPE, change.label, who=who, reason=reason, bank=bank_id, forward=forward)
    put_state(db, bank_id, waiting, state, op)
    return replace(change, tables=("item_state",), ids={"memory_item": tuple(waiting)}, operation=op)


def _waiting(db: "Database", bank_id: int, ids: Iterable[int]) -> Sequence[int]:
    states, params = temporal.visible("item_state", temporal.chain(db.conn, bank_id))
    rows = db.execute(
        f"SELECT item FROM ({states}) WHERE state = 'candidate' AND item IN (SELECT value FROM json_each(?)) "
        "ORDER BY item",
        [*params, json.dumps(list(ids))],
    )
    return [row[0] for row in rows]
