"""Small tools of the practice model: dice from a seed, choosing among wordings, dates, amounts."""

import calendar
import hashlib
import re
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")
MONTHS = {name: number for number, name in enumerate(calendar.month_name) if name}
_AMOUNT = re.compile(r"-?\d+(?:\.\d+)?")


def die(seed: int, what: str) -> float:
    """A number in [0, 1) that depends on the seed and on what it is thrown for."""
    value = hashlib.blake2b(f"{seed}:{what}".encode(), digest_size=7).digest()
    return int.from_bytes(value, "big") / 2**56


def pick(options: Sequence[T], seed: int, what: str) -> T:
    """One of several wordings, by the seed."""
    return options[int(die(seed, what) * len(options))]


def shuffled(values: Sequence[T], seed: int, what: str) -> list[T]:
    """The values in an order the seed decides."""
    keyed = sorted((die(seed, f"{what}:{index}"), index) for index in range(len(values)))
    return [values[index] for _, index in keyed]


def cents(text: str) -> int | None:
    """The amount of a cell such as $19.90 in hundredths; None when there is none."""
    found = _AMOUNT.search(text.replace(",", ""))
    if not found:
        return None
    whole, _, part = found[0].partition(".")
    return int(whole) * 100 + int(f"{part}00"[:2])


def amount(hundredths: int) -> str:
    """Hundredths as a plain amount, e.g. 1990 as 19.90."""
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def month_days(year: int, month: int) -> int:
    """How many days a month has."""
    return calendar.monthrange(year, month)[1]
