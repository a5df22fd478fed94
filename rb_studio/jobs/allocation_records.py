"""What runs spent under an allocation, task by task with the reason, as it was recorded."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rb_studio.analysis.spearman import difficulty_correlation
from rb_studio.jobs.allocation_pools import rows_of
from rb_studio.jobs.results import results_of
from rb_studio.method.allocate import Terms
from rb_studio.records.allocation import Allocation
from rb_studio.store import allocations, runs

STOPPED = (
    "stopped at a judged success, so pass@1 over what was played is not the chance of a single rollout: compare "
    "best-of-k at equal spend"
)


@dataclass(frozen=True, slots=True)
class Recorded:
    """One run: `spend` rollouts (of sequential scaling passes) of at most `bound`, None without a budget.

    `judged_correlation` is Spearman's of k with 1 - the share of rollouts labelled a success: without truth.
    """

    run: int
    policy: str
    k: int
    budget: float | None
    spend: int
    bound: float | None
    judged_correlation: float | None
    tasks: tuple[Allocation, ...]

    def to_json(self) -> dict[str, Any]:
        return {**self.summary(), "tasks": [one.to_json() for one in self.tasks]}

    def summary(self) -> dict[str, Any]:
        """The figures without the tasks."""
        return {name: getattr(self, name) for name in self.__slots__ if name != "tasks"}

    def sentences(self) -> list[str]:
        """What to say beside the run's results."""
        bound = "" if self.bound is None else f" of at most {self.bound:g}"
        told = [
            f"allocation {self.policy} spent {self.spend:,}{bound} over {len(self.tasks):,} tasks; "
            f"`rb-studio allocate WS --run {self.run}` tells why each got its k"
        ]
        if Terms(self.policy, self.k).stops:
            told.append(f"tasks {STOPPED}")
        return told


def recorded(conn: sqlite3.Connection, *, chosen: Sequence[int] = (), sweep: int | None = None) -> list[Recorded]:
    """Runs whose rollouts an allocation spread. Raises `UsageError` where there is no such run or sweep."""
    found = (_recorded(conn, row) for row in rows_of(conn, chosen, sweep))
    return [one for one in found if one is not None]


def _recorded(conn: sqlite3.Connection, row: runs.RunRow) -> Recorded | None:
    tasks = allocations.allocations(conn, results_of(row))
    if row.arm is None or not tasks:
        return None
    mean = Terms.of(row.arm).mean
    return Recorded(
        run=row.id,
        policy=row.arm.allocation,
        k=row.arm.k,
        budget=mean,
        spend=sum(one.k for one in tasks),
        bound=None if mean is None else mean * len(tasks) + 1,
        judged_correlation=difficulty_correlation(
            {one.task_key: one.k for one in tasks}, {one.task_key: one.success_rate for one in tasks}
        ),
        tasks=tuple(tasks),
    )
