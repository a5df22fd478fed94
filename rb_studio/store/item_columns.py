"""Items of a bank as columns, read without making an object per row.

SQLite puts a whole column into one text, outside Python's lock; the rows of each bank of a chain are read by the
indices of what is open and of what was closed since, and laid over each other here.
"""

import json
import sqlite3
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rb_studio.store.temporal import Chain, Layer, Sql

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Integers = NDArray[np.int64]
    Booleans = NDArray[np.bool_]

# The first code marks a row whose item is no longer part of the bank.
STATES = ("", "candidate", "active", "excluded", "archived", "deleted")
_WHEN = " ".join(f"WHEN '{state}' THEN {code}" for code, state in enumerate(STATES) if state)
STATE_CODE = f"CASE state {_WHEN} END"


@dataclass(frozen=True, slots=True)
class Shown:
    """Items a bank shows, by id: version row, its number, and the state's code."""

    ids: "Integers"
    versions: "Integers"
    numbers: "Integers"
    states: "Integers"


def integers(text: str | None) -> "Integers":
    """Numbers that SQLite's group_concat joined."""
    import numpy as np

    return np.fromstring(text, np.int64, sep=",") if text else np.zeros(0, np.int64)


def column(conn: sqlite3.Connection, query: str, params: Sequence[Any] = ()) -> "Integers":
    """The first column of a query, which has to be called `value` and hold integers."""
    return integers(conn.execute(f"SELECT group_concat(value) FROM ({query})", params).fetchone()[0])


def among(values: "Integers", wanted: "Integers") -> "Booleans":
    """Which of the values (row ids, so not negative) are wanted."""
    import numpy as np

    if not wanted.size or not values.size:
        return np.zeros(values.size, np.bool_)
    known = np.zeros(int(values.max()) + 1, np.bool_)
    known[wanted[(wanted >= 0) & (wanted < known.size)]] = True
    found: Booleans = known[values]
    return found


def shown(conn: sqlite3.Connection, layers: Chain, items: Collection[int] | None = None) -> Shown:
    """What a bank shows now; of these items where named."""
    states = _overlaid(conn, layers, "item_state", ("item", STATE_CODE), items)
    texts = _overlaid(conn, layers, "item_version", ("item", "id", "number"), items)
    ids, of_state, of_text = _both(states[0], texts[0])
    return Shown(ids, texts[1][of_text], texts[2][of_text], states[1][of_state])


def tags(
    conn: sqlite3.Connection, layers: Chain, codes: dict[str, int], items: Collection[int] | None = None
) -> tuple["Integers", "Integers"]:
    """(item, code of a tag it has) by item and tag; codes of new tags are added to `codes`."""
    import numpy as np

    found, hidden = [], np.zeros(0, np.int64)
    for layer in layers:
        rows = layer_rows(layer, "item_tag", "item, tag, present", items)
        query = f"SELECT group_concat(item), json_group_array(tag), group_concat(present) FROM ({rows[0]})"
        item, names, present = conn.execute(query, rows[1]).fetchone()
        code = coded(json.loads(names), codes)
        keys = integers(item) << 20 | code
        fresh = ~np.isin(keys, hidden)
        found.append(keys[fresh & (integers(present) == 1)])
        hidden = np.concatenate([hidden, keys])
    keys = np.sort(np.concatenate(found))
    return keys >> 20, keys & ((1 << 20) - 1)


def coded(names: Iterable[str], codes: dict[str, int]) -> "Integers":
    """A code for each name; new names get the next ones."""
    import numpy as np

    names = list(names)
    for name in dict.fromkeys(names):
        codes.setdefault(name, len(codes))
    return np.fromiter(map(codes.__getitem__, names), np.int64, len(names))


def layer_rows(layer: Layer, table: str, columns: str, items: Collection[int] | None = None) -> Sql:
    """Rows of one bank that are valid at its point: those still open, and those closed since."""
    bank, at = layer
    chosen, extra = ("", []) if items is None else ("AND item IN (SELECT value FROM json_each(?))", [_json(items)])
    opened = f"SELECT {columns} FROM {table} WHERE bank = ? AND op_to IS NULL {chosen}"
    if at is None:
        return opened, [bank, *extra]
    query = (
        f"{opened} AND op_from <= ? UNION ALL "
        f"SELECT {columns} FROM {table} WHERE bank = ? AND op_to > ? AND op_from <= ? {chosen}"
    )
    return query, [bank, *extra, at, bank, at, at, *extra]


def _overlaid(
    conn: sqlite3.Connection, layers: Chain, table: str, columns: Sequence[str], items: Collection[int] | None
) -> list["Integers"]:
    """Columns of a table, the first its key, in order of the key; nearer banks stand over farther ones."""
    import numpy as np

    names = [f"c{place}" for place in range(len(columns))]
    selected = ", ".join(f"{column} AS {name}" for column, name in zip(columns, names, strict=True))
    joined = ", ".join(f"group_concat({name})" for name in names)
    parts: list[list[Integers]] = []
    hidden = np.zeros(0, np.int64)
    for layer in layers:
        query, params = layer_rows(layer, table, selected, items)
        read = [integers(text) for text in conn.execute(f"SELECT {joined} FROM ({query})", params).fetchone()]
        if hidden.size:
            fresh = ~among(read[0], hidden)
            read = [values[fresh] for values in read]
        parts.append(read)
        hidden = np.concatenate([hidden, read[0]])
    found = [np.concatenate(values) for values in zip(*parts, strict=True)]
    order = np.argsort(found[0], kind="stable")
    return [values[order] for values in found]


def _both(left: "Integers", right: "Integers") -> tuple["Integers", "Integers", "Integers"]:
    """Keys that both (ascending) have, and where."""
    import numpy as np

    if np.array_equal(left, right):
        every = np.arange(left.size)
        return left, every, every
    keys, of_left, of_right = np.intersect1d(left, right, assume_unique=True, return_indices=True)
    return keys, of_left, of_right


def _json(items: Collection[int]) -> str:
    return json.dumps(sorted(items))
