"""Rollouts with their steps and states: rows from records, records from rows."""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from rb_studio.records.calls import Failure, FailureKind, Usage
from rb_studio.records.trajectory import Action, ExitReason, State, Step, Trajectory
from rb_studio.store import blobs
from rb_studio.store.rows import clean, cleaned, dump, load, upsert, upsert_many
from rb_studio.store.sheet import Sheet

if TYPE_CHECKING:
    from sqlite_utils import Database

RUNNING = "running"
DONE = "done"
_Row = tuple[Any, ...]
_ROLLOUT_TEXTS = ("first_observation", "patch", "memory_block")
_STEP = (
    "rollout",
    "number",
    "observation",
    "thought",
    "actions",
    "error",
    "reasoning",
    "tokens_prompt",
    "tokens_completion",
    "cost",
    "started_at",
    "elapsed",
    "call_uid",
    "pointer",
    "extra",
)


class PackedRollout(NamedTuple):
    """A rollout as rows that stand on texts by their place; `states` hold those of the steps that have one."""

    row: Mapping[str, Any]
    steps: tuple[_Row, ...]
    states: tuple[_Row, ...]


def pack_rollout(texts: blobs.Texts, trajectory: Trajectory, *, status: str = DONE) -> PackedRollout:
    """A rollout made ready to be written; its texts join `texts`."""
    row = {
        "uid": trajectory.uid,
        "task_key": trajectory.task_key,
        "rollout_index": trajectory.rollout_index,
        "seed": trajectory.seed,
        "status": status,
        "first_observation": texts.place(trajectory.first_observation),
        "exit_reason": None if status == RUNNING else str(trajectory.exit_reason),
        "exit_detail": trajectory.exit_detail,
        "answer": trajectory.answer,
        "patch": texts.place_optional(trajectory.patch),
        "failure": dump_failure(trajectory.failure),
        "memory_block": texts.place(trajectory.memory_block),
        "passes": dump(trajectory.passes),
        "started_at": trajectory.started_at,
        "ended_at": trajectory.ended_at,
        "model": trajectory.model,
        "simulated": int(trajectory.simulated),
        "extra": dump(dict(trajectory.extra)),
        "same_as": trajectory.same_as,
    }
    row = dict(zip(row, cleaned(row.values()), strict=True))
    steps = tuple(_pack_step(texts, step) for step in trajectory.steps)
    known = ((step.number, step.state) for step in trajectory.steps)
    states = tuple(_pack_state(texts, number, state) for number, state in known if state is not None)
    return PackedRollout(row, steps, states)


def save_packed_rollout(
    db: "Database",
    run_id: int,
    packed: PackedRollout,
    ids: blobs.Ids,
    *,
    foreign: Mapping[str, Any] | None = None,
) -> int:
    """Write a rollout with all its steps, completing whatever is there of it; returns its id.

    `ids` are those of its texts. `foreign` holds further columns of an imported rollout (source file, task text).
    """
    texts = {name: ids[packed.row[name]] for name in _ROLLOUT_TEXTS}
    rollout_id = upsert(db, "rollout", {**packed.row, **texts, "run": run_id, **(foreign or {})}, ("run", "uid"))
    last = max((row[0] for row in packed.steps), default=0)
    db.execute("DELETE FROM step WHERE rollout = ? AND number > ?", (rollout_id, last))
    _save_steps(db, rollout_id, packed.steps, packed.states, ids)
    return rollout_id


