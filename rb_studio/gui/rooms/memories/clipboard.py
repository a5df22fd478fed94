"""Rows as tab-separated text."""

import sqlite3
from collections.abc import Sequence

from rb_studio.gui.rooms.memories import reads
from rb_studio.gui.rooms.memories.columns import COLUMNS, KEYS


def as_tsv(conn: sqlite3.Connection, bank_id: int, ids: Sequence[int], columns: Sequence[str]) -> str:
    """Heading and rows of these columns, in the order given; tabs and line ends inside a text become spaces."""
    rows = reads.rows(conn, bank_id, ids)
    chosen = [COLUMNS[KEYS.index(key)] for key in columns]
    lines = ["\t".join(column.title for column in chosen)]
    lines += ["\t".join(" ".join(column.text(rows[item]).split()) for column in chosen) for item in ids if item in rows]
    return "\n".join(lines) + "\n"
