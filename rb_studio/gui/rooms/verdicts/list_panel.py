"""The rollouts of a cell: filter, count, table."""

from collections.abc import Sequence

from PySide6.QtCore import QItemSelectionModel, QLocale, QModelIndex, QPoint, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from rb_studio.gui.rooms.verdicts.item_model import COLUMNS, TITLES, WIDTHS, RolloutModel
from rb_studio.gui.rooms.verdicts.matrix import NAMES
from rb_studio.gui.rooms.verdicts.presenter import HIDING
from rb_studio.gui.theme import Theme
from rb_studio.gui.widgets.dense_table import DenseTable
from rb_studio.gui.widgets.kept_scroll import KeptScroll
from rb_studio.store.verdict_reads import MOST, NONE, SORTS, Cell


class ListPanel(QWidget):
    """Signals
    -------
    filtered
        The person typed; carries the words.
    cleared
        Everything is to be listed.
    selected
        Another rollout is current; carries its row id.
    opened
        Enter or a double click; carries the row id.
    """

    filtered = Signal(str)
    cleared = Signal()
    selected = Signal(int)
    opened = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = RolloutModel(theme)
        self.model.setParent(self)
        self.line = QLineEdit(placeholderText="Words in task or reason")
        self.line.setAccessibleName("Filter the rollouts")
        self.line.setClearButtonEnabled(True)
        self.count = QLabel()
        self.count.setWordWrap(True)
        self._clear = QPushButton("Show all")
        self.table = DenseTable("Rollouts of the chosen cell")
        self.table.setModel(self.model)
        self.table.setSortingEnabled(True)
        self.table.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.table.horizontalHeader().setSortIndicatorClearable(True)
        self.table.fit_columns(WIDTHS)
        self.kept_scroll = KeptScroll(self.table)
        self._menu_of_columns()
        self._top = top = QHBoxLayout()
        top.addWidget(self.count, 3)
        top.addWidget(self._clear)
        top.addWidget(self.line, 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(top)
        layout.addWidget(self.table, 1)
        self.line.textChanged.connect(self.filtered)
        self._clear.clicked.connect(self.cleared)
        self.table.opened.connect(self._open)
        self.table.selectionModel().currentRowChanged.connect(self._current_changed)
        self._wanted: int | None = None
        self._blind = False
        self._task_width = 0
        self._own: tuple[str, ...] = ()

    def show_list(self, ids: Sequence[int], matching: int, total: int, cell: Cell) -> None:
        """List these rollouts of so many; the current one stays current while it is listed."""
        self._wanted = self._wanted if self._wanted is not None else self.current()
        chosen = self.selected_ids()
        self.model.set_ids(ids)
        self.count.setText(_count_text(len(ids), matching, total, cell))
        self._clear.setVisible(bool(cell.sides or cell.text or cell.repeated or not cell.valid))
        self._select_again(chosen)
        self.kept_scroll.filled()
        if self._blind:
            self._see_current()

    def set_current(self, rollout: int | None) -> None:
        """Make a rollout current as soon as it is listed."""
        self._wanted = rollout
        self._select_again([])

    def current(self) -> int | None:
        """The current rollout's row id."""
        return self.model.id_at(self.table.currentIndex().row())

    def selected_ids(self) -> list[int]:
        """Row ids of the selected rollouts, in order."""
        rows = sorted(index.row() for index in self.table.selectionModel().selectedRows())
        found = [self.model.id_at(row) for row in rows]
        return [rollout for rollout in found if rollout is not None]

    def hidden_columns(self) -> list[str]:
        """Names of the columns switched off."""
        if self._blind:
            return list(self._own)
        return [name for place, name in enumerate(COLUMNS) if self.table.isColumnHidden(place)]

    def hide_columns(self, names: Sequence[str]) -> None:
        """Switch columns off."""
        self._own = tuple(names)
        for place, name in enumerate(COLUMNS):
            hidden = name in names or (self._blind and name in HIDING)
            self.table.setColumnHidden(place, hidden and name != "task")

    def set_blind(self, on: bool) -> None:
        """Without what tells the judge's word, the truth or the arm."""
        own, header = self.hidden_columns(), self.table.horizontalHeader()
        if on and not self._blind:
            self._task_width = header.sectionSize(0)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch if on else QHeaderView.ResizeMode.Interactive)
        if self._blind and not on:
            header.resizeSection(0, self._task_width)
        self._blind = on
        self.hide_columns(own)
        QTimer.singleShot(0, self._see_current)

    def adopt(self, action: QAction, name: str) -> None:
        """A button of a command beside the filter."""
        action.setIconText(name)
        button = QToolButton()
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        button.setDefaultAction(action)
        self._top.insertWidget(self._top.count() - 1, button)

    def show_sort(self, sort: str, descending: bool) -> None:
        """Mark the column the list is ordered by, without asking for it again."""
        header = self.table.horizontalHeader()
        header.blockSignals(True)
        order = Qt.SortOrder.DescendingOrder if descending else Qt.SortOrder.AscendingOrder
        header.setSortIndicator(COLUMNS.index(sort) if sort in COLUMNS and sort in SORTS else -1, order)
        header.blockSignals(False)

    @Slot()
    def _see_current(self) -> None:
        """What is under review is in sight, also where the list has another height now."""
        if self.table.currentIndex().isValid():
            self.table.scrollTo(self.table.currentIndex())

    def _select_again(self, chosen: Sequence[int]) -> None:
        place = self.model.place(self._wanted)
        if place is None:
            return
        self._wanted = None
        selection = self.table.selectionModel()
        if self.table.currentIndex().row() != place:
            self.table.setCurrentIndex(self.model.index(place, 0))
        for rollout in chosen:
            row = self.model.place(rollout)
            if row is not None and row != place:
                flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
                selection.select(self.model.index(row, 0), flags)

    def _current_changed(self, current: QModelIndex, _previous: QModelIndex) -> None:
        rollout = self.model.id_at(current.row()) if current.isValid() else None
        if rollout is not None:
            self.selected.emit(rollout)

    def _open(self, index: QModelIndex) -> None:
        rollout = self.model.id_at(index.row())
        if rollout is not None:
            self.opened.emit(rollout)

    def _menu_of_columns(self) -> None:
        header = self.table.horizontalHeader()
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._choose_columns)
        header.setToolTip("Click to order, right click to choose columns")

    def _choose_columns(self, at: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for place, name in enumerate(COLUMNS[1:], 1):
            if self._blind and name in HIDING:
                continue
            action = QAction(TITLES[name], menu, checkable=True)
            action.setChecked(not self.table.isColumnHidden(place))
            action.setData(place)
            menu.addAction(action)
        menu.triggered.connect(self._switch_column)
        menu.popup(self.table.horizontalHeader().mapToGlobal(at))

    def _switch_column(self, action: QAction) -> None:
        name, hidden = COLUMNS[action.data()], set(self.hidden_columns())
        self.hide_columns(sorted(hidden - {name} if action.isChecked() else hidden | {name}))


def _count_text(shown: int, matching: int, total: int, cell: Cell) -> str:
    number = QLocale().toString
    what = ", ".join(
        f"{NAMES[side].lower()} {'none' if value == NONE else value}" for side, value in cell.sides.items()
    )
    kind = "repeats" if cell.repeated else "rollouts" if cell.valid else "rollouts cut short by a fault"
    kind = kind if total != 1 else kind.replace("rollouts", "rollout").replace("repeats", "repeat")
    text = f"{number(matching)} of {number(total)} {kind}" + (f": {what}" if what else "")
    return text + (f", the first {number(MOST)} listed" if matching > shown else "")
