"""What a run kept back: items that a hold-out withheld, new ones that wait for a review."""

import sqlite3
from dataclasses import asdict, dataclass
from typing import Any

from rb_studio.jobs.results import results_of
from rb_studio.store import review, runs

STARVES = "what waits is not used, so the run goes on without the lessons of its own tasks"
UNUSED = "what waits is not used before it is accepted"


@dataclass(frozen=True, slots=True)
class HeldBack:
    """Counts of one run: `injected` and `withheld` are items at tasks, `candidates` new items that wait still."""

    withhold: float
    injected: int
    withheld: int
    review: str
    candidates: int

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def sentences(self) -> list[str]:
        """Nothing where nothing could be kept back."""
        found = []
        if self.withhold:
            found.append(
                f"hold-out at {100 * self.withhold:g} %: {self.withheld:,} of {self.injected + self.withheld:,} "
                "retrieved items were left out by lot; `memories effect` tells what each of them does"
            )
        if self.review != "off":
            which = "every new item waits" if self.review == "all" else "new items in doubt wait"
            found.append(
                f"review {self.review}: {which} for a decision, {self.candidates:,} now (`memories review`); "
                + (STARVES if self.review == "all" else UNUSED)
            )
        return found


def held_back(conn: sqlite3.Connection, run_id: int) -> HeldBack:
    """What a run kept back."""
    row = runs.run(conn, run_id)
    run = results_of(row)
    injected, withheld = (
        int(
            conn.execute(
                f"SELECT count(*) FROM retrieval_event e JOIN retrieval_pair p ON p.event = e.id "
                f"JOIN {table} u ON u.pair = p.id WHERE e.run = ?",
                (run,),
            ).fetchone()[0]
        )
        for table in ("retrieval_item", "retrieval_withheld")
    )
    arm = None if row.arm is None else row.arm.canonical()
    return HeldBack(
        withhold=0.0 if arm is None else arm.withhold,
        injected=injected,
        withheld=withheld,
        review="off" if arm is None else arm.review,
        candidates=0 if row.bank is None else review.waiting_of(conn, row.bank, run),
    )
