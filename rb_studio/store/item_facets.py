"""How many items of a bank have which state, origin, tag and use."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from rb_studio.store.item_filter import Effects, ItemFilter, leaving_out
from rb_studio.store.items import matching
from rb_studio.store.lineage import used
from rb_studio.store.temporal import Chain, chain, visible

EVERY = ("candidate", "active", "excluded", "archived", "deleted")
SOURCE = "CASE WHEN e.run IS NOT NULL THEN 'run' WHEN e.kind = 'hand' THEN 'hand' ELSE 'import' END"
USES = (1, 5, 20)


@dataclass(frozen=True, slots=True)
class Facets:
    """Counts by value; the counts of a facet leave its own part of the filter aside, tags those of the whole filter.

    `total` counts the items of the bank that are not deleted. `used` has `0` and as many uses at least (`>=5`).
    """

    total: int
    states: dict[str, int]
    polarities: dict[str, int]
    tags: dict[str, int]
    sources: dict[str, int] = field(default_factory=dict)
    runs: dict[str, int] = field(default_factory=dict)
    modes: dict[str, int] = field(default_factory=dict)
    models: dict[str, int] = field(default_factory=dict)
    labels: dict[str, int] = field(default_factory=dict)
    used: dict[str, int] = field(default_factory=dict)


def facets(conn: sqlite3.Connection, bank_id: int, where: ItemFilter, effects: Effects | None = None) -> Facets:
    """Counts for a bank and a filter, values with most items first."""
    layers = chain(conn, bank_id)

    def counted(without: ItemFilter, column: str, params: Sequence[object] = ()) -> dict[str, int]:
        return _counted(conn, layers, without, column, params, effects)

    return Facets(
        total=_total(conn, layers),
        states=counted(every_state(where), "s.state"),
        polarities=counted(leaving_out(where, "polarity"), "i.polarity"),
        tags=_tags(conn, layers, where, effects),
        sources=counted(leaving_out(where, "source"), SOURCE),
        runs={str(run): count for run, count in counted(leaving_out(where, "runs"), "e.run").items() if run},
        modes=counted(leaving_out(where, "modes"), "i.mode"),
        models=counted(leaving_out(where, "models"), "i.model"),
        labels=counted(leaving_out(where, "labels"), "i.label_source"),
        used=by_use({int(count): items for count, items in counted(without_use(where), *used(layers)).items()}),
    )


def every_state(where: ItemFilter) -> ItemFilter:
    """The filter without its conditions on states; deleted items are counted like others."""
    return replace(leaving_out(where, "states"), states=EVERY)


def without_use(where: ItemFilter) -> ItemFilter:
    """The filter without its bounds on uses."""
    return replace(where, numbers=tuple(one for one in where.numbers if one[0] != "used"))


def by_use(counts: Mapping[int, int]) -> dict[str, int]:
    """Numbers of items by number of uses, as the facet gives them."""
    bounds = {f">={least}": sum(items for count, items in counts.items() if count >= least) for least in USES}
    return {value: items for value, items in {"0": counts.get(0, 0), **bounds}.items() if items}


def all_tags(conn: sqlite3.Connection, bank_id: int) -> list[str]:
    """Every tag in use in a bank, in alphabetical order."""
    tags, params = visible("item_tag", chain(conn, bank_id))
    return [row[0] for row in conn.execute(f"SELECT DISTINCT tag FROM ({tags}) WHERE present ORDER BY tag", params)]


def _total(conn: sqlite3.Connection, layers: Chain) -> int:
    states, params = visible("item_state", layers)
    row = conn.execute(f"SELECT count(*) FROM ({states}) WHERE state <> 'deleted'", params).fetchone()
    return int(row[0])


def _counted(
    conn: sqlite3.Connection,
    layers: Chain,
    where: ItemFilter,
    column: str,
    given: Sequence[object],
    effects: Effects | None,
) -> dict[str, int]:
    query, params = matching(layers, where, f"{column} AS value", effects)
    rows = conn.execute(f"SELECT value, count(*) FROM ({query}) GROUP BY value ORDER BY 2 DESC, 1", [*given, *params])
    return {row[0]: row[1] for row in rows}


def _tags(conn: sqlite3.Connection, layers: Chain, where: ItemFilter, effects: Effects | None) -> dict[str, int]:
    query, params = matching(layers, where, "i.id", effects)
    tags, tag_params = visible("item_tag", layers)
    rows = conn.execute(
        f"SELECT tag, count(*) FROM ({tags}) WHERE present AND item IN ({query}) GROUP BY tag ORDER BY 2 DESC, 1",
        [*tag_params, *params],
    )
    return {row[0]: row[1] for row in rows}
