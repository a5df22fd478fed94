"""Banks: memory as it stands after an operation; snapshots and forks copy nothing."""

import sqlite3
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rb_studio.records.errors import UsageError
from rb_studio.records.identity import canonical_json, digest
from rb_studio.records.item_text import embedded_text
from rb_studio.records.memory import Bank, Experience, MemoryItem
from rb_studio.store import blobs, vectors
from rb_studio.store.blobs import content_hash
from rb_studio.store.changes import ChangeRecord
from rb_studio.store.difference import BankDiff
from rb_studio.store.difference import difference as diff
from rb_studio.store.memory_reads import experience_record, items_of, other_tasks
from rb_studio.store.operations import last_operation
from rb_studio.store.rows import insert, now
from rb_studio.store.snapshots import SnapshotRow, point, snapshot, snapshots, take_snapshot
from rb_studio.store.temporal import Chain, chain, visible

if TYPE_CHECKING:
    from sqlite_utils import Database

    from rb_studio.records.memory import Vector


__all__ = [
    "BankDiff",
    "BankRow",
    "SnapshotRow",
    "bank",
    "bank_hash",
    "bank_value",
    "banks",
    "create_bank",
    "diff",
    "embedders",
    "find_bank",
    "fork_bank",
    "last_operation",
    "missing_item_vectors",
    "missing_vectors",
    "resolve",
    "save_item_vectors",
    "save_vectors",
    "snapshot",
    "snapshots",
    "take_snapshot",
]


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


def create_bank(db: "Database", name: str, mode: str, *, arm: int | None = None) -> int:
    """A new empty bank; returns its id. Raises UsageError when the name is taken or unusable."""
    _refuse_name(db.conn, name)
    return insert(db, "bank", {"name": name, "mode": mode, "arm": arm, "created_at": now()})


def fork_bank(
    db: "Database", parent: int, name: str, *, at_operation: int | None = None, arm: int | None = None
) -> int:
    """A bank that starts as `parent` stood after `at_operation` (default: now); nothing is copied."""
    origin = bank(db.conn, parent)
    _refuse_name(db.conn, name)
    present = last_operation(db.conn)
    row = {
        "name": name,
        "mode": origin.mode,
        "parent_bank": parent,
        "parent_op": present if at_operation is None else min(at_operation, present),
        "arm": arm,
        "created_at": now(),
    }
    return insert(db, "bank", row)


def banks(conn: sqlite3.Connection) -> list[BankRow]:
    """All banks in the order they were made."""
    return [_bank(row) for row in conn.execute("SELECT * FROM bank ORDER BY id")]


def bank(conn: sqlite3.Connection, bank_id: int) -> BankRow:
    """One bank by id. Raises UsageError."""
    row = conn.execute("SELECT * FROM bank WHERE id = ?", (bank_id,)).fetchone()
    if row is None:
        raise UsageError(f"there is no bank {bank_id} in this workspace")
    return _bank(row)


def find_bank(conn: sqlite3.Connection, name: str) -> BankRow | None:
    """One bank by name."""
    row = conn.execute("SELECT * FROM bank WHERE name = ?", (name,)).fetchone()
    return _bank(row) if row else None


def resolve(conn: sqlite3.Connection, text: str) -> tuple[BankRow, int | None]:
    """`NAME`, `NAME@SNAPSHOT` or `NAME@#OPERATION` as a bank and an operation (None: now). Raises UsageError."""
    name, _, snapshot_name = text.partition("@")
    found = find_bank(conn, name)
    if found is None:
        known = ", ".join(row.name for row in banks(conn)) or "none yet"
        raise UsageError(f"there is no bank {name!r} in this workspace; it has {known}")
    return found, point(conn, found.id, snapshot_name) if snapshot_name else None


