"""Undo of what a person does to suites: an operation keeps which tasks it listed and which ground it changed."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rb_studio.store import feed
from rb_studio.store.changes import ChangeRecord
from rb_studio.store.operations import begin

if TYPE_CHECKING:
    from sqlite_utils import Database

SCOPE = "tasks"
TABLES = ("suite", "task", "grading")
GROUND = ("environment", "grader", "runnable", "reason")


def do(
    db: "Database",
    label: str,
    suite_id: int,
    *,
    listed: Sequence[int] = (),
    unlisted: Sequence[int] = (),
    ground: tuple[Mapping[str, Any], Mapping[str, Any]] | None = None,
    graded: Sequence[int] = (),
    who: str = "user",
) -> ChangeRecord:
    """Journal a change of a suite and make it.

    Parameters
    ----------
    listed, unlisted
        Ids of tasks that come into the list or leave it; no task is ever deleted, for rollouts name it.
    ground
        The columns `GROUND` of the suite before and after.
    graded
        Ids of tasks whose grading follows the suite's grader.
    """
    forward: dict[str, Any] = {"suite": suite_id, "listed": list(listed), "unlisted": list(unlisted)}
    if ground is not None:
        forward |= {"before": dict(ground[0]), "after": dict(ground[1]), "graded": list(graded)}
    op = begin(db, SCOPE, label, who=who, forward=forward)
    turn(db, forward, done=True)
    return ChangeRecord(label, who, TABLES, {"suite": (suite_id,), "task": (*listed, *unlisted)}, op)


def turn(db: "Database", forward: Mapping[str, Any], *, done: bool) -> tuple[str, ...]:
    """Make the change of an operation, or take it back; returns the tables touched."""
    for name, there in (("listed", done), ("unlisted", not done)):
        db.conn.executemany("UPDATE task SET listed = ? WHERE id = ?", [(int(there), task) for task in forward[name]])
    if "before" in forward:
        ground = forward["after" if done else "before"]
        columns = ", ".join(f"{column} = :{column}" for column in GROUND)
        db.execute(f"UPDATE suite SET {columns} WHERE id = :id", {**ground, "id": forward["suite"]})
        graded = [(ground["grader"], task) for task in forward["graded"]]
        db.conn.executemany("UPDATE grading SET grader = ? WHERE task = ?", graded)
    feed.emit(db, None, "suite", "suite", forward["suite"])
    return TABLES


def forget(db: "Database", suite_id: int) -> None:
    """A suite came anew from its file: what was done to it before can no longer be taken back."""
    db.execute(
        "UPDATE operation SET status = 'dropped' WHERE scope = ? AND status IN ('done', 'undone') "
        "AND json_extract(forward, '$.suite') = ?",
        (SCOPE, suite_id),
    )
