"""The map of tasks against arms, in place of the steps."""

from typing import Any

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QComboBox, QHBoxLayout, QHeaderView, QLabel, QPushButton, QVBoxLayout
from PySide6.QtWidgets import QWidget as Widget

from rb_studio.gui.rooms.trajectories.heat_model import TASK_LETTERS, HeatModel, told
from rb_studio.gui.theme import Theme
from rb_studio.gui.widgets.dense_table import DenseTable
from rb_studio.gui.widgets.elided import Elided

BY = {"arm": "By arm", "memory": "By memory", "model": "By model"}
MEASURES = {"truth": "Truth", "verdict": "Verdict"}
HOW = "Successes of attempts; ? counts unknown ones. Enter lists a cell\u2019s rollouts, a click on a column orders."
LINE = 4
NOTHING = "No finished rollout fits the filter of the list."


class HeatTable(DenseTable):
    """Cells are chosen one by one; the tasks stand at the left."""

    def __init__(self, model: HeatModel) -> None:
        super().__init__("Tasks against arms")
        self.setModel(model)
        self.setAlternatingRowColors(False)
        self.setShowGrid(True)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectItems)
        wide = self.fontMetrics().averageCharWidth()
        tasks = self.verticalHeader()
        tasks.show()
        tasks.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        tasks.setFixedWidth(wide * (TASK_LETTERS + 4))
        arms = self.horizontalHeader()
        arms.setSectionsMovable(False)
        arms.setSectionsClickable(True)
        arms.setDefaultSectionSize(wide * 17)
        arms.setDefaultAlignment(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
        arms.setFixedHeight(self.fontMetrics().lineSpacing() * 4 + 2 * LINE)
        for header in (arms, tasks):
            header.setStyleSheet("QHeaderView::section { font-weight: normal; }")
        arms.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)


class HeatPage(Widget):
    """Signals up, setters down.

    Signals
    -------
    asked
        By another kind of column, or another measure.
    opened
        The rollouts of a cell are to be listed; carries its task, empty for all, and its column.
    closed
        Back to the steps.
    """

    asked = Signal()
    opened = Signal(str, object)
    closed = Signal()

    def __init__(self, theme: Theme, parent: Widget | None = None) -> None:
        super().__init__(parent)
        self.model = HeatModel(theme, self)
        self.table = HeatTable(self.model)
        self.by, self.measure = _choice("Columns", BY), _choice("What succeeded by", MEASURES)
        self.said = QLabel()
        self.cell = Elided(1, muted=True)
        close = QPushButton("Back to the steps")
        close.setToolTip("Back to the steps (Esc)")
        row = QHBoxLayout()
        for widget in (self.by, self.measure):
            row.addWidget(widget)
        row.addWidget(self.said, 1)
        row.addWidget(close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        layout.addLayout(row)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.cell)
        self.setFocusProxy(self.table)
        self.by.activated.connect(self._asked)
        self.measure.activated.connect(self._asked)
        self.table.opened.connect(self._open)
        self.table.selectionModel().currentChanged.connect(self._tell)
        self.table.horizontalHeader().sectionClicked.connect(self._order)
        close.clicked.connect(self.closed)

    def show_heat(self, heat: Any, names: dict[Any, str]) -> None:
        """Another map; the current cell stays where it is."""
        before = self.table.currentIndex()
        place = (before.row(), before.column()) if before.isValid() else (0, 0)
        self.model.show(heat, names)
        tasks, columns = len(heat.tasks), len(heat.columns)
        many = "s" if columns != 1 else ""
        words = {"arm": f"arm{many}", "memory": "memory modes" if many else "memory mode", "model": f"model{many}"}
        tried = f"{tasks:,} task{'' if tasks == 1 else 's'} \u00d7 {columns} {words[self.by.currentData()]}"
        self.said.setText(f"{tried}, as the list is filtered" if tasks else NOTHING)
        row, column = min(place[0], self.model.rowCount() - 1), min(place[1], columns - 1)
        if tasks and columns:
            self.table.setCurrentIndex(self.model.index(row, column))
        self._show_order()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Escape goes back."""
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)

    def redraw(self) -> None:
        self.table.viewport().update()

    def order_by_current(self) -> None:
        """Order the tasks by the column the keyboard is in."""
        if self.table.currentIndex().isValid():
            self._order(self.table.currentIndex().column())

    def _asked(self, _place: int) -> None:
        self.asked.emit()

    def _open(self, index: QModelIndex) -> None:
        self.opened.emit(self.model.task(index.row()) or "", self.model.heat.columns[index.column()])

    def _order(self, column: int) -> None:
        self.model.order(column)
        self._show_order()

    def _show_order(self) -> None:
        header, order = self.table.horizontalHeader(), self.model.sorted_by
        header.setSortIndicatorShown(order is not None)
        if order is not None:
            ascending = Qt.SortOrder.AscendingOrder if order[1] else Qt.SortOrder.DescendingOrder
            header.setSortIndicator(order[0], ascending)

    def _tell(self, index: QModelIndex, _before: QModelIndex) -> None:
        if not index.isValid():
            self.cell.set_text("")
            return
        task = self.model.task(index.row()) or "All tasks"
        cell = told(self.model.cell(index.row(), index.column()))
        self.cell.set_text(f"{task}, {self.model.name(index.column())}: {cell}.  {HOW}")


def _choice(name: str, offered: dict[str, str]) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    for key, title in offered.items():
        box.addItem(title, key)
    return box
