"""Filters that a person gave a name: the query and everything else that decides what is shown."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rb_studio.records.errors import UsageError
from rb_studio.store.changes import ChangeRecord
from rb_studio.store.rows import clean, dump, load, now, upsert

if TYPE_CHECKING:
    from sqlite_utils import Database

WHO = "user"


@dataclass(frozen=True, slots=True)
class SavedFilter:
    """A named query of a room; `shown` is what else belongs to it: order, columns, clauses switched off."""

    name: str
    query: str
    shown: Mapping[str, Any]
    at: str


def save_filter(db: "Database", room: str, name: str, query: str, shown: Mapping[str, Any]) -> ChangeRecord:
    """Keep a query under a name, in place of what stood there. Raises UsageError for an empty name."""
    name = clean(name).strip()
    if not name:
        raise UsageError("a saved filter needs a name")
    row = {"room": room, "name": name, "query": clean(query), "shown": dump(dict(shown)), "at": now()}
    found = upsert(db, "saved_filter", row, ("room", "name"))
    return ChangeRecord(f"Save filter “{name}”", WHO, ("saved_filter",), {"saved_filter": (found,)})


def saved_filters(conn: sqlite3.Connection, room: str) -> list[SavedFilter]:
    """The filters of a room in alphabetical order."""
    rows = conn.execute(
        "SELECT name, query, shown, at FROM saved_filter WHERE room = ? ORDER BY name COLLATE NOCASE, id", (room,)
    )
    return [SavedFilter(row[0], row[1], load(row[2]), row[3]) for row in rows]


def delete_filter(db: "Database", room: str, name: str) -> ChangeRecord:
    """Forget a filter; its items stay as they are. Raises UsageError when there is none of that name."""
    if not db.execute("DELETE FROM saved_filter WHERE room = ? AND name = ?", (room, name)).rowcount:
        known = ", ".join(one.name for one in saved_filters(db.conn, room)) or "none yet"
        raise UsageError(f"there is no saved filter {name!r}; there is {known}")
    return ChangeRecord(f"Delete filter “{name}”", WHO, ("saved_filter",))
