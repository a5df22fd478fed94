"""Sweeps, arms and runs: what was asked for and how far it is."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rb_studio.records.arm import ArmConfig
from rb_studio.store.changes import ChangeRecord

if TYPE_CHECKING:
    from sqlite_utils import Database

RUN_STATUSES = ("planned", "running", "paused", "finished", "cancelled", "failed", "imported")


@dataclass(frozen=True, slots=True)
class SweepRow:
    """A set of arms asked for together; `hash` is over `config`."""

    id: int
    status: str
    config: Mapping[str, Any]
    hash: str
    created_at: str


@dataclass(frozen=True, slots=True)
class RunRow:
    """One arm on one bank.

    `start_state` is empty, continued or frozen. `shared_with` is the run whose results this equal cell
    uses. `arm` is None for imported runs, which have a `foreign_key` instead.
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


def create_sweep(db: "Database", config: Mapping[str, Any]) -> int:
    """A sweep row, committed before anything starts; returns its id."""
    raise NotImplementedError


def set_sweep_status(db: "Database", sweep_id: int, status: str) -> ChangeRecord:
    """Record how far a sweep is; `status` is one of RUN_STATUSES."""
    raise NotImplementedError


def sweep(conn: sqlite3.Connection, sweep_id: int) -> SweepRow | None:
    """One sweep by id."""
    raise NotImplementedError


def sweeps(conn: sqlite3.Connection) -> list[SweepRow]:
    """All sweeps, oldest first."""
    raise NotImplementedError


def save_arm(db: "Database", arm: ArmConfig) -> int:
    """The row of an arm; equal arms (by hash) share one."""
    raise NotImplementedError


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
    raise NotImplementedError


def set_run_status(db: "Database", run_id: int, status: str, note: str = "") -> ChangeRecord:
    """Record how far a run is; the first `running` sets its start, an ending status its end."""
    raise NotImplementedError


def run(conn: sqlite3.Connection, run_id: int) -> RunRow:
    """One run by id. Raises UsageError."""
    raise NotImplementedError


def runs(conn: sqlite3.Connection, *, sweep: int | None = None, arm_hash: str | None = None) -> list[RunRow]:
    """Runs in the order they were made, of one sweep or arm where named."""
    raise NotImplementedError
