"""Pools read again and again while runs go on: only runs with something new are read."""

import sqlite3
from collections.abc import Hashable
from dataclasses import dataclass, field

from rb_studio.jobs.pools import Pool, pool_rows, pooled
from rb_studio.jobs.results import results_of
from rb_studio.jobs.run_tasks import TEST, RunTasks, run_tasks
from rb_studio.records.precedence import USUAL, Precedence
from rb_studio.store.run_state import Stamp, stamps


@dataclass(slots=True)
class PoolCache:
    """What runs of one workspace came to, kept with the state each run was read at; one for each workspace."""

    _kept: dict[Hashable, tuple[Stamp, RunTasks]] = field(default_factory=dict)

    def read(
        self,
        conn: sqlite3.Connection,
        *,
        sweep: int | None = None,
        apart: bool = False,
        precedence: Precedence = USUAL,
        split: str = TEST,
    ) -> list[Pool]:
        """As `read_pools`; runs without new outcomes, verdicts or names of tasks are not read again."""
        rows = pool_rows(conn, sweep)
        states = stamps(conn, {results_of(row) for row in rows})
        found, kept = [], dict(self._kept)
        for row in rows:
            key, stamp = (row.id, precedence, split), states[results_of(row)]
            before = self._kept.get(key)
            tasks = before[1] if before and before[0] == stamp else run_tasks(conn, row, precedence, split)
            kept[key] = (stamp, tasks)
            found.append((row, tasks))
        self._kept = kept
        return pooled(found, apart=apart, precedence=precedence, split=split)
