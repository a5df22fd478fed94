"""Grader `contains`: everything expected occurs in the answer."""

from collections.abc import Iterator
from typing import Any

from rb_studio.environments.graders.base import CannotGrade, as_text, comparing, normalised

OR = "|OR|"
_UNSPACED = ((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x2E80, 0xABFF), (0xF900, 0x3FFFF))


def compare_contains(answer: str, expected: Any) -> tuple[bool, str]:
    """All expected texts occur in the answer as whole words or numbers, case and white space aside.

    `expected` is a text or number or a list of them; `A |OR| B` is met by either (WebArena's
    notation). `12` does not occur in `312`, `12.5` or `12,000`. Scripts written without blanks have
    no word boundaries. Raises `CannotGrade` when there is nothing to look for.
    """
    given = normalised(answer).casefold()
    wanted = [as_text(value) for value in (expected if isinstance(expected, list) else [expected])]
    if not wanted:
        raise CannotGrade("the list of expected texts is empty")
    missing = [text for text in wanted if not any(occurs(option, given) for option in _options(text))]
    return not missing, f"missing: {'; '.join(missing)}" if missing else ""


def occurs(wanted: str, text: str) -> bool:
    """Whether `wanted` stands in `text` as whole words; both are already normalised."""
    return any(_whole(text, start, start + len(wanted)) for start in _positions(wanted, text))


def _options(text: str) -> list[str]:
    options = [normalised(part).casefold() for part in text.split(OR)]
    options = [option for option in options if option]
    if not options:
        raise CannotGrade("an expected text is empty")
    return options


def _positions(wanted: str, text: str) -> Iterator[int]:
    start = text.find(wanted)
    while start >= 0:
        yield start
        start = text.find(wanted, start + 1)


def _whole(text: str, start: int, end: int) -> bool:
    return not (_joined(text[:start][-1:], text[start]) or _joined(text[end - 1], text[end : end + 1])) and not (
        _inside_number(text, start, end)
    )


def _joined(left: str, right: str) -> bool:
    """True when two neighbouring characters belong to one word."""
    return (
        bool(left and right)
        and all(char == "_" or char.isalnum() for char in (left, right))
        and not (_unspaced(left) or _unspaced(right))
    )


def _unspaced(char: str) -> bool:
    return any(first <= ord(char) <= last for first, last in _UNSPACED)


def _inside_number(text: str, start: int, end: int) -> bool:
    """True when the find is one side of a decimal point or of a thousands comma."""
    before, after = text[max(0, start - 2) : start], text[end : end + 5]
    if text[start].isdigit() and len(before) == 2 and before[0].isdigit():
        if before[1] == ".":
            return True
        if before[1] == "," and _thousands(text[start : start + 4]):
            return True
    if text[end - 1].isdigit() and len(after) > 1:
        return (after[0] == "." and after[1].isdigit()) or (after[0] == "," and _thousands(after[1:]))
    return False


def _thousands(text: str) -> bool:
    return len(text) >= 3 and text[:3].isdigit() and not text[3:4].isdigit()


contains = comparing("contains", compare_contains)
