"""What is to be looked at one after the other, and how far one is. Plain values, no widgets.

Items are known by names of their own: a rollout by `name_of(run, uid)`.
"""

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any


class Standing(StrEnum):
    """What became of an item."""

    PENDING = "pending"
    DONE = "done"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Queue:
    """Items in the order they are reviewed; `seed` made the order, None is the order they came in.

    `settled` holds what is done or skipped, `current` is what is on screen of it.
    """

    items: tuple[str, ...]
    seed: int | None = None
    settled: Mapping[str, Standing] = field(default_factory=dict)
    current: str = ""

    @classmethod
    def begin(cls, items: Iterable[str], seed: int | None = None) -> "Queue":
        """Each item once, in an order that any machine makes of this seed."""
        found = list(dict.fromkeys(items))
        if seed is not None:
            random.Random(seed).shuffle(found)
        return cls(tuple(found), seed)

    def standing(self, item: str) -> Standing:
        return self.settled.get(item, Standing.PENDING)

    def count(self, standing: Standing) -> int:
        """How many stand so."""
        if standing is Standing.PENDING:
            return len(self.items) - len(self.settled)
        return sum(found is standing for found in self.settled.values())

    @property
    def over(self) -> bool:
        """Nothing is left to be looked at; what was skipped may be taken up again."""
        return not self.count(Standing.PENDING)

    def settle(self, item: str, standing: Standing) -> "Queue":
        """An item is done or skipped, or to be looked at after all."""
        if item not in self.items:
            return self
        others = {name: found for name, found in self.settled.items() if name != item}
        return replace(self, settled=others if standing is Standing.PENDING else {**others, item: standing})

    def at(self, item: str) -> "Queue":
        """An item is on screen; one that is no item of the queue leaves it where it was."""
        return replace(self, current=item) if item in self.items else self

    def onward(self) -> str | None:
        """The next one to be looked at, from the beginning again after the last; None where all is settled."""
        start = self.items.index(self.current) + 1 if self.current in self.items else 0
        ahead = (*self.items[start:], *self.items[:start])
        return next((item for item in ahead if self.standing(item) is Standing.PENDING), None)

    def before(self) -> str | None:
        """The one before the current one, whatever became of it."""
        place = self.items.index(self.current) if self.current in self.items else 0
        return self.items[place - 1] if place else None

    def again(self) -> "Queue":
        """What was skipped is to be looked at after all."""
        return replace(self, settled={name: one for name, one in self.settled.items() if one is Standing.DONE})

    def progress(self) -> str:
        """How far it is, in words."""
        done, skipped = self.count(Standing.DONE), self.count(Standing.SKIPPED)
        parts = [f"{done:,} of {len(self.items):,} reviewed", *([f"{skipped:,} skipped"] if skipped else [])]
        return ", ".join(parts)

    def to_plain(self) -> dict[str, Any]:
        """As JSON values."""
        settled = {name: str(found) for name, found in self.settled.items()}
        return {"items": list(self.items), "seed": self.seed, "settled": settled, "current": self.current}

    @classmethod
    def from_plain(cls, kept: Any) -> "Queue | None":
        """What `to_plain` gave; None for anything else."""
        try:
            items = tuple(dict.fromkeys(str(item) for item in kept["items"]))
            named = {str(name): Standing(found) for name, found in dict(kept["settled"]).items()}
            seed = None if kept["seed"] is None else int(kept["seed"])
            current = str(kept["current"])
        except (KeyError, TypeError, ValueError):
            return None
        known = {name: found for name, found in named.items() if name in items and found is not Standing.PENDING}
        return cls(items, seed, known, current if current in items else "") if items else None


def name_of(run: int, uid: str) -> str:
    """A rollout as an item of a queue: its uid is unique in its run only."""
    return f"{run}/{uid}"


def rollout_in(item: str) -> tuple[int, str] | None:
    """Run and uid of an item that is a rollout."""
    run, slash, uid = item.partition("/")
    return (int(run), uid) if slash and run.isdecimal() and uid else None
