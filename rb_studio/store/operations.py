"""The journal: operations by scope, undo and redo.

Every change has a row here and its id is the clock of all history. `forward` says what was asked for. The
inverse needs no copy of old values: it is the rows the operation closed and opened (see `temporal`), and
`inverse` names the operation that last took it back. Suites have no such rows: there `forward` says all (see
`suite_journal`).
"""

import sqlite3
from typing import TYPE_CHECKING, Any

from rb_studio.records.errors import UsageError
from rb_studio.store import feed, temporal
from rb_studio.store.changes import ChangeRecord
from rb_studio.store.rows import cleaned, dump, insert, load, next_id, now
from rb_studio.store.sheet import Sheet

if TYPE_CHECKING:
    from sqlite_utils import Database

SCOPES = ("memories", "annotations", "verdicts", "tasks", "consolidation")
# Scopes in which every bank has a line of its own: arms that consolidate side by side do not stand in each other's way.
BY_BANK = ("consolidation",)
RUNS = "runs"
_COLUMNS = ("id", "effect", "scope", "kind", "label", "who", "reason", "at", "bank", "forward")


def begin(
    db: "Database",
    scope: str,
    label: str,
    *,
    who: str,
    reason: str = "",
    bank: int | None = None,
    forward: Any = None,
    kind: str = "do",
) -> int:
    """Journal an operation and return its id; in an undoable scope what was taken back cannot be redone any more."""
    if kind == "do" and scope in SCOPES:
        db.execute(
            "UPDATE operation SET status = 'dropped' WHERE scope = ? AND status = 'undone' AND (bank IS ? OR NOT ?)",
            (scope, bank, scope in BY_BANK),
        )
    op = next_id(db, "operation")
    row = (op, op, scope, kind, label, who, reason, now(), bank, dump(forward))
    insert(db, "operation", dict(zip(_COLUMNS, row, strict=True)))
    if scope in SCOPES:
        feed.emit(db, None, kind, "operation", op)
    return op


def put(sheet: Sheet, scope: str, label: str, *, who: str, bank: int | None, forward: Any) -> int:
    """As `begin`, in a scope that nobody takes back, to be written with other rows."""
    (op,) = sheet.ids("operation", 1)
    sheet.add("operation", _COLUMNS, [cleaned((op, op, scope, "do", label, who, "", now(), bank, dump(forward)))])
    return op


def undo(
    db: "Database", scope: str, *, who: str = "user", only: int | None = None, bank: int | None = None
) -> ChangeRecord:
    """Take back the last operation of a scope; of one bank where named, in a scope that goes by bank.

    Raises UsageError when there is none, or when the last one is not the `only` one that is meant.
    """
    row = _next_undo(db.conn, scope, bank)
    if row is None:
        raise UsageError(f"there is nothing to undo in {scope}{_of(bank)}")
    if only is not None and row["id"] != only:
        raise UsageError(f"“{row['label']}” came after it: undo that first")
    op = begin(db, scope, f"Undo: {row['label']}", who=who, bank=row["bank"], forward=row["id"], kind="undo")
    return _turn(db, row, op, "undone", who)


def redo(db: "Database", scope: str, *, who: str = "user", bank: int | None = None) -> ChangeRecord:
    """Do the operation again that was last taken back, as `undo` goes by scope and bank.

    Raises UsageError when there is none.
    """
    row = _next_redo(db.conn, scope, bank)
    if row is None:
        raise UsageError(f"there is nothing to redo in {scope}{_of(bank)}")
    op = begin(db, scope, f"Redo: {row['label']}", who=who, bank=row["bank"], forward=row["id"], kind="redo")
    return _turn(db, row, op, "done", who)


def last_operation(conn: sqlite3.Connection) -> int:
    """The newest operation of the workspace, 0 in a fresh one: the present point of every bank."""
    return int(conn.execute("SELECT coalesce(max(id), 0) FROM operation").fetchone()[0])


def bank_of(conn: sqlite3.Connection, operation: int) -> int | None:
    """The bank an operation was about, None where it was about none."""
    row = conn.execute("SELECT bank FROM operation WHERE id = ?", (operation,)).fetchone()
    return row[0] if row else None


def undo_label(conn: sqlite3.Connection, scope: str) -> str | None:
    """What `undo` would take back, None when nothing."""
    row = _next_undo(conn, scope)
    return row["label"] if row else None


def redo_label(conn: sqlite3.Connection, scope: str) -> str | None:
    """What `redo` would do again, None when nothing."""
    row = _next_redo(conn, scope)
    return row["label"] if row else None


def _turn(db: "Database", row: sqlite3.Row, op: int, status: str, who: str) -> ChangeRecord:
    """Invert whatever operation last gave `row` its effect, or took it away."""
    if row["scope"] == "tasks":
        from rb_studio.store import suite_journal

        tables = suite_journal.turn(db, load(row["forward"]), done=status == "done")
    else:
        tables = temporal.invert(db, row["effect"], op)
    db.execute("UPDATE operation SET status = ?, effect = ?, inverse = ? WHERE id = ?", (status, op, op, row["id"]))
    verdicts = temporal.verdicts_changed_by(db.conn, op)
    changed = {
        "verdict": tuple(verdicts),
        "rollout": tuple(dict.fromkeys(verdicts.values())),
        "memory_item": temporal.items_changed_by(db.conn, op),
        "annotation": temporal.annotations_changed_by(db.conn, op),
    }
    return ChangeRecord(row["label"], who, tables, {table: ids for table, ids in changed.items() if ids}, op)


def _of(bank: int | None) -> str:
    return "" if bank is None else " of this bank"


def _next_undo(conn: sqlite3.Connection, scope: str, bank: int | None = None) -> sqlite3.Row | None:
    return _newest(conn, scope, "done", "DESC", bank)


def _next_redo(conn: sqlite3.Connection, scope: str, bank: int | None = None) -> sqlite3.Row | None:
    """Operations are taken back newest first, so the oldest of them was taken back last."""
    return _newest(conn, scope, "undone", "ASC", bank)


def _newest(conn: sqlite3.Connection, scope: str, status: str, order: str, bank: int | None) -> sqlite3.Row | None:
    if scope not in SCOPES:
        raise UsageError(f"{scope!r} is no scope of undo; choose {', '.join(SCOPES)}")
    if bank is not None and scope not in BY_BANK:
        raise UsageError(f"{scope} are taken back in one line over all banks: leave the bank out")
    row: sqlite3.Row | None = conn.execute(
        f"SELECT * FROM operation WHERE scope = :scope AND status = :status AND kind = 'do' "
        f"AND (:bank IS NULL OR bank = :bank) ORDER BY id {order} LIMIT 1",
        {"scope": scope, "status": status, "bank": bank},
    ).fetchone()
    return row
