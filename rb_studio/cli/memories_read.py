"""Verbs of `memories` that read: list, show, history, diff."""

import argparse
import difflib
import sqlite3
from collections.abc import Sequence
from typing import Any

from rb_studio.cli.memories_bank import bank_list, chosen_bank, possible_bank
from rb_studio.cli.memories_show import history_json, history_table, item_json, item_page, items_table, short
from rb_studio.cli.output import Output, count
from rb_studio.jobs.effects import effects
from rb_studio.jobs.item_query import parse_query
from rb_studio.records.errors import UsageError
from rb_studio.records.item_text import render_item
from rb_studio.records.memory import ItemState
from rb_studio.store import banks, items
from rb_studio.store.difference import difference
from rb_studio.store.item_filter import Effects, asks_effects, both
from rb_studio.store.item_history import history_in_bank
from rb_studio.store.items import ItemFilter, ItemRow
from rb_studio.store.snapshots import point
from rb_studio.store.workspace import Workspace

CHANGES = ("added", "removed", "edited", "restated", "retagged")
NOW = "now"


def current_bank(conn: sqlite3.Connection, name: str | None) -> banks.BankRow:
    """The bank as it stands now; a snapshot can be listed and compared, no more."""
    bank, operation = chosen_bank(conn, name)
    if operation is not None:
        raise UsageError(f"{name} is a snapshot, which is only for listing: name the bank {bank.name!r} alone")
    return bank


def list_verb(workspace: Workspace, args: argparse.Namespace) -> Output:
    """Items of a bank that pass the query and the filters."""
    conn = workspace.reader()
    known = bank_list(conn)
    found = possible_bank(conn, getattr(args, "bank", None))
    if found is None:
        return Output({"bank": None, "banks": known, "items": [], "total": 0}, "no memory items yet")
    bank, operation = found
    where, limit = both(asked(args), item_filter(args)), getattr(args, "limit", None)
    did = known_effects(conn, bank.id, where)
    rows = items.list_items(conn, bank.id, where, at_operation=operation, limit=limit, effects=did)
    total = len(rows) if limit is None else len(_all_ids(conn, bank.id, where, operation, did))
    notes, shown = effect_notes(conn, bank.id, where), shown_effects(conn, bank.id, rows, args)
    data = {
        "bank": bank.name,
        "banks": known,
        "items": [item_json(row, shown.get(row.uid)) for row in rows],
        "total": total,
        "notes": notes,
    }
    ending = f"{count(total, 'item')} in bank {bank.name}"
    if len(rows) < total:
        ending += f", the first {len(rows)} shown"
    return Output(data, "\n".join([*([items_table(rows)] if rows else []), ending, *notes]))


def _all_ids(
    conn: sqlite3.Connection, bank_id: int, where: ItemFilter, operation: int | None, did: Effects
) -> list[int]:
    if operation is None:
        return items.item_ids(conn, bank_id, where, effects=did)
    return [row.id for row in items.list_items(conn, bank_id, where, at_operation=operation, effects=did)]


def asked(args: argparse.Namespace) -> ItemFilter:
    """The filter behind a query. Raises UsageError."""
    query = parse_query(" ".join(getattr(args, "given", ())))
    if query.meaning or query.sim:
        raise UsageError("a list goes by words and fields: use `memories search` for a meaning")
    return query.where


def known_effects(conn: sqlite3.Connection, bank_id: int, where: ItemFilter) -> Effects:
    """What the items did, where a query asks for it."""
    return effects(conn, bank_id) if asks_effects(where) else {}


def shown_effects(conn: sqlite3.Connection, bank_id: int, rows: Sequence[ItemRow], args: argparse.Namespace) -> Effects:
    """What the items listed did; the text of a list does not tell it."""
    return effects(conn, bank_id, item_uids=[row.uid for row in rows]) if getattr(args, "json", False) else {}


def effect_notes(conn: sqlite3.Connection, bank_id: int, where: ItemFilter) -> list[str]:
    """Said where a query asks what is not known of any item."""
    if not asks_effects(where) or effects(conn, bank_id):
        return []
    return ["it is not known what these items did, so what asks for their effect finds none"]


def item_filter(args: argparse.Namespace) -> ItemFilter:
    """The filter behind the options."""
    polarity = getattr(args, "polarity", None)
    return ItemFilter(
        states=states(args),
        tags=tuple(getattr(args, "tag", ())),
        text=getattr(args, "text", ""),
        polarity="" if polarity == "none" else polarity,
        source=getattr(args, "source", None),
    )


