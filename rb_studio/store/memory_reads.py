"""Reading experiences and items as records, the way a bank shows them."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable

from rb_studio.records.memory import Experience, ItemSource, ItemState, MemoryItem
from rb_studio.store.rows import load
from rb_studio.store.temporal import Chain, visible


def experience_record(
    row: sqlite3.Row, items: tuple[MemoryItem, ...], raw: str, other_tasks: tuple[str, ...] = ()
) -> Experience:
    """An experience row with its items as a record."""
    return Experience(
        uid=row["uid"],
        task_key=row["task_key"],
        task_text=row["task_text"],
        items=items,
        rollout_uids=tuple(load(row["rollouts"])),
        template=row["template"],
        site=row["site"],
        label=row["label"],
        kind=row["kind"],
        raw=raw,
        other_tasks=other_tasks,
    )


def other_tasks(conn: sqlite3.Connection, layers: Chain) -> dict[int, tuple[str, ...]]:
    """Tasks beside its own that an experience was learned at, by its id.

    They are told by a file that it came in, or by its stored rollouts where it was learned outside a run.
    """
    found: defaultdict[int, list[str]] = defaultdict(list)
    rows = conn.execute(
        "WITH of_bank AS (SELECT * FROM experience WHERE bank IN (SELECT value FROM json_each(?))) "
        "SELECT e.id, r.task_key FROM of_bank e, json_each(e.rollouts) j JOIN rollout r ON r.uid = j.value "
        "WHERE e.run IS NULL AND json_array_length(e.rollouts) > 1 AND r.task_key <> e.task_key "
        "UNION SELECT e.id, j.value FROM of_bank e, json_each(e.other_tasks) j "
        "WHERE e.other_tasks <> '[]' AND j.value <> e.task_key ORDER BY 1, 2",
        (json.dumps([bank for bank, _ in layers]),),
    )
    for row in rows:
        found[row[0]].append(row[1])
    return {experience: tuple(keys) for experience, keys in found.items()}


def items_of(conn: sqlite3.Connection, layers: Chain, experience: int | None = None) -> list[tuple[int, MemoryItem]]:
    """(experience id, item) of a bank, by item id; of one experience where named."""
    states, state_params = visible("item_state", layers)
    texts, text_params = visible("item_version", layers)
    chosen = "" if experience is None else "WHERE i.experience = ?"
    rows = conn.execute(
        f"SELECT i.*, s.state, v.title, v.description, v.content FROM ({states}) s "
        f"JOIN memory_item i ON i.id = s.item JOIN ({texts}) v ON v.item = i.id {chosen} ORDER BY i.id",
        [*state_params, *text_params, *([] if experience is None else [experience])],
    ).fetchall()
    tags = tags_of(conn, layers, experience)
    sources = sources_of(conn, layers, experience)
    return [(row["experience"], _item(row, tags.get(row["id"], ()), sources.get(row["id"], ()))) for row in rows]


def row_ids(conn: sqlite3.Connection, table: str, layers: Chain, uids: Iterable[str]) -> dict[str, int]:
    """Row ids of experiences or memory items by uid; a nearer bank's row stands over a farther one's."""
    wanted = json.dumps(list(uids))
    found: dict[str, int] = {}
    for bank, _ in layers:
        rows = conn.execute(
            f"SELECT uid, id FROM {table} WHERE uid IN (SELECT value FROM json_each(?)) AND bank = ?", (wanted, bank)
        )
        for row in rows:
            found.setdefault(row[0], row[1])
    return found


def tags_of(conn: sqlite3.Connection, layers: Chain, experience: int | None = None) -> dict[int, tuple[str, ...]]:
    """Tags by item id, in alphabetical order; of one experience's items where named."""
    query, params = visible("item_tag", layers)
    chosen = "" if experience is None else "AND item IN (SELECT id FROM memory_item WHERE experience = ?)"
    params += [] if experience is None else [experience]
    found: defaultdict[int, list[str]] = defaultdict(list)
    for row in conn.execute(f"SELECT item, tag FROM ({query}) WHERE present {chosen} ORDER BY item, tag", params):
        found[row[0]].append(row[1])
    return {item: tuple(tags) for item, tags in found.items()}


def sources_of(
    conn: sqlite3.Connection, layers: Chain, experience: int | None = None
) -> dict[int, tuple[ItemSource, ...]]:
    """Provenance by item id, of a bank's items; of one experience's where named."""
    banks = json.dumps([bank for bank, _ in layers])
    chosen, params = (
        ("bank IN (SELECT value FROM json_each(?))", banks) if experience is None else ("experience = ?", experience)
    )
    query = f"SELECT * FROM item_source WHERE item IN (SELECT id FROM memory_item WHERE {chosen}) ORDER BY id"
    found: defaultdict[int, list[ItemSource]] = defaultdict(list)
    for row in conn.execute(query, (params,)):
        found[row["item"]].append(source_record(row))
    return {item: tuple(sources) for item, sources in found.items()}


def source_record(row: sqlite3.Row) -> ItemSource:
    """One provenance row as a record."""
    return ItemSource(row["rollout_uid"], tuple(load(row["steps"])), row["status"], row["verdict_uid"])


def _item(row: sqlite3.Row, tags: tuple[str, ...], sources: tuple[ItemSource, ...]) -> MemoryItem:
    return MemoryItem(
        uid=row["uid"],
        title=row["title"],
        description=row["description"],
        content=row["content"],
        polarity=row["polarity"],
        state=ItemState(row["state"]),
        tags=tags,
        sources=sources,
        label_source=row["label_source"],
        mode=row["mode"],
        model=row["model"],
        prompt_hash=row["prompt_hash"],
        simulated=bool(row["simulated"]),
    )
