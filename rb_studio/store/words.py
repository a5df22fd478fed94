"""Conditions for "every one of these words": full-text where words can be told apart, substrings where they cannot."""

import re
from collections.abc import Sequence

from rb_studio.store.memory_rows import SPACELESS

_WORD = re.compile(r"[^\W_]+")
_TRIGRAM = 3
_CONTAINS = "(v.title LIKE ? ESCAPE '\\' OR v.description LIKE ? ESCAPE '\\' OR v.content LIKE ? ESCAPE '\\')"


def quoted(word: str) -> str:
    """A word as an FTS5 string: nothing in it is syntax."""
    return '"' + word.replace('"', '""') + '"'


def like_pattern(text: str) -> str:
    """A LIKE pattern (escape character backslash) for a substring."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def contains(text: str) -> tuple[str, list[str]]:
    """A condition on item_version `v`: one of its texts holds this substring."""
    return _CONTAINS, [like_pattern(text)] * 3


def has_words(terms: Sequence[str]) -> tuple[list[str], list[str]]:
    """Conditions on item_version `v`: its texts have every term, in any form and as beginnings of words.

    A term of several words is a phrase. Terms without a letter or digit are looked for as they are.
    """
    conditions: list[str] = []
    params: list[str] = []
    for term in (term.replace("\x00", " ") for term in terms):
        words = _WORD.findall(term)
        if not words or (SPACELESS.search(term) and len(term) < _TRIGRAM):
            condition, values = contains(term)
        else:
            condition, values = _matches(term, words)
        conditions.append(condition)
        params += values
    return conditions, params


def _matches(term: str, words: Sequence[str]) -> tuple[str, list[str]]:
    if SPACELESS.search(term):
        return "v.id IN (SELECT rowid FROM item_trigrams WHERE item_trigrams MATCH ?)", [quoted(term)]
    return "v.id IN (SELECT rowid FROM item_words WHERE item_words MATCH ?)", [quoted(" ".join(words)) + "*"]
