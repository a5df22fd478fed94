"""The embedding caches of google-research/reasoning-bank: `{"id", "text", "embedding"}`, one task text a line.

A cache does not say which model made it, and many models make vectors of one length. Its vectors go under an identity
that tells so, apart from those of every other file and of every model this program runs, unless the person who imports
it names the model.
"""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rb_studio.interchange.loaded import FieldReport, LoadedFile
from rb_studio.interchange.sniff import EMBEDDINGS
from rb_studio.interchange.source import Source

if TYPE_CHECKING:
    from rb_studio.records.memory import Vector

RECIPE = "official cache"
MAX_DIMENSION = 65_536
MAX_NUMBERS = 50_000_000


def read_embeddings(source: Source) -> LoadedFile:
    """Read a cache; vectors of different length are kept apart as another model's.

    Vectors are scaled to unit length, which retrieval does anyway. A line that cannot be used is left out with a
    sentence and stops no other.
    """
    report = FieldReport()
    reading = _Reading(source, report)
    for number, value in source.tolerant_lines():
        if not reading.line(number, value):
            break
    return LoadedFile(
        str(source.path),
        EMBEDDINGS,
        text_vectors=reading.vectors,
        mapped=report.names("mapped"),
        guessed=report.names("guessed"),
        skipped=report.names("skipped"),
        warnings=source.warnings,
    )


class _Reading:
    """The vectors of a cache while its lines are read, by identity and text."""

    def __init__(self, source: Source, report: FieldReport) -> None:
        self.source = source
        self.report = report
        self.vectors: dict[str, dict[str, Vector]] = {}
        self.numbers = 0

    def line(self, number: int, value: Any) -> bool:
        """Take one line; False when the file holds more than is read."""
        import numpy as np

        text, given, fault = _checked(value)
        if fault:
            return self._left_out(number, fault)
        self.numbers += len(given)
        if self.numbers > MAX_NUMBERS:
            self.source.warn(
                f"the cache holds more than {MAX_NUMBERS:,} numbers; it was read up to line {number - 1}, so split it"
            )
            return False
        vector = np.asarray(given, np.float32)
        length = float(np.linalg.norm(vector))
        if not math.isfinite(length) or length == 0.0:
            return self._left_out(number, "its vector is zero or too large to have a direction")
        self._keep(number, text, vector / np.float32(length))
        return True

    def _left_out(self, number: int, fault: str) -> bool:
        self.source.warn(f"line {number} was left out: {fault}")
        self.report.skipped("lines without a usable vector")
        return True

    def _keep(self, number: int, text: str, vector: "Vector") -> None:
        import numpy as np

        self.report.mapped("text → task text", "embedding → vector of unit length")
        own = self._of_model(number, vector.size)
        known = own.setdefault(text, vector)
        if known is not vector and not np.allclose(known, vector, atol=1e-3):
            self.source.warn(f"line {number} gives a text of an earlier line another vector; the earlier one was kept")
        elif known is not vector:
            self.report.skipped("lines that repeat a text with the same vector")

    def _of_model(self, number: int, size: int) -> "dict[str, Vector]":
        folder = self.source.path.resolve().parent.name
        identity = f"unknown model of {folder}/{self.source.path.stem}:{size}:{RECIPE}"
        self.report.guessed(
            f"embedding model ← {identity}: the file does not say which model made its vectors, and their length does "
            "not tell; name it with --embedder"
        )
        if self.vectors and identity not in self.vectors:
            self.source.warn(f"line {number} has {size:,} numbers, unlike the lines before: kept as another model's")
        return self.vectors.setdefault(identity, {})


def _checked(value: Any) -> tuple[str, list[float], str]:
    """Text and numbers of a line, and what is wrong with it, if anything."""
    if not isinstance(value, Mapping) or "embedding" not in value:
        return "", [], "it is no vector of a text"
    text, given = value.get("text"), value["embedding"]
    if not isinstance(text, str) or not text.strip():
        return "", [], "its vector has no text"
    if not isinstance(given, list) or not given:
        return "", [], "its embedding is no list of numbers"
    if len(given) > MAX_DIMENSION:
        return "", [], f"its vector has {len(given):,} numbers, more than {MAX_DIMENSION:,}"
    if not all(isinstance(number, (int, float)) and not isinstance(number, bool) for number in given):
        return "", [], "its vector holds NaN, infinity or something else that is no number"
    if not all(abs(number) < 1e30 for number in given):
        return "", [], "its vector holds numbers beyond any model's"
    return text, given, ""
