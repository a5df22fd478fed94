"""Duplicate groups of memory items: near in meaning and alike in wording.

Items of identical text are joined first and searched for once.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rb_studio.analysis.components import complete_groups
from rb_studio.analysis.near import near_pairs
from rb_studio.analysis.overlap import Overlap, normalised

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

Found = tuple[int, int, float]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Two items are duplicates from `cosine` on if their texts overlap by `overlap`, from `sure` on anyway.

    Cosine and overlap are where the labelled pairs of `jobs.operating_point` have the highest recall at a precision
    of 95 %; above `sure` the wording made no difference there.
    """

    cosine: float = 0.85
    overlap: float = 0.45
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
    """Pairs, nearest first, and the groups within which all are alike. `truncated`: more pairs than were kept.

    Of items with identical text each is paired with the first one only. A pair whose items are in no group together
    joins an item to one that is like some of its group and not like others.
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
        Pairs (a, b) that somebody has called no duplicates; they are in no group together.
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
    rows = np.unique(first_of)
    near = near_pairs(vectors[rows], limits.cosine, max_pairs + len(refused), progress)
    kept = zip(rows[near.left].tolist(), rows[near.right].tolist(), map(_rounded, near.cosines), strict=True)
    overlap = Overlap(texts)
    pairs = [DuplicatePair(a, b, cosine, overlap(a, b)) for a, b, cosine in (*_identical(first_of, vectors), *kept)]
    chosen = [pair for pair in pairs if (pair.a, pair.b) not in refused and alike(pair.cosine, pair.overlap, limits)]
    chosen.sort(key=lambda pair: (-pair.cosine, pair.a, pair.b))
    groups = complete_groups(((pair.a, pair.b) for pair in chosen), first_of.tolist(), refused)
    return Duplicates(tuple(chosen), tuple(groups), near.truncated)


def alike(cosine: float, overlap: float, limits: Thresholds) -> bool:
    """Whether two texts are duplicates by the cosine of their vectors and the overlap of their wording."""
    return overlap == 1.0 or cosine >= limits.sure or (cosine >= limits.cosine and overlap >= limits.overlap)


def _first_of_each_text(texts: Sequence[str]) -> "NDArray[np.int64]":
    """For each item the index of the first item with the same normalised text."""
    seen: dict[str, int] = {}
    return np.array([seen.setdefault(normalised(text), index) for index, text in enumerate(texts)], dtype=np.int64)


def _identical(first_of: "NDArray[np.int64]", vectors: "Vectors") -> Iterator[Found]:
    for index, first in enumerate(first_of.tolist()):
        if first != index:
            yield first, index, _rounded(vectors[first] @ vectors[index])


def _rounded(cosine: float) -> float:
    return round(float(cosine), 6)
