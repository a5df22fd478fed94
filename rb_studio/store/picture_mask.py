"""Which rows of a bank's picture a filter lets pass."""

import json
import sqlite3
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rb_studio.store.item_columns import among, column
from rb_studio.store.item_filter import (
    COMPARISONS,
    OWN_SOURCES,
    ItemFilter,
    check_number,
    hides_deleted,
    names_deleted,
    task_condition,
)
from rb_studio.store.picture_rows import SOURCES, STATE_CODES, PictureRows
from rb_studio.store.temporal import Sql
from rb_studio.store.words import contains, full_text

if TYPE_CHECKING:
    from rb_studio.store.item_columns import Booleans

_BY_NAME = {"modes": "mode", "models": "model", "labels": "label_source"}


class Masks:
    """Answers filters from columns; texts and what else is not among them are asked of the file."""

    def __init__(self, conn: sqlite3.Connection, rows: PictureRows) -> None:
        self._conn = conn
        self._rows = rows

    def mask(self, where: ItemFilter, *, hide: bool = True) -> "Booleans":
        """Which rows a filter lets pass; `hide` as in `item_filter.conditions`."""
        import numpy as np

        found: Booleans = np.ones(len(self._rows), np.bool_)
        if where.states:
            found = np.isin(self._rows.shown.states, [STATE_CODES.get(state, -1) for state in where.states])
        elif hide and hides_deleted(where):
            found = self._rows.shown.states != STATE_CODES["deleted"]
        for part in (self._of_columns, self._of_tags, self._of_experience, self._of_texts):
            for more in part(where):
                found &= more
        for group in where.any_of:
            within = hide and not where.states and names_deleted(group)
            either = np.zeros(len(self._rows), np.bool_)
            for one in group:
                either |= self.mask(one, hide=within)
            found &= either
        for one in where.without:
            found &= ~self.mask(one, hide=False)
        return found

    def _of_columns(self, where: ItemFilter) -> "Iterator[Booleans]":
        import numpy as np

        if where.polarity is not None:
            yield self._rows.column("polarity") == self._rows.fixed.code("polarity", where.polarity)
        for part, name in _BY_NAME.items():
            if wanted := getattr(where, part):
                yield np.isin(self._rows.column(name), [self._rows.fixed.code(name, value) for value in wanted])
        if where.runs:
            yield np.isin(self._rows.column("run"), where.runs)
        if where.ids is not None:
            yield among(self._rows.shown.ids, np.array([one for one in where.ids if 0 <= one < 2**62], np.int64))
        for name, comparison, value in where.numbers:
            yield self._number(name, comparison, value)

    def _number(self, name: str, comparison: str, value: float) -> "Booleans":
        import numpy as np

        check_number(name, comparison)
        known = {"used": self._rows.used, "version": self._rows.shown.numbers}.get(name, self._rows.measured.get(name))
        if known is None:
            return np.zeros(len(self._rows), np.bool_)
        found: Booleans = COMPARISONS[comparison](known, value)
        return found

    def _of_tags(self, where: ItemFilter) -> "Iterator[Booleans]":
        items, codes = self._rows.tags
        for tag in where.tags:
            yield among(self._rows.shown.ids, items[codes == self._rows.tag_codes.get(tag, -1)])
        if where.untagged:
            yield ~among(self._rows.shown.ids, items)

    def _of_experience(self, where: ItemFilter) -> "Iterator[Booleans]":
        """Conditions that need more of an item's origin than the columns have."""
        if where.source in OWN_SOURCES:
            yield self._rows.column("source") == SOURCES.index(where.source or "")
        elif where.source is not None:
            query = "SELECT item AS value FROM item_source WHERE rollout_uid = ?"
            yield among(self._rows.shown.ids, column(self._conn, query, [where.source]))
        for name in ("site", "template"):
            if wanted := getattr(where, f"{name}s"):
                condition = f"coalesce(e.{name}, '') IN (SELECT value FROM json_each(?))"
                yield self._experiences((condition, [json.dumps(wanted)]))
        if where.task:
            yield self._experiences(task_condition(where.task))
        for comparison, time in where.created:
            check_number("version", comparison)
            query = f"SELECT id AS value FROM memory_item WHERE created_at {comparison} ?"
            yield among(self._rows.shown.ids, column(self._conn, query, [time]))

    def _experiences(self, condition: Sql) -> "Booleans":
        query = f"SELECT e.id AS value FROM experience e WHERE {condition[0]}"
        return among(self._rows.column("experience"), column(self._conn, query, condition[1]))

    def _of_texts(self, where: ItemFilter) -> "Iterator[Booleans]":
        if where.text:
            yield self._containing(contains(where.text))
        for name, term in (*(("", word) for word in where.words), *where.fields):
            match = full_text(term, name)
            if match is None:
                yield self._containing(contains(term.replace("\x00", " "), name))
            else:
                yield among(self._rows.shown.versions, self._rows.matches(self._conn, match))

    def _containing(self, condition: Sql) -> "Booleans":
        query = f"SELECT v.id AS value FROM item_version v WHERE {condition[0]}"
        return among(self._rows.shown.versions, column(self._conn, query, condition[1]))
