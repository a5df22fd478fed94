"""Verbs of `memories` about whole banks: snapshots, the way back to one, and forks."""

import argparse
from dataclasses import asdict
from typing import Any

from rb_studio.cli.memories_bank import chosen_bank
from rb_studio.cli.memories_changed import journalled, who
from rb_studio.cli.memories_read import current_bank
from rb_studio.cli.output import Output, count, table
from rb_studio.records.errors import UsageError
from rb_studio.store import banks, curation, snapshots
from rb_studio.store.snapshots import SnapshotRow
from rb_studio.store.workspace import Workspace


def snapshot_verb(workspace: Workspace, args: argparse.Namespace) -> Output:
    """A name for the bank as it stands; nothing is copied."""
    bank = current_bank(workspace.reader(), getattr(args, "bank", None))
    reason = getattr(args, "reason", "")
    row = workspace.run(lambda db: snapshots.take_snapshot(db, bank.id, args.given, reason=reason))
    label = f"Snapshot {row.name} of {bank.name}"
    return Output(_data(bank.name, row, label), f"{label}; `--bank {bank.name}@{row.name}` lists it")


def snapshots_verb(workspace: Workspace, args: argparse.Namespace) -> Output:
    """The snapshots of a bank; or another name for one, or one name less."""
    bank = current_bank(workspace.reader(), getattr(args, "bank", None))
    if hasattr(args, "rename") and hasattr(args, "delete"):
        raise UsageError("a snapshot is renamed or deleted: give --rename OLD NEW or --delete NAME")
    if hasattr(args, "rename"):
        old, new = args.rename
        row = workspace.run(lambda db: snapshots.rename_snapshot(db, bank.id, old, new))
        label = f"Snapshot {old} of {bank.name} is {row.name} now"
        return Output(_data(bank.name, row, label), label)
    if hasattr(args, "delete"):
        row = workspace.run(lambda db: snapshots.delete_snapshot(db, bank.id, args.delete))
        label = f"Snapshot {row.name} of {bank.name} deleted"
        return Output(_data(bank.name, row, label), f"{label}; the history stays")
    rows = snapshots.snapshots(workspace.reader(), bank.id)
    lines = [
        (row.name, row.operation, row.created_at[:19], "automatic" if row.automatic else "", row.reason) for row in rows
    ]
    ending = f"{count(len(rows), 'snapshot')} of bank {bank.name}"
    shown = f"{table(('name', 'operation', 'taken', 'how', 'reason'), lines)}\n{ending}" if rows else ending
    return Output({"bank": bank.name, "snapshots": [asdict(row) for row in rows]}, shown)


def rollback_verb(workspace: Workspace, args: argparse.Namespace) -> Output:
    """The bank as it was at a snapshot; what came after stays in the history."""
    bank = current_bank(workspace.reader(), getattr(args, "bank", None))
    author = who(args)
    return journalled(
        workspace,
        args,
        bank,
        lambda db, reason: curation.rollback(db, bank.id, args.given, who=author, reason=reason),
    )


def fork_verb(workspace: Workspace, args: argparse.Namespace) -> Output:
    """A bank of its own that starts as this one stands, or as one of its snapshots; nothing is copied."""
    parent, operation = chosen_bank(workspace.reader(), getattr(args, "bank", None))
    made = workspace.run(lambda db: banks.fork_bank(db, parent.id, args.given, at_operation=operation))
    row = banks.bank(workspace.reader(), made)
    data: dict[str, Any] = {
        "bank": row.name,
        "parent": parent.name,
        "operation": row.parent_op,
        "changed": [],
        "items": [],
    }
    return Output(data, f"Bank {row.name} forked from {parent.name}; `--bank {row.name}` names it")


def _data(bank: str, row: SnapshotRow, label: str) -> dict[str, Any]:
    return {
        "bank": bank,
        "snapshot": row.name,
        "operation": row.operation,
        "label": label,
        "changed": [],
        "items": [],
    }
