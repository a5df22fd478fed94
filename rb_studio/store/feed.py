"""The event feed: pointers to rows, in the order they were written."""

import sqlite3
from collections.abc import Iterable
from typing import TYPE_CHECKING

from rb_studio.records.event import Event
from rb_studio.store.rows import now
from rb_studio.store.sheet import Sheet

if TYPE_CHECKING:
    from sqlite_utils import Database

_COLUMNS = ("run", "kind", "table_name", "row_id", "at")
_EMIT = f"INSERT INTO event ({','.join(_COLUMNS)}) VALUES (?,?,?,?,?)"


def emit(db: "Database", run: int | None, kind: str, table: str, row: int) -> None:
    """Point to a row, in the transaction that wrote it."""
    db.execute(_EMIT, (run, kind, table, row, now()))


def put_all(sheet: Sheet, run: int | None, pointers: Iterable[tuple[str, str, int]]) -> None:
    """As `emit` for kinds, tables and rows, in this order, to be written with them."""
    at = now()
    sheet.add("event", _COLUMNS, [(run, *pointer, at) for pointer in pointers])


def events_after(
    conn: sqlite3.Connection, event_id: int, run: int | None = None, limit: int | None = None
) -> list[Event]:
    """Events with a greater id, oldest first."""
    chosen = "" if run is None else "AND run = ?"
    params = [event_id, *([] if run is None else [run]), -1 if limit is None else limit]
    rows = conn.execute(
        f"SELECT id, run, kind, table_name, row_id, at FROM event WHERE id > ? {chosen} ORDER BY id LIMIT ?", params
    )
    return [Event(*row) for row in rows]


def last_event(conn: sqlite3.Connection) -> int:
    """The newest event's id, 0 where there is none."""
    return int(conn.execute("SELECT coalesce(max(id), 0) FROM event").fetchone()[0])
