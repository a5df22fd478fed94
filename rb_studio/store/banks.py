"""Banks: memory as it stands after an operation; snapshots and forks copy nothing."""

import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rb_studio.records.memory import Bank, Experience
from rb_studio.store.changes import ChangeRecord

if TYPE_CHECKING:
    from sqlite_utils import Database

    from rb_studio.records.memory import Vector


@dataclass(frozen=True, slots=True)
class BankRow:
    """A stored bank; `parent_bank` at `parent_op` is what it was forked from."""

    id: int
    name: str
    mode: str
    parent_bank: int | None
    parent_op: int | None
    arm: int | None
    created_at: str


@dataclass(frozen=True, slots=True)
class SnapshotRow:
    """A name for a bank as it stood after an operation."""

    id: int
    bank: int
    name: str
    operation: int
    created_at: str


@dataclass(frozen=True, slots=True)
class BankDiff:
    """Item uids that differ between two points of one bank."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    edited: tuple[str, ...]
    restated: tuple[str, ...]
    retagged: tuple[str, ...]


def create_bank(db: "Database", name: str, mode: str, *, arm: int | None = None) -> int:
    """A new empty bank; returns its id. Raises UsageError when the name is taken."""
    raise NotImplementedError


def fork_bank(
    db: "Database", parent: int, name: str, *, at_operation: int | None = None, arm: int | None = None
) -> int:
    """A bank that starts as `parent` stood after `at_operation` (default: now); nothing is copied."""
    raise NotImplementedError


def banks(conn: sqlite3.Connection) -> list[BankRow]:
    """All banks in the order they were made."""
    raise NotImplementedError


def bank(conn: sqlite3.Connection, bank_id: int) -> BankRow:
    """One bank by id. Raises UsageError."""
    raise NotImplementedError


def find_bank(conn: sqlite3.Connection, name: str) -> BankRow | None:
    """One bank by name."""
    raise NotImplementedError


def resolve(conn: sqlite3.Connection, text: str) -> tuple[BankRow, int | None]:
    """`NAME` or `NAME@SNAPSHOT` as a bank and an operation (None: now). Raises UsageError."""
    raise NotImplementedError


def last_operation(conn: sqlite3.Connection) -> int:
    """The newest operation of the workspace, 0 in a fresh one: the present point of every bank."""
    raise NotImplementedError


def bank_value(conn: sqlite3.Connection, bank_id: int, *, at_operation: int | None = None, embedder: str) -> Bank:
    """The bank as of an operation (default: now), with the vectors of one embedder.

    Experiences stand in the order they were learned. Those without a vector of `embedder` are in
    `experiences` but not in `vectors`: see `missing_vectors`.
    """
    raise NotImplementedError


def missing_vectors(value: Bank) -> tuple[Experience, ...]:
    """Experiences of a bank value the caller has to embed (`task_text`) and hand to `save_vectors`."""
    raise NotImplementedError


def save_vectors(db: "Database", embedder: str, vectors: "dict[str, Vector]") -> ChangeRecord:
    """Store vectors of task texts: text -> float32[d] of this embedder identity."""
    raise NotImplementedError


def bank_hash(conn: sqlite3.Connection, bank_id: int, *, at_operation: int | None = None) -> str:
    """SHA-256 over uids, texts, states and tags of a bank as of an operation."""
    raise NotImplementedError


def take_snapshot(db: "Database", bank_id: int, name: str) -> SnapshotRow:
    """Name the bank as it stands now. Raises UsageError when the bank has a snapshot of that name."""
    raise NotImplementedError


def snapshots(conn: sqlite3.Connection, bank_id: int) -> list[SnapshotRow]:
    """Snapshots of a bank, oldest first."""
    raise NotImplementedError


def diff(conn: sqlite3.Connection, bank_id: int, before: int, after: int | None = None) -> BankDiff:
    """What changed in a bank between two operations (`after` None: now)."""
    raise NotImplementedError
