"""Conditions for "every one of these words": full-text where words can be told apart, substrings where they cannot."""

import re
from collections.abc import Sequence

from rb_studio.store.memory_rows import SPACELESS
from rb_studio.store.temporal import Sql

_WORD = re.compile(r"[^\W_]+")
_TRIGRAM = 3
_TEXTS = ("title", "description", "content")


def quoted(word: str) -> str:
    """A word as an FTS5 string: nothing in it is syntax."""
    return '"' + word.replace('"', '""') + '"'


def like_pattern(text: str) -> str:
    """A LIKE pattern (escape character backslash) for a substring."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def contains(text: str, column: str = "") -> Sql:
    """A condition on item_version `v`: this text, or one of its texts, holds a substring."""
    columns = (column,) if column else _TEXTS
    either = " OR ".join(f"v.{name} LIKE ? ESCAPE '\\'" for name in columns)
    return f"({either})", [like_pattern(text)] * len(columns)


def has_words(terms: Sequence[str]) -> list[Sql]:
    """Conditions on item_version `v`: its texts have every term (see `has_term`)."""
    return [has_term(term) for term in terms]


def has_term(term: str, column: str = "") -> Sql:
    """A condition on item_version `v`: its texts, or one of them, have a term, in any form and as beginning of words.

    A term of several words is a phrase. One without a letter or digit is looked for as it is.
    """
    match = full_text(term, column)
    if match is None:
        return contains(term.replace("\x00", " "), column)
    table, wanted = match
    return f"v.id IN (SELECT rowid FROM {table} WHERE {table} MATCH ?)", [wanted]


def full_text(term: str, column: str = "") -> tuple[str, str] | None:
    """The full-text table and query that find a term; None where only looking at every text does."""
    term = term.replace("\x00", " ")
    words = _WORD.findall(term)
    scope = f"{column} : " if column else ""
    if not words or (SPACELESS.search(term) and len(term) < _TRIGRAM):
        return None
    if SPACELESS.search(term):
        return "item_trigrams", scope + quoted(term)
    return "item_words", scope + quoted(" ".join(words)) + "*"
