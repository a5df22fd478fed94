"""Curation of a bank: named, journalled operations of the scope `memories`, each undoable."""

import json
import sqlite3
from collections.abc import Iterable, Sequence, Sized
from dataclasses import replace
from typing import TYPE_CHECKING

from rb_studio.records.errors import UsageError
from rb_studio.records.identity import uid
from rb_studio.records.item_text import ItemText
from rb_studio.records.memory import Experience, ItemState, MemoryItem
from rb_studio.store import items, temporal
from rb_studio.store.banks import bank
from rb_studio.store.changes import ChangeRecord
from rb_studio.store.memory_rows import add_experience, add_items, add_version
from rb_studio.store.operations import begin
from rb_studio.store.rows import clean, insert_many
from rb_studio.store.snapshots import point

if TYPE_CHECKING:
    from sqlite_utils import Database

SCOPE = "memories"


def add_item(
    db: "Database",
    bank_id: int,
    item: MemoryItem,
    *,
    task_text: str = "",
    experience_uid: str | None = None,
    who: str = "user",
    reason: str = "",
) -> ChangeRecord:
    """Add an item to an experience of the bank, or to a new one keyed by `task_text`.

    Without `task_text` the new experience is keyed by the item's title and description. Raises UsageError
    for an unknown experience, an empty item, or a uid the bank has already.
    """
    refuse_empty(item.title, item.description, item.content)
    if db.execute("SELECT 1 FROM memory_item WHERE bank = ? AND uid = ?", (bank_id, item.uid)).fetchone():
        raise UsageError(f"the bank has an item {item.uid} already: edit that one, or give the new item another uid")
    known = None if experience_uid is None else _experience_id(db, bank_id, experience_uid)
    label = f"Add memory “{short(item.title)}”"
    op = begin(db, SCOPE, label, who=who, reason=reason, bank=bank_id, forward={"add": item.uid})
    if known is None:
        known = add_experience(db, bank_id, op, _hand_written(item, task_text))
    ids = add_items(db, bank_id, op, [(known, item)])
    tables = ("memory_item", "item_version", "item_state", "item_tag")
    return ChangeRecord(label, who, tables, {"memory_item": ids, "experience": (known,)}, op)


def edit_item(
    db: "Database", bank_id: int, item_id: int, text: ItemText, *, who: str = "user", reason: str = ""
) -> ChangeRecord:
    """Give an item a new version of its texts; the same texts again change nothing. Raises UsageError."""
    refuse_empty(text.title, text.description, text.content)
    old = items.item(db.conn, bank_id, item_id)
    label = f"Edit memory “{short(text.title)}”"
    if (old.title, old.description, old.content) == tuple(map(clean, (text.title, text.description, text.content))):
        return ChangeRecord(label, who)
    op = begin(db, SCOPE, label, who=who, reason=reason, bank=bank_id, forward={"edit": item_id})
    temporal.end(db, "item_version", bank_id, [item_id], op)
    add_version(db, bank_id, op, item_id, text)
    return ChangeRecord(label, who, ("item_version",), {"memory_item": (item_id,)}, op)


def set_state(
    db: "Database",
    bank_id: int,
    item_ids: Iterable[int],
    state: ItemState,
    *,
    who: str = "user",
    reason: str = "",
) -> ChangeRecord:
    """Put many items into one state; those already there stay untouched. Raises UsageError."""
    wanted = _visible_ids(db, bank_id, item_ids)
    query, params = temporal.visible("item_state", temporal.chain(db.conn, bank_id))
    rows = db.execute(
        f"SELECT item FROM ({query}) WHERE state <> ? AND item IN (SELECT value FROM json_each(?)) ORDER BY item",
        [*params, str(state), json.dumps(wanted)],
    )
    changed = tuple(row[0] for row in rows)
    label = f"Set {count(changed)} to {state}"
    if not changed:
        return ChangeRecord(label, who)
    op = begin(db, SCOPE, label, who=who, reason=reason, bank=bank_id, forward={"state": str(state), "n": len(changed)})
    put_state(db, bank_id, changed, state, op)
    return ChangeRecord(label, who, ("item_state",), {"memory_item": changed}, op)


