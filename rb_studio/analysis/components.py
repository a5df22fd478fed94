"""Groups of indices in which everything is joined with everything: never a chain of neighbours."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

Pair = tuple[int, int]


@dataclass(slots=True)
class _Group:
    """`kinds` are the kinds of its members, `refused` those members that somebody keeps apart from others."""

    members: list[int]
    kinds: set[int]
    refused: set[int]


def complete_groups(
    pairs: Iterable[Pair], kind_of: Sequence[int], apart: Collection[Pair] = ()
) -> list[tuple[int, ...]]:
    """Complete linkage: two groups join where every member of one is joined with every member of the other.

    Parameters
    ----------
    pairs
        Joined indices, the nearest first: that order decides where an index goes that fits into two groups.
    kind_of
        For each index the one that stands for it (itself, or the first of those equal to it). Indices of one kind
        are joined, and are joined with others as those that stand for them are.
    apart
        Pairs (smaller index first) that are never in one group.

    Returns
    -------
    Groups of two or more, each ascending, ordered by their first index.
    """
    chosen = list(pairs)
    linked = {_ordered(kind_of[a], kind_of[b]) for a, b in chosen}
    refused = set(apart)
    refusing = {index for pair in refused for index in pair}
    group_of: dict[int, _Group] = {}
    for a, b in chosen:
        one, two = (
            group_of.setdefault(index, _Group([index], {kind_of[index]}, {index} & refusing)) for index in (a, b)
        )
        if one is two or not _joined(one, two, linked, refused):
            continue
        large, small = (one, two) if len(one.members) >= len(two.members) else (two, one)
        large.members += small.members
        large.kinds |= small.kinds
        large.refused |= small.refused
        group_of.update(dict.fromkeys(small.members, large))
    groups = {id(group): group.members for group in group_of.values() if len(group.members) > 1}
    return sorted(tuple(sorted(members)) for members in groups.values())


def _joined(one: _Group, two: _Group, linked: Collection[Pair], refused: Collection[Pair]) -> bool:
    if any(a != b and _ordered(a, b) not in linked for a in one.kinds for b in two.kinds):
        return False
    return not any(_ordered(a, b) in refused for a in one.refused for b in two.refused)


def _ordered(a: int, b: int) -> Pair:
    return (a, b) if a < b else (b, a)
