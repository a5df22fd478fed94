"""What stored rollouts of a suite cost, to say beforehand what more of them would."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rb_studio.records.trajectory import INVALID_EXITS

_INVALID = ",".join(f"'{reason}'" for reason in sorted(INVALID_EXITS))
_ROLLOUTS = f"""
SELECT count(*) AS rollouts, avg((julianday(r.ended_at) - julianday(r.started_at)) * 86400) AS seconds
FROM rollout r JOIN task t ON t.key = r.task_key
WHERE r.run IN ({{runs}}) AND r.exit_reason IS NOT NULL AND r.exit_reason NOT IN ({_INVALID}) AND {{tasks}}
"""
_CALLS = """
SELECT sum(c.tokens_prompt) AS prompt, sum(c.tokens_completion) AS completion, sum(c.cost) AS cost,
  sum(c.tokens_prompt IS NULL OR c.tokens_completion IS NULL) AS uncounted, sum(c.cost IS NULL) AS unpriced
FROM llm_call c JOIN task t ON t.key = c.task_key
WHERE c.run IN ({runs}) AND c.failure IS NULL AND {tasks}
"""


@dataclass(frozen=True, slots=True)
class Spending:
    """Means per rollout, with everything its task spent beside it (judging, distilling); None is unknown.

    `cost` is in US dollars, `seconds` is wall time of one rollout.
    """

    rollouts: int
    prompt_tokens: float | None
    completion_tokens: float | None
    cost: float | None
    seconds: float | None

    @property
    def tokens(self) -> float | None:
        if self.prompt_tokens is None or self.completion_tokens is None:
            return None
        return self.prompt_tokens + self.completion_tokens


def spending(conn: sqlite3.Connection, suite: str, actor: str, *, memory: str | None = None) -> Spending | None:
    """The mean over rollouts of a suite's tasks by one actor, None where there are none.

    Parameters
    ----------
    suite
        A suite or a subset; a subset counts its whole suite's rollouts.
    actor
        Identity of the actor's model, as arms name it.
    memory
        Only runs of this memory mode.
    """
    params = {"suite": suite.partition("/")[0], "actor": actor, "memory": memory}
    runs = (
        "SELECT id FROM run WHERE json_extract(arm_config, '$.models.actor') = :actor "
        "AND (:memory IS NULL OR json_extract(arm_config, '$.memory') = :memory)"
    )
    parts = {"runs": runs, "tasks": "t.suite = (SELECT id FROM suite WHERE name = :suite)"}
    counted = conn.execute(_ROLLOUTS.format(**parts), params).fetchone()
    if not counted["rollouts"]:
        return None
    return _mean(counted, conn.execute(_CALLS.format(**parts), params).fetchone())


def _mean(counted: sqlite3.Row, calls: sqlite3.Row) -> Spending:
    n = counted["rollouts"]

    def share(value: Any, missing: Any) -> float | None:
        return None if value is None or missing else value / n

    return Spending(
        n,
        share(calls["prompt"], calls["uncounted"]),
        share(calls["completion"], calls["uncounted"]),
        share(calls["cost"], calls["unpriced"]),
        counted["seconds"],
    )


@dataclass(frozen=True, slots=True)
class Spent:
    """What some runs have used so far; None where a call did not say or has no price."""

    tokens: int | None
    cost: float | None


def spent(conn: sqlite3.Connection, runs: Sequence[int]) -> Spent:
    """Tokens and US dollars of all calls of these runs that were answered."""
    marks = ",".join("?" * len(runs))
    row = conn.execute(
        "SELECT sum(tokens_prompt + tokens_completion), sum(cost), "
        "sum(tokens_prompt IS NULL OR tokens_completion IS NULL), sum(cost IS NULL) "
        f"FROM llm_call WHERE run IN ({marks}) AND failure IS NULL",
        tuple(runs),
    ).fetchone()
    return Spent(None if row[2] else row[0] or 0, None if row[3] else row[1] or 0.0)
