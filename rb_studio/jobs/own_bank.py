"""The bank a person means when none is named, and items written into one by hand."""

import sqlite3
from dataclasses import replace
from typing import TYPE_CHECKING

from rb_studio.records.identity import uid
from rb_studio.records.item_text import ItemText
from rb_studio.records.memory import ItemSource, MemoryItem
from rb_studio.store import banks, curation
from rb_studio.store.changes import ChangeRecord
from rb_studio.store.first_page import bank_counts

if TYPE_CHECKING:
    from sqlite_utils import Database

USERS_BANK = "reasoningbank"


def default_bank(conn: sqlite3.Connection) -> banks.BankRow | None:
    """The user's own bank, else the newest one with items, else the newest."""
    own = banks.find_bank(conn, USERS_BANK)
    if own is not None:
        return own
    newest_first = banks.banks(conn)[::-1]
    counts = bank_counts(conn)
    filled = (row for row in newest_first if counts[row.id])
    return next(filled, newest_first[0] if newest_first else None)


def add_by_hand(
    db: "Database",
    bank_id: int | None,
    text: ItemText,
    *,
    task_text: str = "",
    tags: tuple[str, ...] = (),
    sources: tuple[ItemSource, ...] = (),
    who: str = "user",
    reason: str = "",
) -> tuple[int, ChangeRecord]:
    """Add a written item; without a bank the user's own is begun. Returns the bank's id too. Raises UsageError.

    `sources` are the rollouts and steps somebody wrote it from.
    """
    if bank_id is None:
        bank_id = banks.create_bank(db, USERS_BANK, USERS_BANK)
    item = replace(_hand_written(db, bank_id, text, tags), sources=sources)
    return bank_id, curation.add_item(db, bank_id, item, task_text=task_text, who=who, reason=reason)


def _hand_written(db: "Database", bank_id: int, text: ItemText, tags: tuple[str, ...]) -> MemoryItem:
    """The clock of the workspace is part of the uid: the same text may be added twice."""
    bank = banks.bank(db.conn, bank_id)
    return MemoryItem(
        uid=uid("hand", bank.name, text.title, text.description, text.content, banks.last_operation(db.conn)),
        title=text.title,
        description=text.description,
        content=text.content,
        tags=tags,
        mode=bank.mode,
    )
