"""Verbs of `memories` that change a bank; each command is one step of undo."""

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from rb_studio.cli.memories_bank import possible_bank
from rb_studio.cli.memories_read import current_bank
from rb_studio.cli.memories_show import item_json
from rb_studio.cli.memories_text import anything_given, given_item
from rb_studio.cli.output import Output
from rb_studio.jobs.own_bank import USERS_BANK, add_by_hand
from rb_studio.records.errors import UsageError
from rb_studio.records.item_text import ItemText
from rb_studio.records.memory import ItemState
from rb_studio.store import banks, consolidation, curation, items, operations
from rb_studio.store.changes import ChangeRecord
from rb_studio.store.items import ItemFilter, ItemRow
from rb_studio.store.workspace import Workspace

if TYPE_CHECKING:
    from sqlite_utils import Database

SHOWN = 1000


def add_verb(workspace: Workspace, args: argparse.Namespace) -> Output:
    """A new active item; the first one begins the user's bank."""
    name = getattr(args, "bank", None)
    beginning = name == USERS_BANK and banks.find_bank(workspace.reader(), USERS_BANK) is None
    found = None if beginning else possible_bank(workspace.reader(), name)
    if found is not None and found[1] is not None:
        raise UsageError(f"{name} is a snapshot, which cannot be changed: name the bank {found[0].name!r} alone")

    def add(db: "Database") -> tuple[int, ChangeRecord]:
        return add_by_hand(
            db,
            found[0].id if found else None,
            args.item,
            task_text=getattr(args, "task", ""),
            tags=tuple(dict.fromkeys(getattr(args, "tag", ()))),
            reason=getattr(args, "reason", ""),
        )

    bank_id, change = workspace.run(add)
    return _changed(workspace, banks.bank(workspace.reader(), bank_id), change)


def edit_verb(workspace: Workspace, args: argparse.Namespace) -> Output:
    """A new version; what is not given stays."""
    if not anything_given(args):
        raise UsageError("there is nothing to change: give --title, --description, --content or --file")
    bank, rows = _items(workspace, args, [args.given])
    text = given_item(args, _text(rows[0]))
    return _journalled(
        workspace, args, bank, lambda db, reason: curation.edit_item(db, bank.id, rows[0].id, text, reason=reason)
    )


def state_verb(workspace: Workspace, args: argparse.Namespace) -> Output:
    """Items into one state."""
    if not hasattr(args, "to"):
        raise UsageError(f"say which state: --to {', '.join(ItemState)}")
    bank, rows = _items(workspace, args, args.given)
    ids, state = [row.id for row in rows], ItemState(args.to)
    return _journalled(
        workspace, args, bank, lambda db, reason: curation.set_state(db, bank.id, ids, state, reason=reason)
    )


def tag_verb(workspace: Workspace, args: argparse.Namespace) -> Output:
    """One tag on or off."""
    if hasattr(args, "add") == hasattr(args, "remove"):
        raise UsageError("say what to do with the tag: --add T or --remove T, one of them at a time")
    bank, rows = _items(workspace, args, args.given)
    ids = [row.id for row in rows]
    change, tag = (curation.add_tag, args.add) if hasattr(args, "add") else (curation.remove_tag, args.remove)
    return _journalled(workspace, args, bank, lambda db, reason: change(db, bank.id, ids, tag, reason=reason))


def merge_verb(workspace: Workspace, args: argparse.Namespace) -> Output:
    """One item out of several; the originals are archived."""
    bank, rows = _items(workspace, args, args.given)
    text = given_item(args, _text(rows[0]))
    ids = [row.id for row in rows]
    return _journalled(
        workspace, args, bank, lambda db, reason: curation.merge_items(db, bank.id, ids, text, reason=reason)
    )


def undo_verb(workspace: Workspace, args: argparse.Namespace) -> Output:
    """Take back the last change to memories, whichever bank it was in, or the last act of consolidation."""
    scope, bank = _line(workspace, args)
    return _turned(workspace, workspace.run(lambda db: operations.undo(db, scope, bank=bank)), "undone")


