"""Writing experiences and items: the rows behind a bank."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rb_studio.records.item_text import ItemText, Renderable
from rb_studio.records.memory import Experience, MemoryItem
from rb_studio.store import blobs
from rb_studio.store.rows import dump, insert, insert_many, now
from rb_studio.store.vectors import item_embedding_text

if TYPE_CHECKING:
    from sqlite_utils import Database

# Scripts written without spaces (and Hangul): words cannot be told apart, so substrings are searched.
SPACELESS = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff"
    "\uff66-\uff9f\U00020000-\U0003ffff]"
)

_ITEM = (
    "id",
    "uid",
    "bank",
    "experience",
    "polarity",
    "label_source",
    "mode",
    "model",
    "prompt_hash",
    "simulated",
    "created_at",
)
VERSION_COLUMNS = ("item", "bank", "number", "title", "description", "content", "text_hash", "spaceless", "op_from")


def add_experience(db: "Database", bank_id: int, op: int, experience: Experience, *, run: int | None = None) -> int:
    """Add an experience (without its items) and return its id."""
    row = {
        "uid": experience.uid,
        "bank": bank_id,
        "op": op,
        "run": run,
        "task_key": experience.task_key,
        "task_text": experience.task_text,
        "text_hash": blobs.content_hash(experience.task_text),
        "template": experience.template,
        "site": experience.site,
        "label": experience.label,
        "kind": experience.kind,
        "rollouts": dump(experience.rollout_uids),
        "raw": blobs.put(db, experience.raw) if experience.raw else None,
    }
    found = insert(db, "experience", row)
    show_experience(db, bank_id, op, found)
    return found


def show_experience(db: "Database", bank_id: int, op: int, experience_id: int) -> None:
    """Make an experience part of the bank from an operation on."""
    insert(db, "experience_presence", {"experience": experience_id, "bank": bank_id, "op_from": op})


def add_items(db: "Database", bank_id: int, op: int, items: Sequence[tuple[int, MemoryItem]]) -> tuple[int, ...]:
    """Add items to experiences (given by id) of a bank; returns their ids in order."""
    first = int(db.execute("SELECT coalesce(max(id), 0) + 1 FROM memory_item").fetchone()[0])
    ids = range(first, first + len(items))
    at = now()
    insert_many(db, "memory_item", _ITEM, (_item_row(i, bank_id, e, item, at) for i, (e, item) in _each(ids, items)))
    insert_many(
        db,
        "item_version",
        VERSION_COLUMNS,
        (version_row(i, bank_id, 1, item, op) for i, (_, item) in _each(ids, items)),
    )
    insert_many(
        db,
        "item_state",
        ("item", "bank", "state", "op_from"),
        ((i, bank_id, str(item.state), op) for i, (_, item) in _each(ids, items)),
    )
    insert_many(
        db,
        "item_tag",
        ("item", "bank", "tag", "present", "op_from"),
        ((i, bank_id, tag, 1, op) for i, (_, item) in _each(ids, items) for tag in dict.fromkeys(item.tags)),
    )
    insert_many(
        db,
        "item_source",
        ("item", "rollout_uid", "steps", "status", "verdict_uid"),
        (
            (i, source.rollout_uid, dump(source.steps), source.status, source.verdict_uid)
            for i, (_, item) in _each(ids, items)
            for source in item.sources
        ),
    )
    return tuple(ids)


def add_version(db: "Database", bank_id: int, op: int, item_id: int, text: ItemText | Renderable) -> None:
    """Open a new version of an item's texts; the caller has closed the one before."""
    add_versions(db, bank_id, op, {item_id: text})


def add_versions(db: "Database", bank_id: int, op: int, texts: Mapping[int, ItemText | Renderable]) -> None:
    """Open new versions of many items' texts, by item id; the caller has closed those before."""
    rows = db.execute(
        "SELECT item, max(number) FROM item_version WHERE item IN (SELECT value FROM json_each(?)) GROUP BY item",
        (dump(list(texts)),),
    )
    last = {row[0]: row[1] for row in rows}
    versions = (version_row(item, bank_id, last.get(item, 0) + 1, text, op) for item, text in texts.items())
    insert_many(db, "item_version", VERSION_COLUMNS, versions)


def _each(ids: range, items: Sequence[tuple[int, MemoryItem]]) -> Iterable[tuple[int, tuple[int, MemoryItem]]]:
    return zip(ids, items, strict=True)


def _item_row(item_id: int, bank_id: int, experience: int, item: MemoryItem, at: str) -> tuple[Any, ...]:
    return (
        item_id,
        item.uid,
        bank_id,
        experience,
        item.polarity,
        item.label_source,
        item.mode,
        item.model,
        item.prompt_hash,
        int(item.simulated),
        at,
    )


def version_row(item_id: int, bank_id: int, number: int, text: Renderable, op: int) -> tuple[Any, ...]:
    """A version of an item's texts as a row of `VERSION_COLUMNS`."""
    embedded = item_embedding_text(text.title, text.description, text.content)
    hashed = blobs.content_hash(embedded)
    spaceless = int(bool(SPACELESS.search(embedded)))
    return (item_id, bank_id, number, text.title, text.description, text.content, hashed, spaceless, op)
