"""The workspace's version and the migrations that lead to it."""

import sqlite3
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rb_studio.store.tables import ALLOCATION, CURATION, FIRST_VERSION, SAME_DRAW

if TYPE_CHECKING:
    from sqlite_utils import Database
    from sqlite_utils.migrations import Migrations

# "RBnk" in ASCII: what `file` and our own opening recognise a workspace by.
APPLICATION_ID = 0x52426E6B
VERSION = 4


def migrations() -> "Migrations":
    """All steps from an empty file to the present version, in order."""
    from sqlite_utils.migrations import Migrations

    steps = Migrations("rb_studio")

    @steps(name="1")
    def first(db: "Database") -> None:
        for part in FIRST_VERSION:
            for statement in _statements(part):
                db.execute(statement)
        _stamp(db, 1)

    @steps(name="2")
    def second(db: "Database") -> None:
        for statement in _statements(SAME_DRAW):
            db.execute(statement)
        _stamp(db, 2)

    @steps(name="3")
    def third(db: "Database") -> None:
        for statement in _statements(ALLOCATION):
            db.execute(statement)
        _stamp(db, 3)

    @steps(name="4")
    def fourth(db: "Database") -> None:
        for statement in _statements(CURATION):
            db.execute(statement)
        _stamp(db, 4)

    return steps


def migrate(db: "Database") -> None:
    """Bring a file to the present version; each step is one transaction."""
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    migrations().apply(db)


def version_of(conn: sqlite3.Connection) -> tuple[int, int]:
    """(application id, version) of an open file."""
    application = conn.execute("PRAGMA application_id").fetchone()[0]
    version = conn.execute("PRAGMA user_version").fetchone()[0]
    return int(application), int(version)


def _stamp(db: "Database", version: int) -> None:
    """The version is set inside the step's own transaction, so that a killed migration is simply repeated."""
    db.execute(f"PRAGMA user_version = {version}")


def _statements(script: str) -> Iterator[str]:
    """A script cut into statements; `executescript` would commit the transaction it runs in."""
    pending = ""
    for piece in script.split(";"):
        pending += piece + ";"
        if pending.strip() != ";" and sqlite3.complete_statement(pending):
            yield pending
            pending = ""
