"""What stored rollouts of a suite cost, to say beforehand what more of them would."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rb_studio.store.rows import select_in

# A failed call counts as far as it was billed; one that failed before it used anything is no part of a sum.
_COUNTED = "(c.failure IS NULL OR c.tokens_prompt IS NOT NULL OR c.tokens_completion IS NOT NULL)"
# Only whole tasks: one that a fault or Stop cut short paid for less than a task, or for more than its rollouts.
_WHOLE = """o.valid AND t.suite = (SELECT id FROM suite WHERE name = :suite) AND o.run IN (
  SELECT id FROM run WHERE purpose = 'arm' AND json_extract(arm_config, '$.models.actor') = :actor
    AND (:memory IS NULL OR json_extract(arm_config, '$.memory') = :memory))"""
_ROLLOUTS = f"""
SELECT count(*) AS rollouts, avg((julianday(r.ended_at) - julianday(r.started_at)) * 86400) AS seconds
FROM outcome o JOIN task t ON t.key = o.task_key JOIN rollout r ON r.run = o.run AND r.task_key = o.task_key
WHERE {_WHOLE}
"""
_CALLS = f"""
SELECT count(*) AS calls, sum(c.tokens_prompt) AS prompt, sum(c.tokens_completion) AS completion, sum(c.cost) AS cost,
  sum(c.tokens_prompt IS NULL OR c.tokens_completion IS NULL) AS uncounted, sum(c.cost IS NULL) AS unpriced
FROM outcome o JOIN task t ON t.key = o.task_key JOIN llm_call c ON c.run = o.run AND c.task_key = o.task_key
WHERE {_WHOLE} AND {_COUNTED}
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
    calls: float | None = None

    @property
    def tokens(self) -> float | None:
        if self.prompt_tokens is None or self.completion_tokens is None:
            return None
        return self.prompt_tokens + self.completion_tokens


def spending(conn: sqlite3.Connection, suite: str, actor: str, *, memory: str | None = None) -> Spending | None:
    """The mean over rollouts of a suite's whole tasks by one actor, None where there are none.

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
    counted = conn.execute(_ROLLOUTS, params).fetchone()
    if not counted["rollouts"]:
        return None
    return _mean(counted, conn.execute(_CALLS, params).fetchone())


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
        share(calls["calls"] or None, 0),
    )


@dataclass(frozen=True, slots=True)
class CallMeans:
    """How many calls there are, and their means; None is unknown. `cost` is in US dollars, `seconds` the latency."""

    calls: int = 0
    prompt_tokens: float | None = None
    completion_tokens: float | None = None
    cost: float | None = None
    seconds: float | None = None


_MEANS = """
SELECT count(*) AS calls, avg(c.tokens_prompt) AS prompt, avg(c.tokens_completion) AS completion, avg(c.cost) AS cost,
  avg(c.latency) AS seconds, count(c.tokens_prompt + c.tokens_completion) AS counted, count(c.cost) AS priced
"""
_OF_ROLE = f"FROM llm_call c JOIN run ON run.id = c.run WHERE c.role = :role AND {_COUNTED} "


def call_means(conn: sqlite3.Connection, role: str, model: str) -> CallMeans:
    """The mean over all stored calls of a role by a model, as arms name it; forks are calls like others."""
    query = f"{_OF_ROLE} AND json_extract(run.arm_config, '$.models.' || :role) = :model"
    return means(conn, query, {"role": role, "model": model})


def rollout_calls(conn: sqlite3.Connection, run: int, uid: str, role: str, from_step: int = 0) -> CallMeans:
    """The mean over the calls of a role in one rollout, those of its steps from one of them on."""
    query = f"{_OF_ROLE} AND c.run = :run AND c.rollout_uid = :uid AND coalesce(c.step, 0) >= :step"
    return means(conn, query, {"role": role, "run": run, "uid": uid, "step": from_step})


def means(conn: sqlite3.Connection, chosen: str, params: Mapping[str, Any]) -> CallMeans:
    """The mean over the calls `c` that a FROM and WHERE choose; a part that some did not tell is unknown."""
    row = conn.execute(_MEANS + chosen, params).fetchone()
    whole, priced = row["counted"] == row["calls"], row["priced"] == row["calls"]
    return CallMeans(
        row["calls"],
        row["prompt"] if whole else None,
        row["completion"] if whole else None,
        row["cost"] if priced else None,
        row["seconds"],
    )


@dataclass(frozen=True, slots=True)
class Spent:
    """What some runs have used; None where a call did not say or has no price. `last_call` is the newest call seen."""

    tokens: int | None
    cost: float | None
    last_call: int = 0


_OWN = "NOT EXISTS (SELECT 1 FROM rollout r WHERE r.run = c.run AND r.uid = c.rollout_uid AND r.same_as IS NOT NULL)"


def spent(conn: sqlite3.Connection, runs: Sequence[int], after: int = 0) -> Spent:
    """Tokens and US dollars of all calls of these runs, failed ones as far as they were billed.

    A rollout that only takes over another one's result has cost nothing. `after` leaves out what was counted by
    then: the `last_call` of an earlier answer.
    """
    last = conn.execute("SELECT coalesce(max(id), 0) FROM llm_call").fetchone()[0]
    rows = select_in(
        conn,
        "SELECT sum(tokens_prompt + tokens_completion), sum(cost), "
        "sum(tokens_prompt IS NULL OR tokens_completion IS NULL), sum(cost IS NULL) "
        f"FROM llm_call c WHERE c.id > {int(after)} AND c.id <= {int(last)} AND run IN ({{}}) AND {_COUNTED} "
        f"AND {_OWN}",
        runs,
    )
    tokens = None if any(row[2] for row in rows) else sum(row[0] or 0 for row in rows)
    cost = None if any(row[3] for row in rows) else sum(row[1] or 0.0 for row in rows)
    return Spent(tokens, cost, int(last))


@dataclass(frozen=True, slots=True)
class TaskSpent:
    """What a whole task took in some runs together: calls, tokens, US dollars, seconds of rollouts; None is unknown."""

    rollouts: int
    calls: int
    tokens: int | None
    cost: float | None
    seconds: float | None


def task_spending(conn: sqlite3.Connection, runs: Sequence[int]) -> dict[str, TaskSpent]:
    """What each task with a valid outcome took, by its key; what was taken over from another run has cost nothing."""
    whole = "(SELECT task_key FROM outcome o WHERE o.run = {} AND o.valid)"
    calls = select_in(
        conn,
        "SELECT task_key, count(*), sum(tokens_prompt + tokens_completion), sum(cost), "
        "sum(tokens_prompt IS NULL OR tokens_completion IS NULL), sum(cost IS NULL) "
        f"FROM llm_call c WHERE run IN ({{}}) AND task_key IN {whole.format('c.run')} AND {_COUNTED} AND {_OWN} "
        "GROUP BY task_key",
        runs,
    )
    played = select_in(
        conn,
        "SELECT task_key, count(*), sum((julianday(ended_at) - julianday(started_at)) * 86400) FROM rollout r "
        f"WHERE run IN ({{}}) AND task_key IN {whole.format('r.run')} AND same_as IS NULL GROUP BY task_key",
        runs,
    )
    times = {row[0]: (row[1], row[2]) for row in played}
    return {
        key: TaskSpent(
            times.get(key, (0, None))[0], n, None if blank else tokens, None if free else cost, times[key][1]
        )
        for key, n, tokens, cost, blank, free in calls
        if key in times
    }
