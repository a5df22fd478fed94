"""Rollouts with their steps and states: rows from records, records from rows."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rb_studio.records.calls import Failure, FailureKind, Usage
from rb_studio.records.trajectory import Action, ExitReason, State, Step, Trajectory
from rb_studio.store import blobs
from rb_studio.store.rows import dump, load, upsert

if TYPE_CHECKING:
    from sqlite_utils import Database

RUNNING = "running"
DONE = "done"


def save_rollout(
    db: "Database", run_id: int, trajectory: Trajectory, *, status: str = DONE, foreign: Mapping[str, Any] | None = None
) -> int:
    """Write a rollout with all its steps, completing whatever is there of it; returns its id.

    `foreign` holds further columns of an imported rollout (source file, task text).
    """
    row = {
        "uid": trajectory.uid,
        "run": run_id,
        "task_key": trajectory.task_key,
        "rollout_index": trajectory.rollout_index,
        "seed": trajectory.seed,
        "status": status,
        "first_observation": blobs.put(db, trajectory.first_observation),
        "exit_reason": None if status == RUNNING else str(trajectory.exit_reason),
        "exit_detail": trajectory.exit_detail,
        "answer": trajectory.answer,
        "patch": blobs.put_optional(db, trajectory.patch),
        "failure": dump_failure(trajectory.failure),
        "memory_block": blobs.put(db, trajectory.memory_block),
        "passes": dump(trajectory.passes),
        "started_at": trajectory.started_at,
        "ended_at": trajectory.ended_at,
        "model": trajectory.model,
        "simulated": int(trajectory.simulated),
        "extra": dump(dict(trajectory.extra)),
        "same_as": trajectory.same_as,
        **(foreign or {}),
    }
    rollout_id = upsert(db, "rollout", row, ("run", "uid"))
    db.execute(
        "DELETE FROM step WHERE rollout = ? AND number > ?",
        (rollout_id, max((step.number for step in trajectory.steps), default=0)),
    )
    for step in trajectory.steps:
        save_step(db, rollout_id, step)
    return rollout_id


def save_step(db: "Database", rollout_id: int, step: Step) -> int:
    """Write one step with the state after it; returns its id."""
    usage = step.usage or Usage()
    row = {
        "rollout": rollout_id,
        "number": step.number,
        "thought": step.thought,
        "actions": dump([[action.text, action.tool, action.call_id] for action in step.actions]),
        "observation": blobs.put(db, step.observation),
        "error": step.error,
        "reasoning": step.reasoning,
        "tokens_prompt": usage.prompt,
        "tokens_completion": usage.completion,
        "cost": step.cost,
        "started_at": step.started_at,
        "elapsed": step.elapsed,
        "call_uid": step.call_uid,
        "pointer": step.pointer,
        "extra": dump(dict(step.extra)),
    }
    step_id = upsert(db, "step", row, ("rollout", "number"))
    if step.state is None:
        db.execute("DELETE FROM state WHERE step = ?", (step_id,))
    else:
        _save_state(db, step_id, step.state)
    return step_id


def read_trajectories(conn: sqlite3.Connection, rollouts: Sequence[sqlite3.Row]) -> list[Trajectory]:
    """Rollout rows as records with all their steps.

    A rollout that is still running reads as cancelled with the detail `running`.
    """
    steps = {row["id"]: _step_rows(conn, row["id"]) for row in rollouts}
    wanted = [row[column] for row in rollouts for column in ("first_observation", "patch", "memory_block")]
    for found in steps.values():
        wanted += [row[column] for row in found for column in ("observation", "changes")]
    texts = blobs.get_many(conn, wanted)
    return [_trajectory(row, tuple(_step(found, texts) for found in steps[row["id"]]), texts) for row in rollouts]


def dump_failure(failure: Failure | None) -> str | None:
    """A failure as a JSON column."""
    return None if failure is None else dump([str(failure.kind), failure.message])


def load_failure(text: str | None) -> Failure | None:
    """A failure from its JSON column."""
    if text is None:
        return None
    kind, message = load(text)
    return Failure(FailureKind(kind), message)


def load_usage(row: sqlite3.Row) -> Usage | None:
    """Token counts of a row; None when neither is known."""
    prompt, completion = row["tokens_prompt"], row["tokens_completion"]
    return None if prompt is None and completion is None else Usage(prompt, completion)


def _save_state(db: "Database", step_id: int, state: State) -> None:
    values = asdict(state)
    db.execute(
        "INSERT OR REPLACE INTO state (step, location, form, changes) VALUES (?,?,?,?)",
        (step_id, load(dump(state.location)), dump(values["form"]), blobs.put(db, dump(values["changes"]))),
    )


def _step_rows(conn: sqlite3.Connection, rollout_id: int) -> list[sqlite3.Row]:
    return conn.execute(
        "SELECT s.*, t.location, t.form, t.changes FROM step s LEFT JOIN state t ON t.step = s.id "
        "WHERE s.rollout = ? ORDER BY s.number",
        (rollout_id,),
    ).fetchall()


def _step(row: sqlite3.Row, texts: Mapping[int | None, str]) -> Step:
    state = None if row["changes"] is None else State(row["location"], load(row["form"]), load(texts[row["changes"]]))
    return Step(
        number=row["number"],
        thought=row["thought"],
        actions=tuple(Action(*parts) for parts in load(row["actions"])),
        observation=texts[row["observation"]],
        error=row["error"],
        state=state,
        reasoning=row["reasoning"],
        usage=load_usage(row),
        cost=row["cost"],
        started_at=row["started_at"],
        elapsed=row["elapsed"],
        call_uid=row["call_uid"],
        pointer=row["pointer"],
        extra=load(row["extra"]),
    )


def _trajectory(row: sqlite3.Row, steps: tuple[Step, ...], texts: Mapping[int | None, str]) -> Trajectory:
    running = row["status"] == RUNNING
    return Trajectory(
        uid=row["uid"],
        task_key=row["task_key"],
        rollout_index=row["rollout_index"],
        seed=row["seed"],
        first_observation=texts[row["first_observation"]],
        steps=steps,
        exit_reason=ExitReason.CANCELLED if running else ExitReason(row["exit_reason"]),
        answer=row["answer"],
        patch=None if row["patch"] is None else texts[row["patch"]],
        exit_detail=RUNNING if running else row["exit_detail"],
        failure=load_failure(row["failure"]),
        memory_block=texts[row["memory_block"]],
        passes=tuple(load(row["passes"])),
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        model=row["model"],
        simulated=bool(row["simulated"]),
        extra=load(row["extra"]),
        same_as=row["same_as"],
    )
