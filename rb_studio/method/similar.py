"""Which of a bank's items are like a new one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rb_studio.records.memory import Bank, MemoryItem

if TYPE_CHECKING:
    from rb_studio.records.memory import Vector

DECIMALS = 6


@dataclass(frozen=True, slots=True)
class ActiveItem:
    """An item in use with its unit vector float32[d]."""

    item: MemoryItem
    vector: "Vector"


def active_items(bank: Bank) -> list[ActiveItem]:
    """The items in use that have a vector, in the order they were learned."""
    pairs = ((item, bank.item_vectors.get(item.uid)) for one in bank.experiences for item in one.active_items)
    return [ActiveItem(item, vector) for item, vector in pairs if vector is not None]


class Neighbours:
    """Nearest items by cosine, the earlier one first among equals."""

    def __init__(self, known: Sequence[ActiveItem]) -> None:
        self._known = list(known)

    def add(self, one: ActiveItem) -> None:
        """One more that may be near to the next."""
        self._known.append(one)

    def nearest(self, vector: "Vector", n: int) -> list[tuple[ActiveItem, float]]:
        """The n nearest with their cosines, rounded to 6 decimals, best first."""
        if not self._known:
            return []
        cosines = (np.stack([one.vector for one in self._known]) @ vector).astype(np.float64).round(DECIMALS)
        best = sorted(range(len(self._known)), key=lambda place: (-cosines[place], place))[:n]
        return [(self._known[place], float(cosines[place])) for place in best]
