"""Suites and their tasks; gradings are read apart from tasks."""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from rb_studio.records.errors import UsageError
from rb_studio.records.identity import canonical_json, digest
from rb_studio.records.task import Grading, Suite, SuiteContent, Task
from rb_studio.store import feed, suite_journal
from rb_studio.store.changes import ChangeRecord
from rb_studio.store.rows import dump, load, now, select_in, upsert

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

    Tasks that are no longer in the content are kept for the runs that used them, but not listed. What was done
    to the stored suite by hand before can no longer be undone.
    """
    row = asdict(content.suite) | {"saved_at": now()}
    row |= {"simulated": int(content.suite.simulated), "runnable": int(content.suite.runnable)}
    suite_id = upsert(db, "suite", row, ("name",))
    suite_journal.forget(db, suite_id)
    db.execute("UPDATE task SET listed = 0 WHERE suite = ?", (suite_id,))
    ids = {task.ordinal: _save_task(db, suite_id, task) for task in content.tasks}
    by_key = {task.key: ids[task.ordinal] for task in content.tasks}
    _save_gradings(db, suite_id, by_key, content.gradings)
    _save_subsets(db, suite_id, ids, content)
    feed.emit(db, None, "suite", "suite", suite_id)
    return suite_id


def add_tasks(db: "Database", suite: Suite, tasks: Iterable[Task], gradings: Iterable[Grading] = ()) -> int:
    """Add or update single tasks, leaving the suite's others as they are; the suite is made when missing.

    Returns the suite's row id. Raises UsageError for a task that belongs to another suite.
    """
    row = asdict(suite) | {"saved_at": now(), "simulated": int(suite.simulated), "runnable": int(suite.runnable)}
    suite_id = upsert(db, "suite", row, ("name",))
    ids = {task.key: _save_task(db, suite_id, task) for task in tasks}
    _insert_gradings(db, ids, gradings)
    feed.emit(db, None, "suite", "suite", suite_id)
    return suite_id


def set_ground(db: "Database", suite: Suite) -> ChangeRecord:
    """Give a stored suite the environment and grader of this record; tasks graded as the suite was follow it.

    One undoable operation of the scope `tasks`. Raises UsageError when there is no suite of that name.
    """
    before = find(db.conn, suite.name)
    if before is None:
        raise UsageError(f"there is no suite {suite.name!r} in this workspace")
    suite_id = _find(db.conn, suite.name)[0]
    rows = db.execute(
        "SELECT g.task FROM grading g JOIN task t ON t.id = g.task WHERE t.suite = ? AND g.grader = ? ORDER BY g.task",
        (suite_id, before.grader),
    )
    graded = [row[0] for row in rows]
    ground = (_ground(before), _ground(suite))
    return suite_journal.do(db, f"Change the suite {suite.name}", suite_id, ground=ground, graded=graded)


def find(conn: sqlite3.Connection, name: str) -> Suite | None:
    """A stored suite's record, without counting its tasks."""
    row = conn.execute("SELECT * FROM suite WHERE name = ?", (name,)).fetchone()
    return _record(row) if row else None


def suites(conn: sqlite3.Connection) -> list[SuiteRow]:
    """All suites by name, with their subsets."""
    return [_suite(conn, row) for row in conn.execute("SELECT * FROM suite ORDER BY name").fetchall()]


def suite(conn: sqlite3.Connection, name: str) -> SuiteRow:
    """One suite, or the suite a subset belongs to. Raises UsageError naming those that exist."""
    return _suite(conn, conn.execute("SELECT * FROM suite WHERE id = ?", (_find(conn, name)[0],)).fetchone())


def emptied(conn: sqlite3.Connection, row: SuiteRow) -> bool:
    """Whether every task of a suite was taken off its list: then there is nothing of it to show."""
    return (
        not row.tasks and conn.execute("SELECT 1 FROM task WHERE suite = ? LIMIT 1", (row.id,)).fetchone() is not None
    )


def suite_hash(conn: sqlite3.Connection, name: str) -> str:
    """SHA-256 over tasks, gradings, environment and grader of a suite or subset."""
    chosen = tasks(conn, name)
    graded = gradings(conn, (task.key for task in chosen))
    whole = suite(conn, name).suite
    content = [[asdict(task), asdict(graded[task.key]) if task.key in graded else None] for task in chosen]
    return digest(canonical_json([whole.environment, whole.grader, content]))


def tasks(conn: sqlite3.Connection, name: str) -> list[Task]:
    """Tasks of a suite or a subset (`webarena/shopping`) by ordinal. Raises UsageError."""
    suite_id, subset_id = _find(conn, name)
    chosen = "" if subset_id is None else "AND t.id IN (SELECT task FROM subset_task WHERE subset = ?)"
    rows = conn.execute(
        f"SELECT t.*, s.name AS suite_name FROM task t JOIN suite s ON s.id = t.suite "
        f"WHERE t.suite = ? AND t.listed {chosen} ORDER BY t.ordinal, t.id",
        (suite_id,) if subset_id is None else (suite_id, subset_id),
    )
    return [_task(row) for row in rows]


def task_count(conn: sqlite3.Connection, name: str) -> int:
    """How many tasks `tasks` lists. Raises UsageError."""
    suite_id, subset_id = _find(conn, name)
    listed = "SELECT count(*) FROM task t WHERE t.suite = ? AND t.listed"
    if subset_id is None:
        return int(conn.execute(listed, (suite_id,)).fetchone()[0])
    within = f"{listed} AND t.id IN (SELECT task FROM subset_task WHERE subset = ?)"
    return int(conn.execute(within, (suite_id, subset_id)).fetchone()[0])