def put_state(db: "Database", bank_id: int, item_ids: Sequence[int], state: ItemState, op: int) -> None:
    """As part of an operation, give items a state they do not have yet."""
    temporal.end(db, "item_state", bank_id, item_ids, op)
    db.execute(
        "INSERT INTO item_state (item, bank, state, op_from) SELECT value, ?, ?, ? FROM json_each(?)",
        (bank_id, str(state), op, json.dumps(item_ids)),
    )


def add_tag(
    db: "Database", bank_id: int, item_ids: Iterable[int], tag: str, *, who: str = "user", reason: str = ""
) -> ChangeRecord:
    """Tag many items. Raises UsageError."""
    return _set_tag(db, bank_id, item_ids, tag, True, who, reason)


def remove_tag(
    db: "Database", bank_id: int, item_ids: Iterable[int], tag: str, *, who: str = "user", reason: str = ""
) -> ChangeRecord:
    """Take a tag off many items. Raises UsageError."""
    return _set_tag(db, bank_id, item_ids, tag, False, who, reason)


def merge_items(
    db: "Database",
    bank_id: int,
    item_ids: Sequence[int],
    text: ItemText,
    *,
    polarity: str | None = None,
    label_source: str | None = None,
    tags: Iterable[str] | None = None,
    task_of: int | None = None,
    apart: Sequence[int] = (),
    who: str = "user",
    reason: str = "",
) -> ChangeRecord:
    """One active item out of several: tags and provenance united, the originals archived and linked to it.

    What is not given is taken from the originals: a polarity and a label they all agree on, all their tags, the
    experience of the first. `task_of` is the original whose experience (the task it is retrieved by) the new item
    belongs to. Items `apart` were looked at with them and are no duplicates of them, nor of each other.
    `ids["memory_item"][0]` is the new item's id. Raises UsageError for fewer than two items or an empty text.
    """
    refuse_empty(text.title, text.description, text.content)
    wanted = list(dict.fromkeys(item_ids))
    _refuse_merge(wanted, task_of, apart)
    originals = [items.item(db.conn, bank_id, item_id) for item_id in wanted]
    pairs = _new_pairs(db, bank_id, wanted, _visible_ids(db, bank_id, apart))
    label = f"Merge {count(wanted)} into “{short(text.title)}”"
    op = begin(db, SCOPE, label, who=who, reason=reason, bank=bank_id, forward={"merge": wanted})
    merged = _merged(originals, text, op)
    if tags is not None:
        merged = replace(merged, tags=tuple(dict.fromkeys(filter(None, map(str.strip, tags)))))
    if polarity is not None:
        merged = replace(merged, polarity=polarity)
    if label_source is not None:
        merged = replace(merged, label_source=label_source)
    home = wanted[0] if task_of is None else task_of
    row = db.execute("SELECT experience FROM memory_item WHERE id = ?", (home,)).fetchone()
    made = add_items(db, bank_id, op, [(row[0], merged)])[0]
    put_state(db, bank_id, [row.id for row in originals if row.state != ItemState.ARCHIVED], ItemState.ARCHIVED, op)
    lines = ((original, bank_id, "merged_into", made, op) for original in wanted)
    insert_many(db, "item_lineage", ("item", "bank", "kind", "other", "op_from"), lines)
    _put_apart(db, bank_id, pairs, op)
    tables = ("memory_item", "item_version", "item_state", "item_tag", "item_lineage")
    return ChangeRecord(label, who, tables, {"memory_item": (made, *wanted)}, op)


def mark_distinct(
    db: "Database", bank_id: int, item_ids: Sequence[int], *, who: str = "user", reason: str = ""
) -> ChangeRecord:
    """Remember that these items are no duplicates of each other. Raises UsageError."""
    wanted = _visible_ids(db, bank_id, item_ids)
    pairs = _new_pairs(db, bank_id, (), wanted)
    label = f"Keep {count(wanted)} apart"
    if not pairs:
        return ChangeRecord(label, who)
    op = begin(db, SCOPE, label, who=who, reason=reason, bank=bank_id, forward={"distinct": wanted})
    _put_apart(db, bank_id, pairs, op)
    return ChangeRecord(label, who, ("not_duplicate",), {"memory_item": tuple(wanted)}, op)


