"""The arms a sweep comes to, one a line, before it starts."""

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from rb_studio.gui.dialogs.choosing import note
from rb_studio.gui.rooms.scaling.sweep_look import Cell
from rb_studio.gui.widgets.dense_table import DenseTable
from rb_studio.gui.widgets.table_model import TableModel

WIDTHS = [4, 24, 18, 10, 4, 14, 18, 11, 6, 11]
MAY_BE_ALIKE = {5: "allocation", 6: "consolidation", 7: "order", 8: "seed"}
HINT = "Every combination of the lists. Arms that come to the same run once; what is no arm says why it is left out."


class GridPage(QWidget):
    """A table of `Cell`s."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = TableModel(
            [
                ("#", lambda cell: f"{cell.number}" if cell.number else "", lambda cell: cell.number or 1e9),
                ("What becomes of it", lambda cell: cell.outcome, lambda cell: cell.outcome),
                ("Memory", *_of("memory")),
                ("Scaling", *_of("scaling")),
                ("k", *_of("k", 0)),
                ("Allocation", *_of("allocation")),
                ("Consolidation", *_of("consolidation")),
                ("Order", *_of("order")),
                ("Seed", *_of("seed", 0)),
                ("Rollouts", _rollouts, lambda cell: cell.rollouts),
            ]
        )
        self.model.setParent(self)
        self.table = DenseTable("Arms of the sweep")
        self.table.setModel(self.model)
        self.table.setSortingEnabled(True)
        self.table.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.table.fit_columns(WIDTHS)
        hint = note()
        hint.setText(HINT)
        layout = QVBoxLayout(self)
        layout.addWidget(hint)
        layout.addWidget(self.table, 1)
        self.setFocusProxy(self.table)

    def show_cells(self, cells: Sequence[Cell]) -> None:
        """Show these; what is alike in all of them has no column."""
        self.model.set_rows(cells)
        for column, name in MAY_BE_ALIKE.items():
            found = {getattr(cell.request, name) for cell in cells if cell.request is not None}
            self.table.setColumnHidden(column, len(found) < 2)


def _rollouts(cell: Cell) -> str:
    return f"{cell.rollouts:,}" if cell.request is not None and not cell.same_as else ""


def _of(name: str, blank: Any = "") -> tuple[Callable[[Cell], str], Callable[[Cell], Any]]:
    """A field of the request, shown and to sort by; nothing of what is no arm."""

    def shown(cell: Cell) -> str:
        return "" if cell.request is None else str(getattr(cell.request, name))

    def sorted_by(cell: Cell) -> Any:
        return blank if cell.request is None else getattr(cell.request, name)

    return shown, sorted_by
