"""How many items of a bank have which state, polarity and tag."""

import sqlite3
from dataclasses import dataclass, replace

from rb_studio.store.items import ItemFilter, matching
from rb_studio.store.temporal import Chain, chain, visible


@dataclass(frozen=True, slots=True)
class Facets:
    """Counts by value; the counts of a facet leave its own part of the filter aside, tags those of the whole filter.

    `total` counts the items of the bank that are not deleted.
    """

    total: int
    states: dict[str, int]
    polarities: dict[str, int]
    tags: dict[str, int]


def facets(conn: sqlite3.Connection, bank_id: int, where: ItemFilter) -> Facets:
    """Counts for a bank and a filter, tags with most items first."""
    layers = chain(conn, bank_id)
    every = ("candidate", "active", "excluded", "archived", "deleted")
    states = _counted(conn, layers, replace(where, states=every), "s.state")
    return Facets(
        total=_total(conn, layers),
        states=states,
        polarities=_counted(conn, layers, replace(where, polarity=None), "i.polarity"),
        tags=_tags(conn, layers, where),
    )


def all_tags(conn: sqlite3.Connection, bank_id: int) -> list[str]:
    """Every tag in use in a bank, in alphabetical order."""
    tags, params = visible("item_tag", chain(conn, bank_id))
    return [row[0] for row in conn.execute(f"SELECT DISTINCT tag FROM ({tags}) WHERE present ORDER BY tag", params)]


def _total(conn: sqlite3.Connection, layers: Chain) -> int:
    states, params = visible("item_state", layers)
    row = conn.execute(f"SELECT count(*) FROM ({states}) WHERE state <> 'deleted'", params).fetchone()
    return int(row[0])


def _counted(conn: sqlite3.Connection, layers: Chain, where: ItemFilter, column: str) -> dict[str, int]:
    query, params = matching(layers, where, f"{column} AS value")
    rows = conn.execute(f"SELECT value, count(*) FROM ({query}) GROUP BY value ORDER BY 2 DESC, 1", params)
    return {row[0]: row[1] for row in rows}


def _tags(conn: sqlite3.Connection, layers: Chain, where: ItemFilter) -> dict[str, int]:
    query, params = matching(layers, where, "i.id")
    tags, tag_params = visible("item_tag", layers)
    rows = conn.execute(
        f"SELECT tag, count(*) FROM ({tags}) WHERE present AND item IN ({query}) GROUP BY tag ORDER BY 2 DESC, 1",
        [*tag_params, *params],
    )
    return {row[0]: row[1] for row in rows}
