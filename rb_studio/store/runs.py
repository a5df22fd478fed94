"""Sweeps, arms and runs: what was asked for and how far it is."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rb_studio.records.arm import ArmConfig
from rb_studio.records.errors import UsageError
from rb_studio.records.identity import canonical_json, digest
from rb_studio.store import feed
from rb_studio.store.changes import ChangeRecord
from rb_studio.store.rows import dump, insert, load, now, upsert

if TYPE_CHECKING:
    from sqlite_utils import Database

RUN_STATUSES = ("planned", "running", "paused", "finished", "cancelled", "failed", "imported")
_ENDED = ("finished", "cancelled", "failed", "imported")
ARM, FORK = "arm", "fork"


@dataclass(frozen=True, slots=True)
class SweepRow:
    """A set of arms asked for together; `hash` is over `config`. `driving` is how it was driven last."""

    id: int
    status: str
    config: Mapping[str, Any]
    hash: str
    created_at: str
    driving: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunRow:
    """One arm on one bank.

    `start_state` is empty, continued or frozen. `shared_with` is the run whose results this equal cell
    uses. `arm` is None for imported runs, which have a `foreign_key` instead. `purpose` is `fork` for continuations of
    a rollout from one of its steps: they are looked at like any run and enter no figure of an arm.
    """

    id: int
    sweep: int | None
    arm_id: int | None
    arm: ArmConfig | None
    bank: int | None
    status: str
    start_state: str
    pass_number: int
    simulated: bool
    shared_with: int | None
    foreign_key: str | None
    name: str
    created_at: str
    started_at: str | None
    ended_at: str | None
    note: str
    config: Mapping[str, Any] = field(default_factory=dict)
    purpose: str = ARM


def create_sweep(db: "Database", config: Mapping[str, Any], sweep_id: int | None = None) -> int:
    """A sweep row, committed before anything starts; returns its id, which the caller may choose."""
    text = dump(dict(config))
    chosen = {} if sweep_id is None else {"id": sweep_id}
    row = chosen | {
        "status": "planned",
        "config": text,
        "hash": digest(canonical_json(load(text))),
        "created_at": now(),
    }
    sweep_id = insert(db, "sweep", row)
    feed.emit(db, None, "sweep", "sweep", sweep_id)
    return sweep_id


def set_sweep_status(db: "Database", sweep_id: int, status: str) -> ChangeRecord:
    """Record how far a sweep is; `status` is one of RUN_STATUSES. Raises UsageError."""
    _refuse_status(status)
    if not db.execute("UPDATE sweep SET status = ? WHERE id = ?", (status, sweep_id)).rowcount:
        raise UsageError(f"there is no sweep {sweep_id} in this workspace")
    feed.emit(db, None, "sweep", "sweep", sweep_id)
    return ChangeRecord(f"Sweep {sweep_id} is {status}", "rb_studio", ("sweep",), {"sweep": (sweep_id,)})


def set_driving(db: "Database", sweep_id: int, driving: Mapping[str, Any]) -> None:
    """Keep how a sweep is driven; no part of its identity."""
    db.execute("UPDATE sweep SET driving = ? WHERE id = ?", (dump(dict(driving)), sweep_id))


def sweep(conn: sqlite3.Connection, sweep_id: int) -> SweepRow | None:
    """One sweep by id."""
    row = conn.execute("SELECT * FROM sweep WHERE id = ?", (sweep_id,)).fetchone()
    return _sweep(row) if row else None


def sweeps(conn: sqlite3.Connection) -> list[SweepRow]:
    """All sweeps, oldest first."""
    return [_sweep(row) for row in conn.execute("SELECT * FROM sweep ORDER BY id")]


def save_arm(db: "Database", arm: ArmConfig) -> int:
    """The row of an arm; equal arms (by hash) share one."""
    return upsert(db, "arm", {"hash": arm.hash, "config": dump(arm.canonical().to_json())}, ("hash",))


def create_run(
    db: "Database",
    arm: ArmConfig,
    *,
    bank: int | None = None,
    sweep: int | None = None,
    start_state: str = "empty",
    simulated: bool = False,
    shared_with: int | None = None,
    name: str = "",
    config: Mapping[str, Any] | None = None,
) -> int:
    """A run of an arm, status `planned`; `config` holds what else is needed to resume it."""
    row = {
        "sweep": sweep,
        "arm": save_arm(db, arm),
        "arm_config": dump(arm.to_json()),
        "bank": bank,
        "status": "planned",
        "start_state": start_state,
        "pass_number": arm.pass_number,
        "simulated": int(simulated),
        "shared_with": shared_with,
        "name": name,
        "config": dump(dict(config or {})),
        "created_at": now(),
    }
    run_id = insert(db, "run", row)
    feed.emit(db, run_id, "run", "run", run_id)
    return run_id


def set_run_status(db: "Database", run_id: int, status: str, note: str = "") -> ChangeRecord:
    """Record how far a run is; the first `running` sets its start, an ending status its end. Raises UsageError."""
    _refuse_status(status)
    started = now() if status == "running" else None
    ended = now() if status in _ENDED else None
    changed = db.execute(
        "UPDATE run SET status = ?, note = ?, started_at = coalesce(started_at, ?), ended_at = ? WHERE id = ?",
        (status, note, started, ended, run_id),
    ).rowcount
    if not changed:
        raise UsageError(f"there is no run {run_id} in this workspace")
    feed.emit(db, run_id, "run", "run", run_id)
    return ChangeRecord(f"Run {run_id} is {status}", "rb_studio", ("run",), {"run": (run_id,)})


def run(conn: sqlite3.Connection, run_id: int) -> RunRow:
    """One run by id. Raises UsageError."""
    return _run(_columns(conn, run_id, "*"))


def runs(
    conn: sqlite3.Connection, *, sweep: int | None = None, arm_hash: str | None = None, purpose: str | None = ARM
) -> list[RunRow]:
    """Runs in the order they were made, of one sweep or arm where named.

    Forks are no results of an arm: they are among them only where asked for, or where `purpose` is None.
    """
    rows = conn.execute(
        "SELECT run.* FROM run LEFT JOIN arm ON arm.id = run.arm "
        "WHERE (:sweep IS NULL OR run.sweep = :sweep) AND (:hash IS NULL OR arm.hash = :hash) "
        "AND (:purpose IS NULL OR run.purpose = :purpose) ORDER BY run.id",
        {"sweep": sweep, "hash": arm_hash, "purpose": purpose},
    )
    return [_run(row) for row in rows]


def source_run(conn: sqlite3.Connection, run_id: int) -> int:
    """The run that holds the results: the one an equal cell shares, else itself. Raises UsageError."""
    shared = _columns(conn, run_id, "shared_with")[0]
    return run_id if shared is None else source_run(conn, shared)


def known_run(conn: sqlite3.Connection, run_id: int) -> int:
    """The id of a run that is there. Raises UsageError."""
    return int(_columns(conn, run_id, "id")[0])


def _columns(conn: sqlite3.Connection, run_id: int, names: str) -> sqlite3.Row:
    row: sqlite3.Row | None = conn.execute(f"SELECT {names} FROM run WHERE id = ?", (run_id,)).fetchone()
    if row is None:
        raise UsageError(f"there is no run {run_id} in this workspace")
    return row


def _refuse_status(status: str) -> None:
    if status not in RUN_STATUSES:
        raise UsageError(f"{status!r} is no status of a run; choose {', '.join(RUN_STATUSES)}")


def _sweep(row: sqlite3.Row) -> SweepRow:
    config, driving = load(row["config"]), load(row["driving"])
    return SweepRow(row["id"], row["status"], config, row["hash"], row["created_at"], driving)


def _run(row: sqlite3.Row) -> RunRow:
    config = load(row["arm_config"])
    return RunRow(
        id=row["id"],
        sweep=row["sweep"],
        arm_id=row["arm"],
        arm=ArmConfig.from_json(config) if config else None,
        bank=row["bank"],
        status=row["status"],
        start_state=row["start_state"],
        pass_number=row["pass_number"],
        simulated=bool(row["simulated"]),
        shared_with=row["shared_with"],
        foreign_key=row["foreign_key"],
        name=row["name"],
        created_at=row["created_at"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        note=row["note"],
        config=load(row["config"]),
        purpose=row["purpose"],
    )
