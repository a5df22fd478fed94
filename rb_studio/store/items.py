"""Reading memory items: lists, single items, history."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from rb_studio.records.errors import UsageError
from rb_studio.records.memory import ItemSource
from rb_studio.store.item_filter import Effects, conditions
from rb_studio.store.item_filter import ItemFilter as ItemFilter
from rb_studio.store.lineage import used
from rb_studio.store.memory_reads import source_record
from rb_studio.store.rows import select_in
from rb_studio.store.temporal import Chain, Sql, chain, visible

_LONGEST_ID = 19
_SURE_BEGINNING = 8
ORDERS = {
    "id": ("i.id",),
    "title": ("v.title COLLATE NOCASE",),
    "state": ("s.state",),
    "polarity": ("i.polarity",),
    "used": ("used",),
    "version": ("v.number",),
    "created": ("i.created_at",),
    "description": ("v.description COLLATE NOCASE",),
    "tags": ("tags",),
    "task": (
        "e.task_key",
        "e.task_text",
    ),
    "mode": ("i.mode",),
    "model": ("i.model",),
    "label": ("i.label_source",),
    "run": ("coalesce(e.run, 0)",),
}
_ROW = (
    "i.*, s.state, v.*, e.uid AS euid, e.task_key, e.run, e.template, e.site, "
    "CASE WHEN v.number > 1 THEN (SELECT o.who FROM item_version w JOIN operation o ON o.id = w.op_from "
    "WHERE w.item = v.item AND w.number = v.number ORDER BY w.op_from LIMIT 1) ELSE '' END AS edited_by"
)


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One item as a bank shows it.

    `used` counts the retrievals that injected it or what was merged into it, `merged_from` the items it was made of.
    `edited_by` wrote the present texts, where they are not the first. `run`, `template` and `site` are those of its
    experience.
    """

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
    run: int | None = None
    template: str | None = None
    site: str | None = None
    edited_by: str = ""
    merged_from: int = 0


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
    effects: Effects | None = None,
) -> list[ItemRow]:
    """Items of a bank; `order` is one of `ORDERS`, `effects` what items did, by uid. Raises UsageError."""
    layers = chain(conn, bank_id, at_operation)
    columns, extra = _sorted_by(layers, order, _ROW, counted=True)
    query, params = matching(layers, where or ItemFilter(), columns, effects)
    params = [*extra, *params]
    if where is not None and where.ids is not None and order == "id":
        # SQLite, asked to sort, looks every id up among all of them: a page of rows took twenty times as long
        chosen = sorted(conn.execute(query, params), key=lambda row: int(row["id"]), reverse=descending)
        return _item_rows(conn, layers, chosen[offset:] if limit is None else chosen[offset : offset + limit])
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
    effects: Effects | None = None,
) -> list[int]:
    """Ids of all matching items, for "act on all N matching"."""
    layers = chain(conn, bank_id)
    columns, extra = _sorted_by(layers, order, "i.id", counted=order == "used")
    query, params = matching(layers, where or ItemFilter(), columns, effects)
    if where is not None and where.ids is not None and order == "id":
        return sorted((row[0] for row in conn.execute(query, params)), reverse=descending)
    return [row[0] for row in conn.execute(f"{query} ORDER BY {_order(order, descending)}", [*extra, *params])]


def item(conn: sqlite3.Connection, bank_id: int, item_id: int) -> ItemRow:
    """One item by id. Raises UsageError when the bank has none of that id."""
    return _one(conn, bank_id, [item_id], str(item_id))


def item_by_uid(conn: sqlite3.Connection, bank_id: int, uid: str) -> ItemRow:
    """One item by uid. Raises UsageError."""
    rows = conn.execute("SELECT id FROM memory_item WHERE uid = ?", (uid,))
    return _one(conn, bank_id, [row[0] for row in rows], uid)