def forget_distinct(
    db: "Database", bank_id: int, item_ids: Sequence[int], *, who: str = "user", reason: str = ""
) -> ChangeRecord:
    """Take back that these items are no duplicates of each other, so that they may be told of as such again.

    Raises UsageError where the bank this one was forked from keeps them apart: a fork cannot forget that.
    """
    wanted = _visible_ids(db, bank_id, item_ids)
    pairs = [(a, b) for a, b in sorted(distinct_pairs(db.conn, bank_id)) if a in wanted and b in wanted]
    label = f"Keep {count(wanted)} apart no longer"
    if not pairs:
        return ChangeRecord(label, who)
    _refuse_inherited(db, bank_id, pairs)
    op = begin(db, SCOPE, label, who=who, reason=reason, bank=bank_id, forward={"together": wanted})
    db.conn.executemany(
        "UPDATE not_duplicate SET op_to = ? WHERE bank = ? AND item = ? AND other = ? AND op_to IS NULL",
        [(op, bank_id, *pair) for pair in pairs],
    )
    return ChangeRecord(label, who, ("not_duplicate",), {"memory_item": tuple(wanted)}, op)


def _refuse_inherited(db: "Database", bank_id: int, pairs: Sequence[tuple[int, int]]) -> None:
    own = set(
        map(tuple, db.execute("SELECT item, other FROM not_duplicate WHERE bank = ? AND op_to IS NULL", (bank_id,)))
    )
    other = next((pair for pair in pairs if pair not in own), None)
    if other is not None:
        raise UsageError(
            f"memory items {other[0]} and {other[1]} are kept apart by the bank this one was forked from, which a fork "
            "cannot take back"
        )


def distinct_pairs(conn: sqlite3.Connection, bank_id: int) -> set[tuple[int, int]]:
    """Pairs of items (smaller id first) that were marked as no duplicates."""
    query, params = temporal.visible("not_duplicate", temporal.chain(conn, bank_id))
    return {(row[0], row[1]) for row in conn.execute(f"SELECT item, other FROM ({query})", params)}


def _new_pairs(db: "Database", bank_id: int, merged: Sequence[int], apart: Sequence[int]) -> list[tuple[int, int]]:
    """Pairs not marked yet: of the items apart among themselves and with the merged ones, smaller id first."""
    if not apart:
        return []
    known = distinct_pairs(db.conn, bank_id)
    pairs = {(min(a, b), max(a, b)) for a in apart for b in (*apart, *merged) if a != b}
    return sorted(pairs - known)


def _put_apart(db: "Database", bank_id: int, pairs: Iterable[tuple[int, int]], op: int) -> None:
    insert_many(db, "not_duplicate", ("item", "bank", "other", "op_from"), ((a, bank_id, b, op) for a, b in pairs))


def _refuse_merge(wanted: Sequence[int], task_of: int | None, apart: Sequence[int]) -> None:
    if len(wanted) < 2:
        raise UsageError("merging needs at least two different items: name more of them")
    if task_of is not None and task_of not in wanted:
        raise UsageError(f"memory item {task_of} is none of those merged: take the task of one of them")
    if set(wanted) & set(apart):
        raise UsageError("an item cannot be merged and kept apart at once: leave it out of one of the two")


def rollback(db: "Database", bank_id: int, name: str, *, who: str = "user", reason: str = "") -> ChangeRecord:
    """Make the bank what it was at a snapshot (or at `#` and an operation's number); the history stays.

    Raises UsageError.
    """
    at_operation = point(db.conn, bank_id, name)
    label = f"Roll {bank(db.conn, bank_id).name} back to {name}"
    op = begin(db, SCOPE, label, who=who, reason=reason, bank=bank_id, forward={"rollback": at_operation})
    tables = temporal.restore(db, bank_id, at_operation, op)
    changed = temporal.items_changed_by(db.conn, op)
    return ChangeRecord(label, who, tables, {"memory_item": changed} if changed else {}, op)


