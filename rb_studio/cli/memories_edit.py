"""Verbs of `memories` that change items one by one; each command is one step of undo."""

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from rb_studio.cli.memories_bank import possible_bank
from rb_studio.cli.memories_changed import (
    as_they_stand,
    carried_out,
    changed,
    found_items,
    journalled,
    named_items,
    who,
)
from rb_studio.cli.memories_read import current_bank
from rb_studio.cli.memories_show import item_json, short
from rb_studio.cli.memories_text import anything_given, given_item
from rb_studio.cli.output import Output, count
from rb_studio.jobs.own_bank import USERS_BANK, add_by_hand
from rb_studio.records.errors import UsageError
from rb_studio.records.item_text import ItemText
from rb_studio.store import banks, consolidation, curation, operations
from rb_studio.store.changes import ChangeRecord
from rb_studio.store.items import ItemRow
from rb_studio.store.workspace import Workspace

if TYPE_CHECKING:
    from sqlite_utils import Database

TAKEN = ("title", "description", "content", "polarity", "label", "task")


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
            who=who(args),
            reason=getattr(args, "reason", ""),
        )

    bank_id, change = workspace.run(add)
    return changed(workspace, banks.bank(workspace.reader(), bank_id), change)


def edit_verb(workspace: Workspace, args: argparse.Namespace) -> Output:
    """A new version; what is not given stays."""
    if not anything_given(args):
        raise UsageError("there is nothing to change: give --title, --description, --content or --file")
    bank, rows = named_items(workspace, args, [args.given])
    text, item, author = given_item(args, _text(rows[0])), rows[0].id, who(args)
    return journalled(
        workspace,
        args,
        bank,
        lambda db, reason: curation.edit_item(db, bank.id, item, text, who=author, reason=reason),
    )


def merge_verb(workspace: Workspace, args: argparse.Namespace) -> Output:
    """One item out of several, each text from whichever is named; the originals are archived."""
    bank, rows = named_items(workspace, args, args.given)
    others = found_items(workspace, bank, getattr(args, "apart", ()))
    taken = _taken(workspace, bank, args, rows)
    text = given_item(args, ItemText(*(getattr(taken.get(name, rows[0]), name) for name in TAKEN[:3])))
    chosen: dict[str, Any] = {
        "polarity": taken["polarity"].polarity if "polarity" in taken else None,
        "label_source": taken["label"].label_source if "label" in taken else None,
        "task_of": taken["task"].id if "task" in taken else None,
        "tags": getattr(args, "tag", None),
        "apart": [row.id for row in others],
        "who": who(args),
    }
    ids = [row.id for row in rows]
    return carried_out(
        workspace,
        args,
        bank,
        ids,
        "before merging",
        lambda db, reason: curation.merge_items(db, bank.id, ids, text, reason=reason, **chosen),
    )


def apart_verb(workspace: Workspace, args: argparse.Namespace) -> Output:
    """The pairs kept apart; or remember that items are no duplicates of each other, or forget it."""
    bank, rows = named_items(workspace, args, args.given)
    if not rows and not hasattr(args, "forget"):
        return _kept_apart(workspace, bank)
    if len(rows) < 2:
        raise UsageError("say which items are no duplicates of each other: name two or more")
    ids, author = [row.id for row in rows], who(args)
    act = curation.forget_distinct if hasattr(args, "forget") else curation.mark_distinct
    return journalled(workspace, args, bank, lambda db, reason: act(db, bank.id, ids, who=author, reason=reason))


def _kept_apart(workspace: Workspace, bank: banks.BankRow) -> Output:
    pairs = sorted(curation.distinct_pairs(workspace.reader(), bank.id))
    rows = {row.id: row for row in as_they_stand(workspace, bank.id, [item for pair in pairs for item in pair])}
    data = {
        "bank": bank.name,
        "pairs": [list(pair) for pair in pairs],
        "items": [item_json(one) for one in rows.values()],
    }
    lines = [" | ".join(f"{item}  {short(rows[item].title)}" for item in pair if item in rows) for pair in pairs]
    return Output(data, "\n".join([*lines, f"{count(len(pairs), 'pair')} kept apart in bank {bank.name}"]))


def undo_verb(workspace: Workspace, args: argparse.Namespace) -> Output:
    """Take back the last change to memories, or the last act of consolidation."""
    return _turned(workspace, args, operations.undo, "undone")


def redo_verb(workspace: Workspace, args: argparse.Namespace) -> Output:
    """Do the change again that was last taken back."""
    return _turned(workspace, args, operations.redo, "done again")


def _turned(workspace: Workspace, args: argparse.Namespace, turn: Callable[..., ChangeRecord], done: str) -> Output:
    """Changes by hand are taken back in the order they were made, whichever bank each was in."""
    named = current_bank(workspace.reader(), args.bank) if hasattr(args, "bank") else None
    scope, line, author = curation.SCOPE, None, who(args)
    if hasattr(args, "consolidation"):
        scope, line = consolidation.SCOPE, named.id if named else None

    def act(db: "Database") -> tuple[ChangeRecord, banks.BankRow | None]:
        change = turn(db, scope, who=author, bank=line)
        touched = None if change.operation is None else operations.bank_of(db.conn, change.operation)
        bank = None if touched is None else banks.bank(db.conn, touched)
        if named is not None and bank is not None and bank.id != named.id:
            raise UsageError(
                f"“{change.label}” was in bank {bank.name} and comes first: leave --bank out, or name that bank"
            )
        return change, bank

    change, bank = workspace.run(act)
    return changed(workspace, bank, change, f"{done}: {change.label}")


def _taken(
    workspace: Workspace, bank: banks.BankRow, args: argparse.Namespace, rows: list[ItemRow]
) -> dict[str, ItemRow]:
    """Which of the items a field of the merged one is taken from, where `--take FIELD=ID` says so."""
    found: dict[str, ItemRow] = {}
    for text in getattr(args, "take", ()):
        name, _, reference = text.partition("=")
        if name not in TAKEN or not reference:
            raise UsageError(f"--take {text} is not understood: write FIELD=ID with one of {', '.join(TAKEN)}")
        row = found_items(workspace, bank, [reference])[0]
        if row.id not in {one.id for one in rows}:
            raise UsageError(f"--take {text}: memory item {row.id} is none of those merged")
        found[name] = row
    return found


def _text(row: ItemRow) -> ItemText:
    return ItemText(row.title, row.description, row.content)
