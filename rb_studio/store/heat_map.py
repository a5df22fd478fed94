"""Tasks against arms: in every cell how many attempts there were and how many succeeded, counted in SQL."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rb_studio.records.errors import UsageError
from rb_studio.records.trajectory import INVALID_EXITS
from rb_studio.store.rollout_filter import (
    ARMS,
    COST,
    FROM,
    GROUP_SQL,
    TRUTH,
    VERDICT,
    RolloutFilter,
    facet_conditions,
    where_sql,
)
from rb_studio.store.rows import dump

BY = tuple(GROUP_SQL)
MEASURES = ("truth", "verdict")
_SUCCESS = {
    "truth": TRUTH,
    "verdict": f"CASE {VERDICT} WHEN 'success' THEN 1 WHEN 'failure' THEN 0 END",
}
# What an infrastructure fault cut short, and what still runs, is no attempt.
# Continuations of a rollout under other conditions are no attempts at its task.
_ATTEMPT = (
    "r.exit_reason IS NOT NULL AND r.exit_reason NOT IN (SELECT value FROM json_each(:invalid)) "
    "AND r.run IN (SELECT id FROM run WHERE purpose = 'arm')"
)
# A rollout that takes over the result of one of the same column is the same draw.
_DRAW = "same_as IS NULL OR same_as || char(31) || col NOT IN (SELECT uid || char(31) || col FROM base)"


@dataclass(frozen=True, slots=True)
class HeatCell:
    """The attempts at a task under an arm; `cost` in US dollars is None as soon as one's is unknown.

    `unknown` attempts are neither successes nor failures.
    """

    n: int
    successes: int
    unknown: int
    cost: float | None

    @property
    def rate(self) -> float | None:
        """The share of successes among those that are known."""
        known = self.n - self.unknown
        return self.successes / known if known else None


@dataclass(frozen=True, slots=True)
class Heat:
    """`tasks` in the order of their suites, with their texts; `columns` are ids of an arm's first run, or names."""

    tasks: tuple[str, ...]
    texts: Mapping[str, str]
    columns: tuple[Any, ...]
    cells: Mapping[tuple[str, Any], HeatCell]


def heat(conn: sqlite3.Connection, chosen: RolloutFilter, by: str = "arm", measure: str = "truth") -> Heat:
    """How the chosen rollouts came out, by task and by `arm`, `memory` or `model`.

    `measure` is `truth`, what the environment says, or `verdict`, what a person, else the judge says. Raises
    UsageError for another one, or another kind of column.
    """
    if by not in BY or measure not in MEASURES:
        raise UsageError(f"a map is by {', '.join(BY)} of {' or '.join(MEASURES)}, not by {by} of {measure}")
    where, params = where_sql(conn, chosen)
    wanted = " AND ".join([where, _ATTEMPT, *facet_conditions(chosen, params).values()])
    base = (
        f"SELECT r.task_key AS task, coalesce(t.text, r.task_text, '') AS text, t.suite, t.ordinal, r.uid, r.same_as, "
        f"{GROUP_SQL[by]} AS col, {_SUCCESS[measure]} AS success, {COST} AS cost {FROM} WHERE {wanted}"
    )
    rows = conn.execute(
        f"WITH {ARMS}, base AS MATERIALIZED ({base}) SELECT task, max(text), col, count(*), coalesce(sum(success), 0), "
        "count(*) - count(success), CASE WHEN count(*) = count(cost) THEN sum(cost) END FROM base "
        f"WHERE {_DRAW} GROUP BY task, col ORDER BY min(suite) IS NULL, min(suite), min(ordinal), task",
        {**params, "invalid": dump(sorted(INVALID_EXITS))},
    ).fetchall()
    cells = {(row[0], row[2]): HeatCell(*tuple(row)[3:]) for row in rows}
    texts = {row[0]: row[1] for row in rows}
    return Heat(tuple(texts), texts, tuple(sorted({row[2] for row in rows})), cells)
