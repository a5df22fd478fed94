"""What the room of tasks reads from a workspace, off the GUI thread; the store is loaded there too."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rb_studio.jobs.catalog import CatalogEntry
    from rb_studio.records.task import Grading, Task
    from rb_studio.store.task_list import Attempt, TaskLine


Facets = dict[str, list[tuple[str, int]]]


@dataclass(frozen=True, slots=True)
class Detail:
    """Everything about one task: its text, what it is graded by, every rollout of it."""

    task: "Task"
    grading: "Grading | None"
    attempts: "tuple[Attempt, ...]"


@dataclass(frozen=True, slots=True)
class Suites:
    """All suites; by name, why some are not one's own to change and why some cannot run. Empty: they can."""

    entries: "list[CatalogEntry]"
    fixed: dict[str, str]
    idle: dict[str, str]


def read_suites(conn: sqlite3.Connection) -> Suites:
    """All suites, and what may be done with each."""
    from rb_studio.jobs.catalog import catalog
    from rb_studio.jobs.own_tasks import cannot_run, why_fixed

    entries = catalog(conn)
    return Suites(
        entries,
        {entry.suite.name: why_fixed(entry.suite) or "" for entry in entries},
        {entry.suite.name: cannot_run(entry.suite, entry.reason) for entry in entries if not entry.runnable},
    )


def read_facets(conn: sqlite3.Connection, suite: str) -> Facets:
    """Sites and templates to choose from."""
    from rb_studio.store.task_list import task_facets

    return task_facets(conn, suite)


def read_lines(conn: sqlite3.Connection, ids: Sequence[int]) -> "list[TaskLine]":
    """Lines of some tasks."""
    from rb_studio.store.task_list import task_lines

    return task_lines(conn, ids)


def read_keys(conn: sqlite3.Connection, ids: Sequence[int]) -> tuple[str, ...]:
    """Keys of some tasks in their suite's order."""
    from rb_studio.store.task_list import task_keys

    return task_keys(conn, ids)


def read_detail(conn: sqlite3.Connection, task: int) -> Detail | None:
    """One task in full, None when it is gone."""
    from rb_studio.store import suites
    from rb_studio.store.task_list import attempts

    row = conn.execute("SELECT key FROM task WHERE id = ?", (task,)).fetchone()
    found = suites.task(conn, row["key"]) if row else None
    if found is None:
        return None
    grading = suites.gradings(conn, [found.key]).get(found.key)
    return Detail(found, grading, tuple(attempts(conn, found.key)))


def read_place_of(conn: sqlite3.Connection, key: str) -> tuple[int, str] | None:
    """Row and suite of a task's key."""
    return _place(conn, "t.key = ?", key)


def read_place_of_row(conn: sqlite3.Connection, task: int) -> tuple[int, str] | None:
    """Row and suite of a task."""
    return _place(conn, "t.id = ?", task)


def _place(conn: sqlite3.Connection, which: str, value: str | int) -> tuple[int, str] | None:
    sql = f"SELECT t.id, s.name FROM task t JOIN suite s ON s.id = t.suite WHERE {which}"
    row = conn.execute(sql, (value,)).fetchone()
    return (row["id"], row["name"]) if row else None