def task(conn: sqlite3.Connection, key: str) -> Task | None:
    """One task by key, listed or not."""
    row = conn.execute(
        "SELECT t.*, s.name AS suite_name FROM task t JOIN suite s ON s.id = t.suite WHERE t.key = ?", (key,)
    ).fetchone()
    return _task(row) if row else None


def gradings(conn: sqlite3.Connection, keys: Iterable[str]) -> dict[str, Grading]:
    """Ground truth of tasks, by key; tasks without a grading are absent."""
    rows = select_in(
        conn, "SELECT t.key, g.grader, g.expected FROM grading g JOIN task t ON t.id = g.task WHERE t.key IN ({})", keys
    )
    return {row["key"]: Grading(row["key"], row["grader"], load(row["expected"])) for row in rows}


def _save_task(db: "Database", suite_id: int, task: Task) -> int:
    owner = db.execute("SELECT suite FROM task WHERE key = ?", (task.key,)).fetchone()
    if owner and owner[0] != suite_id:
        raise UsageError(f"task {task.key} belongs to another suite already: import under a suite name of its own")
    row = {
        "key": task.key,
        "suite": suite_id,
        "ordinal": task.ordinal,
        "text": task.text,
        "site": task.site,
        "template": task.template,
        "setup": dump(dict(task.setup)),
        "listed": 1,
    }
    return upsert(db, "task", row, ("key",))


def _save_gradings(db: "Database", suite_id: int, ids: dict[str, int], gradings: Sequence[Grading]) -> None:
    db.execute("DELETE FROM grading WHERE task IN (SELECT id FROM task WHERE suite = ? AND listed)", (suite_id,))
    _insert_gradings(db, ids, gradings)


def _insert_gradings(db: "Database", ids: dict[str, int], gradings: Iterable[Grading]) -> None:
    db.conn.executemany(
        "INSERT OR REPLACE INTO grading (task, grader, expected) VALUES (?,?,?)",
        [(ids[grading.task_key], grading.grader, dump(grading.expected)) for grading in gradings],
    )


def _save_subsets(db: "Database", suite_id: int, ids: dict[int, int], content: SuiteContent) -> None:
    db.execute("DELETE FROM subset_task WHERE subset IN (SELECT id FROM subset WHERE suite = ?)", (suite_id,))
    db.execute("DELETE FROM subset WHERE suite = ?", (suite_id,))
    for subset in content.subsets:
        found = upsert(db, "subset", {"name": subset.name, "suite": suite_id}, ("name",))
        members = dict.fromkeys(ids[ordinal] for ordinal in subset.ordinals if ordinal in ids)
        db.conn.executemany("INSERT INTO subset_task VALUES (?,?)", [(found, member) for member in members])


def _find(conn: sqlite3.Connection, name: str) -> tuple[int, int | None]:
    """(suite id, subset id or None) of a suite's or a subset's name."""
    row = conn.execute("SELECT id, NULL FROM suite WHERE name = ?", (name,)).fetchone()
    row = row or conn.execute("SELECT suite, id FROM subset WHERE name = ?", (name,)).fetchone()
    if row is None:
        names = conn.execute("SELECT name FROM suite UNION SELECT name FROM subset ORDER BY 1").fetchall()
        known = ", ".join(found[0] for found in names) or "none yet"
        raise UsageError(f"there is no suite {name!r} in this workspace; it has {known}")
    return row[0], row[1]


def _ground(suite: Suite) -> dict[str, Any]:
    return {
        "environment": suite.environment,
        "grader": suite.grader,
        "runnable": int(suite.runnable),
        "reason": suite.reason,
    }


def _record(row: sqlite3.Row) -> Suite:
    return Suite(
        row["name"],
        row["environment"],
        row["grader"],
        row["source"],
        bool(row["simulated"]),
        bool(row["runnable"]),
        row["reason"],
    )


def _suite(conn: sqlite3.Connection, row: sqlite3.Row) -> SuiteRow:
    templates = [
        found[0] for found in conn.execute("SELECT template FROM task WHERE suite = ? AND listed", (row["id"],))
    ]
    parts = conn.execute("SELECT id, name FROM subset WHERE suite = ? ORDER BY name", (row["id"],)).fetchall()
    subsets = tuple(_subset(conn, part["id"], part["name"]) for part in parts)
    return SuiteRow(row["id"], _record(row), len(templates), *_template_counts(templates), subsets)


def _subset(conn: sqlite3.Connection, subset_id: int, name: str) -> SubsetRow:
    rows = conn.execute(
        "SELECT t.template FROM subset_task m JOIN task t ON t.id = m.task WHERE m.subset = ? AND t.listed",
        (subset_id,),
    )
    templates = [row[0] for row in rows]
    return SubsetRow(name, len(templates), *_template_counts(templates))


def _template_counts(templates: Iterable[str | None]) -> tuple[int, int]:
    """(number of templates, number of tasks that are not the only one of their template)."""
    counts = Counter(template for template in templates if template is not None)
    return len(counts), sum(count for count in counts.values() if count > 1)


def _task(row: sqlite3.Row) -> Task:
    return Task(
        row["key"], row["suite_name"], row["ordinal"], row["text"], row["site"], row["template"], load(row["setup"])
    )
