"""Groups of a bank's items that say the same, with the evidence."""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rb_studio.jobs.item_vectors import item_vectors
from rb_studio.models.protocol import Embedder
from rb_studio.records.memory import ItemState
from rb_studio.store.curation import distinct_pairs
from rb_studio.store.items import ItemRow
from rb_studio.store.vectors import item_embedding_text

if TYPE_CHECKING:
    from rb_studio.analysis.duplicates import DuplicatePair, Duplicates

IN_USE = (ItemState.CANDIDATE, ItemState.ACTIVE)


@dataclass(frozen=True, slots=True)
class GroupPair:
    """Two items of a group, by id, and how alike they are: cosine of vectors, overlap of texts (0..1)."""

    a: int
    b: int
    cosine: float
    overlap: float


@dataclass(frozen=True, slots=True)
class DuplicateGroup:
    """Items that say the same; `cosine` is that of the nearest pair."""

    items: tuple[ItemRow, ...]
    pairs: tuple[GroupPair, ...]
    cosine: float


@dataclass(frozen=True, slots=True)
class FoundGroups:
    """Groups, the nearest first. `truncated`: more pairs were found than are kept."""

    groups: tuple[DuplicateGroup, ...]
    truncated: bool


def duplicate_groups(
    conn: sqlite3.Connection,
    bank_id: int,
    rows: Sequence[ItemRow],
    embedder: Embedder,
    threshold: float | None = None,
    progress: Callable[[float], None] | None = None,
) -> FoundGroups:
    """Groups among items of a bank, without pairs that were marked as no duplicates.

    `threshold` takes the place of the cosine from which two items may be duplicates; `progress` is called with the
    share done and may raise to stop.
    """
    from rb_studio.analysis.duplicates import Thresholds, find_duplicates

    limits = Thresholds()
    if threshold is not None:
        limits = Thresholds(threshold, limits.overlap, max(threshold, limits.sure))
    place = {row.id: index for index, row in enumerate(rows)}
    apart = [(place[a], place[b]) for a, b in distinct_pairs(conn, bank_id) if a in place and b in place]
    texts = [item_embedding_text(row.title, row.description, row.content) for row in rows]
    vectors = item_vectors(conn, rows, embedder)
    found = find_duplicates(texts, vectors, thresholds=limits, apart=apart, progress=progress)
    return FoundGroups(_groups(rows, found), found.truncated)


def _groups(rows: Sequence[ItemRow], found: "Duplicates") -> tuple[DuplicateGroup, ...]:
    group_of = {index: number for number, members in enumerate(found.groups) for index in members}
    pairs: dict[int, list[DuplicatePair]] = {}
    for pair in found.pairs:
        pairs.setdefault(group_of[pair.a], []).append(pair)
    groups = [_group(members, rows, pairs[number]) for number, members in enumerate(found.groups)]
    return tuple(sorted(groups, key=lambda group: -group.cosine))


def _group(members: tuple[int, ...], rows: Sequence[ItemRow], pairs: "list[DuplicatePair]") -> DuplicateGroup:
    return DuplicateGroup(
        tuple(rows[index] for index in members),
        tuple(GroupPair(rows[pair.a].id, rows[pair.b].id, pair.cosine, pair.overlap) for pair in pairs),
        max(pair.cosine for pair in pairs),
    )
