"""What is looked for, and where it stands in one text."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rb_studio.records.errors import UsageError
from rb_studio.store.rows import clean

FIELDS = (
    *("thought", "action", "observation", "error", "reasoning", "prompt", "reply"),
    *("answer", "patch", "verdict", "memory", "note"),
)
REPEATING = frozenset(("prompt", "reply"))
"""Fields whose texts stand elsewhere too: looked through where they are named."""
# A pattern that takes longer than this for one text grows without bound with the text; so many such texts are enough.
SECONDS = 0.2
SLOW_TEXTS = 5
_BEFORE, _AFTER, _LONGEST = 48, 96, 200
_TERM = re.compile(r'(?<!\S)"(?P<phrase>[^"]+)"(?!\S)|(?P<word>\S+)')
# Letters whose small form is another number of letters, is one of ASCII's, or depends on where they stand.
_APART = {0x130: "\ufdd0", 0x212A: "\ufdd1", 0x3A3: "\u03c3"}
_ODD_LETTERS = tuple(map(chr, _APART))

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Search:
    r"""What is looked for, and in which texts.

    Parameters
    ----------
    text
        A text, a regular expression with `regex` (`^` and `$` are ends of lines). Capitals count with `case` only.
    fields
        Names of `FIELDS`; all but `REPEATING` where none is named.
    runs
        Only these runs, and only what belongs to one.
    words
        True: every word has to stand in the text, as part of a word too and in any order, and "what is quoted" as it
        is. False: the text as it stands. None is True across runs and False in one rollout, as people know it.
    """

    text: str
    regex: bool = False
    case: bool = False
    fields: frozenset[str] = frozenset(FIELDS) - REPEATING
    runs: tuple[int, ...] = ()
    words: bool | None = None

    def __post_init__(self) -> None:
        unknown = self.fields - set(FIELDS)
        if unknown:
            raise UsageError(f"nothing is found in {', '.join(sorted(unknown))}: choose of {', '.join(FIELDS)}")


@dataclass(frozen=True, slots=True)
class Hit:
    """Where something was found.

    `kind` is `step`, `rollout`, `verdict`, `memory` or `note`. `rollout` and `run` are rows; `step` is a step's number,
    None for what belongs to no step, as the observation before the first; `item` is the row of a memory item, verdict
    or note. `start` and `length` are of the field's whole text, `at` says where in `snippet` they stand. `count` is how
    many times it stands in that text, where a hit speaks for all of them.
    """

    kind: str
    rollout: int | None
    run: int | None
    step: int | None
    item: int | None
    field: str
    snippet: str
    start: int
    length: int
    at: int = 0
    count: int = 1


class TooSlow(UsageError):
    """A pattern takes too long for a text; `found` is what it found in it until then."""

    def __init__(self, found: "list[Span]") -> None:
        super().__init__("the pattern takes too long: leave out repetitions inside repetitions, such as (a+)+")
        self.found = found


class Matcher:
    """Finds a search's text in texts; `terms` are texts that all stand wherever it finds something.

    Raises UsageError for a pattern that cannot be read.
    """

    def __init__(self, search: Search, *, words: bool) -> None:
        text = clean(search.text)
        self._pattern = _compiled(text, search.case) if search.regex and text else None
        self.terms: tuple[str, ...] = () if search.regex else tuple(_terms(text, words))
        self.empty = not text.strip() if search.regex or words else not text
        self._wanted = [_Term(term, search.case) for term in self.terms]

    def spans(self, text: str, most: int) -> list[Span]:
        """(start, length) of at most so many places, in order and without overlap. Raises TooSlow."""
        if self._pattern is not None:
            return self._matches(text, most)
        look = _Text(text)
        if not all(map(look.may_hold, self._wanted)):
            return []
        if len(self._wanted) == 1:
            return list(_limited(look.places(self._wanted[0]), most))
        found = [list(_limited(look.places(term), most)) for term in self._wanted]
        return list(_apart(sorted(span for spans in found for span in spans), most)) if all(found) else []

    def _matches(self, text: str, most: int) -> list[Span]:
        found: list[Span] = []
        try:
            for match in self._pattern.finditer(text, timeout=SECONDS, concurrent=True):  # type: ignore[union-attr]
                if match.end() > match.start():
                    found.append((match.start(), match.end() - match.start()))
                    if len(found) == most:
                        break
        except TimeoutError:
            raise TooSlow(found) from None
        return found


class Patience:
    """Reads texts that a pattern takes too long for no further; after a few of them it is the pattern's fault."""

    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher
        self.skipped = 0

    def spans(self, text: str, most: int) -> list[Span]:
        """As `Matcher.spans`; raises TooSlow when `SLOW_TEXTS` texts took too long."""
        try:
            return self._matcher.spans(text, most)
        except TooSlow as slow:
            self.skipped += 1
            if self.skipped >= SLOW_TEXTS:
                raise
            return slow.found


