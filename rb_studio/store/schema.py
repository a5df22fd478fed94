"""The workspace's version and the migrations that lead to it."""

import sqlite3
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from rb_studio.records.errors import WorkspaceError
from rb_studio.store.later_tables import ALLOCATION, ANNOTATIONS, CURATION, JUDGINGS, SAME_DRAW
from rb_studio.store.tables import FIRST_VERSION

if TYPE_CHECKING:
    from sqlite_utils import Database
    from sqlite_utils.migrations import Migrations

# "RBnk" in ASCII: what `file` and our own opening recognise a workspace by.
APPLICATION_ID = 0x52426E6B
VERSION = 6
# The version in which the table of notes is made anew.
NOTES_REPLACED = 5
_SCRIPTS = (FIRST_VERSION, (SAME_DRAW,), (ALLOCATION,), (CURATION,), (ANNOTATIONS,), (JUDGINGS,))


def migrations() -> "Migrations":
    """All steps from an empty file to the present version, in order."""
    from sqlite_utils.migrations import Migrations

    steps = Migrations("rb_studio")
    for number, script in enumerate(_SCRIPTS, 1):
        steps(name=str(number))(_step(number, script))
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


def _step(number: int, script: tuple[str, ...]) -> Callable[["Database"], None]:
    """The step that leads to a version."""

    def step(db: "Database") -> None:
        if number == NOTES_REPLACED:
            _refuse_unknown_notes(db)
        for part in script:
            for statement in _statements(part):
                db.execute(statement)
        _stamp(db, number)

    return step


def _refuse_unknown_notes(db: "Database") -> None:
    """No version wrote to the first format's table of notes; what somebody else put there is not dropped."""
    if db.execute("SELECT 1 FROM annotation LIMIT 1").fetchone():
        raise WorkspaceError(
            "the table annotation of this workspace has rows that rb-studio never wrote: empty it to update the file"
        )


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
