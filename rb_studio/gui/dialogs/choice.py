"""Something to choose, and how much of it there is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to choose; `why_not` says why it cannot be chosen, empty when it can."""

    value: str
    text: str
    why_not: str = ""


def counted(number: int, thing: str) -> str:
    """`1 task`, `1,200 tasks`."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
