"""Something to choose."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to choose; `why_not` says why it cannot be chosen, empty when it can."""

    value: str
    text: str
    why_not: str = ""
