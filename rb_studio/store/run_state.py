"""How far runs are, told so that equal states mean equal figures: what was read once need not be read again."""

import json
import sqlite3
from collections.abc import Collection

Stamp = tuple[object, ...]

# What a run's figures stand on: its committed tasks (of an imported one all that was ever said of it), what people and
# judges said since, and what tasks are called. Steps of a task under way are no part of it.
_TASKS = "SELECT run, count(*), max(operation), sum(valid) FROM outcome WHERE run IN ({runs}) GROUP BY run"
_IMPORTED = (
    "SELECT run, max(id) FROM event WHERE run IN (SELECT id FROM run WHERE foreign_key IS NOT NULL AND id IN ({runs})) "
    "GROUP BY run"
)
_SAID = (
    "SELECT r.run, count(*), max(p.op_from), count(p.op_to), max(p.op_to) FROM verdict_presence p "
    "JOIN verdict v ON v.id = p.verdict JOIN rollout r ON r.id = v.rollout WHERE r.run IN ({runs}) GROUP BY r.run"
)
_SUITES = "SELECT max(id) FROM event WHERE run IS NULL AND table_name = 'suite'"


def stamps(conn: sqlite3.Connection, runs: Collection[int]) -> dict[int, Stamp]:
    """The present state of each run."""
    suites = conn.execute(_SUITES).fetchone()[0]
    found: dict[int, list[object]] = {run: [suites] for run in runs}
    chosen = json.dumps(sorted(runs))
    for number, query in enumerate((_TASKS, _IMPORTED, _SAID)):
        rows = conn.execute(query.format(runs="SELECT value FROM json_each(:runs)"), {"runs": chosen})
        for run, *state in rows:
            found[run] += [number, *state]
    return {run: tuple(state) for run, state in found.items()}