def bank_value(
    conn: sqlite3.Connection, bank_id: int, *, at_operation: int | None = None, embedder: str, items: bool = False
) -> Bank:
    """The bank as of an operation (default: now), with the vectors of one embedder.

    Experiences stand in the order they were learned. Those without a vector of `embedder` are in
    `experiences` but not in `vectors`: see `missing_vectors`. With `items` the same holds for `item_vectors`: see
    `missing_item_vectors`.
    """
    origin = bank(conn, bank_id)
    layers = chain(conn, bank_id, at_operation)
    by_experience = _items_by_experience(conn, layers)
    presence, params = visible("experience_presence", layers)
    rows = conn.execute(
        f"SELECT e.* FROM ({presence}) p JOIN experience e ON e.id = p.experience ORDER BY e.id", params
    ).fetchall()
    raws = blobs.get_many(conn, (row["raw"] for row in rows))
    others = other_tasks(conn, layers)
    experiences = tuple(
        experience_record(row, tuple(by_experience.get(row["id"], ())), raws[row["raw"]], others.get(row["id"], ()))
        for row in rows
    )
    by_hash = vectors.load_vectors(conn, embedder, vectors.TASK_RECIPE, (row["text_hash"] for row in rows))
    found = {row["uid"]: by_hash[row["text_hash"]] for row in rows if row["text_hash"] in by_hash}
    value = Bank(experiences, found, embedder, origin.mode)
    return replace(value, item_vectors=_item_vectors(conn, value)) if items else value


def missing_item_vectors(value: Bank) -> tuple[str, ...]:
    """Texts of a bank value's items that the caller has to embed, each once, and hand to `save_item_vectors`."""
    items = (item for one in value.experiences for item in one.items if item.uid not in value.item_vectors)
    return tuple(dict.fromkeys(embedded_text(item) for item in items))


def save_item_vectors(db: "Database", embedder: str, found: "Mapping[str, Vector]") -> ChangeRecord:
    """Store vectors of item texts: text -> float32[d] of this embedder identity."""
    added = vectors.store_vectors(db, embedder, vectors.ITEM_RECIPE, found)
    return ChangeRecord("Embed items", "rb_studio", ("vector",) if added else ())


def embedders(conn: sqlite3.Connection, bank_id: int) -> list[str]:
    """Identities of the models that the bank's task texts have vectors of, in order of name."""
    presence, params = visible("experience_presence", chain(conn, bank_id))
    rows = conn.execute(
        f"SELECT DISTINCT x.embedder FROM ({presence}) p JOIN experience e ON e.id = p.experience "
        "JOIN vector x ON x.text_hash = e.text_hash AND x.recipe = ? ORDER BY x.embedder",
        [*params, vectors.TASK_RECIPE],
    )
    return [row[0] for row in rows]


def missing_vectors(value: Bank) -> tuple[Experience, ...]:
    """Experiences of a bank value the caller has to embed (`task_text`) and hand to `save_vectors`."""
    return tuple(experience for experience in value.experiences if experience.uid not in value.vectors)


def save_vectors(db: "Database", embedder: str, found: "Mapping[str, Vector]") -> ChangeRecord:
    """Store vectors of task texts: text -> float32[d] of this embedder identity."""
    added = vectors.store_vectors(db, embedder, vectors.TASK_RECIPE, found)
    return ChangeRecord("Embed experiences", "rb_studio", ("vector",) if added else ())


def bank_hash(conn: sqlite3.Connection, bank_id: int, *, at_operation: int | None = None) -> str:
    """SHA-256 over uids, texts, states and tags of a bank as of an operation."""
    value = bank_value(conn, bank_id, at_operation=at_operation, embedder="")
    content = [
        [one.uid, one.task_text, [[i.uid, i.title, i.description, i.content, str(i.state), i.tags] for i in one.items]]
        for one in value.experiences
    ]
    return digest(canonical_json([value.mode, content]))


def _bank(row: sqlite3.Row) -> BankRow:
    return BankRow(
        row["id"], row["name"], row["mode"], row["parent_bank"], row["parent_op"], row["arm"], row["created_at"]
    )


def _refuse_name(conn: sqlite3.Connection, name: str) -> None:
    if not name.strip() or "@" in name:
        raise UsageError(f"{name!r} cannot name a bank: it must not be empty or contain @, which marks a snapshot")
    if find_bank(conn, name):
        raise UsageError(f"there is a bank {name!r} already; choose another name")


def _items_by_experience(conn: sqlite3.Connection, layers: Chain) -> dict[int, list[MemoryItem]]:
    found: defaultdict[int, list[MemoryItem]] = defaultdict(list)
    for experience, item in items_of(conn, layers):
        found[experience].append(item)
    return found


def _item_vectors(conn: sqlite3.Connection, value: Bank) -> "dict[str, Vector]":
    hashes = {item.uid: content_hash(embedded_text(item)) for one in value.experiences for item in one.items}
    known = vectors.load_vectors(conn, value.embedder, vectors.ITEM_RECIPE, hashes.values())
    return {uid: known[hashed] for uid, hashed in hashes.items() if hashed in known}
