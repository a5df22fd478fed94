"""Verdicts given later: a person's, or another judge's. They are added, never overwritten."""

import json
import sqlite3
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rb_studio.records.errors import UsageError
from rb_studio.records.judgement import Verdict
from rb_studio.store import feed
from rb_studio.store.changes import ChangeRecord
from rb_studio.store.judgement_rows import STANDING, save_verdict
from rb_studio.store.operations import begin
from rb_studio.store.rollouts import rollout_id
from rb_studio.store.rows import insert

if TYPE_CHECKING:
    from sqlite_utils import Database

SCOPE = "verdicts"


def add_verdicts(
    db: "Database",
    verdicts: Sequence[Verdict],
    *,
    who: str = "user",
    reason: str = "",
    run: int | None = None,
    rows: Sequence[int] | None = None,
) -> ChangeRecord:
    """Append verdicts as one undoable operation of the scope `verdicts`.

    Parameters
    ----------
    rows
        The rollouts' row ids, one per verdict, where several runs may share a rollout's uid; else they are
        looked up by uid, in `run` where named.

    Raises
    ------
    UsageError
        A rollout is unknown, or has a verdict of that uid already.
    """
    label = f"Judge {len(verdicts)} rollout{'' if len(verdicts) == 1 else 's'}"
    if not verdicts:
        return ChangeRecord(label, who)
    rollouts = list(rows or (rollout_id(db.conn, verdict.rollout_uid, run=run) for verdict in verdicts))
    op = begin(db, SCOPE, label, who=who, reason=reason, forward={"verdicts": [one.uid for one in verdicts]})
    added = tuple(_add(db, op, row, verdict, who) for row, verdict in zip(rollouts, verdicts, strict=True))
    ids = {"verdict": added, "rollout": tuple(dict.fromkeys(rollouts))}
    return ChangeRecord(label, who, ("verdict",), ids, op)


def human_labels(conn: sqlite3.Connection, task_keys: Sequence[str]) -> dict[str, tuple[str, str]]:
    """(status, reason) of the newest standing verdict by a person on a rollout of a task, no fork, by task key."""
    rows = conn.execute(
        "SELECT r.task_key, v.status, v.reason FROM verdict v JOIN rollout r ON r.id = v.rollout "
        f"WHERE v.source = 'human' AND {STANDING} AND r.forked_from IS NULL "
        "AND r.task_key IN (SELECT value FROM json_each(?)) ORDER BY v.id",
        (json.dumps(list(task_keys)),),
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def _add(db: "Database", op: int, rollout: int, verdict: Verdict, who: str) -> int:
    if db.execute("SELECT 1 FROM verdict WHERE rollout = ? AND uid = ?", (rollout, verdict.uid)).fetchone():
        raise UsageError(
            f"rollout {verdict.rollout_uid} has a verdict {verdict.uid} already: give the new one its own uid"
        )
    row = save_verdict(db, rollout, verdict, who=who, learned=False)
    insert(db, "verdict_presence", {"verdict": row, "op_from": op})
    run = db.execute("SELECT run FROM rollout WHERE id = ?", (rollout,)).fetchone()[0]
    feed.emit(db, run, "verdict", "verdict", row)
    return row
