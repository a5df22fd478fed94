"""`memories duplicates`: groups of items that say the same, with the evidence."""

import argparse
import sys
from dataclasses import asdict
from typing import Any

from rb_studio.cli.memories_read import current_bank, states
from rb_studio.cli.memories_show import item_json, short
from rb_studio.cli.memories_vectors import keep_missing
from rb_studio.cli.output import Output, count
from rb_studio.cli.stopping import stopping
from rb_studio.jobs.duplicates import IN_USE, DuplicateGroup, GroupPair, find_groups
from rb_studio.jobs.embedding import chosen_embedder, quality_notes
from rb_studio.jobs.operating_point import described, limits_for, shipped
from rb_studio.records.errors import Cancelled
from rb_studio.store.workspace import Workspace

WORTH_SAYING = 20_000


def duplicates_verb(workspace: Workspace, args: argparse.Namespace) -> Output:
    """Groups of a bank's candidate and active items (or of the states asked for), the nearest first."""
    conn = workspace.reader()
    bank = current_bank(conn, getattr(args, "bank", None))
    threshold = getattr(args, "threshold", None)
    with chosen_embedder(getattr(args, "embedder", None)) as embedder, stopping() as stop:
        keep_missing(workspace, bank.id, embedder)
        stop.begun = True

        def progress(share: float) -> None:
            if stop.cancel.is_set():
                raise Cancelled("stopped; nothing was changed, and vectors made so far are kept")
            if found_many and sys.stderr.isatty():
                sys.stderr.write(f"\r{100 * share:.0f} % of all pairs compared" + ("\n" if share == 1 else ""))

        found_many = conn.execute("SELECT count(*) FROM memory_item").fetchone()[0] >= WORTH_SAYING
        found = find_groups(conn, bank.id, embedder, threshold, states(args) or IN_USE, progress=progress)
        notes = quality_notes(embedder)
    if found.truncated:
        notes.append("there are more pairs than are kept: raise --threshold to see the nearest ones whole")
    groups = [_group(group) for group in found.groups]
    measured = described(embedder.identity, threshold)
    data = {
        "bank": bank.name,
        "embedder": embedder.identity,
        "thresholds": asdict(limits_for(threshold)),
        "measured": asdict(shipped().at(limits_for(threshold).cosine))
        if embedder.identity == shipped().embedder
        else None,
        "groups": groups,
        "notes": notes,
    }
    heading = f"{count(len(groups), 'group')} among {count(found.compared, 'item')} of bank {bank.name}"
    return Output(data, "\n".join([heading, measured, *map(_shown, groups), *notes]))


def _group(group: DuplicateGroup) -> dict[str, Any]:
    kept, why = group.suggested
    return {
        "ids": [row.id for row in group.items],
        "cosine": group.cosine,
        "weakest": asdict(group.weakest),
        "suggested": {"id": kept, "because": why},
        "items": [item_json(row) for row in group.items],
        "pairs": [asdict(pair) for pair in group.pairs],
        "near": [asdict(pair) for pair in group.near],
    }


def _shown(group: dict[str, Any]) -> str:
    weakest, kept = GroupPair(**group["weakest"]), group["suggested"]
    heading = f"\ncosine {weakest.cosine:.3f} to {group['cosine']:.3f}, overlap from {weakest.overlap:.2f}"
    if any(pair["negated"] for pair in group["pairs"]):
        heading += "; one says not where another does not: they may advise the opposite"
    lines = [f"  {item['id']}  {item['state']}  {short(item['title'])}" for item in group["items"]]
    lines.append(f"  might be kept: {kept['id']}{', ' + kept['because'] if kept['because'] else ''}")
    inside = set(group["ids"])
    near = sorted({end for pair in group["near"] for end in (pair["a"], pair["b"])} - inside)
    if near:
        lines.append(f"  like some of them and not like all: {', '.join(map(str, near))}")
    return "\n".join([heading, *lines])
