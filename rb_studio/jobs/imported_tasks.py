"""Tasks that come with imported trajectories: listed as suites, not runnable, never over a real suite."""

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING

from rb_studio.environments.builtin import BUILTIN_SUITES, builtin_suite
from rb_studio.records.errors import UsageError
from rb_studio.records.task import Suite, Task
from rb_studio.store import suites

if TYPE_CHECKING:
    import sqlite3

    from sqlite_utils import Database

SOURCE = "imported trajectories"
REASON = "came with imported trajectories; load its task file with `rb-studio tasks WS import` to run it"


def save_tasks(db: "Database", tasks: Iterable[Task]) -> None:
    """Keep the tasks of imported trajectories under the suites they name.

    A suite that was loaded from a task file keeps its own tasks; a built-in one is taken from the program.
    """
    by_suite: defaultdict[str, list[Task]] = defaultdict(list)
    for task in tasks:
        if task.suite and _is_new(db.conn, task):
            by_suite[task.suite].append(task)
    for name, new in by_suite.items():
        stored = suites.find(db.conn, name)
        if stored is None and name in BUILTIN_SUITES:
            _save_built_in(db, name)
        elif stored is None or stored.source == SOURCE:
            suite = Suite(name, "imported", "none", source=SOURCE, runnable=False, reason=f"the suite {name} {REASON}")
            suites.add_tasks(db, suite, new)


def _is_new(conn: "sqlite3.Connection", task: Task) -> bool:
    """Whether the workspace lacks the task, or this one states the text that the stored one lacks."""
    known = suites.task(conn, task.key)
    return known is None or (known.suite == task.suite and bool(task.text) and known != task)


def _save_built_in(db: "Database", name: str) -> None:
    try:
        content = builtin_suite(name)
    except UsageError:
        return
    suites.save_suite(db, content)
