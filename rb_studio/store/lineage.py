"""What became of what: items that were merged into others, or copied when a file was read."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from rb_studio.store.temporal import Chain, Sql, chain, visible

MERGED = "merged_into"
COPIED = "copy_of"
_OWN_USE = "SELECT count(*) FROM retrieval_item u WHERE u.item_uid = i.uid"
_UNITED_USE = """
WITH RECURSIVE
  link(item, other) AS (SELECT item, other FROM ({links}) WHERE kind = 'merged_into'),
  part(id) AS (SELECT i.id UNION SELECT l.item FROM part JOIN link l ON l.other = part.id)
SELECT count(DISTINCT p.event) FROM part JOIN memory_item m ON m.id = part.id
JOIN retrieval_item u ON u.item_uid = m.uid JOIN retrieval_pair p ON p.id = u.pair
"""


@dataclass(frozen=True, slots=True)
class Link:
    """One link of an item, seen from it; `item`, `uid` and `title` are the other end's.

    `outgoing` is True where this item became the other (or is a copy of it). The title of an erased item is empty.
    """

    kind: str
    outgoing: bool
    item: int
    uid: str
    title: str
    operation: int
    at: str
    who: str


def lineage(conn: sqlite3.Connection, bank_id: int, item_id: int) -> tuple[Link, ...]:
    """Links of an item in both directions, oldest first."""
    layers = chain(conn, bank_id)
    links, link_params = visible("item_lineage", layers)
    texts, text_params = visible("item_version", layers)
    rows = conn.execute(
        "SELECT l.kind, l.outgoing, l.far, i.uid, coalesce(v.title, ''), o.id, o.at, o.who FROM ("
        f"SELECT kind, 1 AS outgoing, other AS far, op_from FROM ({links}) WHERE item = ? UNION ALL "
        f"SELECT kind, 0, item, op_from FROM ({links}) WHERE other = ?) l JOIN memory_item i ON i.id = l.far "
        f"JOIN operation o ON o.id = l.op_from LEFT JOIN ({texts}) v ON v.item = l.far ORDER BY o.id, l.far",
        [*link_params, item_id, *link_params, item_id, *text_params],
    )
    return tuple(Link(row[0], bool(row[1]), *row[2:]) for row in map(tuple, rows))


def merged_from(conn: sqlite3.Connection, bank_id: int, item_id: int) -> tuple[int, ...]:
    """Items that were merged into this one, and into those, by id."""
    return origins(conn, bank_id, [item_id]).get(item_id, ())


def origins(
    conn: sqlite3.Connection, bank_id: int, item_ids: Iterable[int] | None = None
) -> dict[int, tuple[int, ...]]:
    """By item id, all items that were merged into it at any remove; of all items of the bank unless some are named.

    What those did counts for it as well: its usage is theirs and its own.
    """
    links, params = visible("item_lineage", chain(conn, bank_id))
    into: defaultdict[int, list[int]] = defaultdict(list)
    for item, other in conn.execute(
        f"SELECT item, other FROM ({links}) WHERE kind = ? ORDER BY item", [*params, MERGED]
    ):
        into[other].append(item)
    wanted = into if item_ids is None else [item for item in item_ids if item in into]
    return {item: _reached(item, into) for item in wanted}


def used(layers: Chain) -> Sql:
    """How many retrievals injected item `i`, or one that was merged into it, as a value in a query."""
    links, params = visible("item_lineage", layers)
    merged = "EXISTS (SELECT 1 FROM item_lineage l WHERE l.other = i.id)"
    return f"CASE WHEN {merged} THEN ({_UNITED_USE.format(links=links)}) ELSE ({_OWN_USE}) END", params


def own_use(conn: sqlite3.Connection, item_uid: str) -> int:
    """How many retrievals injected an item itself."""
    return int(conn.execute("SELECT count(*) FROM retrieval_item WHERE item_uid = ?", (item_uid,)).fetchone()[0])


def united_use(conn: sqlite3.Connection, bank_id: int, item_ids: Iterable[int]) -> int:
    """How many retrievals the item these become will have been injected by."""
    wanted = list(item_ids)
    parts = [*wanted, *(one for found in origins(conn, bank_id, wanted).values() for one in found)]
    sql = (
        "SELECT count(DISTINCT p.event) FROM memory_item i JOIN retrieval_item u ON u.item_uid = i.uid "
        "JOIN retrieval_pair p ON p.id = u.pair WHERE i.id IN (SELECT value FROM json_each(?))"
    )
    return int(conn.execute(sql, (json.dumps(parts),)).fetchone()[0])


def united_uses(conn: sqlite3.Connection, bank_id: int) -> dict[int, int]:
    """How many retrievals injected an item or one that was merged into it, by id; of those that others became."""
    merged = origins(conn, bank_id)
    rows = conn.execute(
        "SELECT g.key, count(DISTINCT p.event) FROM json_each(?) g, json_each(g.value) j JOIN memory_item i "
        "ON i.id = j.value JOIN retrieval_item u ON u.item_uid = i.uid JOIN retrieval_pair p ON p.id = u.pair "
        "GROUP BY g.key",
        (json.dumps({item: [item, *found] for item, found in merged.items()}),),
    )
    return dict.fromkeys(merged, 0) | {int(row[0]): row[1] for row in rows}


def _reached(item: int, into: dict[int, list[int]]) -> tuple[int, ...]:
    found: dict[int, None] = {}
    waiting = list(into.get(item, ()))
    while waiting:
        one = waiting.pop(0)
        if one != item and one not in found:
            found[one] = None
            waiting += into.get(one, ())
    return tuple(found)
