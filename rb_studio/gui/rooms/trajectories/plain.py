"""Foreign text made fit to show: no terminal codes, no invisible control characters, parts of what is huge."""

import re
from dataclasses import dataclass

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_CONTROL = {code: chr(0x2400 + code) for code in range(32) if chr(code) not in "\n\t"} | {0x7F: "\u2421"}
_TURNS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)], "\ufffd")
SHOWN = 20_000
LINES = 1_500
LONGEST_LINE = 2_000
DASH = "\u2013"


@dataclass(frozen=True, slots=True)
class Part:
    """A text as far as it is shown; `size` is the length of the whole."""

    text: str
    size: int

    @property
    def whole(self) -> bool:
        return len(self.text) >= self.size


def readable(text: str) -> str:
    """The text without terminal codes; control characters and changes of writing direction are made visible."""
    if "\x1b" in text:
        text = _ANSI.sub("", text)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.translate(_CONTROL | _TURNS) if not (text.isascii() and text.isprintable()) else text


def part_of(text: str, whole: bool = False) -> Part:
    """The beginning of a text, short enough to be laid out at once, or all of it."""
    clean = readable(text)
    if whole or (len(clean) <= SHOWN and clean.count("\n") <= LINES):
        return Part(clean, len(clean))
    lines = clean[:SHOWN].split("\n", LINES)[:LINES]
    return Part("\n".join(lines), len(clean))


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