def _set_tag(
    db: "Database", bank_id: int, item_ids: Iterable[int], tag: str, present: bool, who: str, reason: str
) -> ChangeRecord:
    tag = clean(tag.strip())
    if not tag:
        raise UsageError("a tag needs a name")
    wanted = _visible_ids(db, bank_id, item_ids)
    layers = temporal.chain(db.conn, bank_id)
    query, params = temporal.visible("item_tag", layers)
    tagged = {row[0] for row in db.execute(f"SELECT item FROM ({query}) WHERE tag = ? AND present", [*params, tag])}
    changed = tuple(item for item in wanted if (item in tagged) != present)
    label = f"{'Tag' if present else 'Untag'} {count(changed)} {'as' if present else 'from'} “{tag}”"
    if not changed:
        return ChangeRecord(label, who)
    op = begin(db, SCOPE, label, who=who, reason=reason, bank=bank_id, forward={"tag": tag, "present": present})
    temporal.end(db, "item_tag", bank_id, changed, op, tag=tag)
    inherited = {row[0] for row in db.execute(f"SELECT item FROM ({query}) WHERE tag = ? AND present", [*params, tag])}
    opened = changed if present else tuple(item for item in changed if item in inherited)
    insert_many(
        db,
        "item_tag",
        ("item", "bank", "tag", "present", "op_from"),
        ((item, bank_id, tag, int(present), op) for item in opened),
    )
    return ChangeRecord(label, who, ("item_tag",), {"memory_item": changed}, op)


def _visible_ids(db: "Database", bank_id: int, item_ids: Iterable[int]) -> list[int]:
    """The ids in order, each once. Raises UsageError when the bank does not show one of them."""
    wanted = list(dict.fromkeys(item_ids))
    query, params = temporal.visible("item_version", temporal.chain(db.conn, bank_id))
    rows = db.execute(
        f"SELECT item FROM ({query}) WHERE item IN (SELECT value FROM json_each(?))", [*params, json.dumps(wanted)]
    )
    known = {row[0] for row in rows}
    missing = [item for item in wanted if item not in known]
    if missing:
        raise UsageError(f"this bank has no memory item {missing[0]}: list the items to see their ids")
    return wanted


def _experience_id(db: "Database", bank_id: int, experience_uid: str) -> int:
    query, params = temporal.visible("experience_presence", temporal.chain(db.conn, bank_id))
    row = db.execute(
        f"SELECT e.id FROM ({query}) p JOIN experience e ON e.id = p.experience WHERE e.uid = ?",
        [*params, experience_uid],
    ).fetchone()
    if row is None:
        raise UsageError(f"this bank has no experience {experience_uid}: add the item without one")
    return int(row[0])


def _hand_written(item: MemoryItem, task_text: str) -> Experience:
    text = task_text.strip() or f"{item.title}. {item.description}".strip()
    return Experience(uid("hand", item.uid), "", text, (), kind="hand")


def _merged(originals: Sequence[items.ItemRow], text: ItemText, op: int) -> MemoryItem:
    sources = dict.fromkeys(source for row in originals for source in row.sources)
    tags = dict.fromkeys(tag for row in originals for tag in row.tags)
    return MemoryItem(
        uid=uid("merge", op, *(row.uid for row in originals)),
        title=text.title,
        description=text.description,
        content=text.content,
        polarity=_shared(row.polarity for row in originals),
        tags=tuple(sorted(tags)),
        sources=tuple(sources),
        label_source=_shared(row.label_source for row in originals),
        mode=originals[0].mode,
        model=_shared(row.model for row in originals),
        simulated=any(row.simulated for row in originals),
    )


def _shared(values: Iterable[str]) -> str:
    """The value all agree on, else nothing."""
    different = set(values)
    return different.pop() if len(different) == 1 else ""


def refuse_empty(title: str, description: str, content: str) -> None:
    """Raises UsageError for texts that make no item."""
    if not title.strip() or not (description.strip() or content.strip()):
        raise UsageError("a memory item needs a title and a description or content: write both")


def short(text: str) -> str:
    """A title as the history quotes it."""
    return text if len(text) <= 40 else text[:39] + "…"


def count(things: Sized) -> str:
    """`1 memory`, `2 memories`."""
    return "1 memory" if len(things) == 1 else f"{len(things):,} memories"
