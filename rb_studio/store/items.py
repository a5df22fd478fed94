"""Reading memory items: lists, single items, history."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rb_studio.records.errors import UsageError
from rb_studio.records.memory import ItemSource
from rb_studio.store.memory_reads import source_record
from rb_studio.store.rows import select_in
from rb_studio.store.temporal import Chain, Sql, chain, visible
from rb_studio.store.words import contains, has_words, like_pattern

_ORDERS = {
    "id": "i.id",
    "title": "v.title COLLATE NOCASE",
    "state": "s.state",
    "polarity": "i.polarity",
    "used": "used",
    "version": "v.number",
    "created": "i.created_at",
    "description": "v.description COLLATE NOCASE",
    "tags": "tags",
    "task": "e.task_key, e.task_text",
}
_NUMBERS = {"used": "(SELECT count(*) FROM retrieval_item u WHERE u.item_uid = i.uid)", "version": "v.number"}
_COMPARISONS = ("<", "<=", "=", ">=", ">")
_USED = "(SELECT count(*) FROM retrieval_item u WHERE u.item_uid = i.uid) AS used"


@dataclass(frozen=True, slots=True)
class ItemFilter:
    """Which items; every given part must hold.

    `text` is a substring of title, description or content; of `words` every one occurs there, in any form or
    as a beginning. `source` is `hand`, `import`, `run`, or the uid of a rollout. `task` is a substring of the
    task's key or text. `numbers` are (used or version, comparison, value). `ids` restricts to rows. Items in
    state deleted show only when `states` names it.
    """

    states: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    text: str = ""
    polarity: str | None = None
    source: str | None = None
    ids: tuple[int, ...] | None = None
    words: tuple[str, ...] = ()
    untagged: bool = False
    task: str = ""
    numbers: tuple[tuple[str, str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One item as a bank shows it; `used` counts the retrievals that injected it."""

    id: int
    uid: str
    title: str
    description: str
    content: str
    state: str
    polarity: str
    tags: tuple[str, ...]
    sources: tuple[ItemSource, ...]
    used: int
    version: int
    experience_uid: str
    task_key: str
    label_source: str
    mode: str
    model: str
    simulated: bool
    created_at: str


def list_items(
    conn: sqlite3.Connection,
    bank_id: int,
    where: ItemFilter | None = None,
    *,
    at_operation: int | None = None,
    order: str = "id",
    descending: bool = False,
    limit: int | None = None,
    offset: int = 0,
) -> list[ItemRow]:
    """Items of a bank; `order` is id, title, description, state, polarity, tags, task, used, version or created.

    Raises UsageError.
    """
    layers = chain(conn, bank_id, at_operation)
    columns, extra = _sorted_by(layers, order, f"i.*, s.state, v.*, e.uid AS euid, e.task_key, {_USED}")
    query, params = matching(layers, where or ItemFilter(), columns)
    params = [*extra, *params]
    query += f" ORDER BY {_order(order, descending)} LIMIT ? OFFSET ?"
    rows = conn.execute(query, [*params, -1 if limit is None else limit, offset]).fetchall()
    return _item_rows(conn, layers, rows)


def item_ids(
    conn: sqlite3.Connection,
    bank_id: int,
    where: ItemFilter | None = None,
    *,
    order: str = "id",
    descending: bool = False,
) -> list[int]:
    """Ids of all matching items, for "act on all N matching"."""
    layers = chain(conn, bank_id)
    columns, extra = _sorted_by(layers, order, f"i.id, {_USED}" if order == "used" else "i.id")
    query, params = matching(layers, where or ItemFilter(), columns)
    return [row[0] for row in conn.execute(f"{query} ORDER BY {_order(order, descending)}", [*extra, *params])]


def item(conn: sqlite3.Connection, bank_id: int, item_id: int) -> ItemRow:
    """One item by id. Raises UsageError when the bank has none of that id."""
    return _one(conn, bank_id, [item_id], str(item_id))


def item_by_uid(conn: sqlite3.Connection, bank_id: int, uid: str) -> ItemRow:
    """One item by uid. Raises UsageError."""
    rows = conn.execute("SELECT id FROM memory_item WHERE uid = ?", (uid,))
    return _one(conn, bank_id, [row[0] for row in rows], uid)


def find_item(conn: sqlite3.Connection, bank_id: int, reference: str) -> ItemRow:
    """One item by its id, its uid or an unambiguous beginning of the uid. Raises UsageError."""
    if reference.isascii() and reference.isdigit() and len(reference) < 19:
        found = _among(conn, bank_id, [int(reference)])
        if found:
            return found[0]
    rows = conn.execute("SELECT id FROM memory_item WHERE substr(uid, 1, ?) = ?", (len(reference), reference))
    return _one(conn, bank_id, [row[0] for row in rows] if reference else [], reference)


def _one(conn: sqlite3.Connection, bank_id: int, ids: Sequence[int], reference: str) -> ItemRow:
    found = _among(conn, bank_id, ids)
    if not found:
        raise UsageError(f"this bank has no memory item {reference}: list the items to see their ids")
    if len(found) > 1:
        raise UsageError(f"{reference} fits {len(found)} memory items: give more of the uid")
    return found[0]


def _among(conn: sqlite3.Connection, bank_id: int, ids: Sequence[int]) -> list[ItemRow]:
    anything = ("candidate", "active", "excluded", "archived", "deleted")
    return list_items(conn, bank_id, ItemFilter(states=anything, ids=tuple(ids)), limit=2)


