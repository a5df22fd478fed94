"""Tasks typed in, edited and removed, suites imported, and the environment and grader of one's own suites."""

import json
import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rb_studio.environments.builtin import BUILTIN_SUITES
from rb_studio.environments.graders import GRADERS, check_grader_name, is_entry_point
from rb_studio.environments.registry import ENVIRONMENTS, runnable
from rb_studio.jobs.imported_tasks import SOURCE as WITH_TRAJECTORIES
from rb_studio.records.errors import UsageError
from rb_studio.records.task import Grading, Suite, SuiteContent, Task
from rb_studio.store import suite_journal, suites
from rb_studio.store.changes import ChangeRecord
from rb_studio.store.rows import select_in

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


def cannot_run(suite: Suite, reason: str | None) -> str:
    """Why a suite does not run here, as it was found, and what to do about it."""
    why = (reason or f"the suite {suite.name} cannot run here").rstrip(".")
    mend = "choose another environment or grader for it" if why_fixed(suite) is None else "choose another suite to run"
    return f"{why[:1].upper()}{why[1:]}; {mend}."


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
    suite_id = suites.add_tasks(db, suite, [])
    top = db.execute("SELECT coalesce(max(ordinal), 0) FROM task WHERE suite = ?", (suite_id,)).fetchone()[0]
    row = _store(db, suite, Task("", name, top + 1, new.text.strip()), _grading(new))
    return suite_journal.do(db, f"Add a task to {name}", suite_id, listed=[row])


def edit_task(db: "Database", key: str, new: NewTask) -> ChangeRecord:
    """Another text or expected answer for a task of one's own suite.

    The task of the old wording leaves the list and stays with its rollouts; the new one takes its place.

    Raises
    ------
    UsageError
        There is no such task, it is not one's own, or it cannot be as wanted.
    """
    old = suites.task(db.conn, key)
    if old is None:
        raise UsageError(f"there is no task {key} in this workspace")
    new = replace(new, suite=old.suite)
    suite, suite_id = _own(db, old.suite)
    problem = new.problem()
    if problem is not None:
        raise UsageError(problem)
    label = f"Edit task {old.ordinal} of {old.suite}"
    before = suites.gradings(db.conn, [key]).get(key)
    grading = _grading(new, before)
    if old.text == new.text.strip() and before == replace(grading, task_key=key):
        return ChangeRecord(label, "user")
    row = _store(db, suite, replace(old, text=new.text.strip()), grading)
    was = db.execute("SELECT id FROM task WHERE key = ?", (key,)).fetchone()[0]
    db.execute("INSERT INTO subset_task SELECT subset, ? FROM subset_task WHERE task = ?", (row, was))
    return suite_journal.do(db, label, suite_id, listed=[row], unlisted=[was])


def remove_tasks(db: "Database", keys: Sequence[str]) -> ChangeRecord:
    """Take tasks of one suite of one's own off its list; their rollouts stay.

    Raises
    ------
    UsageError
        There are no such tasks, they are of several suites, or the suite is not one's own.
    """
    rows = select_in(
        db.conn, "SELECT t.id, s.name FROM task t JOIN suite s ON s.id = t.suite WHERE t.key IN ({})", keys
    )
    names = {row["name"] for row in rows}
    if len(names) != 1:
        raise UsageError("choose tasks of one suite to remove")
    name = names.pop()
    _, suite_id = _own(db, name)
    told = "a task" if len(rows) == 1 else f"{len(rows):,} tasks"
    return suite_journal.do(db, f"Remove {told} from {name}", suite_id, unlisted=[row["id"] for row in rows])


def import_suite(db: "Database", content: SuiteContent) -> ChangeRecord:
    """Store a suite read from a file; a new one can be undone, a stored one is brought up to date for good."""
    known = suites.find(db.conn, content.suite.name) is not None
    suite_id = suites.save_suite(db, content)
    label = f"Import {content.suite.name}"
    if known:
        return ChangeRecord(label, "user", ("suite", "task", "grading", "subset"), {"suite": (suite_id,)})
    rows = db.execute("SELECT id FROM task WHERE suite = ? AND listed", (suite_id,)).fetchall()
    return suite_journal.do(db, label, suite_id, listed=[row[0] for row in rows])


@dataclass(frozen=True, slots=True)
class Replaced:
    """What an import does to a stored suite: its listed tasks, those the file holds too, those that go."""

    listed: int
    kept: int

    @property
    def gone(self) -> int:
        return self.listed - self.kept


def replaced(conn: sqlite3.Connection, name: str, keys: Collection[str]) -> Replaced | None:
    """What importing tasks of these keys does to the suite of that name; None when there is none yet."""
    if suites.find(conn, name) is None:
        return None
    rows = conn.execute(
        "SELECT t.key FROM task t JOIN suite s ON s.id = t.suite WHERE s.name = ? AND t.listed", (name,)
    )
    present = {row[0] for row in rows}
    return Replaced(len(present), len(present.intersection(keys)))


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


def _own(db: "Database", name: str) -> tuple[Suite, int]:
    """A stored suite of one's own and its row. Raises UsageError."""
    row = suites.suite(db.conn, name)
    fixed = why_fixed(row.suite)
    if fixed is not None:
        raise UsageError(fixed)
    return row.suite, row.id


def _grading(new: NewTask, before: Grading | None = None) -> Grading:
    """What was typed; an answer that was left as it was shown keeps its type."""
    expected = new.expected.strip() or None
    if before is not None and new.expected == shown_answer(before.expected):
        expected = before.expected
    return Grading("", new.grader, expected)


def shown_answer(expected: object) -> str:
    """An expected answer as text to edit."""
    if expected is None:
        return ""
    return expected if isinstance(expected, str) else json.dumps(expected, ensure_ascii=False)


def _store(db: "Database", suite: Suite, task: Task, grading: Grading) -> int:
    """Store a task under a key that is free; its row."""
    key = _free_key(db.conn, suite.name, task.ordinal)
    suites.add_tasks(db, suite, [replace(task, key=key)], [replace(grading, task_key=key)])
    return int(db.execute("SELECT id FROM task WHERE key = ?", (key,)).fetchone()[0])
