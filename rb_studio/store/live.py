"""Steps as they happen: a running task's rows before its outcome is committed."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rb_studio.records.judgement import Selection, Verdict
from rb_studio.records.memory import Retrieval
from rb_studio.records.outcome import LiveEvent
from rb_studio.records.trajectory import ExitReason, Step, Trajectory
from rb_studio.store import feed, judgement_rows
from rb_studio.store.changes import ChangeRecord
from rb_studio.store.outcomes import remove_task
from rb_studio.store.rows import select_in
from rb_studio.store.trajectory_rows import RUNNING, save_rollout, save_step

if TYPE_CHECKING:
    from sqlite_utils import Database


def append_live(db: "Database", run_id: int, events: Sequence[LiveEvent]) -> ChangeRecord:
    """Write a batch of live events: a rollout has status `running` from its start to its end.

    Nothing of a task counts before its outcome is committed, and events that come after that are late and
    change nothing. What was distilled is written with the outcome only, because it changes the bank.
    """
    keys = {event.task_key for event in events}
    query = f"SELECT task_key FROM outcome WHERE run = {int(run_id)} AND valid AND task_key IN ({{}})"
    finished = {row[0] for row in select_in(db.conn, query, keys)}
    written: dict[str, list[int]] = {}
    for event in events:
        pointer = None if event.task_key in finished else _write(db, run_id, event)
        if pointer is not None:
            feed.emit(db, run_id, event.kind, *pointer)
            written.setdefault(pointer[0], []).append(pointer[1])
    ids = {table: tuple(rows) for table, rows in written.items()}
    return ChangeRecord("Live steps", f"run {run_id}", tuple(ids), ids)


def drop_unfinished(db: "Database", run_id: int) -> ChangeRecord:
    """Remove what a killed run left of tasks without a committed outcome, before it resumes."""
    known = "SELECT task_key FROM outcome WHERE run = :run"
    rows = db.execute(
        f"SELECT task_key FROM rollout WHERE run = :run AND (status = 'running' OR task_key NOT IN ({known})) UNION "
        f"SELECT task_key FROM retrieval_event WHERE run = :run AND task_key NOT IN ({known}) UNION "
        f"SELECT task_key FROM selection WHERE run = :run AND task_key NOT IN ({known})",
        {"run": run_id},
    ).fetchall()
    removed = [rollout for row in rows for rollout in remove_task(db, run_id, row[0])]
    tables = ("rollout", "step") if removed else ()
    ids = {"rollout": tuple(removed)} if removed else {}
    return ChangeRecord("Drop unfinished rollouts", f"run {run_id}", tables, ids)


def _write(db: "Database", run_id: int, event: LiveEvent) -> tuple[str, int] | None:
    """The row an event led to, as (table, id); None where its row comes with the outcome."""
    payload = event.payload
    if isinstance(payload, Retrieval):
        return "retrieval_event", judgement_rows.save_retrieval(db, run_id, event.task_key, payload)
    if isinstance(payload, Selection):
        return "selection", judgement_rows.save_selection(db, run_id, payload)
    if event.rollout_uid is None or event.kind not in ("rollout_started", "step", "rollout_ended", "verdict"):
        return None
    if event.kind == "rollout_started":
        return "rollout", _start(db, run_id, event)
    rollout_id = _rollout_id(db, run_id, event)
    if isinstance(payload, Step):
        return "step", save_step(db, rollout_id, payload)
    if isinstance(payload, Verdict):
        who = f"run {run_id}"
        return "verdict", judgement_rows.save_verdict(db, rollout_id, payload, who=who, learned=True)
    if isinstance(payload, Trajectory):
        return "rollout", save_rollout(db, run_id, payload)
    return "rollout", rollout_id


def _start(db: "Database", run_id: int, event: LiveEvent) -> int:
    """A rollout's first row; one that starts again loses the steps of its first try."""
    if isinstance(event.payload, Trajectory):
        return save_rollout(db, run_id, event.payload, status=RUNNING)
    begun = Trajectory(
        uid=event.rollout_uid or "",
        task_key=event.task_key,
        rollout_index=event.rollout_index or 0,
        seed=0,
        first_observation=event.detail,
        steps=(),
        exit_reason=ExitReason.CANCELLED,
    )
    return save_rollout(db, run_id, begun, status=RUNNING)


def _rollout_id(db: "Database", run_id: int, event: LiveEvent) -> int:
    row = db.execute("SELECT id FROM rollout WHERE run = ? AND uid = ?", (run_id, event.rollout_uid)).fetchone()
    return int(row[0]) if row else _start(db, run_id, event)
