"""Groups of a bank's items that say the same, with the evidence."""

import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

from rb_studio.jobs.aside import Told, aside, report
from rb_studio.jobs.embedding import chosen_embedder
from rb_studio.jobs.item_vectors import embedded_items
from rb_studio.jobs.operating_point import limits_for
from rb_studio.models.protocol import Embedder
from rb_studio.records.memory import ItemState
from rb_studio.store.curation import distinct_pairs
from rb_studio.store.items import ItemFilter, ItemRow, list_items
from rb_studio.store.workspace import Workspace

if TYPE_CHECKING:
    from rb_studio.analysis.duplicates import DuplicatePair, Duplicates

IN_USE = (ItemState.CANDIDATE, ItemState.ACTIVE)
STEPS = 1000


@dataclass(frozen=True, slots=True)
class GroupPair:
    """Two items by id, and how alike they are: cosine of vectors, overlap of texts (0..1).

    `negated`: one of the texts says not, never or avoid and the other does not, so it may advise the opposite, which
    no cosine shows.
    """

    a: int
    b: int
    cosine: float
    overlap: float
    negated: bool = False


@dataclass(frozen=True, slots=True)
class DuplicateGroup:
    """Items that all say the same as each other; `cosine` is that of the nearest pair.

    `near` are pairs of one of them with an item that is like it and not like all the others.
    """

    items: tuple[ItemRow, ...]
    pairs: tuple[GroupPair, ...]
    cosine: float
    near: tuple[GroupPair, ...] = ()

    @property
    def weakest(self) -> GroupPair:
        """The pair that is least alike: the group is no better than that."""
        return min(self.pairs, key=lambda pair: (pair.cosine, pair.overlap))

    @property
    def suggested(self) -> tuple[int, str]:
        """The id of the item that might be kept, and what speaks for it; no more than a suggestion."""
        closeness = {row.id: fmean(p.cosine for p in self.pairs if row.id in (p.a, p.b)) for row in self.items}
        left = self.items
        for why, merit in _MERITS:
            most = max(merit(row, closeness) for row in left)
            left = tuple(row for row in left if merit(row, closeness) == most)
            if len(left) == 1:
                return left[0].id, why
        return left[0].id, ""


_MERITS: Sequence[tuple[str, Callable[[ItemRow, Mapping[int, float]], float]]] = (
    ("the only active one", lambda row, closeness: row.state == ItemState.ACTIVE),
    ("used most", lambda row, closeness: row.used),
    ("learned from most rollouts", lambda row, closeness: len(row.sources)),
    ("nearest to the others", lambda row, closeness: closeness[row.id]),
    ("the oldest", lambda row, closeness: -row.id),
)


@dataclass(frozen=True, slots=True)
class FoundGroups:
    """Groups, the nearest first, among `compared` items. `truncated`: more pairs were found than are kept."""

    groups: tuple[DuplicateGroup, ...]
    truncated: bool
    compared: int = 0


def find_aside(
    path: Path,
    bank_id: int,
    embedder: str | None = None,
    threshold: float | None = None,
    states: Collection[str] = IN_USE,
    told: Told = lambda done, total: None,
) -> FoundGroups:
    """`find_groups` in a process of its own, for a workspace file that may be open for writing here.

    `embedder` is a name as `chosen_embedder` takes it. `told` is called with how much is done, and of how much; it
    may raise to stop.
    """
    last = (0, STEPS)

    def heard(done: int) -> None:
        nonlocal last
        last = (done, STEPS)

    return aside(
        _work, path, bank_id, embedder, threshold, tuple(map(str, states)), heard=heard, tick=lambda: told(*last)
    )


def _work(
    path: Path, bank_id: int, embedder: str | None, threshold: float | None, states: tuple[str, ...]
) -> FoundGroups:
    with Workspace.open(path, write=False) as workspace, chosen_embedder(embedder) as chosen:
        return find_groups(
            workspace.reader(),
            bank_id,
            chosen,
            threshold,
            states,
            progress=lambda share: report(round(share * STEPS)),
        )


def find_groups(
    conn: sqlite3.Connection,
    bank_id: int,
    embedder: Embedder,
    threshold: float | None = None,
    states: Collection[str] = IN_USE,
    *,
    progress: Callable[[float], None] | None = None,
) -> FoundGroups:
    """Groups among a bank's items in these states, without pairs that were marked as no duplicates.

    Parameters
    ----------
    embedder
        Vectors that are not stored are computed, and not kept.
    threshold
        Takes the place of the cosine from which two items may be duplicates.
    progress
        Called with the share done; it may raise to stop.
    """
    from threadpoolctl import threadpool_limits

    from rb_studio.analysis.duplicates import find_duplicates

    items = embedded_items(conn, bank_id, states, embedder)
    ids, texts, vectors = items.ids, items.texts, items.vectors
    for lacking in (~items.known).nonzero()[0].tolist():
        vectors[lacking] = embedder.embed([texts[lacking]])[0]
        if progress is not None:
            progress(0.0)
    place = {item: index for index, item in enumerate(ids)}
    apart = [(place[a], place[b]) for a, b in distinct_pairs(conn, bank_id) if a in place and b in place]
    with threadpool_limits(1, user_api="blas"):
        found = find_duplicates(texts, vectors, thresholds=limits_for(threshold), apart=apart, progress=progress)
    grouped = tuple(ids[index] for members in found.groups for index in members)
    rows = {row.id: row for row in list_items(conn, bank_id, ItemFilter(ids=grouped))} if grouped else {}
    return FoundGroups(_groups(ids, texts, rows, found), found.truncated, len(ids))


def duplicate_groups(
    conn: sqlite3.Connection,
    bank_id: int,
    rows: Sequence[ItemRow],
    embedder: Embedder,
    threshold: float | None = None,
    progress: Callable[[float], None] | None = None,
) -> FoundGroups:
    """`find_groups` among the items in the states of these rows."""
    states = {row.state for row in rows}
    return find_groups(conn, bank_id, embedder, threshold, states, progress=progress)


def _groups(
    ids: Sequence[int], texts: Sequence[str], rows: Mapping[int, ItemRow], found: "Duplicates"
) -> tuple[DuplicateGroup, ...]:
    group_of = {index: number for number, members in enumerate(found.groups) for index in members}
    inside: list[list[GroupPair]] = [[] for _ in found.groups]
    across: list[list[GroupPair]] = [[] for _ in found.groups]
    for pair in found.pairs:
        ends = {group_of.get(pair.a), group_of.get(pair.b)} - {None}
        same = pair.a in group_of and group_of[pair.a] == group_of.get(pair.b)
        for number in ends:
            (inside if same else across)[number or 0].append(_pair(pair, ids, texts))
    groups = [
        DuplicateGroup(
            tuple(rows[ids[index]] for index in members),
            tuple(inside[number]),
            max(pair.cosine for pair in inside[number]),
            tuple(across[number]),
        )
        for number, members in enumerate(found.groups)
    ]
    return tuple(sorted(groups, key=lambda group: -group.cosine))


def _pair(pair: "DuplicatePair", ids: Sequence[int], texts: Sequence[str]) -> GroupPair:
    from rb_studio.analysis.overlap import negations

    negated = negations(texts[pair.a]) != negations(texts[pair.b])
    return GroupPair(ids[pair.a], ids[pair.b], pair.cosine, pair.overlap, negated)
