"""The parts of a query for memory items: clauses, what is left out, and groups of which one has to hold.

Words, `"phrases"` and `field:value` must all hold; `-` before a part turns it round; `OR` stands between parts of which
one is enough; parentheses group. What stands after `~` is a meaning. Any text can be read: what was only begun counts
for nothing, what is missing at the end is filled in.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as attribute

NONE = "none"
MEANING = "~"
STRAY = ")"
_LEAF = re.compile(
    r'(?P<not>-(?=\S))?(?:~\s*(?:"(?P<meant>[^"]*)"?|(?P<rest>.*))'
    r'|(?P<field>[A-Za-z]+):(?:"(?P<quoted>[^"]*)"?|(?P<value>[^\s"]*))'
    r'|"(?P<phrase>[^"]*)"?'
    r"|(?P<word>\S+))",
    re.DOTALL,
)
_MEANT = re.compile(r'-?~\s*"')
_OPENS = re.compile(r"-?\(")
_EITHER = re.compile(r"OR(?=\s|$)")


@dataclass(frozen=True, slots=True)
class Clause:
    """One part of a query as it was typed; `field` is empty for words, `~` for a meaning.

    `start` is where it stands in the query, `apart` whether it stands in parentheses or beside an OR.
    """

    text: str
    field: str
    value: str
    negated: bool = False
    start: int = attribute(default=0, compare=False)
    apart: bool = attribute(default=False, compare=False)

    @property
    def written(self) -> str:
        """The part as it reads back beside others: a quote that was left open is closed.

        A parenthesis that was is taken into quotes, lest it open or close a group there.
        """
        quoted, sign = f'"{self.value}"', "-" if self.negated else ""
        if self.field == MEANING:
            return f"{sign}~ {quoted}" if _MEANT.match(self.text) else self.text.strip()
        loose = self.value.count("(") != self.value.count(")") and '"' not in self.value
        if self.field and self.field != STRAY:
            return f"{sign}{self.field}:{quoted}" if '"' in self.text or loose else self.text
        return sign + quoted if self.text.startswith(('"', '-"')) or loose else self.text


@dataclass(frozen=True, slots=True)
class Group:
    """Parts that must all hold, or of which one has to where `either`."""

    parts: tuple["Clause | Group", ...] = ()
    either: bool = False
    negated: bool = False

    @property
    def written(self) -> str:
        """The group as it reads back, in parentheses."""
        return f"{'-' if self.negated else ''}({joined(self)})"


Part = Clause | Group


def joined(group: Group) -> str:
    """A group's parts as text."""
    return (" OR " if group.either else " ").join(part.written for part in group.parts)


def read(text: str) -> Group:
    """The parts of a query; a meaning belongs to the whole query and stands last."""
    tree = _Reader(text).alternatives(0)
    parts = tree.parts if not tree.either and not tree.negated else (tree,)
    meanings = tuple(one for one in leaves(tree) if one.field == MEANING and not one.apart)
    if meanings and tree.either:
        parts = (_without(tree, meanings), *meanings)
    return Group(tuple(part for part in parts if not isinstance(part, Group) or part.parts))


def leaves(part: Part) -> Iterator[Clause]:
    """The clauses of a tree, in order."""
    if isinstance(part, Clause):
        yield part
    else:
        for one in part.parts:
            yield from leaves(one)


def pruned(group: Group, goes: Callable[[Clause], bool]) -> Group:
    """The tree without some clauses; groups that hold nothing any more go too."""
    kept: list[Part] = []
    for part in group.parts:
        if isinstance(part, Group):
            smaller = pruned(part, goes)
            kept += [smaller] if smaller.parts else []
        elif not goes(part):
            kept.append(part)
    return replace(group, parts=tuple(kept))


def _without(tree: Group, some: Sequence[Clause]) -> Group:
    return pruned(tree, lambda one: any(one is other for other in some))


class _Reader:
    """Reads one text from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def alternatives(self, depth: int) -> Group:
        """Parts up to the end, or the parenthesis that closes this group."""
        found: list[list[Part]] = [[]]
        while (part := self._next(depth)) is not None:
            if part == "OR":
                found.append([])
            elif not isinstance(part, Group) or part.parts:
                assert not isinstance(part, str)
                found[-1].append(part)
        each = [parts for parts in found if parts]
        if len(each) <= 1:
            return Group(tuple(each[0]) if each else ())
        return Group(tuple(parts[0] if len(parts) == 1 else Group(tuple(parts)) for parts in each), either=True)

    def _next(self, depth: int) -> "Part | str | None":
        while self._at < len(self._text) and self._text[self._at].isspace():
            self._at += 1
        if self._at >= len(self._text):
            return None
        if self._text[self._at] == ")" and depth:
            self._at += 1
            return None
        if match := _EITHER.match(self._text, self._at):
            self._at = match.end()
            return "OR"
        if match := _OPENS.match(self._text, self._at):
            self._at = match.end()
            return replace(self.alternatives(depth + 1), negated=match[0].startswith("-"))
        return self._leaf(depth)

    def _leaf(self, depth: int) -> Clause:
        start = self._at
        match = _LEAF.match(self._text, start)
        assert match is not None, "a word takes in whatever is left"
        length = len(match[0])
        for name in ("value", "word"):
            if depth and match[name]:
                length -= len(match[name]) - _own(match[name])
        self._at = start + max(length, 1)
        text = self._text[start : self._at]
        named, value = _named(match, length)
        return Clause(text, named, value, match["not"] is not None, start, apart=depth > 0)


def _named(match: re.Match[str], length: int) -> tuple[str, str]:
    """Field and value of a clause of which so much belongs to it."""
    cut = len(match[0]) - length
    if match["field"] is not None:
        value = match["quoted"] if match["quoted"] is not None else match["value"]
        return match["field"].lower(), value[: len(value) - cut]
    if match["meant"] is not None or match["rest"] is not None:
        return MEANING, (match["meant"] if match["meant"] is not None else match["rest"]).strip()
    if match["phrase"] is not None:
        return "", match["phrase"]
    word = match["word"][: len(match["word"]) - cut]
    if word.startswith(")"):
        return STRAY, word
    return "", "" if word == "-" else word


def _own(word: str) -> int:
    """How much of a word in parentheses belongs to it: up to a parenthesis that was opened before it."""
    depth = 0
    for place, sign in enumerate(word):
        depth += (sign == "(") - (sign == ")")
        if depth < 0:
            return place
    return len(word)
