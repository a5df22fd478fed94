"""Paired experiments on a bank: what was asked, how far it is, and which runs belong to either side."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rb_studio.records.errors import UsageError
from rb_studio.records.identity import canonical_json, digest
from rb_studio.store import feed
from rb_studio.store.changes import ChangeRecord
from rb_studio.store.rows import dump, insert, load, now
from rb_studio.store.runs import RUN_STATUSES
from rb_studio.store.temporal import BANK_TABLES, chain

if TYPE_CHECKING:
    from sqlite_utils import Database

KINDS = ("curation", "leave-one-out")
SIDES = ("before", "after")


@dataclass(frozen=True, slots=True)
class ExperimentRow:
    """One experiment: the same tasks and seeds with a bank as it stood before and after.

    Of kind `curation` the sides are two operations of the bank's history. Of `leave-one-out` they are one and the
    same, and before is without `items`, after with them. `request` is what runs share. `runs` are those begun so far,
    by side and seed.
    """

    id: int
    kind: str
    bank: int
    before_op: int
    after_op: int
    items: tuple[str, ...]
    request: Mapping[str, Any]
    hash: str
    status: str
    created_at: str
    runs: Mapping[tuple[str, int], int]


def create_experiment(
    db: "Database",
    kind: str,
    bank: int,
    *,
    before_op: int,
    after_op: int,
    items: Sequence[str],
    request: Mapping[str, Any],
) -> int:
    """The id of an experiment, of the one there is where the very same was asked for before. Raises UsageError."""
    if kind not in KINDS:
        raise UsageError(f"there is no experiment {kind!r}: choose {', '.join(KINDS)}")
    wanted = sorted(set(items))
    hashed = digest(canonical_json([kind, bank, before_op, after_op, wanted, request]))
    known = db.execute("SELECT id FROM experiment WHERE hash = ?", (hashed,)).fetchone()
    if known:
        return int(known[0])
    row = {
        "kind": kind,
        "bank": bank,
        "before_op": before_op,
        "after_op": after_op,
        "items": dump(wanted),
        "request": dump(dict(request)),
        "hash": hashed,
        "status": "planned",
        "created_at": now(),
    }
    found = insert(db, "experiment", row)
    feed.emit(db, None, "experiment", "experiment", found)
    return found


def set_experiment_status(db: "Database", experiment: int, status: str) -> ChangeRecord:
    """Record how far an experiment is; `status` is one of RUN_STATUSES. Raises UsageError."""
    if status not in RUN_STATUSES:
        raise UsageError(f"an experiment cannot be {status!r}: choose {', '.join(RUN_STATUSES)}")
    if not db.execute("UPDATE experiment SET status = ? WHERE id = ?", (status, experiment)).rowcount:
        raise UsageError(f"there is no experiment {experiment} in this workspace")
    feed.emit(db, None, "experiment", "experiment", experiment)
    label = f"Experiment {experiment} is {status}"
    return ChangeRecord(label, "rb_studio", ("experiment",), {"experiment": (experiment,)})


def add_experiment_run(db: "Database", experiment: int, side: str, seed: int, run: int) -> ChangeRecord:
    """The run that stands for a side and seed, in place of one that was begun there before."""
    db.execute(
        "INSERT INTO experiment_run (experiment, side, seed, run) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (experiment, side, seed) DO UPDATE SET run = excluded.run",
        (experiment, side, seed, run),
    )
    feed.emit(db, None, "experiment", "experiment", experiment)
    label = f"Run {run} belongs to experiment {experiment}"
    return ChangeRecord(label, "rb_studio", ("experiment_run",), {"experiment": (experiment,)})


def experiment(conn: sqlite3.Connection, experiment_id: int) -> ExperimentRow:
    """One experiment by id. Raises UsageError."""
    row = conn.execute("SELECT * FROM experiment WHERE id = ?", (experiment_id,)).fetchone()
    if row is None:
        raise UsageError(f"there is no experiment {experiment_id} in this workspace")
    return _experiment(conn, row)


def experiments(conn: sqlite3.Connection, bank_id: int | None = None) -> list[ExperimentRow]:
    """All experiments, or those on one bank, oldest first."""
    chosen, params = ("", ()) if bank_id is None else ("WHERE bank = ?", (bank_id,))
    return [_experiment(conn, row) for row in conn.execute(f"SELECT * FROM experiment {chosen} ORDER BY id", params)]


def experiment_runs(conn: sqlite3.Connection) -> set[int]:
    """All runs that were made for an experiment."""
    return {row[0] for row in conn.execute("SELECT DISTINCT run FROM experiment_run")}


def last_change(conn: sqlite3.Connection, bank_id: int) -> int:
    """The newest operation that changed what a bank shows; others, as those of frozen runs on it, do not count."""
    newest = 0
    for bank, limit in chain(conn, bank_id):
        for table in BANK_TABLES:
            for column in ("op_from", "op_to"):
                bound, params = ("", (bank,)) if limit is None else (f"AND {column} <= ?", (bank, limit))
                row = conn.execute(f"SELECT max({column}) FROM {table} WHERE bank = ? {bound}", params).fetchone()
                newest = max(newest, row[0] or 0)
    return newest


def _experiment(conn: sqlite3.Connection, row: sqlite3.Row) -> ExperimentRow:
    runs = conn.execute("SELECT side, seed, run FROM experiment_run WHERE experiment = ?", (row["id"],))
    return ExperimentRow(
        id=row["id"],
        kind=row["kind"],
        bank=row["bank"],
        before_op=row["before_op"],
        after_op=row["after_op"],
        items=tuple(load(row["items"])),
        request=load(row["request"]),
        hash=row["hash"],
        status=row["status"],
        created_at=row["created_at"],
        runs={(one[0], one[1]): one[2] for one in runs},
    )