def redo_verb(workspace: Workspace, args: argparse.Namespace) -> Output:
    """Do the change again that was last taken back."""
    scope, bank = _line(workspace, args)
    return _turned(workspace, workspace.run(lambda db: operations.redo(db, scope, bank=bank)), "done again")


def _line(workspace: Workspace, args: argparse.Namespace) -> tuple[str, int | None]:
    """The scope whose last operation is meant, and the bank where the scope goes by it."""
    if not hasattr(args, "consolidation"):
        return curation.SCOPE, None
    named = hasattr(args, "bank")
    return consolidation.SCOPE, current_bank(workspace.reader(), args.bank).id if named else None


def snapshot_verb(workspace: Workspace, args: argparse.Namespace) -> Output:
    """A name for the bank as it stands; nothing is copied."""
    bank = current_bank(workspace.reader(), getattr(args, "bank", None))
    row = workspace.run(lambda db: banks.take_snapshot(db, bank.id, args.given))
    label = f"Snapshot {row.name} of {bank.name}"
    data = {
        "bank": bank.name,
        "snapshot": row.name,
        "operation": row.operation,
        "label": label,
        "changed": [],
        "items": [],
    }
    return Output(data, f"{label}; `--bank {bank.name}@{row.name}` lists it")


def rollback_verb(workspace: Workspace, args: argparse.Namespace) -> Output:
    """The bank as it was at a snapshot; what came after stays in the history."""
    bank = current_bank(workspace.reader(), getattr(args, "bank", None))
    return _journalled(
        workspace, args, bank, lambda db, reason: curation.rollback(db, bank.id, args.given, reason=reason)
    )


def _items(
    workspace: Workspace, args: argparse.Namespace, references: list[str]
) -> tuple[banks.BankRow, list[ItemRow]]:
    """The bank and the items meant, each once, in the order given."""
    conn = workspace.reader()
    bank = current_bank(conn, getattr(args, "bank", None))
    rows = [items.find_item(conn, bank.id, reference) for reference in references]
    return bank, list({row.id: row for row in rows}.values())


def _text(row: ItemRow) -> ItemText:
    return ItemText(row.title, row.description, row.content)


def _journalled(
    workspace: Workspace,
    args: argparse.Namespace,
    bank: banks.BankRow,
    change: "Callable[[Database, str], ChangeRecord]",
) -> Output:
    return _changed(workspace, bank, workspace.run(lambda db: change(db, getattr(args, "reason", ""))))


def _turned(workspace: Workspace, change: ChangeRecord, done: str) -> Output:
    conn = workspace.reader()
    touched = None if change.operation is None else operations.bank_of(conn, change.operation)
    bank = None if touched is None else banks.bank(conn, touched)
    return _changed(workspace, bank, change, f"{done}: {change.label}")


def _changed(workspace: Workspace, bank: banks.BankRow | None, change: ChangeRecord, text: str = "") -> Output:
    """What a change did; the first items it touched as they stand now."""
    ids = tuple(change.ids.get("memory_item", ()))
    rows = _as_they_stand(workspace, bank, ids[:SHOWN])
    data: dict[str, Any] = {
        "bank": bank.name if bank else None,
        "operation": change.operation,
        "label": change.label,
        "changed": list(ids),
        "items": [item_json(row) for row in rows],
    }
    if change.empty:
        return Output(data, "nothing to change: it is so already")
    shown = ", ".join(map(str, ids[:20])) + (", …" if len(ids) > 20 else "")
    return Output(data, (text or change.label) + (f" (item {shown})" if shown else ""))


def _as_they_stand(workspace: Workspace, bank: banks.BankRow | None, ids: tuple[int, ...]) -> list[ItemRow]:
    if bank is None or not ids:
        return []
    where = ItemFilter(states=tuple(ItemState), ids=ids)
    rows = {row.id: row for row in items.list_items(workspace.reader(), bank.id, where)}
    return [rows[item] for item in ids if item in rows]
