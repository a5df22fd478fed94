"""The journal: operations by scope, undo and redo."""

import sqlite3
from typing import TYPE_CHECKING

from rb_studio.store.changes import ChangeRecord

if TYPE_CHECKING:
    from sqlite_utils import Database

SCOPES = ("memories", "annotations", "verdicts", "tasks")


def undo(db: "Database", scope: str, *, who: str = "user") -> ChangeRecord:
    """Take back the last operation of a scope. Raises UsageError when there is none."""
    raise NotImplementedError


def redo(db: "Database", scope: str, *, who: str = "user") -> ChangeRecord:
    """Do the operation again that was last taken back. Raises UsageError when there is none."""
    raise NotImplementedError


def undo_label(conn: sqlite3.Connection, scope: str) -> str | None:
    """What `undo` would take back, None when nothing."""
    raise NotImplementedError


def redo_label(conn: sqlite3.Connection, scope: str) -> str | None:
    """What `redo` would do again, None when nothing."""
    raise NotImplementedError
