"""Reading rollouts: flat rows for analysis, whole trajectories, model calls."""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from rb_studio.records.calls import LlmCall
from rb_studio.records.errors import UsageError
from rb_studio.records.judgement import Truth, Verdict
from rb_studio.records.trajectory import INVALID_EXITS, ExitReason, Trajectory
from rb_studio.store import judgement_rows, rollout_sql
from rb_studio.store.call_rows import read_calls
from rb_studio.store.rows import load, maybe_bool
from rb_studio.store.runs import ARM, source_run
from rb_studio.store.trajectory_rows import read_trajectories

_NO_FORK = f"run.purpose = '{ARM}'"


@dataclass(frozen=True, slots=True)
class RolloutRow:
    """One rollout in one line. None is unknown.

    `valid` is False when a fault outside the agent cut the rollout short, or cost its task a part: neither enters
    a figure.
    `truth` is the last pass's, `first_truth` the first one's, `any_truth` True when any pass succeeded;
    `report_only` tells that the last pass's was made for reports and is no label.
    `judged` is what the latest judge itself said, `human` the latest person; `label` is what learning went by,
    label noise included.
    Token counts are prompt plus completion of this rollout's calls by role (act, judge, grade), or of its steps
    where no calls are stored; task-wide ones (select, distill, embed) are in `TaskRow`. `source` names where
    the run comes from: `run`, or the foreign run's name.
    A sequential rollout has the truth after each pass in `passes` and each pass's last step in `ends`.
    `same_as` is the uid of the rollout whose result this one takes over: one draw, counted once where draws are.
    """

    uid: str
    run: int
    arm: int | None
    sweep: int | None
    source: str
    task_key: str
    template: str | None
    site: str | None
    rollout_index: int
    status: str
    valid: bool
    truth: bool | None
    first_truth: bool | None
    any_truth: bool | None
    report_only: bool
    reward: float | None
    judged: str | None
    human: str | None
    label: str | None
    selected: bool
    steps: int
    tokens_act: int | None
    tokens_judge: int | None
    tokens_grade: int | None
    cost: float | None
    seconds: float | None
    exit_reason: str
    simulated: bool
    passes: tuple[bool | None, ...] = ()
    ends: tuple[int, ...] = ()
    same_as: str | None = None


@dataclass(frozen=True, slots=True)
class TaskRow:
    """What one task of a run cost beyond its rollouts; `ordinal` counts the tasks in commit order."""

    run: int
    task_key: str
    ordinal: int
    k: int
    valid: bool
    tokens_select: int | None
    tokens_distill: int | None
    tokens_consolidate: int | None
    tokens_embed: int | None
    cost: float | None
    experience_uid: str | None
    items: int
    notes: tuple[str, ...]


def rollout_rows(
    conn: sqlite3.Connection,
    *,
    run: int | None = None,
    sweep: int | None = None,
    task_key: str | None = None,
    include_running: bool = False,
) -> list[RolloutRow]:
    """Flat rows of rollouts with a committed outcome, by run, commit order and rollout index.

    An equal cell's `run` gives the rows of the run it shares. `include_running` adds rollouts without an
    outcome yet. Forks are among them only where their run is named.
    """
    chosen, params = _chosen("r", conn, run, sweep)
    if run is None:
        chosen += f" AND {_NO_FORK}"
    if task_key is not None:
        chosen += " AND r.task_key = :task"
    if not include_running:
        chosen += " AND (o.id IS NOT NULL OR run.foreign_key IS NOT NULL)"
    rows = conn.execute(rollout_sql.ROLLOUTS.format(where=chosen), params | {"task": task_key})
    return [_rollout_row(row) for row in rows]


def task_rows(conn: sqlite3.Connection, *, run: int | None = None, sweep: int | None = None) -> list[TaskRow]:
    """One row per committed task, in commit order; those of forks only where their run is named."""
    chosen, params = _chosen("o", conn, run, sweep)
    if run is None:
        chosen += f" AND {_NO_FORK}"
    rows = conn.execute(rollout_sql.TASKS.format(where=chosen), params)
    return [_task_row(row) for row in rows]


def trajectory(conn: sqlite3.Connection, uid: str, *, run: int | None = None) -> Trajectory:
    """A rollout with all steps; of several runs that share the uid the newest. Raises UsageError.

    One that is still running reads as cancelled with the detail `running`.
    """
    return read_trajectories(conn, [_row(conn, uid, run)])[0]


def trajectories(conn: sqlite3.Connection, uids: Iterable[str]) -> list[Trajectory]:
    """Several rollouts, in the order asked for. Raises UsageError."""
    return read_trajectories(conn, [_row(conn, uid, None) for uid in uids])


def calls(
    conn: sqlite3.Connection,
    *,
    run: int | None = None,
    task_key: str | None = None,
    rollout_uid: str | None = None,
    role: str | None = None,
) -> list[LlmCall]:
    """Model calls with the messages as sent, in the order they were committed."""
    chosen, params = _chosen("c", conn, run, None)
    for column, value in (("task_key", task_key), ("rollout_uid", rollout_uid), ("role", role)):
        if value is not None:
            chosen += f" AND c.{column} = :{column}"
            params[column] = value
    rows = conn.execute(f"SELECT c.* FROM llm_call c WHERE {chosen} ORDER BY c.id", params).fetchall()
    return read_calls(conn, rows)


