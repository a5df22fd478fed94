"""How much of a step is read: three levels, and what kinds of things are shown at them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any


class Level(StrEnum):
    """All steps in a line each; one step as a text to read; one step with everything known of it."""

    OUTLINE = "outline"
    SIMPLE = "simple"
    FULL = "full"


KINDS = {
    "reasoning": "Model's reasoning",
    "tools": "Actions and what they printed",
    "metadata": "Tokens, cost, time and source",
    "system": "System messages",
}


@dataclass(frozen=True, slots=True)
class Reading:
    """A level, and for each of `KINDS` whether it is shown."""

    level: Level = Level.FULL
    reasoning: bool = False
    tools: bool = True
    metadata: bool = False
    system: bool = True

    def next_level(self) -> "Reading":
        """One level deeper; from the deepest back to the outline."""
        levels = list(Level)
        return replace(self, level=levels[(levels.index(self.level) + 1) % len(levels)])

    def toggled(self, kind: str) -> "Reading":
        """With a kind that was not shown, or without one that was."""
        return Reading.restored({**self.kept(), kind: not getattr(self, kind)})

    def kept(self) -> dict[str, Any]:
        return {"level": str(self.level), **{kind: getattr(self, kind) for kind in KINDS}}

    @classmethod
    def restored(cls, kept: Mapping[str, Any]) -> "Reading":
        """What `kept` gave; what is damaged is as at first."""
        first = cls()
        level = Level(kept["level"]) if kept.get("level") in list(Level) else first.level
        return cls(level, **{kind: bool(kept.get(kind, getattr(first, kind))) for kind in KINDS})
