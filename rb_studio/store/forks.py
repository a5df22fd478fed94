"""Forks: runs that play a stored rollout on from one of its steps, under one variant of what is changed."""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rb_studio.records.arm import ArmConfig
from rb_studio.records.calls import LlmCall
from rb_studio.records.outcome import TaskOutcome
from rb_studio.store import feed
from rb_studio.store.call_rows import read_calls
from rb_studio.store.changes import ChangeRecord
from rb_studio.store.outcomes import commit_outcome
from rb_studio.store.rows import dump, insert, load, now
from rb_studio.store.runs import FORK, RunRow, set_run_status, source_run

if TYPE_CHECKING:
    from sqlite_utils import Database


def create_fork(db: "Database", of: RunRow, arm: ArmConfig, *, name: str, config: Mapping[str, Any]) -> int:
    """A planned run for one variant of a fork.

    `arm` is what its continuations are played by. The run is none of that arm's: its results enter no figure.
    """
    row = {
        "sweep": None,
        "arm": None,
        "arm_config": dump(arm.to_json()),
        "bank": None,
        "status": "planned",
        "start_state": of.start_state,
        "pass_number": of.pass_number,
        "simulated": int(of.simulated),
        "name": name,
        "config": dump(dict(config)),
        "created_at": now(),
        "purpose": FORK,
    }
    run_id = insert(db, "run", row)
    feed.emit(db, run_id, "run", "run", run_id)
    return run_id


def commit_fork(
    db: "Database", run_id: int, outcome: TaskOutcome, *, of: str, step: int, last: bool = True
) -> ChangeRecord:
    """Write the continuations there are of rollout `of` from a step on, in place of those written before.

    The last time, what was begun and has no end is taken out. Until then nothing counts, and live steps of further
    continuations are still to come.
    """
    db.execute("DELETE FROM outcome WHERE run = ?", (run_id,))
    if last:
        _drop_others(db, run_id, [rollout.uid for rollout in outcome.rollouts])
    if not outcome.rollouts:
        return ChangeRecord(f"Drop what run {run_id} left", f"run {run_id}", ("rollout", "step"))
    change = commit_outcome(db, run_id, None, outcome)
    db.execute("UPDATE rollout SET forked_from = ?, forked_step = ? WHERE run = ?", (of, step, run_id))
    if not last:
        db.execute("UPDATE outcome SET valid = 0 WHERE run = ?", (run_id,))
    return change


def end_cut_off(db: "Database") -> tuple[int, ...]:
    """End the forks whose program died, with the continuations they had written; returns their runs."""
    rows = db.execute("SELECT id FROM run WHERE purpose = ? AND status IN ('planned', 'running')", (FORK,)).fetchall()
    for (run_id,) in rows:
        written = db.execute("SELECT rollouts FROM outcome WHERE run = ?", (run_id,)).fetchone()
        _drop_others(db, run_id, load(written[0]) if written else [])
        db.execute("UPDATE outcome SET valid = 1 WHERE run = ?", (run_id,))
        set_run_status(db, run_id, "cancelled", "its program ended before it was over; what it had written is kept")
    return tuple(row[0] for row in rows)


def _drop_others(db: "Database", run_id: int, uids: Sequence[str]) -> None:
    db.execute(
        "DELETE FROM rollout WHERE run = ? AND uid NOT IN (SELECT value FROM json_each(?))", (run_id, dump(uids))
    )


def forked_from(conn: sqlite3.Connection, run: int, uid: str) -> tuple[int, str, int] | None:
    """Run and uid of the rollout that one continues, and the step it does so from; None for one from the start."""
    row = conn.execute(
        "SELECT json_extract(run.config, '$.fork.run') AS run, json_extract(run.config, '$.fork.rollout_uid') AS uid, "
        "json_extract(run.config, '$.fork.step') AS step FROM rollout r JOIN run ON run.id = r.run "
        "WHERE r.run = ? AND r.uid = ? AND run.purpose = ?",
        (source_run(conn, run), uid, FORK),
    ).fetchone()
    return None if row is None else (int(row["run"]), str(row["uid"]), int(row["step"]))


def forks_of(conn: sqlite3.Connection, uid: str) -> list[int]:
    """Runs that continue a rollout, in the order they were made."""
    rows = conn.execute("SELECT DISTINCT run FROM rollout WHERE forked_from = ? ORDER BY run", (uid,))
    return [row[0] for row in rows]


def agent_calls(conn: sqlite3.Connection, run: int, uid: str, before: int | None = None) -> list[LlmCall]:
    """The agent's calls of a rollout in the order of their number; before a step where one is named.

    Those of steps that a continuation took over are the ones of the rollout it continues.
    """
    earlier: list[LlmCall] = []
    origin = forked_from(conn, run, uid)
    if origin is not None:
        earlier = agent_calls(conn, origin[0], origin[1], min(origin[2], origin[2] if before is None else before))
    rows = conn.execute(
        "SELECT * FROM llm_call WHERE run = ? AND rollout_uid = ? AND role = 'actor' AND (? IS NULL OR step < ?) "
        "ORDER BY number, id",
        (source_run(conn, run), uid, before, before),
    )
    return [*earlier, *read_calls(conn, rows.fetchall())]
