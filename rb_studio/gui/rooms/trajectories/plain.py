"""Foreign text made fit to show: no terminal codes, no invisible control characters, parts of what is huge."""

import re
from dataclasses import dataclass

from rb_studio.records.readable import readable as readable

SHOWN = 20_000
LINES = 1_500
LONGEST_LINE = 2_000
GOES_ON = "\u21aa "
_ENDLESS = re.compile(rf"[^\n]{{{LONGEST_LINE}}}(?=[^\n])")
_MARK = f"\n{GOES_ON}"
_BROKEN = re.compile(rf"{_MARK}(?<=[^\n]{{{LONGEST_LINE}}}{_MARK})")
DASH = "\u2013"
NO_STEP = "There is no step to show."


@dataclass(frozen=True, slots=True)
class Part:
    """A text as far as it is shown; `size` is the length of the whole, `left_out` how much of that is not shown."""

    text: str
    size: int
    left_out: int = 0

    @property
    def whole(self) -> bool:
        return not self.left_out


def part_of(text: str, whole: bool = False) -> Part:
    """The beginning of a text, short enough to be laid out at once, or all of it; endless lines are broken.

    Of a text far longer than what is shown only the beginning is looked at: `size` counts it as it came.
    """
    size = None
    if not whole and len(text) > 2 * SHOWN:
        text, size = text[: 2 * SHOWN], len(text)
    clean = readable(text)
    if whole or (size is None and len(clean) <= SHOWN and clean.count("\n") <= LINES):
        return Part(broken(clean), len(clean))
    shown = "\n".join(clean[:SHOWN].split("\n", LINES)[:LINES])
    size = len(clean) if size is None else size
    return Part(broken(shown), size, size - len(shown))


def broken(text: str) -> str:
    """The text with lines of many thousand characters broken, as no view can lay out such a line in time."""
    if len(text) <= LONGEST_LINE or max(map(len, text.split("\n"))) <= LONGEST_LINE:
        return text
    return _ENDLESS.sub(f"\\g<0>\n{GOES_ON}", text)


def to_readable(shown: str, offset: int) -> int:
    """Where a character of a text shown by `part_of` stands in the readable text, which has no broken lines."""
    marks = sum(len(_MARK) for mark in _BROKEN.finditer(shown) if mark.end() <= offset)
    inside = next((offset - mark.start() for mark in _BROKEN.finditer(shown) if mark.start() < offset < mark.end()), 0)
    return offset - marks - inside


def to_shown(text: str, offset: int) -> int:
    """Where a character of a readable text stands when the text is shown with its long lines broken."""
    return offset + len(_MARK) * sum(match.end() <= offset for match in _ENDLESS.finditer(text))


def number(value: float | int | None, decimals: int = 0) -> str:
    """A number with thousands apart, a dash for what is unknown."""
    return DASH if value is None else f"{value:,.{decimals}f}"


def money(value: float | None) -> str:
    """US dollars, a dash for what is unknown."""
    if value is None:
        return DASH
    return "$0" if value == 0 else f"${value:,.4f}" if value < 1 else f"${value:,.2f}"


def seconds(value: float | None) -> str:
    """A duration, a dash for what is unknown."""
    if value is None:
        return DASH
    if value < 0.1:
        return f"{value * 1000:.1f} ms"
    if value < 90:
        return f"{value:.2f} s"
    return f"{int(value) // 60} min {int(value) % 60} s"


def count(value: int, word: str) -> str:
    """`1 step`, `12 steps`."""
    return f"{value:,} {word}{'' if value == 1 else 's'}"
