"""Rows gathered to be written together, table by table.

What many outcomes put into one table is written in one go, which is a good deal quicker than going from table to
table for each of them. Rows that name one another get their ids before they are written.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from rb_studio.store.rows import cleaned, insert_clean, next_id, upsert_many

if TYPE_CHECKING:
    from sqlite_utils import Database

_Row = tuple[Any, ...]
# A row is written after those it names.
_ORDER = (
    "operation",
    "rollout",
    "step",
    "state",
    "truth",
    "verdict",
    "retrieval_event",
    "retrieval_pair",
    "retrieval_item",
    "retrieval_withheld",
    "selection",
    "llm_call",
    "experience",
    "experience_presence",
    "memory_item",
    "item_version",
    "item_state",
    "item_tag",
    "item_source",
    "item_doubt",
    "outcome",
    "event",
)


class Sheet:
    """Rows for `db` that wait for `write`; meanwhile nobody else may write to their tables."""

    def __init__(self, db: "Database") -> None:
        self.db = db
        self._next: dict[str, int] = {}
        self._rows: dict[str, dict[tuple[tuple[str, ...], tuple[str, ...]], list[_Row]]] = {}

    def ids(self, table: str, count: int) -> range:
        """The ids of the next rows of a table."""
        first = self._next.get(table) or next_id(self.db, table)
        self._next[table] = first + count
        return range(first, first + count)

    def add(self, table: str, columns: tuple[str, ...], rows: Iterable[_Row], key: tuple[str, ...] = ()) -> None:
        """Rows whose strings are clean already; with a `key` a row of the same one is brought up to date."""
        self._rows.setdefault(table, {}).setdefault((columns, key), []).extend(rows)

    def add_row(self, table: str, row: Mapping[str, Any]) -> int:
        """One row with the next id, which is returned; strings are cleaned."""
        number = self.ids(table, 1)[0]
        self.add(table, ("id", *row), [(number, *cleaned(row.values()))])
        return number

    def write(self) -> None:
        """Write all there is; from then on ids are counted anew."""
        for table in sorted(self._rows, key=_ORDER.index):
            for (columns, key), rows in self._rows[table].items():
                if key:
                    upsert_many(self.db, table, columns, key, rows)
                else:
                    insert_clean(self.db, table, columns, rows)
        self._rows.clear()
        self._next.clear()
