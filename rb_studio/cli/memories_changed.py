"""What a verb of `memories` acts on, and what it says a change did."""

import argparse
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from rb_studio.cli.memories_read import current_bank, known_effects
from rb_studio.cli.memories_show import item_json, short
from rb_studio.cli.output import Output, count
from rb_studio.jobs import bulk
from rb_studio.jobs.item_query import clauses, parse_query
from rb_studio.records.errors import UsageError
from rb_studio.records.memory import ItemState
from rb_studio.store import banks, items, snapshots
from rb_studio.store.changes import ChangeRecord
from rb_studio.store.items import ItemFilter, ItemRow
from rb_studio.store.workspace import Workspace

if TYPE_CHECKING:
    from sqlite_utils import Database

SHOWN = 1000
LISTED = 20
SHORTEST_UID = 8
EVERY = ItemFilter(states=tuple(map(str, ItemState)))
Act = Callable[["Database", str], ChangeRecord]


def who(args: argparse.Namespace) -> str:
    """Who acts, as the history names it."""
    named = getattr(args, "author", "user").strip()
    if not named:
        raise UsageError("an author needs a name: give --author NAME, or leave it out")
    return str(named)


def named_items(
    workspace: Workspace, args: argparse.Namespace, references: Sequence[str]
) -> tuple[banks.BankRow, list[ItemRow]]:
    """The bank and the items meant, each once, in the order given."""
    bank = current_bank(workspace.reader(), getattr(args, "bank", None))
    return bank, found_items(workspace, bank, references)


def found_items(workspace: Workspace, bank: banks.BankRow, references: Sequence[str]) -> list[ItemRow]:
    """The items meant, each once, in the order given. Raises UsageError."""
    rows = [items.find_item(workspace.reader(), bank.id, reference) for reference in references]
    return list({row.id: row for row in rows}.values())


def chosen_ids(workspace: Workspace, bank: banks.BankRow, given: Sequence[str]) -> list[int]:
    """Ids of the items that are named by id or uid, else of all that a query matches. Raises UsageError.

    Where some of several words name an item and others do not, one of them is a slip and not a query.
    """
    if any(_names_one(workspace, bank.id, word) for word in given) or all(word.isdigit() for word in given):
        return [row.id for row in found_items(workspace, bank, given)]
    where, conn = exact_query(" ".join(given)), workspace.reader()
    return items.item_ids(conn, bank.id, where, effects=known_effects(conn, bank.id, where))


def exact_query(text: str) -> ItemFilter:
    """The filter behind a query that says what is to be acted on. Raises UsageError.

    What is only begun counts for nothing while somebody types; to act on it would be to act on more than is meant.
    """
    query = parse_query(text)
    if query.meaning or query.sim:
        raise UsageError("what an act is for must be exact, and a meaning after ~ only orders: leave it out")
    begun = next((one for one in clauses(text) if one.field and not one.value), None)
    if begun is not None:
        raise UsageError(f"{begun.text} is only begun: write what it is to be, or leave it out")
    if query.where == ItemFilter():
        raise UsageError(f"{text!r} asks for nothing in particular: write version:>0 for every item of the bank")
    return query.where


def _names_one(workspace: Workspace, bank_id: int, word: str) -> bool:
    """Whether a word is an item's id, uid or the beginning of one; a short word is rather one to look for."""
    try:
        row = items.find_item(workspace.reader(), bank_id, word)
    except UsageError:
        return False
    return word.isdigit() or len(word) >= SHORTEST_UID or word == row.uid


def carried_out(
    workspace: Workspace, args: argparse.Namespace, bank: banks.BankRow, ids: Sequence[int], name: str, do: Act
) -> Output:
    """An act on items: for many, after an automatic snapshot of that name."""
    if not ids:
        return changed(workspace, bank, ChangeRecord("", "user"), "no item matches")
    reason = getattr(args, "reason", "")
    change = workspace.run(lambda db: bulk.act(db, bank.id, ids, do, snapshot=name, reason=reason))
    taken = _taken_before(workspace, bank, change)
    output = changed(workspace, bank, change)
    said = f"\nsnapshot “{taken}” was taken before" if taken else ""
    return Output({**output.data, "snapshot": taken}, output.text + said)


def _taken_before(workspace: Workspace, bank: banks.BankRow, change: ChangeRecord) -> str | None:
    if change.operation is None:
        return None
    rows = [row for row in snapshots.snapshots(workspace.reader(), bank.id) if row.automatic]
    return next((row.name for row in rows[::-1] if row.operation == change.operation - 1), None)


def journalled(workspace: Workspace, args: argparse.Namespace, bank: banks.BankRow, change: Act) -> Output:
    """One operation with the reason given."""
    return changed(workspace, bank, workspace.run(lambda db: change(db, getattr(args, "reason", ""))))


def changed(workspace: Workspace, bank: banks.BankRow | None, change: ChangeRecord, text: str = "") -> Output:
    """What a change did; the first items it touched as they stand now."""
    ids = tuple(change.ids.get("memory_item", ()))
    rows = [] if bank is None else as_they_stand(workspace, bank.id, ids[:SHOWN])
    data: dict[str, Any] = {
        "bank": bank.name if bank else None,
        "operation": change.operation,
        "label": change.label,
        "changed": list(ids),
        "items": [item_json(row) for row in rows],
    }
    if change.empty:
        return Output(data, text or "nothing to change: it is so already")
    shown = ", ".join(map(str, ids[:LISTED])) + (", …" if len(ids) > LISTED else "")
    return Output(data, (text or change.label) + (f" (item {shown})" if shown else ""))


def planned(bank: banks.BankRow, what: str, plan: bulk.Plan) -> Output:
    """What an act would do, told by a dry run."""
    data: dict[str, Any] = {
        "bank": bank.name,
        "dry_run": True,
        "act": what,
        "matching": plan.matching,
        "changing": plan.changing,
        "unchanged": plan.unchanged,
        "by_state": dict(plan.by_state),
        "items": [item_json(row) for row in plan.sample],
    }
    by_state = ", ".join(f"{number:,} {state}" for state, number in plan.by_state.items())
    lines = [
        f"{what} would change {plan.changing:,} of {count(plan.matching, 'matching item')} in bank {bank.name}",
        *([f"now: {by_state}"] if by_state else []),
        *([f"so already: {plan.unchanged:,}"] if plan.unchanged else []),
        *[f"  {row.id}  {row.state}  {short(row.title)}" for row in plan.sample],
        *([f"  and {plan.changing - len(plan.sample):,} more"] if plan.changing > len(plan.sample) else []),
        "nothing was changed (dry run)",
    ]
    return Output(data, "\n".join(lines))


def as_they_stand(workspace: Workspace, bank_id: int, ids: Sequence[int]) -> list[ItemRow]:
    """Items by id, in the order given; those the bank does not show are left out."""
    if not ids:
        return []
    where = ItemFilter(states=EVERY.states, ids=tuple(ids))
    rows = {row.id: row for row in items.list_items(workspace.reader(), bank_id, where)}
    return [rows[item] for item in ids if item in rows]