def find_item(conn: sqlite3.Connection, bank_id: int, reference: str) -> ItemRow:
    """One item by its id, its uid or an unambiguous beginning of the uid. Raises UsageError.

    A short number is an id or a whole uid, never a beginning: a mistyped id must not name another item.
    """
    digits = reference.isascii() and reference.isdigit()
    if digits and len(reference) < _LONGEST_ID and (found := _among(conn, bank_id, [int(reference)])):
        return found[0]
    whole = [row[0] for row in conn.execute("SELECT id FROM memory_item WHERE uid = ?", (reference,))]
    if not reference or _among(conn, bank_id, whole) or (digits and len(reference) < _SURE_BEGINNING):
        return _one(conn, bank_id, whole, reference)
    rows = conn.execute("SELECT id FROM memory_item WHERE substr(uid, 1, ?) = ?", (len(reference), reference))
    return _one(conn, bank_id, [row[0] for row in rows], reference)


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


def matching(layers: Chain, where: ItemFilter, columns: str, effects: Effects | None = None) -> Sql:
    """A query for matching items: columns of item `i`, state `s`, texts `v` and experience `e`."""
    states, state_params = visible("item_state", layers)
    texts, text_params = visible("item_version", layers)
    condition, params = conditions(layers, where, effects)
    query = (
        f"SELECT {columns} FROM ({states}) s JOIN memory_item i ON i.id = s.item "
        f"JOIN ({texts}) v ON v.item = i.id JOIN experience e ON e.id = i.experience WHERE {condition}"
    )
    return query, [*state_params, *text_params, *params]


def _sorted_by(layers: Chain, order: str, columns: str, *, counted: bool) -> Sql:
    """The columns, with the uses where they are `counted`, and the tags as one text where they are sorted by."""
    params: list[object] = []
    if counted:
        uses, params = used(layers)
        columns += f", {uses} AS used"
    if order != "tags":
        return columns, params
    tags, tag_params = visible("item_tag", layers)
    inner = f"SELECT tag FROM ({tags}) WHERE item = i.id AND present ORDER BY tag"
    return f"{columns}, (SELECT group_concat(tag, ', ') FROM ({inner})) AS tags", [*params, *tag_params]


def _order(order: str, descending: bool) -> str:
    if order not in ORDERS:
        raise UsageError(f"items cannot be ordered by {order!r}; choose {', '.join(ORDERS)}")
    direction = "DESC" if descending else "ASC"
    return ", ".join([*(f"{column} {direction}" for column in ORDERS[order]), "i.id"])


def _item_rows(conn: sqlite3.Connection, layers: Chain, rows: Sequence[sqlite3.Row]) -> list[ItemRow]:
    ids = [row["id"] for row in rows]
    tags = _grouped_tags(conn, layers, ids)
    merged = _merged_from(conn, layers, ids)
    sources: dict[int, list[ItemSource]] = {}
    for found in select_in(conn, "SELECT * FROM item_source WHERE item IN ({}) ORDER BY id", ids):
        sources.setdefault(found["item"], []).append(source_record(found))
    return [
        _item_row(
            row, tuple(tags.get(row["id"], ())), tuple(sources.get(row["id"], ())), merged_from=merged.get(row["id"], 0)
        )
        for row in rows
    ]


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


def _merged_from(conn: sqlite3.Connection, layers: Chain, ids: Sequence[int]) -> dict[int, int]:
    query, params = visible("item_lineage", layers)
    rows = conn.execute(
        f"SELECT other, count(*) FROM ({query}) WHERE kind = 'merged_into' "
        "AND other IN (SELECT value FROM json_each(?)) GROUP BY other",
        [*params, json.dumps(ids)],
    )
    return {row[0]: row[1] for row in rows}


def _item_row(row: sqlite3.Row, tags: tuple[str, ...], sources: tuple[ItemSource, ...], *, merged_from: int) -> ItemRow:
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
        run=row["run"],
        template=row["template"],
        site=row["site"],
        edited_by=row["edited_by"] or "",
        merged_from=merged_from,
    )
