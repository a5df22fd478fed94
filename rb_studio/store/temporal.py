"""Rows with a validity: what a bank looked like after an operation, and how that is put back.

A row is valid at operation N when `op_from <= N` and (`op_to` is empty or greater than N). Nothing is rewritten:
a change closes rows and opens others, so undo, redo and roll-back are the same two moves on other rows.
"""

import json
import sqlite3
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from rb_studio.store.tables import TEMPORAL

if TYPE_CHECKING:
    from sqlite_utils import Database

# Which columns name the thing whose value a row holds; at most one row of a key is open in a bank.
KEYS = {
    "experience_presence": ("experience",),
    "item_version": ("item",),
    "item_state": ("item",),
    "item_tag": ("item", "tag"),
    "item_lineage": ("item", "kind", "other"),
    "not_duplicate": ("item", "other"),
    "verdict_presence": ("verdict",),
}
VALUES = {
    "experience_presence": ("experience", "bank"),
    "item_version": ("item", "bank", "number", "title", "description", "content", "text_hash", "spaceless"),
    "item_state": ("item", "bank", "state"),
    "item_tag": ("item", "bank", "tag", "present"),
    "item_lineage": ("item", "bank", "kind", "other"),
    "not_duplicate": ("item", "bank", "other"),
    "verdict_presence": ("verdict",),
}
BANK_TABLES = tuple(table for table in TEMPORAL if table != "verdict_presence")

Layer = tuple[int, int | None]
Chain = tuple[Layer, ...]
Sql = tuple[str, list[Any]]


def chain(conn: sqlite3.Connection, bank_id: int, at_operation: int | None = None) -> Chain:
    """A bank and its ancestors, nearest first, each with the operation it is seen at (None: now)."""
    layers: list[Layer] = []
    bank: int | None = bank_id
    at = at_operation
    while bank is not None:
        layers.append((bank, at))
        row = conn.execute("SELECT parent_bank, parent_op FROM bank WHERE id = ?", (bank,)).fetchone()
        bank, parent_op = (row[0], row[1]) if row else (None, None)
        at = parent_op if at is None or parent_op is None else min(at, parent_op)
    return tuple(layers)


def visible(table: str, layers: Chain) -> Sql:
    """A query for the rows of a table as the chain's first bank shows them: nearer banks stand over farther ones."""
    parts: list[str] = []
    params: list[Any] = []
    for depth, layer in enumerate(layers):
        condition, values = _valid("r", layer)
        part = f"SELECT * FROM {table} r WHERE {condition}"
        params += values
        for nearer in layers[:depth]:
            hidden, values = _valid("n", nearer)
            same = " AND ".join(f"n.{key} = r.{key}" for key in KEYS[table])
            part += f" AND NOT EXISTS (SELECT 1 FROM {table} n WHERE {same} AND {hidden})"
            params += values
        parts.append(part)
    return " UNION ALL ".join(parts), params


def end(db: "Database", table: str, bank_id: int, items: Iterable[int], op: int, *, tag: str | None = None) -> None:
    """Close the open rows of these items in one bank; of one tag where named."""
    chosen = "" if tag is None else "AND tag = ?"
    db.execute(
        f"UPDATE {table} SET op_to = ? WHERE bank = ? AND op_to IS NULL {chosen} "
        "AND item IN (SELECT value FROM json_each(?))",
        [op, bank_id, *([] if tag is None else [tag]), json.dumps(list(items))],
    )


def invert(db: "Database", undone: int, op: int) -> tuple[str, ...]:
    """As operation `op`, put back what operation `undone` changed; returns the tables touched."""
    touched = []
    for table in TEMPORAL:
        values = ", ".join(VALUES[table])
        taken = _same_open(table)
        ended = db.execute(f"UPDATE {table} SET op_to = ? WHERE op_from = ? AND op_to IS NULL", (op, undone)).rowcount
        opened = db.execute(
            f"INSERT INTO {table} ({values}, op_from) SELECT {values}, ? FROM {table} r "
            f"WHERE op_to = ? AND op_from < ? AND NOT EXISTS ({taken})",
            (op, undone, undone),
        ).rowcount
        if ended or opened:
            touched.append(table)
    return tuple(touched)


def restore(db: "Database", bank_id: int, at_operation: int, op: int) -> tuple[str, ...]:
    """As operation `op`, make a bank's own rows what they were after `at_operation`; returns the tables touched."""
    touched = []
    for table in BANK_TABLES:
        values = ", ".join(VALUES[table])
        ended = db.execute(
            f"UPDATE {table} SET op_to = ? WHERE bank = ? AND op_from > ? AND op_to IS NULL",
            (op, bank_id, at_operation),
        ).rowcount
        opened = db.execute(
            f"INSERT INTO {table} ({values}, op_from) SELECT {values}, ? FROM {table} r "
            "WHERE bank = ? AND op_from <= ? AND op_to > ?"
            f" AND NOT EXISTS ({_same_open(table)})",
            (op, bank_id, at_operation, at_operation),
        ).rowcount
        if ended or opened:
            touched.append(table)
    return tuple(touched)


def items_changed_by(conn: sqlite3.Connection, op: int) -> tuple[int, ...]:
    """Items of which an operation opened or closed a row."""
    tables = [table for table in BANK_TABLES if KEYS[table][0] == "item"]
    query = " UNION ".join(
        f"SELECT item FROM {table} WHERE op_from = :op UNION SELECT item FROM {table} WHERE op_to = :op"
        for table in tables
    )
    return tuple(row[0] for row in conn.execute(query, {"op": op}))


def items_changed_since(conn: sqlite3.Connection, op: int) -> set[int]:
    """Items of which a row was opened or closed by an operation after `op`."""
    query = " UNION ".join(
        f"SELECT item FROM {table} WHERE op_from > :op UNION SELECT item FROM {table} WHERE op_to > :op"
        for table in ("item_version", "item_state")
    )
    return {row[0] for row in conn.execute(query, {"op": op})}


def _valid(alias: str, layer: Layer) -> Sql:
    bank, at = layer
    if at is None:
        return f"{alias}.bank = ? AND {alias}.op_to IS NULL", [bank]
    return f"{alias}.bank = ? AND {alias}.op_from <= ? AND ({alias}.op_to IS NULL OR {alias}.op_to > ?)", [bank, at, at]


def _same_open(table: str) -> str:
    """Query for an open row of the same key (and bank) as row `r`."""
    keys = [*KEYS[table], *(["bank"] if table in BANK_TABLES else [])]
    same = " AND ".join(f"o.{key} = r.{key}" for key in keys)
    return f"SELECT 1 FROM {table} o WHERE {same} AND o.op_to IS NULL"
