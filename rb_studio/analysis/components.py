"""Connected groups of indices joined by pairs."""

from collections.abc import Iterable


def connected(pairs: Iterable[tuple[int, int]]) -> list[tuple[int, ...]]:
    """Groups of two or more, each ascending, ordered by their first index."""
    parents: dict[int, int] = {}
    for a, b in pairs:
        one, two = _root(parents, a), _root(parents, b)
        parents[max(one, two)] = min(one, two)
    groups: dict[int, list[int]] = {}
    for index in sorted(parents):
        groups.setdefault(_root(parents, index), []).append(index)
    return [tuple(group) for _, group in sorted(groups.items()) if len(group) > 1]


def _root(parents: dict[int, int], index: int) -> int:
    """The smallest index known to be joined with this one; paths are halved on the way."""
    parents.setdefault(index, index)
    while parents[index] != index:
        parents[index] = parents[parents[index]]
        index = parents[index]
    return index
