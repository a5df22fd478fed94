"""Outcomes: what one task of one run produced, committed whole and read back whole."""

import sqlite3
from typing import TYPE_CHECKING

from rb_studio.records.outcome import TaskOutcome
from rb_studio.store.changes import ChangeRecord

if TYPE_CHECKING:
    from sqlite_utils import Database


def commit_outcome(
    db: "Database", run_id: int, bank_id: int | None, outcome: TaskOutcome, *, embedder: str | None = None
) -> ChangeRecord:
    """Write everything a task led to, and its experience into the bank.

    Committing an outcome again changes nothing; one that was invalid is replaced. Rollouts already
    written live are completed. `embedder` is the identity behind `experience_vector` (default: the
    retrieval's).

    Raises
    ------
    WorkspaceError
        There is an experience and no bank, or a vector and nobody knows which embedder made it.
    """
    raise NotImplementedError


def finished_tasks(conn: sqlite3.Connection, run_id: int) -> set[str]:
    """Keys of the tasks with a valid committed outcome."""
    raise NotImplementedError


def invalid_tasks(conn: sqlite3.Connection, run_id: int) -> set[str]:
    """Keys of the tasks whose committed outcome is an infrastructure fault."""
    raise NotImplementedError


def load_outcome(
    conn: sqlite3.Connection, run_id: int, task_key: str, *, with_calls: bool = False
) -> TaskOutcome | None:
    """The outcome as it was committed (a shared run's too); without its calls unless asked for."""
    raise NotImplementedError


def load_outcomes(conn: sqlite3.Connection, run_id: int) -> list[TaskOutcome]:
    """All outcomes of a run in the order they were committed, without calls."""
    raise NotImplementedError
