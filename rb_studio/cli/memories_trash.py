"""`memories trash`: what is deleted, what emptying would erase and what it has to keep, and the emptying itself."""

import argparse
from typing import Any

from rb_studio.cli.memories_changed import as_they_stand, found_items, who
from rb_studio.cli.memories_read import current_bank
from rb_studio.cli.memories_show import item_json, short
from rb_studio.cli.output import Output, count
from rb_studio.store import banks
from rb_studio.store.trash import Trash, empty_trash, trash
from rb_studio.store.workspace import Workspace

SHOWN = 50


def trash_verb(workspace: Workspace, args: argparse.Namespace) -> Output:
    """The deleted items of a bank; with --empty those that nothing needs are erased for good."""
    bank = current_bank(workspace.reader(), getattr(args, "bank", None))
    found = trash(workspace.reader(), bank.id)
    if not hasattr(args, "empty") or hasattr(args, "dry_run"):
        return _told(workspace, bank, found)
    wanted = [row.id for row in found_items(workspace, bank, args.given)] if args.given else list(found.erasable)
    author, reason = who(args), getattr(args, "reason", "")
    change = workspace.run(lambda db: empty_trash(db, bank.id, wanted, who=author, reason=reason))
    kept = {item: why for item, why in found.kept.items() if not args.given}
    data = {
        "bank": bank.name,
        "operation": change.operation,
        "label": change.label,
        "erased": wanted,
        "kept": {str(item): why for item, why in kept.items()},
        "items": [],
    }
    if change.empty:
        return Output(data, "\n".join(["nothing was erased", *_reasons(kept)]))
    return Output(data, "\n".join([f"{count(len(wanted), 'item')} erased for good", *_reasons(kept)]))


def _told(workspace: Workspace, bank: banks.BankRow, found: Trash) -> Output:
    rows = as_they_stand(workspace, bank.id, found.items)
    data: dict[str, Any] = {
        "bank": bank.name,
        "erasable": list(found.erasable),
        "kept": {str(item): why for item, why in found.kept.items()},
        "steps": found.steps,
        "snapshots": list(found.snapshots),
        "runs": list(found.runs),
        "items": [item_json(row) for row in rows],
    }
    going = [row for row in rows if row.id not in found.kept]
    lines = [
        f"{count(len(rows), 'item')} in the trash of bank {bank.name}; emptying it would erase {len(going):,} for good",
        *[f"  {row.id}  {short(row.title)}" for row in going[:SHOWN]],
        *([f"  and {len(going) - SHOWN:,} more"] if len(going) > SHOWN else []),
        *(_consequences(found) if going else ()),
        *_reasons(found.kept),
    ]
    return Output(data, "\n".join(lines))


def _consequences(found: Trash) -> list[str]:
    """What else goes with the texts, and where they remain."""
    said = []
    if found.steps:
        said.append(f"{count(found.steps, 'step')} of undo that are about them alone")
    if found.snapshots:
        said.append(f"their place in the automatic snapshots {', '.join(found.snapshots)}")
    if found.runs:
        said.append(f"their place in the results of runs {', '.join(map(str, found.runs))}")
    goes = [f"with them go {'; '.join(said)}"] if said else []
    return [*goes, "transcripts of runs that wrote or were given them keep what they quote"]


def _reasons(kept: dict[int, str] | Any) -> list[str]:
    return [f"kept: item {item}, as {why}" for item, why in kept.items()]
