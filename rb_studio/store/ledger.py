"""What a run's calls used, in groups small enough to be told apart by phase."""

import sqlite3
from dataclasses import dataclass

from rb_studio.store.rollout_sql import CONSOLIDATES, MERGING
from rb_studio.store.runs import source_run

# A failed call counts as far as it was billed; one that failed before it used anything is no part of a sum.
_COUNTED = "NOT (c.failure IS NOT NULL AND c.tokens_prompt IS NULL AND c.tokens_completion IS NULL)"


@dataclass(frozen=True, slots=True)
class CallGroup:
    """Calls of one role, those that consolidate apart; sums are None where a call did not say.

    `seconds` waited for the model.
    """

    role: str
    consolidates: bool
    calls: int
    tokens: int | None
    cost: float | None
    seconds: float


@dataclass(frozen=True, slots=True)
class EmbeddedTexts:
    """Texts a run had embedded, and their tokens; None is unknown."""

    texts: int
    tokens: int | None


def call_groups(conn: sqlite3.Connection, run: int) -> list[CallGroup]:
    """Every call of a run that used anything, grouped by role and by whether it consolidates."""
    rows = conn.execute(
        f"WITH {MERGING.format('id = :run')} "
        f"SELECT c.role, {CONSOLIDATES} AS consolidates, count(*) AS calls, sum(c.latency) AS seconds, "
        "sum(c.tokens_prompt + c.tokens_completion) AS tokens, sum(c.cost) AS cost, "
        "sum(c.tokens_prompt IS NULL OR c.tokens_completion IS NULL) AS uncounted, sum(c.cost IS NULL) AS unpriced "
        f"FROM llm_call c JOIN merging ON merging.id = c.run WHERE c.run = :run AND {_COUNTED} "
        "GROUP BY c.role, consolidates ORDER BY min(c.id)",
        {"run": source_run(conn, run)},
    )
    return [
        CallGroup(
            role=row["role"],
            consolidates=bool(row["consolidates"]),
            calls=row["calls"],
            tokens=None if row["uncounted"] else row["tokens"],
            cost=None if row["unpriced"] else row["cost"],
            seconds=row["seconds"],
        )
        for row in rows
    ]


def embedded_texts(conn: sqlite3.Connection, run: int) -> EmbeddedTexts:
    """What a run's tasks had embedded."""
    row = conn.execute(
        "SELECT coalesce(sum(embedding_texts), 0) AS texts, coalesce(sum(embedding_tokens), 0) AS tokens, "
        "coalesce(sum(embedding_tokens IS NULL), 0) AS uncounted FROM outcome WHERE run = ?",
        (source_run(conn, run),),
    ).fetchone()
    return EmbeddedTexts(row["texts"], None if row["uncounted"] else row["tokens"])
