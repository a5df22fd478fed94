"""Rows as tab-separated text."""

import sqlite3
from collections.abc import Sequence

from rb_studio.gui.rooms.memories import reads
from rb_studio.gui.rooms.memories.columns import COLUMNS, KEYS, Column
from rb_studio.store.item_filter import Effects
from rb_studio.store.items import ItemRow


def as_tsv(conn: sqlite3.Connection, bank_id: int, ids: Sequence[int], columns: Sequence[str]) -> str:
    """Heading and rows of these columns, in the order given; tabs and line ends inside a text become spaces."""
    effects = _effects(conn, bank_id, columns)
    rows = reads.rows(conn, bank_id, ids)
    chosen = [COLUMNS[KEYS.index(key)] for key in columns]
    lines = ["\t".join(column.title for column in chosen)]
    lines += [
        "\t".join(" ".join(_text(column, rows[item], effects).split()) for column in chosen)
        for item in ids
        if item in rows
    ]
    return "\n".join(lines) + "\n"


def _effects(conn: sqlite3.Connection, bank_id: int, columns: Sequence[str]) -> Effects:
    """What the bank's items did, where a column tells it."""
    if all(COLUMNS[KEYS.index(key)].of_effect is None for key in columns):
        return {}
    from rb_studio.jobs.effects import effects

    return effects(conn, bank_id)


def _text(column: Column, row: ItemRow, effects: Effects) -> str:
    return column.text(row) if column.of_effect is None else column.of_effect(effects.get(row.uid))