def matching(layers: Chain, where: ItemFilter, columns: str) -> Sql:
    """A query for matching items: columns of item `i`, state `s`, texts `v` and experience `e`."""
    states, state_params = visible("item_state", layers)
    texts, text_params = visible("item_version", layers)
    conditions, params = _conditions(layers, where)
    query = (
        f"SELECT {columns} FROM ({states}) s JOIN memory_item i ON i.id = s.item "
        f"JOIN ({texts}) v ON v.item = i.id JOIN experience e ON e.id = i.experience WHERE {' AND '.join(conditions)}"
    )
    return query, [*state_params, *text_params, *params]


def _conditions(layers: Chain, where: ItemFilter) -> tuple[list[str], list[Any]]:
    states = json.dumps(where.states)
    conditions = ["s.state IN (SELECT value FROM json_each(?))" if where.states else "s.state <> 'deleted'"]
    params: list[Any] = [states] if where.states else []
    for tag in where.tags:
        tags, tag_params = visible("item_tag", layers)
        conditions.append(f"i.id IN (SELECT item FROM ({tags}) WHERE present AND tag = ?)")
        params += [*tag_params, tag]
    if where.text:
        condition, patterns = contains(where.text)
        conditions.append(condition)
        params += patterns
    if where.polarity is not None:
        conditions.append("i.polarity = ?")
        params.append(where.polarity)
    if where.source is not None:
        conditions.append(_source_condition(where.source))
        params += [] if where.source in ("hand", "import", "run") else [where.source]
    if where.ids is not None:
        conditions.append("i.id IN (SELECT value FROM json_each(?))")
        params.append(json.dumps(where.ids))
    for more, values in (_word_conditions(where), _tag_and_task(layers, where), _number_conditions(where)):
        conditions += more
        params += values
    return conditions, params


def _word_conditions(where: ItemFilter) -> tuple[list[str], list[Any]]:
    conditions, params = has_words(where.words)
    return conditions, [*params]


def _tag_and_task(layers: Chain, where: ItemFilter) -> tuple[list[str], list[Any]]:
    conditions: list[str] = []
    params: list[Any] = []
    if where.untagged:
        tags, params = visible("item_tag", layers)
        conditions.append(f"i.id NOT IN (SELECT item FROM ({tags}) WHERE present)")
    if where.task:
        conditions.append("(e.task_key LIKE ? ESCAPE '\\' OR e.task_text LIKE ? ESCAPE '\\')")
        params = [*params, like_pattern(where.task), like_pattern(where.task)]
    return conditions, params


def _number_conditions(where: ItemFilter) -> tuple[list[str], list[Any]]:
    for name, comparison, _ in where.numbers:
        if name not in _NUMBERS or comparison not in _COMPARISONS:
            raise UsageError(f"items have no number {name!r} to compare by {comparison!r}; choose used or version")
    return (
        [f"{_NUMBERS[name]} {comparison} ?" for name, comparison, _ in where.numbers],
        [value for _, _, value in where.numbers],
    )


def _sorted_by(layers: Chain, order: str, columns: str) -> Sql:
    """The columns, with the tags as one text where they are sorted by."""
    if order != "tags":
        return columns, []
    tags, params = visible("item_tag", layers)
    return f"{columns}, (SELECT group_concat(tag, ', ') FROM ({tags}) WHERE item = i.id AND present) AS tags", params


def _source_condition(source: str) -> str:
    if source == "run":
        return "e.run IS NOT NULL"
    if source == "hand":
        return "e.kind = 'hand'"
    if source == "import":
        return "e.run IS NULL AND e.kind <> 'hand'"
    return "i.id IN (SELECT item FROM item_source WHERE rollout_uid = ?)"


def _order(order: str, descending: bool) -> str:
    if order not in _ORDERS:
        raise UsageError(f"items cannot be ordered by {order!r}; choose {', '.join(_ORDERS)}")
    direction = "DESC" if descending else "ASC"
    return ", ".join([*(f"{column} {direction}" for column in _ORDERS[order].split(", ")), "i.id"])


def _item_rows(conn: sqlite3.Connection, layers: Chain, rows: Sequence[sqlite3.Row]) -> list[ItemRow]:
    ids = [row["id"] for row in rows]
    tags = _grouped_tags(conn, layers, ids)
    sources: dict[int, list[ItemSource]] = {}
    for found in select_in(conn, "SELECT * FROM item_source WHERE item IN ({}) ORDER BY id", ids):
        sources.setdefault(found["item"], []).append(source_record(found))
    return [_item_row(row, tuple(tags.get(row["id"], ())), tuple(sources.get(row["id"], ()))) for row in rows]


def _grouped_tags(conn: sqlite3.Connection, layers: Chain, ids: Sequence[int]) -> dict[int, list[str]]:
    query, params = visible("item_tag", layers)
    tags: dict[int, list[str]] = {}
    wanted = "item IN (SELECT value FROM json_each(?))"
    rows = conn.execute(
        f"SELECT item, tag FROM ({query}) WHERE present AND {wanted} ORDER BY item, tag", [*params, json.dumps(ids)]
    )
    for found in rows:
        tags.setdefault(found["item"], []).append(found["tag"])
    return tags


def _item_row(row: sqlite3.Row, tags: tuple[str, ...], sources: tuple[ItemSource, ...]) -> ItemRow:
    return ItemRow(
        id=row["id"],
        uid=row["uid"],
        title=row["title"],
        description=row["description"],
        content=row["content"],
        state=row["state"],
        polarity=row["polarity"],
        tags=tags,
        sources=sources,
        used=row["used"],
        version=row["number"],
        experience_uid=row["euid"],
        task_key=row["task_key"],
        label_source=row["label_source"],
        mode=row["mode"],
        model=row["model"],
        simulated=bool(row["simulated"]),
        created_at=row["created_at"],
    )
