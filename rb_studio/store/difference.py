"""What differs between two points of a bank, or of two banks, told from the rows that were opened and closed between.

Only items an operation touched between the points are looked at, so a small change of a large bank is found at once.
"""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from rb_studio.store.temporal import Chain, chain, visible

_TABLES = ("item_version", "item_state", "item_tag")


@dataclass(frozen=True, slots=True)
class Side:
    """An item as one point shows it."""

    title: str
    description: str
    content: str
    state: str
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ItemChange:
    """An item that differs; a side is None where that point does not show it."""

    item: int
    uid: str
    before: Side | None
    after: Side | None

    @property
    def kinds(self) -> tuple[str, ...]:
        """What differs: added, removed, or any of edited, restated, retagged."""
        if self.before is None or self.after is None:
            return ("added",) if self.before is None else ("removed",)
        old, new = self.before, self.after
        edited = (old.title, old.description, old.content) != (new.title, new.description, new.content)
        pairs = (("edited", edited), ("restated", old.state != new.state), ("retagged", old.tags != new.tags))
        return tuple(kind for kind, differs in pairs if differs)


@dataclass(frozen=True, slots=True)
class BankDiff:
    """Item uids that differ between two points; `changes` are the items in full, as many as were asked for."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    edited: tuple[str, ...]
    restated: tuple[str, ...]
    retagged: tuple[str, ...]
    changes: tuple[ItemChange, ...] = ()

    @property
    def total(self) -> int:
        """How many items differ."""
        return len({*self.added, *self.removed, *self.edited, *self.restated, *self.retagged})


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a point shows of an item, without its texts."""

    state: str
    version: int
    number: int


def difference(
    conn: sqlite3.Connection,
    bank_id: int,
    before: int | None,
    after: int | None = None,
    *,
    limit: int | None = None,
    other_bank: int | None = None,
) -> BankDiff:
    """What changed in a bank between two operations (None: now), in either direction.

    `other_bank` is the bank of the second point where that is another one, such as a fork. `limit` is the greatest
    number of `changes`; the uids are always all there.
    """
    layers = chain(conn, bank_id, before), chain(conn, bank_id if other_bank is None else other_bank, after)
    touched = sorted(_touched(conn, *layers))
    old, new = (_seen(conn, one, touched) for one in layers)
    old_tags, new_tags = (_tags(conn, one, touched) for one in layers)
    both = [item for item in touched if item in old and item in new]
    rewritten = _rewritten(conn, [(old[item].version, new[item].version) for item in both if old[item] != new[item]])
    found = {
        "added": [item for item in touched if item in new and item not in old],
        "removed": [item for item in touched if item in old and item not in new],
        "edited": [item for item in both if (old[item].version, new[item].version) in rewritten],
        "restated": [item for item in both if old[item].state != new[item].state],
        "retagged": [item for item in both if old_tags.get(item, ()) != new_tags.get(item, ())],
    }
    different = sorted({item for items in found.values() for item in items})
    uids = _uids(conn, different)
    shown = different[:limit]
    befores, afters = _sides(conn, old, old_tags, shown), _sides(conn, new, new_tags, shown)
    changes = (ItemChange(item, uids[item], befores.get(item), afters.get(item)) for item in shown)
    return BankDiff(
        **{kind: tuple(uids[item] for item in items) for kind, items in found.items()}, changes=tuple(changes)
    )


def _touched(conn: sqlite3.Connection, before: Chain, after: Chain) -> set[int]:
    """Items of which a row was opened or closed between the points, in any bank that either of them is made of."""
    old, new = dict(before), dict(after)
    found: set[int] = set()
    for bank in old.keys() | new.keys():
        low, high = _span(old, new, bank)
        for table in _TABLES:
            for column in ("op_from", "op_to"):
                rows = conn.execute(
                    f"SELECT DISTINCT item FROM {table} WHERE bank = ? AND {column} > ? AND {column} <= ?",
                    (bank, low, high),
                )
                found.update(row[0] for row in rows)
    return found


def _span(old: dict[int, int | None], new: dict[int, int | None], bank: int) -> tuple[int, int]:
    """The operations between the points in a bank; all of them where only one of the points sees it."""
    now = 2**62
    ends = [now if (at := side[bank]) is None else at for side in (old, new) if bank in side]
    return (min(ends), max(ends)) if len(ends) == 2 else (0, ends[0])


def _seen(conn: sqlite3.Connection, layers: Chain, items: list[int]) -> dict[int, _Seen]:
    states, state_params = visible("item_state", layers)
    texts, text_params = visible("item_version", layers)
    wanted = json.dumps(items)
    rows = conn.execute(
        f"SELECT s.item, s.state, v.id, v.number FROM ({states}) s JOIN ({texts}) v ON v.item = s.item "
        "WHERE s.item IN (SELECT value FROM json_each(?)) AND v.item IN (SELECT value FROM json_each(?))",
        [*state_params, *text_params, wanted, wanted],
    )
    return {row[0]: _Seen(row[1], row[2], row[3]) for row in rows}


def _tags(conn: sqlite3.Connection, layers: Chain, items: list[int]) -> dict[int, tuple[str, ...]]:
    query, params = visible("item_tag", layers)
    found: defaultdict[int, list[str]] = defaultdict(list)
    rows = conn.execute(
        f"SELECT item, tag FROM ({query}) WHERE present AND item IN (SELECT value FROM json_each(?)) ORDER BY tag",
        [*params, json.dumps(items)],
    )
    for item, tag in rows:
        found[item].append(tag)
    return {item: tuple(tags) for item, tags in found.items()}


def _rewritten(conn: sqlite3.Connection, versions: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
    """Those pairs of version rows whose texts differ: an undo opens a copy of a row."""
    rows = conn.execute(
        "SELECT a.id, b.id FROM json_each(?) j JOIN item_version a ON a.id = j.value ->> 0 "
        "JOIN item_version b ON b.id = j.value ->> 1 WHERE a.number <> b.number "
        "AND (a.title <> b.title OR a.description <> b.description OR a.content <> b.content)",
        (json.dumps([pair for pair in versions if pair[0] != pair[1]]),),
    )
    return {(row[0], row[1]) for row in rows}


def _sides(
    conn: sqlite3.Connection, seen: dict[int, _Seen], tags: dict[int, tuple[str, ...]], items: list[int]
) -> dict[int, Side]:
    versions = {seen[item].version: item for item in items if item in seen}
    rows = conn.execute(
        "SELECT id, title, description, content FROM item_version WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(versions)),),
    )
    named = ((versions[row[0]], row) for row in rows)
    return {item: Side(row[1], row[2], row[3], seen[item].state, tags.get(item, ())) for item, row in named}


def _uids(conn: sqlite3.Connection, items: list[int]) -> dict[int, str]:
    rows = conn.execute(
        "SELECT id, uid FROM memory_item WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(items),)
    )
    return {row[0]: row[1] for row in rows}
