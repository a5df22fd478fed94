"""`memories duplicates`: groups of items that say the same, with the evidence."""

import argparse
from typing import TYPE_CHECKING, Any

from rb_studio.cli.embedding import chosen_embedder, quality_notes
from rb_studio.cli.memories_read import current_bank, states
from rb_studio.cli.memories_show import item_json, short
from rb_studio.cli.memories_vectors import item_vectors, keep_missing
from rb_studio.cli.output import Output, count
from rb_studio.models.protocol import Embedder
from rb_studio.records.memory import ItemState
from rb_studio.store.curation import distinct_pairs
from rb_studio.store.items import ItemFilter, ItemRow, list_items
from rb_studio.store.vectors import item_embedding_text
from rb_studio.store.workspace import Workspace

if TYPE_CHECKING:
    from rb_studio.analysis.duplicates import DuplicatePair, Duplicates

IN_USE = (ItemState.CANDIDATE, ItemState.ACTIVE)


def duplicates_verb(workspace: Workspace, args: argparse.Namespace) -> Output:
    """Groups of a bank's candidate and active items (or of the states asked for), the nearest first."""
    conn = workspace.reader()
    bank = current_bank(conn, getattr(args, "bank", None))
    rows = list_items(conn, bank.id, ItemFilter(states=states(args) or IN_USE))
    with chosen_embedder(getattr(args, "embedder", None)) as embedder:
        keep_missing(workspace, bank.id, embedder)
        found = _duplicates(workspace, bank.id, rows, embedder, getattr(args, "threshold", None))
        notes = quality_notes(embedder)
    if found.truncated:
        notes.append("there are more pairs than are kept: raise --threshold to see the nearest ones whole")
    groups = _groups(rows, found)
    groups.sort(key=lambda group: -group["cosine"])
    data = {"bank": bank.name, "embedder": embedder.identity, "groups": groups, "notes": notes}
    heading = f"{count(len(groups), 'group')} among {count(len(rows), 'item')} of bank {bank.name}"
    return Output(data, "\n".join([heading, *map(_shown, groups), *notes]))


def _duplicates(
    workspace: Workspace, bank_id: int, rows: list[ItemRow], embedder: Embedder, threshold: float | None
) -> "Duplicates":
    from rb_studio.analysis.duplicates import Thresholds, find_duplicates

    limits = Thresholds()
    if threshold is not None:
        limits = Thresholds(threshold, limits.overlap, max(threshold, limits.sure))
    place = {row.id: index for index, row in enumerate(rows)}
    apart = [(place[a], place[b]) for a, b in distinct_pairs(workspace.reader(), bank_id) if a in place and b in place]
    texts = [item_embedding_text(row.title, row.description, row.content) for row in rows]
    return find_duplicates(texts, item_vectors(workspace, rows, embedder), thresholds=limits, apart=apart)


def _groups(rows: list[ItemRow], found: "Duplicates") -> list[dict[str, Any]]:
    group_of = {index: number for number, members in enumerate(found.groups) for index in members}
    pairs: dict[int, list[DuplicatePair]] = {}
    for pair in found.pairs:
        pairs.setdefault(group_of[pair.a], []).append(pair)
    return [_group(members, rows, pairs[number]) for number, members in enumerate(found.groups)]


def _group(members: tuple[int, ...], rows: list[ItemRow], pairs: "list[DuplicatePair]") -> dict[str, Any]:
    return {
        "ids": [rows[index].id for index in members],
        "cosine": max(pair.cosine for pair in pairs),
        "items": [item_json(rows[index]) for index in members],
        "pairs": [
            {"a": rows[pair.a].id, "b": rows[pair.b].id, "cosine": pair.cosine, "overlap": round(pair.overlap, 6)}
            for pair in pairs
        ],
    }


def _shown(group: dict[str, Any]) -> str:
    lines = [f"  {item['id']}  {item['state']}  {short(item['title'])}" for item in group["items"]]
    return "\n".join([f"\ncosine up to {group['cosine']:.3f}", *lines])
