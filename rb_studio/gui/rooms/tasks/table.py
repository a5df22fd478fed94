"""The table of tasks on screen: keys, columns, copying."""

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QGuiApplication, QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableView, QWidget

from rb_studio.gui.rooms.tasks.columns import COLUMNS, HIDDEN_AT_FIRST
from rb_studio.gui.rooms.tasks.fitting import give_rest
from rb_studio.gui.rooms.tasks.item_model import TaskModel
from rb_studio.gui.theme import Theme

if TYPE_CHECKING:
    from rb_studio.store.task_list import TaskLine

LEAST = 26
NAMES = [column.name for column in COLUMNS]


class TaskTable(QTableView):
    """Rows are tasks; Enter or a double click opens their rollouts.

    Signals
    -------
    current_changed
        Another task is the current one; carries its id.
    opened
        The current task is to be opened.
    copy_wanted
        The selected tasks are to be copied.
    sort_wanted
        Another order is asked for; carries a column's name and whether descending.
    menu_wanted
        The menu of a task is asked for, by mouse or key; carries the place on screen.
    """

    current_changed = Signal(int)
    opened = Signal()
    copy_wanted = Signal()
    sort_wanted = Signal(str, bool)
    menu_wanted = Signal(QPoint)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tasks = TaskModel(theme, self)
        self.setModel(self.tasks)
        self.setAccessibleName("Tasks")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 8)
        self._prepare_header()
        self.selectionModel().currentRowChanged.connect(self._row_changed)
        self.doubleClicked.connect(self._double_clicked)

    def _prepare_header(self) -> None:
        header = self.horizontalHeader()
        header.setSectionsMovable(True)
        header.setSectionsClickable(True)
        header.setSortIndicatorShown(True)
        header.setSortIndicator(0, Qt.SortOrder.AscendingOrder)
        header.sortIndicatorChanged.connect(self._sort)
        header.setHighlightSections(False)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._header_menu)
        width = self.fontMetrics().horizontalAdvance("0")
        for number, column in enumerate(COLUMNS):
            self.setColumnWidth(number, width * column.width)
            self.setColumnHidden(number, column.name in HIDDEN_AT_FIRST)
        header.setMinimumSectionSize(width * 5)

    def show_sort(self, name: str, descending: bool) -> None:
        """Mark the column the list is sorted by, without sorting."""
        order = Qt.SortOrder.DescendingOrder if descending else Qt.SortOrder.AscendingOrder
        header = self.horizontalHeader()
        header.blockSignals(True)
        header.setSortIndicator(NAMES.index(name), order)
        header.blockSignals(False)

    def show_ids(self, ids: Sequence[int]) -> None:
        """Show other tasks or another order; those that were selected and are still listed stay selected."""
        if list(ids) == self.tasks.ids():
            self.refresh()
            return
        kept = self.selected_ids()
        self.tasks.set_ids(ids)
        rows = sorted(row for row in map(self.tasks.row_of, kept) if row is not None)
        if len(rows) > 1:
            self._select_rows(rows)

    def _select_rows(self, rows: Sequence[int]) -> None:
        """Runs of rows rather than rows: all of a long list is one of them."""
        selection, first = QItemSelection(), rows[0]
        for row, following in pairwise((*rows, -1)):
            if following != row + 1:
                selection.select(self.tasks.index(first, 0), self.tasks.index(row, 0))
                first = following
        flags = QItemSelectionModel.SelectionFlag
        self.selectionModel().select(selection, flags.ClearAndSelect | flags.Rows)

    def select_task(self, task: int, *, alone: bool = True) -> bool:
        """Make a task the current one and show it; False when it is not listed.

        Not `alone` keeps what is selected where that is several tasks, and stays where one has scrolled to.
        """
        row = self.tasks.row_of(task)
        if row is None:
            return False
        index = self.tasks.index(row, NAMES.index("text"))
        flags = QItemSelectionModel.SelectionFlag
        several = not alone and len(self.selectionModel().selectedRows()) > 1
        already = self.currentIndex().row() == row
        how = flags.NoUpdate if several else flags.ClearAndSelect | flags.Rows
        self.selectionModel().setCurrentIndex(index, how)
        if already:
            self.current_changed.emit(task)
        if alone or not already:
            self.scrollTo(index)
        return True

    def selected_ids(self) -> list[int]:
        """Selected tasks from top to bottom."""
        ids = self.tasks.ids()
        rows = sorted(index.row() for index in self.selectionModel().selectedRows())
        return [ids[row] for row in rows]

    def refresh(self) -> None:
        """Read the visible rows again."""
        if self.tasks.ids():
            last = self.rowAt(self.viewport().height() - 1)
            self.tasks.refresh(max(0, self.rowAt(0)), last if last >= 0 else len(self.tasks.ids()) - 1)

    def hidden(self) -> list[str]:
        """Names of the columns that are not shown."""
        return [name for number, name in enumerate(NAMES) if self.isColumnHidden(number)]

    def hide_columns(self, names: Sequence[str]) -> None:
        """Show all columns but these."""
        for number, name in enumerate(NAMES):
            self.setColumnHidden(number, name in names and name != "text")

    def put_on_clipboard(self, lines: "Sequence[TaskLine]") -> None:
        """Lines as a table that spreadsheets take, the shown columns from left to right."""
        header = self.horizontalHeader()
        shown = [n for n in map(header.logicalIndex, range(len(COLUMNS))) if not self.isColumnHidden(n)]
        rows = [[COLUMNS[n].title for n in shown], *([COLUMNS[n].text(line) for n in shown] for line in lines)]
        QGuiApplication.clipboard().setText("\n".join("\t".join(row) for row in rows))

    def choose_sort(self) -> None:
        """The menu of orders, for the keyboard; the present column a second time turns the order round."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for number, column in enumerate(COLUMNS):
            action = menu.addAction(column.title if column.title != "#" else "Place in the suite")
            action.setCheckable(True)
            action.setChecked(number == self.horizontalHeader().sortIndicatorSection())
            action.setData(number)
        menu.triggered.connect(self._sort_by)
        menu.popup(self.viewport().mapToGlobal(QPoint(0, 0)))

    def choose_columns(self) -> None:
        """The menu of columns, where the keyboard reaches it."""
        header = self.horizontalHeader()
        self._header_menu(QPoint(header.sectionViewportPosition(0), header.height()))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """The task's text gets what the other columns leave."""
        super().resizeEvent(event)
        give_rest(self, NAMES.index("text"), LEAST)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Enter opens, Ctrl+C copies."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit()
        elif event.matches(QKeySequence.StandardKey.Copy):
            self.copy_wanted.emit()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802 - Qt's name
        """Where the mouse is, or beneath the current row."""
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            self.menu_wanted.emit(self.viewport().mapToGlobal(self.visualRect(self.currentIndex()).bottomLeft()))
        else:
            self.menu_wanted.emit(event.globalPos())

    def _header_menu(self, at: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for number, column in enumerate(COLUMNS):
            action = menu.addAction(column.title if column.title != "#" else "# (place in the suite)")
            action.setCheckable(True)
            action.setChecked(not self.isColumnHidden(number))
            action.setEnabled(column.name != "text")
            action.setData(number)
        menu.triggered.connect(self._toggle_column)
        menu.popup(self.horizontalHeader().mapToGlobal(at))

    def _sort(self, number: int, order: Qt.SortOrder) -> None:
        self.sort_wanted.emit(NAMES[number], order == Qt.SortOrder.DescendingOrder)

    def _sort_by(self, action: object) -> None:
        header, number = self.horizontalHeader(), action.data()  # type: ignore[attr-defined]
        same = number == header.sortIndicatorSection()
        down = same and header.sortIndicatorOrder() == Qt.SortOrder.AscendingOrder
        header.setSortIndicator(number, Qt.SortOrder.DescendingOrder if down else Qt.SortOrder.AscendingOrder)

    def _toggle_column(self, action: object) -> None:
        number = action.data()  # type: ignore[attr-defined]
        self.setColumnHidden(number, not self.isColumnHidden(number))
        give_rest(self, NAMES.index("text"), LEAST)

    def _row_changed(self, current: object, _before: object) -> None:
        row = current.row()  # type: ignore[attr-defined]
        if 0 <= row < len(self.tasks.ids()):
            self.current_changed.emit(self.tasks.ids()[row])

    def _double_clicked(self, _index: object) -> None:
        self.opened.emit()
