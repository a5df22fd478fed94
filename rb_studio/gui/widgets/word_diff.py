"""What differs between two texts, word by word."""

import difflib
import re
from dataclasses import dataclass
from typing import Literal

from rb_studio.records.item_text import Renderable

Kind = Literal["same", "added", "removed"]
_TOKEN = re.compile(r"\s+|\w+\s*|[^\w\s]\s*")
MOST_TOKENS = 6000


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text that is in both, only in the newer, or only in the older text."""

    kind: Kind
    text: str


def word_diff(old: str, new: str) -> list[Piece]:
    """Stretches in reading order; very long texts are compared line by line."""
    before, after = _tokens(old), _tokens(new)
    if len(before) + len(after) > MOST_TOKENS:
        before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    pieces: list[Piece] = []
    for tag, a1, a2, b1, b2 in matcher.get_opcodes():
        if tag == "equal":
            pieces.append(Piece("same", "".join(before[a1:a2])))
        else:
            pieces += [Piece("removed", "".join(before[a1:a2]))] if a2 > a1 else []
            pieces += [Piece("added", "".join(after[b1:b2]))] if b2 > b1 else []
    return pieces


def item_diff(old: Renderable, new: Renderable) -> list[tuple[str, list[Piece]]]:
    """The three texts of an item, by name, with what differs in each."""
    return [
        (name.capitalize(), word_diff(getattr(old, name), getattr(new, name)))
        for name in ("title", "description", "content")
    ]


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(text)
