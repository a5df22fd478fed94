"""What a sweep says at its end, each arm's rows read once and let go before the next one's."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rb_studio.jobs.pools import Pool, pooled
from rb_studio.jobs.results import ArmResult, arm_result, run_rows
from rb_studio.jobs.run_tasks import tasks_of
from rb_studio.jobs.statistics import arm_statistics
from rb_studio.records.precedence import USUAL, Precedence
from rb_studio.store import runs


@dataclass(frozen=True, slots=True)
class SweepReport:
    """The arms in the order they were asked for, what stands beside each by its run, and the pools they make up.

    The pools hold tables alone, so that a report of many arms needs little room.
    """

    arms: list[ArmResult]
    beside: Mapping[int, Mapping[str, Any]]
    pools: list[Pool]


def sweep_report(conn: sqlite3.Connection, sweep: int, precedence: Precedence = USUAL) -> SweepReport:
    """Everything about a stored sweep, success as those say whose word counts."""
    arms, beside, found = [], {}, []
    for row in runs.runs(conn, sweep=sweep):
        read = run_rows(conn, row)
        arms.append(arm_result(conn, row, read, precedence))
        beside[row.id] = arm_statistics(conn, row, read, precedence)
        found.append((row, tasks_of(row, read, precedence).in_columns()))
    return SweepReport(arms, beside, pooled(found, precedence=precedence))
