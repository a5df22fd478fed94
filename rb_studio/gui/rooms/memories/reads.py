"""What the room reads from a workspace: plain functions of a connection."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial

from rb_studio.gui.rooms.memories.drafts import Key
from rb_studio.jobs.own_bank import USERS_BANK, default_bank
from rb_studio.method.prompts import PromptSet
from rb_studio.records.memory import Experience, ItemState, MemoryItem
from rb_studio.store import banks, prompts
from rb_studio.store.curation import SCOPE
from rb_studio.store.first_page import first_page
from rb_studio.store.item_history import HistoryEntry, history_in_bank
from rb_studio.store.items import ItemFilter, ItemRow, list_items
from rb_studio.store.memory_reads import experience_record, items_of
from rb_studio.store.temporal import chain, visible

EVERY_STATE = tuple(ItemState)
SWEPT = "sweep "


@dataclass(frozen=True, slots=True)
class BankChoice:
    """A bank to choose; `swept` ones were made by a sweep and stand behind the others.

    `items` is None until they were counted.
    """

    id: int
    name: str
    items: int | None
    swept: bool


@dataclass(frozen=True, slots=True)
class BankChoices:
    """The banks in the order they are offered, and the one to begin with."""

    banks: tuple[BankChoice, ...]
    preferred: int | None


@dataclass(frozen=True, slots=True)
class Found:
    """Ids of matching items in order.

    `likeness` has cosines by id, `unembedded` counts items without a vector of `embedder`, `others` are the models
    whose vectors the items do have. Of a meaning, `among` are the items compared. `rows` are those of the first ids;
    `whole` is False where more ids are to come.
    """

    ids: list[int]
    likeness: dict[int, float] | None = None
    unembedded: int = 0
    embedder: str = ""
    others: tuple[str, ...] = ()
    among: int = 0
    rows: dict[int, ItemRow] = field(default_factory=dict)
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Detail:
    """One item with what it belongs to.

    `render` makes the injected block of items by the workspace's prompts; `given_to` are the rollouts the item was
    injected into.
    """

    row: ItemRow
    experience: Experience
    render: Callable[[Sequence[MemoryItem]], str]
    given_to: tuple[str, ...]
    history: tuple[HistoryEntry, ...]


def bank_choices(conn: sqlite3.Connection) -> BankChoices:
    """The user's own bank first, then others newest first, banks of sweeps last."""
    found = [BankChoice(row.id, row.name, None, row.name.startswith(SWEPT)) for row in banks.banks(conn)]
    found.sort(key=lambda one: (one.swept, one.name != USERS_BANK, one.id if one.swept else -one.id))
    preferred = default_bank(conn)
    return BankChoices(tuple(found), preferred.id if preferred else None)


def first(conn: sqlite3.Connection, bank_id: int, where: ItemFilter, order: str, descending: bool) -> Found:
    """Some of the first matching items, at once; the others are to come."""
    page = first_page(conn, bank_id, where, order=order, descending=descending)
    return Found([row.id for row in page], rows={row.id: row for row in page}, whole=False)


def rows(conn: sqlite3.Connection, bank_id: int, ids: Sequence[int]) -> dict[int, ItemRow]:
    """Items by id, whatever their state."""
    where = ItemFilter(states=EVERY_STATE, ids=tuple(ids))
    return {row.id: row for row in list_items(conn, bank_id, where)}


def detail(conn: sqlite3.Connection, bank_id: int, item_id: int) -> Detail | None:
    """All about one item; None where the bank does not show it (any more)."""
    from rb_studio.method.retrieve import memory_block

    found = rows(conn, bank_id, [item_id]).get(item_id)
    if found is None:
        return None
    return Detail(
        row=found,
        experience=_experience(conn, bank_id, item_id),
        render=partial(memory_block, prompts=PromptSet.with_overrides(prompts.prompt_texts(conn))),
        given_to=_given_to(conn, found.uid),
        history=tuple(reversed(history_in_bank(conn, bank_id, item_id))),
    )


def locate(conn: sqlite3.Connection, reference: int | str, bank_id: int | None) -> tuple[int, int] | None:
    """(bank, item id) of an item by id or uid; the given bank is looked in first, then the newest that has it."""
    column = "id" if isinstance(reference, int) else "uid"
    wanted = [row[0] for row in conn.execute(f"SELECT id FROM memory_item WHERE {column} = ?", (reference,))]
    order = [bank_id] if bank_id is not None else []
    order += [row.id for row in reversed(banks.banks(conn)) if row.id != bank_id]
    for bank in order if wanted else ():
        found = rows(conn, bank, wanted)
        if found:
            return bank, next(iter(found))
    return None


def uids_of(conn: sqlite3.Connection, keys: Iterable[Key]) -> dict[Key, str]:
    """Uids of the items that banks show, by bank and item; those that are gone are left out."""
    by_bank: dict[int, list[int]] = {row.id: [] for row in banks.banks(conn)}
    for key in keys:
        by_bank.get(key.bank, []).append(key.item)
    found = {bank: rows(conn, bank, ids) for bank, ids in by_bank.items() if ids}
    return {Key(bank, row.id): row.uid for bank, by_id in found.items() for row in by_id.values()}


def uids(conn: sqlite3.Connection, bank_id: int, ids: Iterable[int]) -> frozenset[str]:
    """Uids of items."""
    shown, params = visible("item_state", chain(conn, bank_id))
    found = conn.execute(
        "SELECT uid FROM memory_item WHERE id IN (SELECT value FROM json_each(?)) "
        f"AND id IN (SELECT item FROM ({shown}))",
        [json.dumps(list(ids)), *params],
    )
    return frozenset(row[0] for row in found)


def turned(conn: sqlite3.Connection, operation: int) -> str:
    """What an operation took back or did again, empty where it did something of its own."""
    row = conn.execute(
        "SELECT label FROM operation WHERE id = ? AND kind IN ('undo', 'redo') AND scope = ?", (operation, SCOPE)
    ).fetchone()
    return row["label"] if row else ""


def _experience(conn: sqlite3.Connection, bank_id: int, item_id: int) -> Experience:
    row = conn.execute(
        "SELECT e.* FROM memory_item i JOIN experience e ON e.id = i.experience WHERE i.id = ?", (item_id,)
    ).fetchone()
    items = tuple(one for _, one in items_of(conn, chain(conn, bank_id), row["id"]))
    return experience_record(row, items, "")


def _given_to(conn: sqlite3.Connection, uid: str) -> tuple[str, ...]:
    found = conn.execute(
        "SELECT DISTINCT r.uid FROM retrieval_item u JOIN retrieval_pair p ON p.id = u.pair "
        "JOIN retrieval_event e ON e.id = p.event JOIN rollout r ON r.run = e.run AND r.task_key = e.task_key "
        "WHERE u.item_uid = ? ORDER BY r.id",
        (uid,),
    )
    return tuple(row[0] for row in found)
