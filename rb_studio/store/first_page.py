"""What a person sees before everything is read: how much each bank holds, and the first items of a list."""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import replace

from rb_studio.records.memory import ItemState
from rb_studio.store.item_columns import layer_rows
from rb_studio.store.item_filter import Effects, ItemFilter
from rb_studio.store.items import ItemRow, list_items, matching
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
    layers = chain(conn, bank_id)
    match, rest = _first_match(where)
    found: list[int] = []
    for hits in _candidates(conn, layers, where.ids, match, descending):
        query, params = matching(layers, replace(rest, ids=tuple(hits)), "i.id, v.id AS version", effects)
        rows = conn.execute(query, params).fetchall()
        found += sorted((row[0] for row in rows if hits[row[0]] in (0, row[1])), reverse=descending)
        if len(found) >= limit:
            break
    wanted = ItemFilter(ids=tuple(found[:limit]), states=tuple(ItemState))
    return list_items(conn, bank_id, wanted, order=order, descending=descending)


def _first_match(where: ItemFilter) -> tuple[tuple[str, str] | None, ItemFilter]:
    """The first term that full-text search can find, and the filter without it."""
    if where.ids is None:
        for place, word in enumerate(where.words):
            if match := full_text(word):
                return match, replace(where, words=where.words[:place] + where.words[place + 1 :])
    return None, where


def _candidates(
    conn: sqlite3.Connection,
    layers: Chain,
    ids: tuple[int, ...] | None,
    match: tuple[str, str] | None,
    descending: bool,
) -> Iterator[dict[int, int]]:
    """Items to look at and the version that was hit (0: any), a few hundred at a time."""
    if ids is not None:
        yield dict.fromkeys(ids, 0)
        return
    banks = json.dumps([bank for bank, _ in layers])
    sign, way = ("<", "DESC") if descending else (">", "ASC")
    after = 2**62 if descending else 0
    for _ in range(_ROUNDS if match is None else 1):
        if match is None:
            which = f"bank IN (SELECT value FROM json_each(?)) AND id {sign} ?"
            query = f"SELECT id, 0 FROM memory_item WHERE {which} ORDER BY id {way} LIMIT {_LOOKED_AT}"
            rows = conn.execute(query, (banks, after)).fetchall()
        else:
            table, wanted = match
            hits = f"SELECT rowid AS hit FROM {table} WHERE {table} MATCH ? ORDER BY rowid {way} LIMIT {_LOOKED_AT}"
            rows = conn.execute(
                f"SELECT v.item, hit FROM ({hits}) JOIN item_version v ON v.id = hit", (wanted,)
            ).fetchall()
        yield dict(sorted(map(tuple, rows), key=lambda row: row[1]))  # of an item's texts the newest that was hit
        if len(rows) < _LOOKED_AT:
            return
        after = rows[-1][0]


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
