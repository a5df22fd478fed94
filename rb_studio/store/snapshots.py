"""Snapshots: names for a bank as it stood after an operation, and what differs between two such points.

A snapshot copies nothing. Taking, renaming and deleting one is no operation: it changes no bank.
"""

import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rb_studio.records.errors import UsageError
from rb_studio.store.operations import last_operation
from rb_studio.store.rows import clean, insert, now

if TYPE_CHECKING:
    from sqlite_utils import Database

NUMBERED = "#"
# Automatic ones beyond these are dropped, oldest first.
KEPT_AUTOMATIC = 20
_ENDED = ("finished", "cancelled", "failed", "imported")


@dataclass(frozen=True, slots=True)
class SnapshotRow:
    """A name for a bank as it stood after an operation; an automatic one was taken before a bulk act."""

    id: int
    bank: int
    name: str
    operation: int
    created_at: str
    automatic: bool = False
    reason: str = ""


def take_snapshot(db: "Database", bank_id: int, name: str, *, automatic: bool = False, reason: str = "") -> SnapshotRow:
    """Name the bank as it stands now.

    An automatic one whose name is taken gets a number behind it, and the oldest automatic ones make room. Raises
    UsageError when the bank has a snapshot of that name, or for a name that cannot be one.
    """
    name = _free_name(db.conn, bank_id, clean(name)) if automatic else _usable(db.conn, bank_id, clean(name))
    row = {
        "bank": bank_id,
        "name": name,
        "operation": last_operation(db.conn),
        "created_at": now(),
        "automatic": int(automatic),
        "reason": reason,
    }
    insert(db, "snapshot", row)
    if automatic:
        _make_room(db, bank_id)
    return snapshot(db.conn, bank_id, name)


def rename_snapshot(db: "Database", bank_id: int, name: str, to: str) -> SnapshotRow:
    """Give a snapshot another name; an automatic one is kept for good by that. Raises UsageError."""
    row = snapshot(db.conn, bank_id, name)
    to = clean(to)
    if to != row.name:
        _usable(db.conn, bank_id, to)
    _refuse_in_use(db.conn, row)
    db.execute("UPDATE snapshot SET name = ?, automatic = 0 WHERE id = ?", (to, row.id))
    return snapshot(db.conn, bank_id, to)


def delete_snapshot(db: "Database", bank_id: int, name: str) -> SnapshotRow:
    """Drop a name; the history it pointed into stays. Raises UsageError."""
    row = snapshot(db.conn, bank_id, name)
    _refuse_in_use(db.conn, row)
    db.execute("DELETE FROM snapshot WHERE id = ?", (row.id,))
    return row


def snapshots(conn: sqlite3.Connection, bank_id: int) -> list[SnapshotRow]:
    """Snapshots of a bank, oldest first."""
    rows = conn.execute(
        "SELECT id, bank, name, operation, created_at, automatic, reason FROM snapshot WHERE bank = ? ORDER BY id",
        (bank_id,),
    )
    return [SnapshotRow(row[0], row[1], row[2], row[3], row[4], bool(row[5]), row[6]) for row in rows]


def snapshot(conn: sqlite3.Connection, bank_id: int, name: str) -> SnapshotRow:
    """One snapshot by name. Raises UsageError naming those that exist."""
    found = snapshots(conn, bank_id)
    for row in found:
        if row.name == name:
            return row
    known = ", ".join(row.name for row in found) or "none yet"
    raise UsageError(f"bank {_bank_name(conn, bank_id)} has no snapshot {name!r}; it has {known}")


def point(conn: sqlite3.Connection, bank_id: int, text: str) -> int:
    """The operation a snapshot's name, or `#` with an operation's number, stands for. Raises UsageError."""
    number = text.removeprefix(NUMBERED)
    if number == text or _taken(conn, bank_id, text):
        return snapshot(conn, bank_id, text).operation
    present = last_operation(conn)
    if not (number.isascii() and number.isdigit() and len(number) < 19 and int(number) <= present):
        raise UsageError(f"there is no operation {text} in this workspace: its last one is #{present}")
    return int(number)


def _usable(conn: sqlite3.Connection, bank_id: int, name: str) -> str:
    if not name.strip() or name.startswith(NUMBERED):
        raise UsageError("a snapshot needs a name that does not begin with #, which marks an operation")
    if _taken(conn, bank_id, name):
        raise UsageError(f"bank {_bank_name(conn, bank_id)} has a snapshot {name!r} already; choose another name")
    return name


def _free_name(conn: sqlite3.Connection, bank_id: int, base: str) -> str:
    name, number = base, 1
    while _taken(conn, bank_id, name):
        number += 1
        name = f"{base} ({number})"
    return _usable(conn, bank_id, name)


def _taken(conn: sqlite3.Connection, bank_id: int, name: str) -> bool:
    return conn.execute("SELECT 1 FROM snapshot WHERE bank = ? AND name = ?", (bank_id, name)).fetchone() is not None


def _make_room(db: "Database", bank_id: int) -> None:
    """Drop the oldest automatic ones, but for those that a run goes on from."""
    automatic = [row for row in snapshots(db.conn, bank_id) if row.automatic]
    gone = [row.id for row in automatic[:-KEPT_AUTOMATIC] if _user(db.conn, row) is None]
    db.conn.executemany("DELETE FROM snapshot WHERE id = ?", [(one,) for one in gone])


def _refuse_in_use(conn: sqlite3.Connection, row: SnapshotRow) -> None:
    user = _user(conn, row)
    if user is not None:
        raise UsageError(f"{user} starts from snapshot {row.name!r} and is not finished: let it end, or cancel it")


def _user(conn: sqlite3.Connection, row: SnapshotRow) -> str | None:
    """A run or sweep that is not finished and looks the snapshot up again by name when it goes on.

    Experiments name their points by operation, so they lose nothing with a snapshot.
    """
    named = f'%"{_escaped(f"{_bank_name(conn, row.bank)}@{row.name}")}"%'
    for table in ("run", "sweep"):
        ended = ",".join(f"'{status}'" for status in _ENDED)
        found = conn.execute(
            f"SELECT id FROM {table} WHERE status NOT IN ({ended}) AND config LIKE ? ESCAPE '\\'", (named,)
        ).fetchone()
        if found:
            return f"{table} {found[0]}"
    return None


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _bank_name(conn: sqlite3.Connection, bank_id: int) -> str:
    row = conn.execute("SELECT name FROM bank WHERE id = ?", (bank_id,)).fetchone()
    if row is None:
        raise UsageError(f"there is no bank {bank_id} in this workspace")
    return str(row[0])
