"""Which bank a command means, and what it says about one."""

import sqlite3
import sys
from typing import Any

from rb_studio.jobs.own_bank import default_bank
from rb_studio.records.errors import UsageError
from rb_studio.store import banks
from rb_studio.store.banks import BankRow


def chosen_bank(conn: sqlite3.Connection, name: str | None) -> tuple[BankRow, int | None]:
    """The named bank (`NAME` or `NAME@SNAPSHOT`), else the default one, as a bank and an operation (None: now).

    Raises
    ------
    UsageError
        There is no such bank, or none at all; the sentence names those that exist.
    """
    found = possible_bank(conn, name)
    if found is None:
        raise UsageError("this workspace has no memory bank yet: run an arm with memory, import items or add one")
    return found


def possible_bank(conn: sqlite3.Connection, name: str | None) -> tuple[BankRow, int | None] | None:
    """As `chosen_bank`, None where nothing is named and the workspace has no bank."""
    if name is not None:
        return banks.resolve(conn, name)
    row = default_bank(conn)
    if row is None:
        return None
    sys.stderr.write(f"bank {row.name}\n")
    return row, None


def bank_list(conn: sqlite3.Connection) -> list[dict[str, Any]]:
    """Every bank of the workspace with its snapshots."""
    return [
        {"name": row.name, "mode": row.mode, "snapshots": [one.name for one in banks.snapshots(conn, row.id)]}
        for row in banks.banks(conn)
    ]
