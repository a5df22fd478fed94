"""Curation of a bank: named, journalled operations of the scope `memories`, each undoable."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rb_studio.records.item_text import ItemText
from rb_studio.records.memory import Experience, ItemState, MemoryItem
from rb_studio.store.changes import ChangeRecord

if TYPE_CHECKING:
    from sqlite_utils import Database


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

    Without `task_text` the new experience is keyed by the item's title and description.
    """
    raise NotImplementedError


def import_items(
    db: "Database", bank_id: int, experiences: Sequence[Experience], *, who: str = "user", reason: str = ""
) -> ChangeRecord:
    """Add many experiences with their items; those whose uid the bank has already are updated."""
    raise NotImplementedError


def edit_item(
    db: "Database", bank_id: int, item_id: int, text: ItemText, *, who: str = "user", reason: str = ""
) -> ChangeRecord:
    """Give an item a new version of its texts."""
    raise NotImplementedError


def set_state(
    db: "Database",
    bank_id: int,
    item_ids: Iterable[int],
    state: ItemState,
    *,
    who: str = "user",
    reason: str = "",
) -> ChangeRecord:
    """Put many items into one state."""
    raise NotImplementedError


def add_tag(
    db: "Database", bank_id: int, item_ids: Iterable[int], tag: str, *, who: str = "user", reason: str = ""
) -> ChangeRecord:
    """Tag many items."""
    raise NotImplementedError


def remove_tag(
    db: "Database", bank_id: int, item_ids: Iterable[int], tag: str, *, who: str = "user", reason: str = ""
) -> ChangeRecord:
    """Take a tag off many items."""
    raise NotImplementedError


def merge_items(
    db: "Database", bank_id: int, item_ids: Sequence[int], text: ItemText, *, who: str = "user", reason: str = ""
) -> ChangeRecord:
    """One active item out of several: tags and provenance united, the originals archived.

    The new item belongs to the first original's experience; `ids["memory_item"][0]` is its id.
    """
    raise NotImplementedError


def mark_distinct(
    db: "Database", bank_id: int, item_ids: Sequence[int], *, who: str = "user", reason: str = ""
) -> ChangeRecord:
    """Remember that these items are no duplicates of each other."""
    raise NotImplementedError


def rollback(db: "Database", bank_id: int, snapshot: str, *, who: str = "user", reason: str = "") -> ChangeRecord:
    """Make the bank what it was at a snapshot; what came after stays in the history."""
    raise NotImplementedError
