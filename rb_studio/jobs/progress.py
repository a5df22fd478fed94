"""How far a job is, counted from what is committed."""

import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from rb_studio.store.outcomes import finished_tasks, invalid_tasks
from rb_studio.store.spending import spent


@dataclass(frozen=True, slots=True)
class Progress:
    """Tasks of a job: committed, in all, without data; `rate` is tasks per second since the watch began.

    `tokens` and `cost` (US dollars) are what was used so far, None when a call did not say.
    """

    done: int
    total: int
    invalid: int = 0
    rate: float | None = None
    tokens: int | None = 0
    cost: float | None = 0.0

    @property
    def seconds_left(self) -> float | None:
        if not self.rate:
            return None
        return (self.total - self.done) / self.rate

    def sentence(self) -> str:
        """One line for a terminal."""
        parts = [f"{self.done} of {self.total} task{'' if self.total == 1 else 's'}"]
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
        return ", ".join(parts)


@dataclass
class Watch:
    """Counts the tasks of some runs each time it is asked."""

    runs: Sequence[int]
    tasks_per_run: int
    _begun: float = field(default_factory=time.monotonic)
    _before: int | None = None

    def read(self, conn: sqlite3.Connection) -> Progress:
        """How far the runs are now."""
        done = sum(len(finished_tasks(conn, run)) for run in self.runs)
        invalid = sum(len(invalid_tasks(conn, run)) for run in self.runs)
        if self._before is None:
            self._before, self._begun = done, time.monotonic()
        passed = time.monotonic() - self._begun
        rate = (done - self._before) / passed if passed > 0 and done > self._before else None
        used = spent(conn, self.runs)
        return Progress(done, self.tasks_per_run * len(self.runs), invalid, rate, used.tokens, used.cost)
