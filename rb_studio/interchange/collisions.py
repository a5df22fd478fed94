"""What importing memories into a bank would do to it, told before it is done."""

from collections.abc import Iterable
from dataclasses import dataclass

from rb_studio.records.memory import MemoryItem

# What reading an item again can change; where an item was learned stays with it, and tables and Markdown lack it.
CHANGEABLE = ("title", "description", "content", "state", "tags")


@dataclass(frozen=True, slots=True)
class Difference:
    """An incoming item whose uid the bank has with other values; `names` are the fields that differ."""

    existing: MemoryItem
    incoming: MemoryItem
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Collisions:
    """Incoming items sorted by what the bank has under their uid."""

    new: tuple[MemoryItem, ...]
    identical: tuple[MemoryItem, ...]
    different: tuple[Difference, ...]


def compare_items(existing: Iterable[MemoryItem], incoming: Iterable[MemoryItem]) -> Collisions:
    """Compare by uid, in what reading can change; of incoming items with the same uid the first counts."""
    known = {item.uid: item for item in existing}
    arriving: dict[str, MemoryItem] = {}
    for item in incoming:
        arriving.setdefault(item.uid, item)
    new = tuple(item for item in arriving.values() if item.uid not in known)
    pairs = [(known[item.uid], item) for item in arriving.values() if item.uid in known]
    met = [(ours, theirs, _differing(ours, theirs)) for ours, theirs in pairs]
    return Collisions(
        new,
        tuple(item for _, item, names in met if not names),
        tuple(Difference(ours, theirs, names) for ours, theirs, names in met if names),
    )


def _differing(ours: MemoryItem, theirs: MemoryItem) -> tuple[str, ...]:
    return tuple(name for name in CHANGEABLE if _value(ours, name) != _value(theirs, name))


def _value(item: MemoryItem, name: str) -> object:
    return set(item.tags) if name == "tags" else getattr(item, name)
