"""Tasks typed in, and suites of one's own whose environment or grader is changed."""

import sqlite3
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rb_studio.environments.builtin import BUILTIN_SUITES
from rb_studio.environments.graders import GRADERS, check_grader_name, is_entry_point
from rb_studio.environments.registry import ENVIRONMENTS, runnable
from rb_studio.jobs.imported_tasks import SOURCE as WITH_TRAJECTORIES
from rb_studio.records.errors import UsageError
from rb_studio.records.task import Grading, Suite, Task
from rb_studio.store import suites
from rb_studio.store.changes import ChangeRecord

if TYPE_CHECKING:
    from sqlite_utils import Database

TYPED_IN = "typed in"
OWN_ENVIRONMENTS = tuple(name for name in ENVIRONMENTS if name != "practice")


@dataclass(frozen=True, slots=True)
class NewTask:
    """A task as typed: `expected` is blank where nobody knows the answer."""

    suite: str
    text: str
    expected: str = ""
    grader: str = "exact"

    def problem(self) -> str | None:
        """Why it cannot be added, None when it can; nothing is looked up."""
        name = self.suite.strip()
        if not self.text.strip():
            return "Write what the agent is to do."
        if not name or "/" in name or "@" in name:
            return "Name a suite, without / and @."
        if name in BUILTIN_SUITES:
            return f"The suite {name} is built in; name one of your own."
        return self._grading_problem()

    def _grading_problem(self) -> str | None:
        if self.grader not in GRADERS and not is_entry_point(self.grader):
            return f"Choose a grader: {', '.join(GRADERS)}, or MODULE:FUNCTION."
        if not self.expected.strip() and self.grader != "none" and not is_entry_point(self.grader):
            return f"The grader {self.grader} compares with an expected answer; give one, or choose none."
        return None


def own_suites(conn: sqlite3.Connection) -> list[Suite]:
    """Suites that take typed tasks and other graders, by name."""
    return [row.suite for row in suites.suites(conn) if why_fixed(row.suite) is None]


def why_fixed(suite: Suite) -> str | None:
    """Why a suite's environment and grader are what they are; None for a suite of one's own."""
    if suite.name in BUILTIN_SUITES or suite.environment == "practice":
        return f"The suite {suite.name} is built in: its world grades it."
    if suite.source == WITH_TRAJECTORIES:
        return f"The suite {suite.name} came with imported trajectories: import its task file to run it."
    if suite.grader not in GRADERS and not is_entry_point(suite.grader):
        return f"The suite {suite.name} is graded by {suite.grader}, as its file says."
    return None


def add_task(db: "Database", new: NewTask) -> ChangeRecord:
    """Add a typed task to a suite of one's own, which is made when missing.

    Raises
    ------
    UsageError
        The task cannot be, or the suite takes none.
    """
    problem = new.problem()
    name = new.suite.strip()
    stored = suites.find(db.conn, name)
    if problem is None and stored is not None:
        problem = why_fixed(stored)
    if problem is not None:
        raise UsageError(problem)
    suite = stored or Suite(name, "answer", new.grader, source=TYPED_IN)
    ordinal = (
        1
        + db.execute(
            "SELECT coalesce(max(t.ordinal), 0) FROM task t JOIN suite s ON s.id = t.suite WHERE s.name = ?", (name,)
        ).fetchone()[0]
    )
    task = Task(_free_key(db.conn, name, ordinal), name, ordinal, new.text.strip())
    grading = Grading(task.key, new.grader, new.expected.strip() or None)
    suite_id = suites.add_tasks(db, suite, [task], [grading])
    row = db.execute("SELECT id FROM task WHERE key = ?", (task.key,)).fetchone()[0]
    return ChangeRecord(f"Add a task to {name}", "user", ("suite", "task"), {"suite": (suite_id,), "task": (row,)})


def change_ground(db: "Database", name: str, environment: str, grader: str) -> ChangeRecord:
    """Let a suite of one's own run elsewhere or be graded otherwise; earlier results stay as they are.

    Raises
    ------
    UsageError
        There is no such suite, it is not one's own, or the environment or grader cannot be.
    """
    stored = suites.suite(db.conn, name).suite
    fixed = why_fixed(stored)
    if fixed is not None:
        raise UsageError(fixed)
    if environment not in OWN_ENVIRONMENTS:
        raise UsageError(f"own tasks cannot run in {environment!r}; choose {', '.join(OWN_ENVIRONMENTS)}")
    check_grader_name(grader)
    ready, reason = runnable(Suite(stored.name, environment, grader))
    changed = replace(stored, environment=environment, grader=grader, runnable=ready, reason=reason)
    return suites.set_ground(db, changed)


def _free_key(conn: sqlite3.Connection, suite: str, number: int) -> str:
    while suites.task(conn, f"{suite}/{number}") is not None:
        number += 1
    return f"{suite}/{number}"
