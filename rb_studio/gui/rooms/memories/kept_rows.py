"""Which rows are current and selected after the list of items changed."""

from PySide6.QtCore import QItemSelection

from rb_studio.gui.rooms.memories.columns import COLUMNS
from rb_studio.gui.rooms.memories.item_model import ItemModel


def successor(old: list[int], old_row: int, current: int | None, place: dict[int, int]) -> int | None:
    """The row of the current item, else of the next one that is left, else of the one before."""
    if current is None:
        return None
    if current in place:
        return place[current]
    after = (place[item] for item in old[old_row + 1 :] if item in place)
    before = (place[item] for item in reversed(old[:old_row]) if item in place)
    found = next(after, None)
    return next(before, None) if found is None else found


def ranges(model: ItemModel, rows: list[int]) -> QItemSelection:
    """Rows (ascending) as few ranges."""
    selection = QItemSelection()
    start = rows[0]
    for row, following in zip(rows, [*rows[1:], -1], strict=True):
        if following != row + 1:
            selection.select(model.index(start, 0), model.index(row, len(COLUMNS) - 1))
            start = following
    return selection
