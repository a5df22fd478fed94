"""How alike two texts are in wording: shared character trigrams, so that any script works."""

import re
import unicodedata
from collections.abc import Sequence

_NEGATION = re.compile(r"\b(?:not|never|avoid|ignore|without|\w+n't|cannot)\b")


def normalised(text: str) -> str:
    """Compatible Unicode form, lower case, white space collapsed: equal texts of equal wording."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def negations(text: str) -> int:
    """How many words of an English text turn its advice into the opposite: not, never, avoid and the like."""
    return len(_NEGATION.findall(normalised(text)))


class Overlap:
    """Jaccard overlap of texts by index; the trigrams of a text are taken once."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts
        self._grams: dict[int, frozenset[str]] = {}

    def __call__(self, a: int, b: int) -> float:
        """Shared trigrams of two texts in 0..1, rounded to 4 decimals; 1 only for identical wording."""
        one, two = self._of(a), self._of(b)
        if one == two:
            return 1.0 if normalised(self._texts[a]) == normalised(self._texts[b]) else 0.9999
        return min(0.9999, round(len(one & two) / len(one | two), 4))

    def _of(self, index: int) -> frozenset[str]:
        if index not in self._grams:
            text = f" {normalised(self._texts[index])} "
            self._grams[index] = frozenset(text[at : at + 3] for at in range(max(1, len(text) - 2)))
        return self._grams[index]
