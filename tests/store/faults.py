"""Breaking writes on purpose: a connection that fails at the n-th statement."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from rb_studio.store import opening

_WHEN_THERE_IS_TIME = ("step_pieces", "seen_pieces", "step_waiting", "seen_text")


class Broken(Exception):
    """The fault that was asked for."""


class Fragile(sqlite3.Connection):
    """Counts statements and calls `fault` instead of the one numbered `fails_at`."""

    statements = 0
    fails_at: int | None = None

    @staticmethod
    def fault() -> None:
        raise Broken

    def execute(self, *args: Any) -> sqlite3.Cursor:
        self._count(args[0])
        return super().execute(*args)

    def executemany(self, *args: Any) -> sqlite3.Cursor:
        self._count(args[0])
        return super().executemany(*args)

    def _count(self, sql: str) -> None:
        if sql.startswith(("PRAGMA", "ROLLBACK")):
            return
        self.statements += 1
        if self.statements == self.fails_at:
            self.fault()


def fragile_database(path: Path) -> Database:
    """A writing connection as the workspace makes it, but fragile."""
    db = Database(sqlite3.connect(path, factory=Fragile), recursive_triggers=False, execute_plugins=False)
    opening.prepare_writer(db)
    return db


def attempt(db: Database, operation: Callable[[Database], object], fails_at: int | None) -> bool:
    """Carry out an operation as the writer does, with a fault; True when it was committed."""
    db.conn.statements, db.conn.fails_at = 0, fails_at
    try:
        with db.atomic():
            operation(db)
    except Broken:
        return False
    finally:
        db.conn.fails_at = None
    return True


def dump_all(conn: sqlite3.Connection, *, without: tuple[str, ...] = ()) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table; how far the index of steps is says nothing, as it is filled when there is time."""
    names = [
        row[0]
        for row in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%'")
        if row[0] not in without and not row[0].startswith(_WHEN_THERE_IS_TIME)
    ]
    return {name: sorted(map(repr, map(tuple, conn.execute(f"SELECT * FROM {name}")))) for name in names}


def check_whole(db: Database, *, commit: bool = True) -> None:
    """The file is sound, no reference dangles, and the text indexes match the texts."""
    assert [row[0] for row in db.conn.execute("PRAGMA integrity_check")] == ["ok"]
    assert db.conn.execute("PRAGMA foreign_key_check").fetchall() == []
    shown = "SELECT observation AS blob FROM step UNION SELECT first_observation FROM rollout"
    known = "SELECT blob FROM seen_text"
    assert db.conn.execute(f"{shown} EXCEPT {known} EXCEPT SELECT NULL").fetchall() == []
    assert db.conn.execute("SELECT step FROM step_waiting EXCEPT SELECT id FROM step").fetchall() == []
    for table in ("item_words", "item_trigrams"):
        db.conn.execute(f"INSERT INTO {table}({table}, rank) VALUES ('integrity-check', 1)")
    if commit:
        db.conn.commit()
