"""Which rows are current and selected after the list of items changed."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from PySide6.QtCore import QItemSelection

from rb_studio.gui.rooms.memories.columns import COLUMNS
from rb_studio.gui.rooms.memories.item_model import ItemModel

FEW = 4
MOST_RANGES = 2000  # Qt takes time by their square


class Places(Mapping[int, int]):
    """The row of each item; laid out only where more than a few are asked for, which takes a while of many."""

    def __init__(self, ids: Sequence[int]) -> None:
        self._ids = ids
        self._all: dict[int, int] | None = None
        self._asked: dict[int, int | None] = {}

    def __getitem__(self, item: int) -> int:
        row = self._row(item)
        if row is None:
            raise KeyError(item)
        return row

    def __contains__(self, item: object) -> bool:
        return isinstance(item, int) and self._row(item) is not None

    def __iter__(self) -> Iterator[int]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)

    def _row(self, item: int) -> int | None:
        if self._all is None and item not in self._asked and len(self._asked) >= FEW:
            self._all = {one: row for row, one in enumerate(self._ids)}
        if self._all is not None:
            return self._all.get(item)
        if item not in self._asked:
            self._asked[item] = self._ids.index(item) if item in self._ids else None
        return self._asked[item]


def successor(old: list[int], old_row: int, current: int | None, place: Mapping[int, int]) -> int | None:
    """The row of the current item, else of the next one that is left, else of the one before."""
    if current is None:
        return None
    if current in place:
        return place[current]
    after = (place[item] for item in old[old_row + 1 :] if item in place)
    before = (place[item] for item in reversed(old[:old_row]) if item in place)
    found = next(after, None)
    return next(before, None) if found is None else found


def rows_of(selected: set[int], ids: Sequence[int], place: Mapping[int, int]) -> list[int]:
    """Rows (ascending) of the selected items that are shown."""
    if len(selected) > FEW:
        return [row for row, item in enumerate(ids) if item in selected]
    return sorted(place[item] for item in selected if item in place)


def ranges(model: ItemModel, rows: list[int]) -> QItemSelection | None:
    """Rows (ascending) as few ranges; None for so many that the window would stand still."""
    ends = [place for place, (row, after) in enumerate(pairwise([*rows, -1])) if after != row + 1]
    if len(ends) > MOST_RANGES:
        return None
    selection = QItemSelection()
    first = 0
    for last in ends:
        selection.select(model.index(rows[first], 0), model.index(rows[last], len(COLUMNS) - 1))
        first = last + 1
    return selection