def states(args: argparse.Namespace) -> tuple[str, ...]:
    """States asked for, each one that exists."""
    wanted = tuple(getattr(args, "state", ()))
    for state in wanted:
        if state not in tuple(ItemState):
            raise UsageError(f"there is no state {state!r}; choose {', '.join(ItemState)}")
    return wanted


def show_verb(workspace: Workspace, args: argparse.Namespace) -> Output:
    """One item in full."""
    conn = workspace.reader()
    bank = current_bank(conn, getattr(args, "bank", None))
    row = items.find_item(conn, bank.id, args.given)
    did = effects(conn, bank.id, item_uids=[row.uid]).get(row.uid)
    return Output({"bank": bank.name, "items": [item_json(row, did)]}, item_page(row, did))


def history_verb(workspace: Workspace, args: argparse.Namespace) -> Output:
    """What an item was and became in this bank; `versions` are its texts, `changes` everything."""
    conn = workspace.reader()
    bank = current_bank(conn, getattr(args, "bank", None))
    row = items.find_item(conn, bank.id, args.given)
    entries = history_in_bank(conn, bank.id, row.id)
    data = {
        "bank": bank.name,
        "items": [item_json(row)],
        "versions": history_json(conn, [entry for entry in entries if entry.kind == "text"]),
        "changes": history_json(conn, entries),
    }
    return Output(data, f"{row.id}  {row.title}\n{history_table(entries)}")


def diff_verb(workspace: Workspace, args: argparse.Namespace) -> Output:
    """Items that differ between two snapshots of a bank, or between one and now."""
    if len(args.given) > 2:
        raise UsageError("diff compares two snapshots: name A and B, or A alone to compare it with now")
    conn = workspace.reader()
    bank = current_bank(conn, getattr(args, "bank", None))
    first, second = args.given[0], args.given[1] if len(args.given) == 2 else None
    before, after = _point(conn, bank.id, first), None if second is None else _point(conn, bank.id, second)
    found = difference(conn, bank.id, before, after)
    touched = tuple(change.item for change in found.changes)
    old, new = (_by_uid(conn, bank.id, touched, operation) for operation in (before, after))
    lists = {change: list(getattr(found, change)) for change in CHANGES}
    changes = [
        {"uid": uid, "change": change, "before": _maybe(old.get(uid)), "after": _maybe(new.get(uid))}
        for change in CHANGES
        for uid in lists[change]
    ]
    lines = [line for change in CHANGES for uid in lists[change] for line in _lines(change, old.get(uid), new.get(uid))]
    second = second or NOW
    heading = f"bank {bank.name}, {first} to {second}: " + (", ".join(_counts(lists)) or "nothing changed")
    return Output(
        {"bank": bank.name, "a": first, "b": second, **lists, "changes": changes}, "\n".join([heading, *lines])
    )


def _point(conn: sqlite3.Connection, bank_id: int, name: str) -> int:
    """The operation a snapshot stands for; `now` is the last one, unless a snapshot has that name."""
    if name == NOW and all(row.name != NOW for row in banks.snapshots(conn, bank_id)):
        return banks.last_operation(conn)
    return point(conn, bank_id, name)


def _by_uid(conn: sqlite3.Connection, bank_id: int, ids: tuple[int, ...], operation: int | None) -> dict[str, ItemRow]:
    some = ItemFilter(states=tuple(ItemState), ids=ids)
    return {row.uid: row for row in items.list_items(conn, bank_id, some, at_operation=operation)}


def _maybe(row: ItemRow | None) -> dict[str, Any] | None:
    return None if row is None else item_json(row)


def _counts(lists: dict[str, list[str]]) -> list[str]:
    return [f"{len(uids)} {change}" for change, uids in lists.items() if uids]


def _lines(change: str, old: ItemRow | None, new: ItemRow | None) -> list[str]:
    row = new or old
    assert row is not None
    if change == "restated" and old and new:
        return [f"{row.id}  {short(row.title)}: {old.state} -> {new.state}"]
    if change == "retagged" and old and new:
        return [f"{row.id}  {short(row.title)}: [{', '.join(old.tags)}] -> [{', '.join(new.tags)}]"]
    if change == "edited" and old and new:
        before, after = (render_item(side, row.id).splitlines() for side in (old, new))
        differing = list(difflib.unified_diff(before, after, lineterm="", n=0))[2:]
        return [f"{row.id}  {short(row.title)}: edited", *differing]
    return [f"{row.id}  {short(row.title)}: {change}"]
