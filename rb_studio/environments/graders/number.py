"""Grader `number`: the last number of the answer is the expected one."""

import re
from dataclasses import dataclass
from decimal import Context, Decimal, InvalidOperation, localcontext
from typing import Any

from rb_studio.environments.graders.base import CannotGrade, comparing

MAX_ANSWER = 100_000
_UNSIGNED = r"(?:\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d{1,6}(?![\w.]))?"
_NUMBER = re.compile(
    rf"(?<![\w.,])(?P<sign>[+-]\s?)?(?:[$€£¥]\s?)(?P<priced>[+-]?{_UNSIGNED})(?P<part>\s?\\?%)?"
    rf"|(?<![\w.])(?P<plain>(?:(?<![\d)])[+-])?{_UNSIGNED})(?P<percent>\s?\\?%)?"
)
_FRACTION = re.compile(r"(-?)\s*(?:\\[dt]?frac\{(\d+)\}\{(\d+)\}|(\d+)\s*/\s*(\d+))")
_BOXED = "\\boxed{"
_PRECISION = 60
_DEFAULT_RELATIVE = Decimal("1e-9")


@dataclass(frozen=True, slots=True)
class Number:
    """A number as found in text; `percent` tells that a percent sign followed it."""

    value: Decimal
    percent: bool = False


@dataclass(frozen=True, slots=True)
class _Reference:
    number: Number
    absolute: Decimal
    relative: Decimal


def compare_number(answer: str, expected: Any) -> tuple[bool, str]:
    """Compare the last number of the answer with the expected one.

    Understood: `1,234.5`, `$5`, `-3`, `1e-3`, `12%`, `\\boxed{..}` and `#### ..` (what they mark is the
    answer), and a fraction where it is the whole answer. A comma is a thousands separator, never a decimal one.
    When only one side has a percent sign, 12% is met by 12 and by 0.12.

    `expected` is a number, a text holding one, or `{"value": .., "tolerance": .., "relative": ..}`
    with an absolute tolerance and one relative to the value (`"tolerance": "1%"` is relative too). Without
    one, whole numbers must be equal and others agree within 1e-9 of the value.
    """
    reference = _reference(expected)
    found = last_number(answer)
    if found is None:
        return False, "the answer holds no number"
    right = any(_close(value, reference) for value in _readings(found, reference.number))
    return right, f"read {found.value}{'%' if found.percent else ''}"


def last_number(text: str) -> Number | None:
    """The last number of a text, or of the part it marks as its answer."""
    part = _marked(text[-MAX_ANSWER:].replace("−", "-"))
    fraction = _fraction(part.strip().strip("$").strip())
    if fraction is not None:
        return fraction
    matches = list(_NUMBER.finditer(part.replace("{,}", ",").replace("\\$", "$")))
    return _number(matches[-1]) if matches else None


def whole_number(value: Any) -> Number | None:
    """The number a value is, None when it is anything else (text around a number counts as else).

    A text that marks its answer with `####` or `\\boxed{}` is the number so marked.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    text = _marked(str(value).replace("−", "-")).strip()
    if len(text) > MAX_ANSWER:
        return None
    match = _NUMBER.fullmatch(text)
    return _number(match) if match else _fraction(text)


def _marked(text: str) -> str:
    start = text.rfind(_BOXED)
    if start >= 0:
        return _braced(text[start + len(_BOXED) :])
    return text.rpartition("####")[2]


def _braced(text: str) -> str:
    depth = 1
    for position, char in enumerate(text):
        depth += (char == "{") - (char == "}")
        if depth == 0:
            return text[:position]
    return text


def _fraction(text: str) -> Number | None:
    match = _FRACTION.fullmatch(text)
    if match is None:
        return None
    above, below = (Decimal(part) for part in match.groups()[1:] if part)
    if not below:
        return None
    with localcontext(_context()):
        return Number((-above if match[1] else above) / below)


def _number(match: re.Match[str]) -> Number:
    text = match["priced"] or match["plain"]
    value = Decimal(text.replace(",", ""))
    negative = (match["sign"] or "").startswith("-")
    return Number(value.copy_negate() if negative else value, bool(match["part"] or match["percent"]))


def _reference(expected: Any) -> _Reference:
    if not isinstance(expected, dict):
        number = _expected_number(expected)
        whole = number.value == number.value.to_integral_value()
        return _Reference(number, Decimal(0), Decimal(0) if whole else _DEFAULT_RELATIVE)
    number = _expected_number(expected.get("value"))
    tolerance, relative = str(expected.get("tolerance", 0)).strip(), _positive(expected.get("relative", 0))
    if tolerance.endswith("%"):
        return _Reference(number, Decimal(0), _positive(tolerance[:-1]) / 100)
    return _Reference(number, _positive(tolerance), relative)


def _expected_number(value: Any) -> Number:
    number = whole_number(value)
    if number is None:
        raise CannotGrade(f"the expected value {str(value)[:60]!r} is not a number")
    return number


def _positive(value: Any) -> Decimal:
    try:
        tolerance = Decimal(str(value))
    except InvalidOperation:
        tolerance = Decimal(-1)
    if not tolerance.is_finite() or tolerance < 0:
        raise CannotGrade(f"the tolerance {str(value)[:60]!r} is not a number of at least 0")
    return tolerance


def _readings(found: Number, wanted: Number) -> list[Decimal]:
    """The values the answer may stand for, in the unit of the expected number."""
    if found.percent == wanted.percent:
        return [found.value]
    factor = Decimal("0.01") if found.percent else Decimal(100)
    with localcontext(_context()):
        return [found.value, found.value * factor]


def _close(value: Decimal, reference: _Reference) -> bool:
    target = reference.number.value
    with localcontext(_context()):
        margin = max(reference.absolute, reference.relative * abs(target))
        return value == target or bool(abs(value - target) <= margin)


def _context() -> Context:
    """Arithmetic that turns overflow into infinity instead of raising."""
    return Context(prec=_PRECISION, traps=[])


number = comparing("number", compare_number)
