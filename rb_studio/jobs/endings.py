"""How the tasks and rollouts of a run ended: what is missing, why rollouts stopped, where the truth is unknown."""

import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rb_studio.records.trajectory import ExitReason
from rb_studio.store import outcomes, rollouts, runs
from rb_studio.store.rollouts import RolloutRow

INCOMPLETE = "incomplete"
EXPECTED = frozenset({ExitReason.ANSWERED, ExitReason.STEP_LIMIT})


@dataclass(frozen=True, slots=True)
class Endings:
    """What became of a run's tasks and rollouts.

    `status` is the stored one, or `incomplete` for a finished run with `missing` tasks: those a fault outside
    the agent left without data. `exit_reasons` counts all rollouts, the most frequent first. `truth_unknown`
    counts valid rollouts without truth; `truth_reason` is the sentence of the first, None where there is none.
    """

    status: str
    missing: int
    exit_reasons: Mapping[str, int]
    truth_unknown: int
    truth_reason: str | None


def endings(conn: sqlite3.Connection, row: runs.RunRow, rows: Sequence[RolloutRow]) -> Endings:
    """The endings of a run with these rollouts."""
    missing = len(outcomes.invalid_tasks(conn, row.id))
    unknown = [one for one in rows if one.valid and one.truth is None]
    return Endings(
        status=INCOMPLETE if row.status == "finished" and missing else row.status,
        missing=missing,
        exit_reasons=dict(Counter(one.exit_reason for one in rows).most_common()),
        truth_unknown=len(unknown),
        truth_reason=_reason(conn, unknown[0]) if unknown else None,
    )


def unexpected(exit_reasons: Mapping[str, int]) -> bool:
    """Whether a rollout ended other than by an answer or its last step."""
    return not set(exit_reasons) <= EXPECTED


def _reason(conn: sqlite3.Connection, row: RolloutRow) -> str | None:
    details = [truth.detail for truth in rollouts.truths(conn, row.uid, run=row.run) if truth.success is None]
    return next((detail for detail in details if detail), None)
