"""Suites and their tasks; gradings are read apart from tasks."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rb_studio.records.task import Grading, Suite, SuiteContent, Task

if TYPE_CHECKING:
    from sqlite_utils import Database


@dataclass(frozen=True, slots=True)
class SubsetRow:
    """A named part of a suite: number of tasks, of templates, and of tasks that share a template."""

    name: str
    tasks: int
    templates: int
    siblings: int


@dataclass(frozen=True, slots=True)
class SuiteRow:
    """A stored suite with its counts; `siblings` counts tasks whose template has another task."""

    id: int
    suite: Suite
    tasks: int
    templates: int
    siblings: int
    subsets: tuple[SubsetRow, ...]


def save_suite(db: "Database", content: SuiteContent) -> int:
    """Add a suite or bring a stored one up to date by task key; returns its row id.

    Tasks that are no longer in the content are kept for the runs that used them, but not listed.
    """
    raise NotImplementedError


def suites(conn: sqlite3.Connection) -> list[SuiteRow]:
    """All suites by name, with their subsets."""
    raise NotImplementedError


def suite(conn: sqlite3.Connection, name: str) -> SuiteRow:
    """One suite, or the suite a subset belongs to. Raises UsageError naming those that exist."""
    raise NotImplementedError


def suite_hash(conn: sqlite3.Connection, name: str) -> str:
    """SHA-256 over tasks, gradings, environment and grader of a suite or subset."""
    raise NotImplementedError


def tasks(conn: sqlite3.Connection, name: str) -> list[Task]:
    """Tasks of a suite or a subset (`webarena/shopping`) by ordinal. Raises UsageError."""
    raise NotImplementedError


def task(conn: sqlite3.Connection, key: str) -> Task | None:
    """One task by key."""
    raise NotImplementedError


def gradings(conn: sqlite3.Connection, keys: Iterable[str]) -> dict[str, Grading]:
    """Ground truth of tasks, by key; tasks without a grading are absent."""
    raise NotImplementedError
