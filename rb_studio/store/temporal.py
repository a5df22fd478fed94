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
    "relevance": ("item", "task"),
    "item_stage": ("item", "who"),
    "theme_name": ("item",),
    "annotation_version": ("annotation",),
}
VALUES = {
    "experience_presence": ("experience", "bank"),
    "item_version": ("item", "bank", "number", "title", "description", "content", "text_hash", "spaceless"),
    "item_state": ("item", "bank", "state"),
    "item_tag": ("item", "bank", "tag", "present"),
    "item_lineage": ("item", "bank", "kind", "other"),
    "not_duplicate": ("item", "bank", "other"),
    "verdict_presence": ("verdict",),
    "relevance": ("item", "bank", "task", "grade"),
    "item_stage": ("item", "bank", "who", "stage"),
    "theme_name": ("item", "bank", "name"),
    "annotation_version": (
        "annotation",
        "version",
        "kind",
        "label_set",
        "label",
        "comment",
        "rating",
        "who",
        "at",
    ),
}
BANK_TABLES = tuple(table for table in TEMPORAL if "bank" in VALUES[table])

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
    """As operation `op`, put back what operation `undone` changed; returns the tables touched.

    It goes by key and value, not by row: undoing a later operation may have opened a copy of the row. What
    has another value by now (changed in another scope) stays.
    """
    touched = []
    for table in TEMPORAL:
        ended = db.execute(
            f"UPDATE {table} AS o SET op_to = :op WHERE op_to IS NULL AND {_key(table)} IN "
            f"(SELECT {_key(table)[1:-1]} FROM {table} WHERE op_from = :undone) AND EXISTS "
            f"(SELECT 1 FROM {table} r WHERE r.op_from = :undone AND {_same(VALUES[table], 'IS')})"
            f"{_not_erased(db, table, 'o')}",
            {"op": op, "undone": undone},
        ).rowcount
        opened = _reopen(db, table, op, "op_to = :undone AND op_from < :undone", {"undone": undone})
        if ended or opened:
            touched.append(table)
    return tuple(touched)


def restore(db: "Database", bank_id: int, at_operation: int, op: int) -> tuple[str, ...]:
    """As operation `op`, make a bank's own rows what they were after `at_operation`; returns the tables touched."""
    touched = []
    point = {"bank": bank_id, "at": at_operation}
    for table in BANK_TABLES:
        ended = db.execute(
            f"UPDATE {table} AS o SET op_to = :op WHERE bank = :bank AND op_from > :at AND op_to IS NULL"
            f"{_not_erased(db, table, 'o')}",
            {"op": op, **point},
        ).rowcount
        opened = _reopen(db, table, op, "bank = :bank AND op_from <= :at AND op_to > :at", point)
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


def verdicts_changed_by(conn: sqlite3.Connection, op: int) -> dict[int, int]:
    """Verdicts that an operation gave or took back, with their rollouts."""
    query = (
        "SELECT v.id, v.rollout FROM verdict_presence p JOIN verdict v ON v.id = p.verdict "
        "WHERE p.op_from = :op OR p.op_to = :op"
    )
    return {row[0]: row[1] for row in conn.execute(query, {"op": op})}


def annotations_changed_by(conn: sqlite3.Connection, op: int) -> tuple[int, ...]:
    """Annotations of which an operation opened or closed a row."""
    query = "SELECT annotation FROM annotation_version WHERE op_from = :op "
    query += "UNION SELECT annotation FROM annotation_version WHERE op_to = :op"
    return tuple(row[0] for row in conn.execute(query, {"op": op}))


def items_changed_since(
    conn: sqlite3.Connection, op: int, tables: tuple[str, ...] = ("item_version", "item_state")
) -> set[int]:
    """Items of which a row was opened or closed by an operation after `op`, or that were erased after it.

    An item that a fork alone still showed has no open row that erasing could close.
    """
    query = " UNION ".join(
        f"SELECT item FROM {table} WHERE op_from > :op UNION SELECT item FROM {table} WHERE op_to > :op"
        for table in tables
    )
    query += " UNION SELECT i.id FROM erased e JOIN memory_item i ON i.bank = e.bank AND i.uid = e.uid WHERE e.op > :op"
    return {row[0] for row in conn.execute(query, {"op": op})}


def _valid(alias: str, layer: Layer) -> Sql:
    bank, at = layer
    if at is None:
        return f"{alias}.bank = ? AND {alias}.op_to IS NULL", [bank]
    return f"{alias}.bank = ? AND {alias}.op_from <= ? AND ({alias}.op_to IS NULL OR {alias}.op_to > ?)", [bank, at, at]


def _reopen(db: "Database", table: str, op: int, which: str, params: dict[str, int]) -> int:
    """Open copies of closed rows, except of keys that are open; returns how many."""
    values = ", ".join(VALUES[table])
    return db.execute(
        f"INSERT INTO {table} ({values}, op_from) SELECT {values}, :op FROM {table} r WHERE {which} AND NOT EXISTS "
        f"(SELECT 1 FROM {table} o WHERE {_same(_key_columns(table))} AND o.op_to IS NULL)"
        f"{_not_erased(db, table, 'r')}",
        {"op": op, **params},
    ).rowcount


def _not_erased(db: "Database", table: str, alias: str) -> str:
    """Of an item whose texts were erased the states stay; none from before opens or closes any more."""
    if table != "item_state" or db.execute("SELECT 1 FROM erased LIMIT 1").fetchone() is None:
        return ""
    return (
        " AND NOT EXISTS (SELECT 1 FROM memory_item i JOIN erased e ON e.bank = i.bank AND e.uid = i.uid "
        f"WHERE i.id = {alias}.item AND e.op >= {alias}.op_from)"
    )


def _key_columns(table: str) -> tuple[str, ...]:
    return (*KEYS[table], *(("bank",) if table in BANK_TABLES else ()))


def _key(table: str) -> str:
    """The key as an SQL row value."""
    return f"({', '.join(_key_columns(table))})"


def _same(columns: Iterable[str], how: str = "=") -> str:
    """Rows `o` and `r` agree in these columns; by `IS` empty ones too."""
    return " AND ".join(f"o.{column} {how} r.{column}" for column in columns)
