"""What a sweep is told by before it starts: a sweep of the same settings that is there already, and its pilot."""

import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rb_studio.store import runs

if TYPE_CHECKING:
    from rb_studio.jobs.cluster import Health
    from rb_studio.jobs.pilot import Forecast

TAKEN_UP = ("planned", "paused", "cancelled", "failed")


@dataclass(frozen=True, slots=True)
class Begun:
    """A sweep of the same settings that did not come to its end, and what the whole will take by what it has done."""

    sweep: int
    forecast: "Forecast"

    def sentence(self) -> str:
        """Both in a line or two."""
        return f"Sweep {self.sweep} was begun with these settings, and Run goes on with it. {self.forecast.sentence()}"


def begun(conn: sqlite3.Connection, identity: str, tasks: int) -> Begun | None:
    """The newest unfinished sweep of this hash with so many tasks an arm, None where there is none."""
    from rb_studio.jobs.pilot import forecast

    rows = [row for row in runs.sweeps(conn) if row.hash == identity and row.status in TAKEN_UP]
    return Begun(rows[-1].id, forecast(conn, rows[-1].id, tasks)) if rows else None


def check_health(address: str, seconds: float) -> "Health":
    """Whether a scheduler is well, asked by a process of its own."""
    from rb_studio.jobs.cluster import health

    return health(address, seconds)
