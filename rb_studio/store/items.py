"""Reading memory items: lists, single items, history."""

import sqlite3
from dataclasses import dataclass

from rb_studio.records.memory import ItemSource


@dataclass(frozen=True, slots=True)
class ItemFilter:
    """Which items; every given part must hold.

    `text` is a substring of title, description or content. `source` is `hand`, `import`, `run`, or the
    uid of a rollout. `ids` restricts to rows. Items in state deleted show only when `states` names it.
    """

    states: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    text: str = ""
    polarity: str | None = None
    source: str | None = None
    ids: tuple[int, ...] | None = None


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


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One change of an item: `kind` is text, state, tag or lineage; `detail` says what it became."""

    operation: int
    at: str
    label: str
    who: str
    reason: str
    kind: str
    detail: str
    version: int | None = None
    title: str = ""
    description: str = ""
    content: str = ""


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
    """Items of a bank; `order` is id, title, state, polarity, used or version."""
    raise NotImplementedError


def item_ids(conn: sqlite3.Connection, bank_id: int, where: ItemFilter | None = None) -> list[int]:
    """Ids of all matching items, for "act on all N matching"."""
    raise NotImplementedError


def item(conn: sqlite3.Connection, bank_id: int, item_id: int) -> ItemRow:
    """One item by id. Raises UsageError when the bank has none of that id."""
    raise NotImplementedError


def item_by_uid(conn: sqlite3.Connection, bank_id: int, uid: str) -> ItemRow:
    """One item by uid. Raises UsageError."""
    raise NotImplementedError


def find_item(conn: sqlite3.Connection, bank_id: int, reference: str) -> ItemRow:
    """One item by its id, its uid or an unambiguous beginning of the uid. Raises UsageError."""
    raise NotImplementedError


def history(conn: sqlite3.Connection, item_id: int) -> list[HistoryEntry]:
    """Everything that happened to an item, oldest first: texts, states, tags, who, why, when."""
    raise NotImplementedError
