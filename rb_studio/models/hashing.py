"""An embedder without a model: hashed words. It sees shared words, not meaning, and says so."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

_WORD = re.compile(r"\w+")
_CHARACTER_LENGTH = 3


class HashingEmbedder:
    """Words, word pairs and character triples hashed into signed buckets; the same on every machine.

    Parameters
    ----------
    dimension
        Number of buckets.
    """

    low_quality = True
    query_prefix = ""

    def __init__(self, dimension: int = 384) -> None:
        self.dimension = dimension
        self.identity = f"hashing:{dimension}:text"

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """float32[n, dimension], rows of unit length; a text without words maps to the first axis."""
        rows = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in zip(rows, texts, strict=True):
            self._fill(row, text)
        return rows

    def tokens(self, texts: Sequence[str]) -> int:
        """Hashing costs no tokens."""
        return 0

    def close(self) -> None:
        """Nothing is held."""

    def _fill(self, row: NDArray[np.float32], text: str) -> None:
        for feature, weight in _features(text):
            number = int.from_bytes(hashlib.blake2b(feature.encode("utf-8", "replace"), digest_size=8).digest(), "big")
            row[(number >> 1) % self.dimension] += weight if number & 1 else -weight
        length = float(np.linalg.norm(row))
        if length == 0.0:
            row[:] = 0.0
            row[0] = length = 1.0
        row /= np.float32(length)


def _features(text: str) -> Iterator[tuple[str, float]]:
    words = _WORD.findall(text.lower())
    for word in words:
        yield f"w{word}", 1.0
        for start in range(len(word) - _CHARACTER_LENGTH + 1):
            yield f"c{word[start : start + _CHARACTER_LENGTH]}", 0.3
    for first, second in pairwise(words):
        yield f"p{first} {second}", 0.5
