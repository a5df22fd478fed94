"""What a person sees before everything is read: how much each bank holds, and the first items of a list."""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import replace

from rb_studio.records.memory import ItemState
from rb_studio.store.item_columns import layer_rows
from rb_studio.store.item_filter import Effects, ItemFilter
from rb_studio.store.items import ItemRow, item_ids, list_items
from rb_studio.store.temporal import Chain, chain
from rb_studio.store.words import full_text

_LOOKED_AT = 400
_ROUNDS = 3


def bank_counts(conn: sqlite3.Connection) -> dict[int, int]:
    """How many items each bank shows that are not deleted, by its id."""
    counts = dict.fromkeys((row[0] for row in conn.execute("SELECT id FROM bank")), 0)
    opened = "SELECT bank, count(*) FROM item_state WHERE op_to IS NULL AND state <> 'deleted' GROUP BY bank"
    counts.update((row[0], row[1]) for row in conn.execute(opened))
    for row in conn.execute("SELECT id FROM bank WHERE parent_bank IS NOT NULL").fetchall():
        counts[row[0]] = _count(conn, chain(conn, row[0]))
    return counts


def first_page(
    conn: sqlite3.Connection,
    bank_id: int,
    where: ItemFilter,
    *,
    order: str,
    descending: bool,
    limit: int = 100,
    effects: Effects | None = None,
) -> list[ItemRow]:
    """Some of the first matching items, found without looking at the whole bank: by id, or the oldest or newest texts.

    The true beginning where items are ordered by id and no word is looked for; else hits, in the order asked for. Empty
    where a look at a few hundred items finds none, or the order needs them all.
    """
    if order not in ("id", "created"):
        return []
    found: list[int] = []
    for candidates in _candidates(conn, bank_id, where, descending):
        found += item_ids(conn, bank_id, replace(where, ids=candidates), descending=descending, effects=effects)
        if len(found) >= limit:
            break
    wanted = ItemFilter(states=tuple(ItemState), ids=tuple(found[:limit]))
    return list_items(conn, bank_id, wanted, order=order, descending=descending)


def _candidates(
    conn: sqlite3.Connection, bank_id: int, where: ItemFilter, descending: bool
) -> Iterator[tuple[int, ...]]:
    """Ids to look at, a few hundred at a time: those named, those with the first word, else those of the bank."""
    if where.ids is not None:
        yield where.ids
        return
    matches = (full_text(term, name) for name, term in (*(("", word) for word in where.words), *where.fields))
    match = next((found for found in matches if found is not None), None)
    banks = json.dumps([bank for bank, _ in chain(conn, bank_id)])
    sign, way = ("<", "DESC") if descending else (">", "ASC")
    after = 2**62 if descending else 0
    for _ in range(_ROUNDS):
        if match is None:
            which = f"bank IN (SELECT value FROM json_each(?)) AND id {sign} ?"
            query = f"SELECT id, id FROM memory_item WHERE {which} ORDER BY id {way} LIMIT {_LOOKED_AT}"
            rows = conn.execute(query, (banks, after)).fetchall()
        else:
            table, wanted = match
            hits = f"SELECT rowid AS hit FROM {table} WHERE {table} MATCH ? AND rowid {sign} ? ORDER BY rowid {way}"
            query = f"SELECT v.item, hit FROM ({hits} LIMIT {_LOOKED_AT}) JOIN item_version v ON v.id = hit"
            rows = conn.execute(f"{query} ORDER BY hit {way}", (wanted, after)).fetchall()
        yield tuple(dict.fromkeys(row[0] for row in rows))
        if len(rows) < _LOOKED_AT:
            return
        after = rows[-1][1]


def _count(conn: sqlite3.Connection, layers: Chain) -> int:
    """Rows of every bank of a chain, but for those that a nearer one stands over."""
    total, nearer = 0, ""
    above: list[object] = []
    for bank, at in layers:
        rows, params = layer_rows((bank, at), "item_state", "item, state")
        found = f"SELECT count(*) FROM ({rows}) WHERE state <> 'deleted'"
        total += conn.execute(found, params).fetchone()[0]
        if nearer:
            until = 2**62 if at is None else at
            hidden = (
                f"SELECT count(*) FROM ({nearer}) n CROSS JOIN item_state r ON r.item = n.item WHERE r.bank = ? "
                "AND r.op_from <= ? AND (r.op_to IS NULL OR r.op_to > ?) AND r.state <> 'deleted'"
            )
            total -= conn.execute(hidden, [*above, bank, until, until]).fetchone()[0]
        own = f"SELECT item FROM ({rows})"
        nearer = f"{nearer} UNION {own}" if nearer else own
        above += params
    return int(total)
