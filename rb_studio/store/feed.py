"""The event feed: pointers to rows, in the order they were written."""

import sqlite3

from rb_studio.records.outcome import Event


def events_after(
    conn: sqlite3.Connection, event_id: int, run: int | None = None, limit: int | None = None
) -> list[Event]:
    """Events with a greater id, oldest first."""
    raise NotImplementedError


def last_event(conn: sqlite3.Connection) -> int:
    """The newest event's id, 0 where there is none."""
    raise NotImplementedError