def truths(conn: sqlite3.Connection, rollout_uid: str, *, run: int | None = None) -> tuple[Truth, ...]:
    """A rollout's truths, one per refinement pass. Raises UsageError."""
    return judgement_rows.read_truths(conn, _row(conn, rollout_uid, run)["id"])


def verdicts(conn: sqlite3.Connection, rollout_uid: str, *, run: int | None = None) -> tuple[Verdict, ...]:
    """All standing verdicts of a rollout, oldest first; nothing is ever overwritten. Raises UsageError."""
    return judgement_rows.read_verdicts(conn, _row(conn, rollout_uid, run)["id"])


def rollout_id(conn: sqlite3.Connection, uid: str, *, run: int | None = None) -> int:
    """The row of a rollout; of several runs that share the uid the newest. Raises UsageError."""
    return int(_row(conn, uid, run)["id"])


def find_run(conn: sqlite3.Connection, uid: str) -> int | None:
    """The newest run that holds a rollout of this uid, None where there is none."""
    row = conn.execute("SELECT run FROM rollout WHERE uid = ? ORDER BY id DESC LIMIT 1", (uid,)).fetchone()
    return None if row is None else int(row[0])


def _row(conn: sqlite3.Connection, uid: str, run: int | None) -> sqlite3.Row:
    chosen, params = _chosen("r", conn, run, None)
    row: sqlite3.Row | None = conn.execute(
        f"SELECT * FROM rollout r WHERE r.uid = :uid AND {chosen} ORDER BY r.id DESC LIMIT 1", params | {"uid": uid}
    ).fetchone()
    if row is None:
        raise UsageError(f"there is no rollout {uid} in this workspace")
    return row


def _chosen(alias: str, conn: sqlite3.Connection, run: int | None, sweep: int | None) -> tuple[str, dict[str, Any]]:
    if run is not None:
        return f"{alias}.run = :run", {"run": source_run(conn, run)}
    if sweep is not None:
        runs = "SELECT coalesce(shared_with, id) FROM run WHERE sweep = :sweep"
        return f"{alias}.run IN ({runs})", {"sweep": sweep}
    return "1", {}


def _rollout_row(row: sqlite3.Row) -> RolloutRow:
    exit_reason = row["exit_reason"] or ""
    any_truth = bool(row["any_truth"]) if row["any_truth"] or not row["unknown_truths"] else None
    passes = tuple(map(maybe_bool, load(row["truths"]))) if row["truths"] else ()
    return RolloutRow(
        uid=row["uid"],
        run=row["run"],
        arm=row["arm"],
        sweep=row["sweep"],
        source=row["run_name"] or row["foreign_key"] or "run",
        task_key=row["task_key"],
        template=row["template"],
        site=row["site"],
        rollout_index=row["rollout_index"],
        status=row["status"],
        valid=bool(exit_reason) and ExitReason(exit_reason) not in INVALID_EXITS and row["task_valid"] != 0,
        truth=maybe_bool(row["truth"]),
        first_truth=maybe_bool(row["first_truth"]),
        any_truth=None if row["any_truth"] is None else any_truth,
        report_only=bool(row["report_only"]),
        reward=row["reward"],
        judged=row["judged"],
        human=row["human"],
        label=row["label"],
        selected=bool(row["selected"]),
        steps=row["steps"],
        tokens_act=row["tokens_act"],
        tokens_judge=row["tokens_judge"],
        tokens_grade=row["tokens_grade"],
        cost=row["cost"],
        seconds=None if row["seconds"] is None else round(row["seconds"], 3),
        exit_reason=exit_reason,
        simulated=bool(row["simulated"]),
        same_as=row["same_as"],
        passes=passes,
        ends=tuple(load(row["passes"])) if passes else (),
    )


def _task_row(row: sqlite3.Row) -> TaskRow:
    return TaskRow(
        run=row["run"],
        task_key=row["task_key"],
        ordinal=row["ordinal"],
        k=row["k"],
        valid=bool(row["valid"]),
        tokens_select=row["tokens_select"],
        tokens_distill=row["tokens_distill"],
        tokens_consolidate=row["tokens_consolidate"],
        tokens_embed=row["embedding_tokens"],
        cost=row["cost"],
        experience_uid=row["experience_uid"],
        items=row["items"],
        notes=tuple(load(row["notes"])),
    )


def fallbacks(conn: sqlite3.Connection, run_id: int) -> dict[str, int]:
    """Why best-of-k of a run's tasks fell back on a rule, and how often."""
    chosen = "SELECT reason, count(*) FROM selection WHERE run = ? AND how = 'fallback' GROUP BY reason ORDER BY reason"
    return dict(conn.execute(chosen, (run_id,)).fetchall())


def refused_parameters(conn: sqlite3.Connection, run_id: int) -> tuple[str, ...]:
    """Request parameters that an endpoint refused in a run and that were left out or replaced, by name."""
    rows = conn.execute("SELECT DISTINCT dropped FROM llm_call WHERE run = ?", (run_id,))
    return tuple(sorted({name for row in rows for name in json.loads(row[0])}))
