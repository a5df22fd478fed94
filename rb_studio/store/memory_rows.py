"""Writing experiences and items: the rows behind a bank."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from rb_studio.records.item_text import ItemText, Renderable
from rb_studio.records.memory import Experience, MemoryItem
from rb_studio.store import blobs
from rb_studio.store.rows import clean, cleaned, dump, insert, insert_many, load, now
from rb_studio.store.sheet import Sheet
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
    "bank",
    "experience",
    "created_at",
    "uid",
    "polarity",
    "label_source",
    "mode",
    "model",
    "prompt_hash",
    "simulated",
)
_PRESENCE = ("experience", "bank", "op_from")
VERSION_COLUMNS = ("item", "bank", "number", "title", "description", "content", "text_hash", "spaceless", "op_from")


def add_experience(db: "Database", bank_id: int, op: int, experience: Experience, *, run: int | None = None) -> int:
    """Add an experience (without its items) and return its id."""
    sheet = Sheet(db)
    found = put_experience(sheet, bank_id, op, experience, run=run)
    sheet.write()
    return found


def put_experience(sheet: Sheet, bank_id: int, op: int, experience: Experience, *, run: int | None) -> int:
    """As `add_experience`, to be written with other rows."""
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
        "other_tasks": dump(experience.other_tasks),
        "raw": blobs.put(sheet.db, experience.raw) if experience.raw else None,
    }
    found = sheet.add_row("experience", row)
    sheet.add("experience_presence", _PRESENCE, [(found, bank_id, op)])
    return found


def add_other_tasks(db: "Database", told: Mapping[int, Iterable[str]]) -> None:
    """Further tasks that experiences, by id, were learned at; none that is known is taken away."""
    for experience, keys in told.items():
        known = load(db.execute("SELECT other_tasks FROM experience WHERE id = ?", (experience,)).fetchone()[0])
        united = sorted({*known, *map(clean, keys)})
        if united != known:
            db.execute("UPDATE experience SET other_tasks = ? WHERE id = ?", (dump(united), experience))


def show_experience(db: "Database", bank_id: int, op: int, experience_id: int) -> None:
    """Make an experience part of the bank from an operation on."""
    insert(db, "experience_presence", dict(zip(_PRESENCE, (experience_id, bank_id, op), strict=True)))


def add_items(db: "Database", bank_id: int, op: int, items: Sequence[tuple[int, MemoryItem]]) -> tuple[int, ...]:
    """Add items to experiences (given by id) of a bank; returns their ids in order."""
    sheet = Sheet(db)
    ids = put_items(sheet, bank_id, op, [experience for experience, _ in items], pack_items(i for _, i in items))
    sheet.write()
    return ids


class PackedItems(NamedTuple):
    """New items as rows; versions stand in their order, and states, tags and sources name an item by its place."""

    items: tuple[tuple[Any, ...], ...]
    versions: tuple[tuple[Any, ...], ...]
    states: tuple[tuple[Any, ...], ...]
    tags: tuple[tuple[Any, ...], ...]
    sources: tuple[tuple[Any, ...], ...]


def pack_items(items: Iterable[MemoryItem]) -> PackedItems:
    """Items made ready to be added."""
    found = list(items)
    return PackedItems(
        tuple(cleaned(_item_row(item)) for item in found),
        tuple(cleaned(_version_values(item)) for item in found),
        tuple((str(item.state),) for item in found),
        tuple((place, clean(tag)) for place, item in enumerate(found) for tag in dict.fromkeys(item.tags)),
        tuple(
            (place, *cleaned((source.rollout_uid, dump(source.steps), source.status, source.verdict_uid)))
            for place, item in enumerate(found)
            for source in item.sources
        ),
    )


def put_items(sheet: Sheet, bank_id: int, op: int, experiences: Sequence[int], packed: PackedItems) -> tuple[int, ...]:
    """As `add_items`, to be written with other rows; `experiences` holds the one of each item."""
    ids, at = sheet.ids("memory_item", len(packed.items)), now()
    rows = zip(ids, experiences, packed.items, strict=True)
    sheet.add("memory_item", _ITEM, [(i, bank_id, experience, at, *row) for i, experience, row in rows])
    versions = [(i, bank_id, 1, *row, op) for i, row in zip(ids, packed.versions, strict=True)]
    sheet.add("item_version", VERSION_COLUMNS, versions)
    states = [(i, bank_id, op, *row) for i, row in zip(ids, packed.states, strict=True)]
    sheet.add("item_state", ("item", "bank", "op_from", "state"), states)
    tags = [(ids[place], bank_id, op, 1, tag) for place, tag in packed.tags]
    sheet.add("item_tag", ("item", "bank", "op_from", "present", "tag"), tags)
    sources = [(ids[place], *row) for place, *row in packed.sources]
    sheet.add("item_source", ("item", "rollout_uid", "steps", "status", "verdict_uid"), sources)
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


def _item_row(item: MemoryItem) -> tuple[Any, ...]:
    return (
        item.uid,
        item.polarity,
        item.label_source,
        item.mode,
        item.model,
        item.prompt_hash,
        int(item.simulated),
    )


def version_row(item_id: int, bank_id: int, number: int, text: Renderable, op: int) -> tuple[Any, ...]:
    """A version of an item's texts as a row of `VERSION_COLUMNS`."""
    return (item_id, bank_id, number, *_version_values(text), op)


def _version_values(text: Renderable) -> tuple[Any, ...]:
    embedded = item_embedding_text(text.title, text.description, text.content)
    hashed = blobs.content_hash(embedded)
    return text.title, text.description, text.content, hashed, int(bool(SPACELESS.search(embedded)))
