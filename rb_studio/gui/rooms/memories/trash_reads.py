"""What is in a bank's trash: the items, since when, and those that cannot go."""

import json
import sqlite3
from dataclasses import dataclass

from rb_studio.gui.rooms.memories import reads
from rb_studio.store.trash import Trash, trash

MOST = 2000


@dataclass(frozen=True, slots=True)
class Deleted:
    """A deleted item; `why` it must stay when the trash is emptied, empty where it can go."""

    id: int
    title: str
    at: str
    who: str
    why: str


@dataclass(frozen=True, slots=True)
class Bin:
    """The trash and the first of its items, newest first."""

    found: Trash
    rows: tuple[Deleted, ...]


def contents(conn: sqlite3.Connection, bank_id: int) -> Bin:
    """The whole trash of a bank."""
    found = trash(conn, bank_id)
    since = _since(conn, found.items)
    newest = sorted(found.items, key=lambda item: since[item][0], reverse=True)[:MOST]
    rows = reads.rows(conn, bank_id, newest)
    return Bin(
        found,
        tuple(
            Deleted(item, rows[item].title, since[item][1], since[item][2], found.kept.get(item, ""))
            for item in newest
            if item in rows
        ),
    )


def _since(conn: sqlite3.Connection, items: tuple[int, ...]) -> dict[int, tuple[int, str, str]]:
    """Operation, time and author of the last deletion, by item."""
    rows = conn.execute(
        "SELECT s.item, max(s.op_from), o.at, o.who FROM item_state s JOIN operation o ON o.id = s.op_from "
        "WHERE s.state = 'deleted' AND s.item IN (SELECT value FROM json_each(?)) GROUP BY s.item",
        (json.dumps(items),),
    )
    return {row[0]: (row[1], row[2], row[3]) for row in rows}
