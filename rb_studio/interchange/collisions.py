"""What importing memories into a bank would do to it, told before it is done."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields

from rb_studio.records.memory import Experience, MemoryItem


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
    """Compare by uid, field by field; of incoming items with the same uid the last counts."""
    known = {item.uid: item for item in existing}
    arriving = {item.uid: item for item in incoming}
    new = tuple(item for item in arriving.values() if item.uid not in known)
    pairs = [(known[item.uid], item) for item in arriving.values() if item.uid in known]
    met = [(ours, theirs, _differing(ours, theirs)) for ours, theirs in pairs]
    return Collisions(
        new,
        tuple(item for _, item, names in met if not names),
        tuple(Difference(ours, theirs, names) for ours, theirs, names in met if names),
    )


def new_experiences(existing: Mapping[str, Experience], incoming: Iterable[Experience]) -> tuple[Experience, ...]:
    """The incoming experiences whose uid the bank does not have."""
    return tuple({one.uid: one for one in incoming if one.uid not in existing}.values())


def _differing(ours: MemoryItem, theirs: MemoryItem) -> tuple[str, ...]:
    return tuple(field.name for field in fields(ours) if getattr(ours, field.name) != getattr(theirs, field.name))
