"""Reading rollouts: flat rows for analysis, whole trajectories, model calls."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from rb_studio.records.calls import LlmCall
from rb_studio.records.judgement import Truth, Verdict
from rb_studio.records.trajectory import Trajectory


@dataclass(frozen=True, slots=True)
class RolloutRow:
    """One rollout in one line. None is unknown.

    `truth` is the last pass's, `first_truth` the first one's, `any_truth` True when any pass succeeded.
    `judged` is the latest judge's status, `human` the latest person's, `label` the one used for learning.
    Token counts are prompt plus completion of this rollout's calls by role (act, judge); task-wide ones
    (select, distill, embed) are in `TaskRow`.
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
    reward: float | None
    judged: str | None
    human: str | None
    label: str | None
    selected: bool
    steps: int
    tokens_act: int | None
    tokens_judge: int | None
    cost: float | None
    seconds: float | None
    exit_reason: str
    simulated: bool


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
    """Flat rows of finished rollouts, by run, commit order and rollout index."""
    raise NotImplementedError


def task_rows(conn: sqlite3.Connection, *, run: int | None = None, sweep: int | None = None) -> list[TaskRow]:
    """One row per committed task, in commit order."""
    raise NotImplementedError


def trajectory(conn: sqlite3.Connection, uid: str, *, run: int | None = None) -> Trajectory:
    """A rollout with all steps; of several runs that share the uid the newest. Raises UsageError."""
    raise NotImplementedError


def trajectories(conn: sqlite3.Connection, uids: Iterable[str]) -> list[Trajectory]:
    """Several rollouts, in the order asked for. Raises UsageError."""
    raise NotImplementedError


def calls(
    conn: sqlite3.Connection,
    *,
    run: int | None = None,
    task_key: str | None = None,
    rollout_uid: str | None = None,
    role: str | None = None,
) -> list[LlmCall]:
    """Model calls with the messages as sent, in the order they were made."""
    raise NotImplementedError


def truths(conn: sqlite3.Connection, rollout_uid: str, *, run: int | None = None) -> tuple[Truth, ...]:
    """A rollout's truths, one per refinement pass."""
    raise NotImplementedError


def verdicts(conn: sqlite3.Connection, rollout_uid: str, *, run: int | None = None) -> tuple[Verdict, ...]:
    """All verdicts of a rollout, oldest first; nothing is ever overwritten."""
    raise NotImplementedError