def put_rollouts(sheet: Sheet, run_id: int, rollouts: Sequence[PackedRollout], ids: blobs.Ids) -> range:
    """Add rollouts of which nothing is there yet, as `save_packed_rollout` would; returns their ids in order."""
    numbered = sheet.ids("rollout", len(rollouts))
    for rollout_id, (row, own_steps, own_states) in zip(numbered, rollouts, strict=True):
        texts = {name: ids[row[name]] for name in _ROLLOUT_TEXTS}
        sheet.add("rollout", ("id", "run", *row), [(rollout_id, run_id, *{**row, **texts}.values())])
        numbers = dict(zip((step[0] for step in own_steps), sheet.ids("step", len(own_steps)), strict=True))
        steps = [(numbers[step[0]], rollout_id, step[0], ids[step[1]], *step[2:]) for step in own_steps]
        sheet.add("step", ("id", *_STEP), steps)
        states = [(numbers[state[0]], ids[state[1]], *state[2:]) for state in own_states]
        sheet.add("state", ("step", "changes", "location", "form"), states)
    return numbered


def save_rollout(
    db: "Database", run_id: int, trajectory: Trajectory, *, status: str = DONE, foreign: Mapping[str, Any] | None = None
) -> int:
    """As `save_packed_rollout`, for a rollout that is not packed."""
    texts = blobs.Texts()
    packed = pack_rollout(texts, trajectory, status=status)
    return save_packed_rollout(db, run_id, packed, blobs.put_all(db, texts.packed()), foreign=foreign)


def save_step(db: "Database", rollout_id: int, step: Step) -> int:
    """Write one step with the state after it; returns its id."""
    texts = blobs.Texts()
    steps = (_pack_step(texts, step),)
    states = () if step.state is None else (_pack_state(texts, step.number, step.state),)
    _save_steps(db, rollout_id, steps, states, blobs.put_all(db, texts.packed()))
    row = db.execute("SELECT id FROM step WHERE rollout = ? AND number = ?", (rollout_id, step.number)).fetchone()
    return int(row[0])


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


def read_steps(conn: sqlite3.Connection, rollout_id: int, after: int = 0) -> tuple[Step, ...]:
    """The steps of a rollout that follow a number, oldest first."""
    rows = _step_rows(conn, rollout_id, after)
    texts = blobs.get_many(conn, (row[column] for row in rows for column in ("observation", "changes")))
    return tuple(_step(row, texts) for row in rows)


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


def _pack_step(texts: blobs.Texts, step: Step) -> _Row:
    """The values of `_STEP`."""
    usage = step.usage or Usage()
    return cleaned(
        (
            step.number,
            texts.place(step.observation),
            step.thought,
            dump([[action.text, action.tool, action.call_id] for action in step.actions]),
            step.error,
            step.reasoning,
            usage.prompt,
            usage.completion,
            step.cost,
            step.started_at,
            step.elapsed,
            step.call_uid,
            step.pointer,
            dump(dict(step.extra)),
        )
    )


def _pack_state(texts: blobs.Texts, number: int, state: State) -> _Row:
    return number, texts.place(dump(dict(state.changes))), clean(state.location), dump(dict(state.form))


def _save_steps(db: "Database", rollout_id: int, steps: Sequence[_Row], states: Sequence[_Row], ids: blobs.Ids) -> None:
    """Write steps that follow one another, with the states there are after them."""
    if not steps:
        return
    rows = [(rollout_id, number, ids[observation], *rest) for number, observation, *rest in steps]
    upsert_many(db, "step", _STEP, ("rollout", "number"), rows)
    db.execute(
        "DELETE FROM state WHERE step IN (SELECT id FROM step WHERE rollout = ? AND number BETWEEN ? AND ?)",
        (rollout_id, steps[0][0], steps[-1][0]),
    )
    db.conn.executemany(
        "INSERT INTO state (changes, location, form, step) "
        "SELECT ?, ?, ?, id FROM step WHERE rollout = ? AND number = ?",
        [(ids[changes], *rest, rollout_id, number) for number, changes, *rest in states],
    )


def _step_rows(conn: sqlite3.Connection, rollout_id: int, after: int = 0) -> list[sqlite3.Row]:
    return conn.execute(
        "SELECT s.*, t.location, t.form, t.changes FROM step s LEFT JOIN state t ON t.step = s.id "
        "WHERE s.rollout = ? AND s.number > ? ORDER BY s.number",
        (rollout_id, after),
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
