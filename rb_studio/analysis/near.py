"""Pairs of rows whose cosine reaches a bound, found exactly among very many rows.

Products of blocks, so that 100,000 rows need no matrix of all pairs. Most pairs are far apart, and a part of the
numbers shows that: after a rotation that puts the most telling directions first, the product of the first quarter
and of the lengths of the rest is never below the cosine (Cauchy-Schwarz). Only pairs that pass are computed in full.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]
    Places = NDArray[np.int64]

BLOCK = 1_024
_PART = 16  # the numbers of a row that show it is far are a multiple of this, which the product is fast for
_LEAST = 128  # with fewer numbers in a row all of them are taken at once
_SAMPLE = 20_000
_SLACK = 1e-4  # above the rounding of a product of float32
_AT_ONCE = 16_384
_DENSE = 1 / 40  # from this share of a block on the whole product costs less than its pairs one by one


@dataclass(frozen=True, slots=True)
class Near:
    """Pairs of rows (left < right) with their cosines; `truncated` where there were more than are kept."""

    left: "Places"
    right: "Places"
    cosines: "NDArray[np.float32]"
    truncated: bool = False

    def __len__(self) -> int:
        return len(self.left)


def near_pairs(vectors: "Vectors", cosine: float, most: int, progress: Callable[[float], None] | None = None) -> Near:
    """Pairs of unit rows float32[n, d] at or above a cosine, the nearest `most` of them.

    `progress` is called with the share done after each row of blocks; it may raise to stop.
    """
    search = _Search(np.ascontiguousarray(vectors), cosine, most)
    for start in range(0, len(vectors), BLOCK):
        for other in range(start, len(vectors), BLOCK):
            search.block(start, other)
        if progress is not None:
            progress(_share_done(start + BLOCK, len(vectors)))
    return search.found()


class _Search:
    """Gathers the pairs of one block after the other."""

    def __init__(self, vectors: "Vectors", cosine: float, most: int) -> None:
        self._vectors, self._cosine, self._most = vectors, np.float32(cosine), most
        self._bounds = _upper_bounds(vectors)
        self._blocks, self._in_vain = 0, 0
        self._parts: list[Near] = []
        self._kept, self._truncated = 0, False

    def block(self, start: int, other: int) -> None:
        """Add the pairs between two blocks of rows."""
        found = self._sifted(start, other)
        left, right, cosines = found if found is not None else self._whole(start, other)
        if not len(left):
            return
        self._parts.append(Near(left, right, cosines))
        self._kept += len(left)
        if self._kept > 2 * self._most:
            self._cut()

    def found(self) -> Near:
        """All pairs, nearest first."""
        self._cut()
        return self._parts[0]

    def _sifted(self, start: int, other: int) -> "tuple[Places, Places, NDArray[np.float32]] | None":
        """The pairs by way of their upper bounds; None where these would not save anything."""
        if self._bounds is None:
            return None
        products = self._bounds[start : start + BLOCK] @ self._bounds[other : other + BLOCK].T
        left, right = _pairs(products >= self._cosine - np.float32(_SLACK), start, other)
        self._blocks += 1
        if len(left) > _DENSE * products.size:
            self._in_vain += 1
            if self._in_vain > 8 and self._in_vain > self._blocks // 2:
                self._bounds = None
            return None
        cosines = self._cosines(left, right)
        near = cosines >= self._cosine
        return left[near], right[near], cosines[near]

    def _whole(self, start: int, other: int) -> "tuple[Places, Places, NDArray[np.float32]]":
        products = self._vectors[start : start + BLOCK] @ self._vectors[other : other + BLOCK].T
        left, right = _pairs(products >= self._cosine, start, other)
        return left, right, products[left - start, right - other]

    def _cosines(self, left: "Places", right: "Places") -> "NDArray[np.float32]":
        found = np.empty(len(left), np.float32)
        for begin in range(0, len(left), _AT_ONCE):
            here = slice(begin, begin + _AT_ONCE)
            np.einsum("ij,ij->i", self._vectors[left[here]], self._vectors[right[here]], out=found[here])
        return found

    def _cut(self) -> None:
        """Keep the nearest pairs."""
        left, right, cosines = (
            np.concatenate([getattr(part, name) for part in self._parts] or [np.zeros(0, kind)])
            for name, kind in (("left", np.int64), ("right", np.int64), ("cosines", np.float32))
        )
        order = np.lexsort((right, left, -cosines))[: self._most]
        self._truncated |= len(left) > self._most
        self._parts = [Near(left[order], right[order], cosines[order], self._truncated)]
        self._kept = len(order)


def _pairs(near: "NDArray[np.bool_]", start: int, other: int) -> "tuple[Places, Places]":
    # over one dimension NumPy looks for what is set forty times faster than over two
    left, right = np.divmod(np.flatnonzero(np.triu(near, 1) if start == other else near), near.shape[1])
    return left + start, right + other


def _upper_bounds(vectors: "Vectors") -> "Vectors | None":
    """float32[n, m + 1] whose products are never below those of the rows; None where rows are short."""
    count, dimension = vectors.shape
    if dimension < _LEAST or count < BLOCK:
        return None
    numbers = max(_PART, dimension // 4 // _PART * _PART + _PART) - 1
    sample = vectors[:: max(1, count // _SAMPLE)]
    _, axes = np.linalg.eigh(sample.T @ sample)
    lead = vectors @ np.ascontiguousarray(axes[:, : -numbers - 1 : -1], np.float32)
    lengths = np.einsum("ij,ij->i", vectors, vectors) - np.einsum("ij,ij->i", lead, lead)
    return np.hstack([lead, np.sqrt(np.maximum(lengths, 0))[:, None]])


def _share_done(rows: int, total: int) -> float:
    """Share of all pairs behind the first `rows` rows."""
    left = max(0, total - rows) / total
    return 1.0 - left * left
