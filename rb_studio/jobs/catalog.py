"""The suites a workspace offers, stored and built in, with what a person wants to know of each."""

import sqlite3
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rb_studio.analysis.streams import sibling_share
from rb_studio.environments.builtin import BUILTIN_SUITES, builtin_suite
from rb_studio.environments.registry import runnable
from rb_studio.records.errors import UsageError
from rb_studio.records.task import Suite, SuiteContent, Task
from rb_studio.store import suites
from rb_studio.store.task_list import earlier_siblings
from rb_studio.store.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Siblings:
    """A suite or subset: `siblings` counts the tasks with an earlier task of the same template."""

    name: str
    tasks: int
    siblings: int

    @property
    def share(self) -> float | None:
        return self.siblings / self.tasks if self.tasks else None

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "sibling_share": self.share}


@dataclass(frozen=True, slots=True)
class CatalogEntry:
    """One suite; `reason` says why it cannot run, `stored` whether it is in the workspace already."""

    whole: Siblings
    templates: int
    suite: Suite
    runnable: bool
    reason: str | None
    stored: bool
    subsets: tuple[Siblings, ...]

    def to_json(self) -> dict[str, Any]:
        """The entry of `rb-studio tasks --json`."""
        return {
            **self.whole.to_json(),
            "templates": self.templates,
            "environment": self.suite.environment,
            "grader": self.suite.grader,
            "runnable": self.runnable,
            "reason": self.reason,
            "simulated": self.suite.simulated,
            "source": self.suite.source,
            "stored": self.stored,
            "subsets": [subset.to_json() for subset in self.subsets],
        }


def catalog(conn: sqlite3.Connection) -> list[CatalogEntry]:
    """Every suite that can be named here: those of the workspace, then the built-in ones not used."""
    stored = [_stored(conn, row) for row in suites.suites(conn) if not suites.emptied(conn, row)]
    return stored + [_built_in(content) for content in _unused({entry.suite.name for entry in stored})]


def entry(conn: sqlite3.Connection, name: str) -> CatalogEntry:
    """One suite by its name or a subset's. Raises UsageError naming those that exist."""
    found = catalog(conn)
    for one in found:
        if name == one.suite.name or name in {subset.name for subset in one.subsets}:
            return one
    known = ", ".join(sorted(one.suite.name for one in found))
    raise UsageError(f"there is no suite {name!r} in this workspace; it has {known}")


def add_suite(workspace: Workspace, content: SuiteContent) -> CatalogEntry:
    """Store a suite, or bring a stored one of that name up to date."""
    workspace.run(lambda db: suites.save_suite(db, content))
    conn = workspace.reader()
    return _stored(conn, suites.suite(conn, content.suite.name))


def _stored(conn: sqlite3.Connection, row: suites.SuiteRow) -> CatalogEntry:
    ready, reason = runnable(row.suite)
    names = (row.suite.name, *(part.name for part in row.subsets))
    whole, *parts = (_stored_siblings(conn, name) for name in names)
    return CatalogEntry(whole, row.templates, row.suite, ready, reason, True, tuple(parts))


def _built_in(content: SuiteContent) -> CatalogEntry:
    ready, reason = runnable(content.suite)
    by_ordinal = {task.ordinal: task for task in content.tasks}
    parts = tuple(_siblings(part.name, [by_ordinal[number] for number in part.ordinals]) for part in content.subsets)
    templates = {task.template for task in content.tasks} - {None}
    whole = _siblings(content.suite.name, content.tasks)
    return CatalogEntry(whole, len(templates), content.suite, ready, reason, False, parts)


def _stored_siblings(conn: sqlite3.Connection, name: str) -> Siblings:
    siblings, total = earlier_siblings(conn, name)
    return Siblings(name, total, siblings)


def _siblings(name: str, tasks: Sequence[Task]) -> Siblings:
    siblings, total = sibling_share(tasks)
    return Siblings(name, total, siblings)


def _unused(present: set[str]) -> list[SuiteContent]:
    """Built-in suites of this version that the workspace has not stored."""
    found = []
    for name in BUILTIN_SUITES:
        if name not in present:
            try:
                found.append(builtin_suite(name))
            except UsageError:
                continue
    return found
