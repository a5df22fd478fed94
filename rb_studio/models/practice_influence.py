"""How injected memory items sway the practice model: similarity of meaning, item by item."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

from rb_studio.models.practice_constants import PracticeConstants
from rb_studio.models.practice_habits import DESCRIPTIONS, NEUTRAL, Habit
from rb_studio.models.protocol import Embedder
from rb_studio.records.item_text import ItemText, parse_items

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

T = TypeVar("T")
_REMEMBERED = 4096


@dataclass(frozen=True, slots=True)
class Influence:
    """What items do to the log odds of each habit, and which habits each item speaks for."""

    shifts: Mapping[Habit, float]
    items: tuple[frozenset[Habit], ...] = ()


NO_INFLUENCE = Influence({})


class Advisor:
    """Measures what the items in a prompt advise.

    An item's similarity to a habit is the cosine of its text with the habit's description minus the mean
    cosine of that description with a fixed neutral set, rounded to 3 decimals. The best item counts.
    """

    def __init__(self, embedder: Embedder, constants: PracticeConstants) -> None:
        self._embedder = embedder
        self._constants = constants
        self._known: OrderedDict[str, tuple[float, ...]] = OrderedDict()
        self._prompts: OrderedDict[str, Influence] = OrderedDict()
        self._lock = Lock()

    def influence(self, prompt: str) -> Influence:
        """The sway of the items that stand in a prompt; without items there is none."""
        if "memory item" not in prompt.lower():
            return NO_INFLUENCE
        with self._lock:
            known = self._prompts.get(prompt)
        if known is None:
            known = self._measure(parse_items(prompt).items)
            with self._lock:
                _remember(self._prompts, prompt, known, _REMEMBERED // 16)
        return known

    def habits(self, item: ItemText) -> frozenset[Habit]:
        """The habits an item speaks for."""
        row = zip(Habit, self.similarity(item), strict=True)
        return frozenset(habit for habit, value in row if value > self._constants.threshold)

    def similarity(self, item: ItemText) -> tuple[float, ...]:
        """Similarity of one item to every habit, in the habits' order."""
        text = f"{item.title}. {item.description} {item.content}"
        with self._lock:
            known = self._known.get(text)
        if known is None:
            known = self._similarities(text)
            with self._lock:
                _remember(self._known, text, known, _REMEMBERED)
        return known

    def _measure(self, items: Sequence[ItemText]) -> Influence:
        if not items:
            return NO_INFLUENCE
        constants = self._constants
        table = [self.similarity(item) for item in items]
        helps = tuple(self.habits(item) for item in items)
        idle = sum(not habits for habits in helps) / len(helps)
        shifts = {}
        for habit, column in zip(Habit, zip(*table, strict=True), strict=True):
            reach = (max(column) - constants.threshold) / max(constants.full - constants.threshold, 1e-6)
            shifts[habit] = constants.gain * min(max(reach, 0.0), 1.0) - constants.distraction * idle
        return Influence(shifts, helps)

    def _similarities(self, text: str) -> tuple[float, ...]:
        descriptions, neutral = self._reference
        vector = self._embedder.embed([text])[0]
        return tuple(round(float(value), 3) for value in descriptions @ vector - neutral)

    @cached_property
    def _reference(self) -> "tuple[NDArray[np.float32], NDArray[np.float32]]":
        descriptions = self._embedder.embed([DESCRIPTIONS[habit] for habit in Habit])
        neutral = self._embedder.embed(NEUTRAL)
        return descriptions, (descriptions @ neutral.T).mean(axis=1)


def _remember(known: OrderedDict[str, T], key: str, value: T, most: int) -> None:
    known[key] = value
    if len(known) > most:
        known.popitem(last=False)