def folded(text: str) -> str:
    """Small letters, each in its place: what is found stands where it stands in the text itself."""
    if not text.isascii() and any(letter in text for letter in _ODD_LETTERS):
        text = text.translate(_APART)
    return text.lower()


def snippet(text: str, start: int, length: int) -> tuple[str, int]:
    """The words around a place in one line, and where in it the place begins."""
    end = start + min(length, _LONGEST)
    before = _plain(" ".join(text[max(0, start - _BEFORE) : start].split()))
    after = _plain(" ".join(text[end : end + _AFTER].split()))
    if start and text[start - 1].isspace():
        before += " "
    if text[end : end + 1].isspace():
        after = f" {after}"
    if start > _BEFORE:
        before = f"\u2026{before}"
    if end + _AFTER < len(text):
        after += "\u2026"
    return before + _plain(text[start:end]) + after, len(before)


def _plain(text: str) -> str:
    """Every character that is not printed is a space, so that places stay."""
    return text if text.isprintable() else "".join(one if one.isprintable() else " " for one in text)


class _Term:
    """A text to be looked for, ready to be compared; `exact` where it is the same in small letters and large ones."""

    def __init__(self, text: str, case: bool) -> None:
        self.exact = case or text.lower() == text.upper() == text
        self.text = text if self.exact else folded(text)
        self.ascii = self.text.encode() if text.isascii() else None


class _Text:
    """A text to be looked through; letters beyond ASCII are made small only where that may decide."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._folded = text.lower() if text.isascii() else None
        self._bytes: bytes | None = None

    def may_hold(self, term: _Term) -> bool:
        """False when a term certainly does not stand in the text."""
        if term.exact:
            return term.text in self._text
        if self._folded is not None:
            return term.text in self._folded
        if term.ascii is None:
            return True
        if self._bytes is None:
            self._bytes = self._text.encode("utf-8", "surrogatepass").lower()
        return term.ascii in self._bytes

    def places(self, term: _Term) -> Iterator[Span]:
        if self._folded is None and not term.exact:
            self._folded = folded(self._text)
        where = self._text if term.exact or self._folded is None else self._folded
        length = len(term.text)
        at = where.find(term.text)
        while at >= 0:
            yield at, length
            at = where.find(term.text, at + length)


def _terms(text: str, words: bool) -> list[str]:
    if not words:
        return [text] if text else []
    found = (match["phrase"] or match["word"] for match in _TERM.finditer(text))
    return list(dict.fromkeys(term for term in found if term.strip()))


def _limited(spans: Iterator[Span], most: int) -> Iterator[Span]:
    for _, span in zip(range(most), spans, strict=False):
        yield span


def _apart(spans: Sequence[Span], most: int) -> Iterator[Span]:
    """Spans in order, those that begin inside another one left out."""
    end = count = 0
    for start, length in spans:
        if start >= end and count < most:
            yield start, length
            end, count = start + length, count + 1


def _compiled(pattern: str, case: bool) -> Any:
    import regex

    flags = regex.MULTILINE | (0 if case else regex.IGNORECASE)
    try:
        return regex.compile(pattern, flags)
    except (regex.error, RecursionError, OverflowError, MemoryError) as error:
        raise UsageError(f"the pattern {pattern!r} cannot be read: {error}") from None


Cancelled = Callable[[], bool]


def never() -> bool:
    """Nobody asks to stop."""
    return False
