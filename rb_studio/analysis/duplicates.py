"""Duplicate groups of memory items: near in meaning and alike in wording.

Cosines come from products of blocks, so 100,000 items need no matrix of all pairs. Items of identical
text are joined first and searched for once.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rb_studio.analysis.components import connected
from rb_studio.analysis.overlap import Overlap, normalised

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

BLOCK = 2_048
Found = tuple[int, int, float]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Two items are duplicates from `cosine` on if their texts overlap by `overlap`, from `sure` on anyway."""

    cosine: float = 0.85
    overlap: float = 0.3
    sure: float = 0.95


@dataclass(frozen=True, slots=True)
class DuplicatePair:
    """Two items (indices, a < b) with the evidence: cosine of vectors, overlap of texts (0..1)."""

    a: int
    b: int
    cosine: float
    overlap: float


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Pairs, nearest first, and the groups they connect. `truncated`: more pairs than were kept.

    Of items with identical text each is paired with the first one only.
    """

    pairs: tuple[DuplicatePair, ...]
    groups: tuple[tuple[int, ...], ...]
    truncated: bool = False


def find_duplicates(
    texts: Sequence[str],
    vectors: "Vectors",
    *,
    thresholds: Thresholds | None = None,
    apart: Collection[tuple[int, int]] = (),
    max_pairs: int = 100_000,
    progress: Callable[[float], None] | None = None,
) -> Duplicates:
    """Find duplicates among items.

    Parameters
    ----------
    texts
        What is compared word for word, one per item.
    vectors
        float32[items, d], rows of length 1, all of one embedder.
    apart
        Pairs (a, b) that somebody has called no duplicates; two such items may still meet in a
        group through a third one.
    max_pairs
        Beyond it only the nearest pairs are kept.
    progress
        Called with the share done after each block of rows; it may raise to stop the search.
    """
    if vectors.ndim != 2 or len(texts) != len(vectors):
        raise ValueError(f"{len(texts)} texts need as many vectors, not {vectors.shape}")
    limits = thresholds or Thresholds()
    refused = {(min(pair), max(pair)) for pair in apart}
    first_of = _first_of_each_text(texts)
    kept, truncated = _near_pairs(vectors, np.unique(first_of), limits, refused, max_pairs, progress)
    overlap = Overlap(texts)
    pairs = [DuplicatePair(a, b, cosine, overlap(a, b)) for a, b, cosine in (*_identical(first_of, vectors), *kept)]
    chosen = [pair for pair in pairs if (pair.a, pair.b) not in refused and _alike(pair, limits)]
    chosen.sort(key=lambda pair: (-pair.cosine, pair.a, pair.b))
    return Duplicates(tuple(chosen), tuple(connected((pair.a, pair.b) for pair in chosen)), truncated)


def _first_of_each_text(texts: Sequence[str]) -> "NDArray[np.int64]":
    """For each item the index of the first item with the same normalised text."""
    seen: dict[str, int] = {}
    return np.array([seen.setdefault(normalised(text), index) for index, text in enumerate(texts)], dtype=np.int64)


def _identical(first_of: "NDArray[np.int64]", vectors: "Vectors") -> Iterator[Found]:
    for index, first in enumerate(first_of.tolist()):
        if first != index:
            yield first, index, _rounded(vectors[first] @ vectors[index])


def _near_pairs(
    vectors: "Vectors",
    rows: "NDArray[np.int64]",
    limits: Thresholds,
    refused: Collection[tuple[int, int]],
    max_pairs: int,
    progress: Callable[[float], None] | None,
) -> tuple[list[Found], bool]:
    """Pairs of `rows` at or above the cosine, the nearest `max_pairs` of them."""
    compact = np.ascontiguousarray(vectors[rows])
    kept: list[Found] = []
    truncated = False
    for start in range(0, len(rows), BLOCK):
        for other in range(start, len(rows), BLOCK):
            found, cut = _block(compact, rows, start, other, limits.cosine, max_pairs)
            kept += [pair for pair in found if pair[:2] not in refused]
            truncated |= cut
            if len(kept) > 2 * max_pairs:
                kept, truncated = _nearest(kept, max_pairs), True
        if progress is not None:
            progress(_share_done(start + BLOCK, len(rows)))
    return _nearest(kept, max_pairs), truncated or len(kept) > max_pairs


def _block(
    vectors: "Vectors", rows: "NDArray[np.int64]", start: int, other: int, cosine: float, most: int
) -> tuple[list[Found], bool]:
    """Pairs between two blocks of rows, the nearest `most` of them, and whether there were more."""
    scores = vectors[start : start + BLOCK] @ vectors[other : other + BLOCK].T
    near = scores >= cosine
    if start == other:
        near = np.triu(near, 1)
    left, right = np.nonzero(near)
    cut = len(left) > most
    if cut:
        nearest = np.argpartition(-scores[left, right], most)[:most]
        left, right = left[nearest], right[nearest]
    values = [_rounded(value) for value in scores[left, right]]
    return list(zip(rows[left + start].tolist(), rows[right + other].tolist(), values, strict=True)), cut


def _nearest(pairs: list[Found], count: int) -> list[Found]:
    return sorted(pairs, key=lambda pair: (-pair[2], pair[0], pair[1]))[:count]


def _share_done(rows: int, total: int) -> float:
    """Share of all pairs behind the first `rows` rows."""
    left = max(0, total - rows) / total
    return 1.0 - left * left


def _alike(pair: DuplicatePair, limits: Thresholds) -> bool:
    return pair.overlap == 1.0 or pair.cosine >= limits.sure or pair.overlap >= limits.overlap


def _rounded(cosine: float) -> float:
    return round(float(cosine), 6)
