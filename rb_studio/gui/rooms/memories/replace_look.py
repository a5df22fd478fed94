"""What find and replace would change: looked for off the GUI thread, again at every key."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from rb_studio.gui.rooms.memories import reads
from rb_studio.gui.rooms.memories.slow import Ticket
from rb_studio.store.items import ItemRow
from rb_studio.store.replacing import FIELDS, Replacement, replacements

BATCH = 2000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person typed; `chosen` means the selected items alone."""

    pattern: str = ""
    by: str = ""
    regex: bool = False
    case: bool = False
    fields: tuple[str, ...] = FIELDS
    chosen: bool = False

    def to_plain(self) -> dict[str, Any]:
        """As JSON values."""
        return {**asdict(self), "fields": list(self.fields)}

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> "Wanted":
        """What `to_plain` gave; what is damaged is left out."""
        words = {name: kept[name] for name in ("pattern", "by") if isinstance(kept.get(name), str)}
        marks = {name: kept[name] for name in ("regex", "case", "chosen") if isinstance(kept.get(name), bool)}
        fields = tuple(name for name in FIELDS if name in (kept.get("fields") or ()))
        return cls(**words, **marks, fields=fields or FIELDS)


@dataclass(frozen=True, slots=True)
class Changes:
    """Texts that would change, the titles of their items, and the items that would be left without texts."""

    found: tuple[Replacement, ...] = ()
    titles: Mapping[int, str] = field(default_factory=dict)
    emptied: frozenset[int] = frozenset()
    searched: int = 0


class Texts:
    """The texts of some items, read when they are first searched and kept while the dialog is open."""

    def __init__(self) -> None:
        self._read: dict[tuple[int, tuple[int, ...]], list[ItemRow]] = {}

    def forget(self) -> None:
        """They may be others by now."""
        self._read.clear()

    def look(
        self, conn: sqlite3.Connection, bank: int, ids: tuple[int, ...], wanted: Wanted, ticket: Ticket
    ) -> Changes:
        """All that would change. Raises UsageError for a pattern that cannot be used."""
        rows = self._read.get((bank, ids))
        if rows is None:
            rows = self._read[(bank, ids)] = list(_rows(conn, bank, ids, ticket))
        found = tuple(
            replacements(
                _watched(rows, ticket),
                wanted.pattern,
                wanted.by,
                regex=wanted.regex,
                fields=wanted.fields,
                case=wanted.case,
            )
        )
        by_id = {row.id: row for row in rows}
        changed = {one.item for one in found}
        return Changes(
            found, {item: by_id[item].title for item in changed}, frozenset(_emptied(found, by_id)), len(rows)
        )


def _rows(conn: sqlite3.Connection, bank: int, ids: Sequence[int], ticket: Ticket) -> Iterator[ItemRow]:
    for start in range(0, len(ids), BATCH):
        ticket.check()
        found = reads.rows(conn, bank, ids[start : start + BATCH])
        yield from (found[item] for item in ids[start : start + BATCH] if item in found)


def _watched(rows: Sequence[ItemRow], ticket: Ticket) -> Iterator[ItemRow]:
    for row in rows:
        ticket.check()
        yield row


def _emptied(found: Sequence[Replacement], rows: Mapping[int, ItemRow]) -> Iterator[int]:
    """Items that no title, or neither description nor content, would be left of."""
    after: dict[int, dict[str, str]] = {}
    for one in found:
        after.setdefault(one.item, {})[one.field] = one.after
    for item, texts in after.items():
        left = {name: texts.get(name, getattr(rows[item], name)).strip() for name in FIELDS}
        if not left["title"] or not (left["description"] or left["content"]):
            yield item
