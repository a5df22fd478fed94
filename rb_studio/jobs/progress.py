"""How far a job is, counted from what is committed."""

import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from rb_studio.records.arm import ArmConfig
from rb_studio.store.rows import select_in
from rb_studio.store.runs import run as run_row
from rb_studio.store.spending import Spent, spent

SHOWN_ARMS = 2
N = TypeVar("N", int, float)


@dataclass(frozen=True, slots=True)
class Progress:
    """Tasks of a job: committed, in all, without data; `rate` is tasks per second since the watch began.

    `tokens` and `cost` (US dollars) are what was used so far, None when a call did not say. A task of one arm is a
    cell; `arms` counts the arms with results of their own, `arms_done` those finished, `current` names those under
    way. `noun` is what is counted where it is not tasks.
    """

    done: int
    total: int
    invalid: int = 0
    rate: float | None = None
    tokens: int | None = 0
    cost: float | None = 0.0
    arms: int = 1
    arms_done: int = 0
    current: tuple[str, ...] = ()
    noun: str = "task"

    @property
    def seconds_left(self) -> float | None:
        if not self.rate:
            return None
        return (self.total - self.done) / self.rate

    def sentence(self) -> str:
        """One line for a terminal."""
        parts = [f"{self.done} of {self.total} {self.noun}{'' if self.total == 1 else 's'}"]
        if self.arms > 1:
            parts.append(f"{self.arms_done} of {self.arms} arms")
        if self.invalid:
            parts.append(f"{self.invalid} without data")
        if self.rate:
            parts.append(f"{self.rate:.1f} a second")
        if self.seconds_left is not None and self.done < self.total:
            parts.append(f"about {self.seconds_left:.0f} s left")
        if self.cost is None:
            parts.append("cost unknown")
        elif self.cost:
            parts.append(f"${self.cost:.4f}")
        if self.arms > 1 and self.current:
            parts.append(f"now {self._arms_now()}")
        return ", ".join(parts)

    def _arms_now(self) -> str:
        more = len(self.current) - SHOWN_ARMS
        shown = " and ".join(self.current[:SHOWN_ARMS])
        return f"{shown} and {more} more" if more > 0 else shown


@dataclass
class Watch:
    """Counts the tasks of some runs each time it is asked; `planned` is how many runs there will be in the end."""

    runs: Sequence[int]
    tasks_per_run: int
    planned: int = 0
    _begun: float = field(default_factory=time.monotonic)
    _before: int | None = None
    _spent: Spent = field(default_factory=lambda: Spent(0, 0.0))
    _names: dict[int, str] = field(default_factory=dict)

    def read(self, conn: sqlite3.Connection) -> Progress:
        """How far the runs are now."""
        done, invalid = self._cells(conn)
        if self._before is None:
            self._before, self._begun = done, time.monotonic()
        passed = time.monotonic() - self._begun
        rate = (done - self._before) / passed if passed > 0 and done > self._before else None
        used = self._used(conn)
        finished, current = self._arms(conn)
        return Progress(
            done=done,
            total=self.tasks_per_run * max(self.planned, len(self.runs)),
            invalid=invalid,
            rate=rate,
            tokens=used.tokens,
            cost=used.cost,
            arms=max(self.planned, len(self.runs)),
            arms_done=finished,
            current=current,
        )

    def _cells(self, conn: sqlite3.Connection) -> tuple[int, int]:
        """Valid and invalid outcomes."""
        rows = select_in(conn, "SELECT valid, count(*) FROM outcome WHERE run IN ({}) GROUP BY valid", self.runs)
        return sum(row[1] for row in rows if row[0]), sum(row[1] for row in rows if not row[0])

    def _used(self, conn: sqlite3.Connection) -> Spent:
        """What is known to be used: only calls not seen yet are added up, so that a long sweep stays as quick."""
        new = spent(conn, self.runs, self._spent.last_call)
        tokens, cost = _sum(self._spent.tokens, new.tokens), _sum(self._spent.cost, new.cost)
        self._spent = Spent(tokens, cost, new.last_call)
        return self._spent

    def _arms(self, conn: sqlite3.Connection) -> tuple[int, tuple[str, ...]]:
        """How many arms are finished, and the names of those under way."""
        rows = select_in(
            conn, "SELECT id, status FROM run WHERE id IN ({}) AND status IN ('running', 'finished')", self.runs
        )
        return (
            sum(row[1] == "finished" for row in rows),
            tuple(self._name(conn, row[0]) for row in rows if row[1] == "running"),
        )

    def _name(self, conn: sqlite3.Connection, run: int) -> str:
        if run not in self._names:
            arm = run_row(conn, run).arm
            self._names[run] = f"run {run}" if arm is None else arm_name(arm)
        return self._names[run]


@dataclass(frozen=True, slots=True)
class ArmProgress:
    """How far one arm is: its status and why, tasks committed, those without data."""

    run: int
    name: str
    status: str
    done: int
    invalid: int
    note: str = ""


def arm_progress(conn: sqlite3.Connection, runs: Sequence[int]) -> list[ArmProgress]:
    """How far each of these runs is, in their order."""
    counted = "SELECT run, sum(valid), sum(NOT valid) FROM outcome WHERE run IN ({}) GROUP BY run"
    cells = {row[0]: (row[1], row[2]) for row in select_in(conn, counted, runs)}
    rows = [run_row(conn, run) for run in runs]
    return [
        ArmProgress(
            row.id,
            f"run {row.id}" if row.arm is None else arm_name(row.arm),
            row.status,
            *cells.get(row.id, (0, 0)),
            row.note,
        )
        for row in rows
    ]


def arm_name(arm: ArmConfig) -> str:
    """Memory, scaling, k and seed in words."""
    scaled = f" {arm.scaling} k={arm.k}" if arm.k > 1 else ""
    return f"{arm.memory}{scaled} seed {arm.seed}"


def _sum(before: N | None, new: N | None) -> N | None:
    return None if before is None or new is None else before + new
