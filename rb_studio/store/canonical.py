"""Canonical text of results: two results are identical when these lines are equal."""

import sqlite3


def canonical_jsonl(conn: sqlite3.Connection, *, run: int | None = None, sweep: int | None = None) -> str:
    """One JSON object a line, sorted: uids, texts, verdicts and scores; no ids, times or latencies."""
    raise NotImplementedError
