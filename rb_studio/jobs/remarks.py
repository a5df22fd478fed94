"""What went oddly in a run without being a fault: replies that made no sense, and what was done instead."""

import sqlite3
from collections import Counter
from collections.abc import Sequence

from rb_studio.records.judgement import Status
from rb_studio.store import rollouts
from rb_studio.store.rollouts import RolloutRow, TaskRow

UNLABELLED = "a rollout without a known label taught nothing"


def remarks(conn: sqlite3.Connection, run: int, rows: Sequence[RolloutRow], tasks: Sequence[TaskRow]) -> dict[str, int]:
    """Each remark and how often it holds, the most frequent first.

    `rows` and `tasks` are those of the run. Counted are choices of best-of-k that fell back, warnings of
    distillation and consolidation, and rollouts whose label is unknown.
    """
    found = Counter(note for task in tasks for note in task.notes)
    found.update({f"best-of-k fell back: {reason}": count for reason, count in rollouts.fallbacks(conn, run).items()})
    found[UNLABELLED] += sum(row.valid and row.label == Status.UNKNOWN for row in rows)
    return {text: count for text, count in found.most_common() if count}
