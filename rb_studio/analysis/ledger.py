"""Where the tokens, the money and the time of an arm went, phase by phase; the phases sum to the total."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

PHASES = ("act", "judge", "grade", "select", "distill", "consolidate", "embed")
TOTAL = "total"
Number = TypeVar("Number", int, float)


@dataclass(frozen=True, slots=True)
class Entry:
    """What one phase used: calls, tokens, US dollars, seconds of waiting for models. None is unknown."""

    calls: int = 0
    tokens: int | None = 0
    cost: float | None = 0.0
    seconds: float | None = 0.0

    def __add__(self, other: "Entry") -> "Entry":
        return Entry(
            self.calls + other.calls,
            _sum(self.tokens, other.tokens),
            _sum(self.cost, other.cost),
            _sum(self.seconds, other.seconds),
        )


def ledger(entries: Iterable[tuple[str, Entry]]) -> dict[str, Entry]:
    """Entries added up by phase, every phase named, and all of them as `total`.

    A sum is unknown as soon as one part of it is.

    Raises
    ------
    ValueError
        A phase is none of PHASES: what is spent must not vanish from the total.
    """
    found = {phase: Entry() for phase in PHASES}
    for phase, entry in entries:
        if phase not in found:
            raise ValueError(f"{phase!r} is no phase; phases are {', '.join(PHASES)}")
        found[phase] += entry
    total = Entry()
    for entry in found.values():
        total += entry
    return {**found, TOTAL: total}


def _sum(one: Number | None, other: Number | None) -> Number | None:
    return None if one is None or other is None else one + other
