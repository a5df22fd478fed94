"""What is read of a bank's snapshots: what there is, how far each is from now, what differs between two points."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from rb_studio.gui.rooms.memories.points import Points
from rb_studio.store import snapshots
from rb_studio.store.difference import BankDiff, ItemChange, Side, difference
from rb_studio.store.snapshots import SnapshotRow

MOST_CHANGES = 1000
WORDS = (
    ("added", "added"),
    ("removed", "removed"),
    ("edited", "with other texts"),
    ("restated", "in another state"),
    ("retagged", "with other tags"),
)
# Going back does the opposite of what came since.
BACK = (
    ("added", "{} leave the bank"),
    ("removed", "{} come back"),
    ("edited", "{} get their earlier texts"),
    ("restated", "{} their earlier state"),
    ("retagged", "{} their earlier tags"),
)


@dataclass(frozen=True, slots=True)
class Found:
    """The snapshots of a bank, newest first."""

    bank: int
    rows: tuple[SnapshotRow, ...]


def found(conn: sqlite3.Connection, bank_id: int) -> Found:
    """What there is."""
    return Found(bank_id, tuple(reversed(snapshots.snapshots(conn, bank_id))))


def distances(conn: sqlite3.Connection, bank_id: int, rows: Sequence[SnapshotRow]) -> dict[int, int]:
    """By operation, how many items are not now what they were then."""
    operations = {row.operation for row in rows}
    return {one: difference(conn, bank_id, one, limit=0).total for one in operations}


def differing(conn: sqlite3.Connection, points: Points, limit: int | None = MOST_CHANGES) -> BankDiff:
    """What differs between two points."""
    return difference(conn, points.bank, points.before_operation, points.after_operation, limit=limit)


def summary(diff: BankDiff) -> str:
    """What differs, counted; empty where nothing does."""
    return ", ".join(f"{len(getattr(diff, kind)):,} {word}" for kind, word in WORDS if getattr(diff, kind))


def what_rolling_back_does(diff: BankDiff) -> str:
    """What going back would do, from what came since; empty where there is nothing to do."""
    parts = [said.format(f"{len(getattr(diff, kind)):,}") for kind, said in BACK if getattr(diff, kind)]
    return ", ".join(parts)


def what_changed(change: ItemChange) -> str:
    """One item's change in a few words."""
    before, after = change.before, change.after
    if before is None or after is None:
        side = after or before
        return f"{change.kinds[0]} ({side.state if side else ''})"
    told = {
        "edited": "texts",
        "restated": f"{before.state} \u2192 {after.state}",
        "retagged": _tags(before, after),
    }
    return ", ".join(told[kind] for kind in change.kinds)


def _tags(before: Side, after: Side) -> str:
    old, new = set(before.tags), set(after.tags)
    return " ".join([*(f"+{tag}" for tag in sorted(new - old)), *(f"\u2212{tag}" for tag in sorted(old - new))])
