"""`memories duplicates`: groups of items that say the same, with the evidence."""

import argparse
from dataclasses import asdict
from typing import Any

from rb_studio.cli.memories_read import current_bank, states
from rb_studio.cli.memories_show import item_json, short
from rb_studio.cli.memories_vectors import keep_missing
from rb_studio.cli.output import Output, count
from rb_studio.jobs.duplicates import IN_USE, DuplicateGroup, duplicate_groups
from rb_studio.jobs.embedding import chosen_embedder, quality_notes
from rb_studio.store.items import ItemFilter, list_items
from rb_studio.store.workspace import Workspace


def duplicates_verb(workspace: Workspace, args: argparse.Namespace) -> Output:
    """Groups of a bank's candidate and active items (or of the states asked for), the nearest first."""
    conn = workspace.reader()
    bank = current_bank(conn, getattr(args, "bank", None))
    rows = list_items(conn, bank.id, ItemFilter(states=states(args) or IN_USE))
    with chosen_embedder(getattr(args, "embedder", None)) as embedder:
        keep_missing(workspace, bank.id, embedder)
        found = duplicate_groups(conn, bank.id, rows, embedder, getattr(args, "threshold", None))
        notes = quality_notes(embedder)
    if found.truncated:
        notes.append("there are more pairs than are kept: raise --threshold to see the nearest ones whole")
    groups = [_group(group) for group in found.groups]
    data = {"bank": bank.name, "embedder": embedder.identity, "groups": groups, "notes": notes}
    heading = f"{count(len(groups), 'group')} among {count(len(rows), 'item')} of bank {bank.name}"
    return Output(data, "\n".join([heading, *map(_shown, groups), *notes]))


def _group(group: DuplicateGroup) -> dict[str, Any]:
    return {
        "ids": [row.id for row in group.items],
        "cosine": group.cosine,
        "items": [item_json(row) for row in group.items],
        "pairs": [asdict(pair) | {"overlap": round(pair.overlap, 6)} for pair in group.pairs],
    }


def _shown(group: dict[str, Any]) -> str:
    lines = [f"  {item['id']}  {item['state']}  {short(item['title'])}" for item in group["items"]]
    return "\n".join([f"\ncosine up to {group['cosine']:.3f}", *lines])
