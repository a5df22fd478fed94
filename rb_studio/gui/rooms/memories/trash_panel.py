"""The trash of a bank: deleted items, the way back, and the way out."""

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QHeaderView, QLabel, QPushButton, QVBoxLayout, QWidget

from rb_studio.gui.rooms.memories.bulk_dialog import items
from rb_studio.gui.rooms.memories.columns import one_line
from rb_studio.gui.rooms.memories.panel import Panel
from rb_studio.gui.rooms.memories.texts import local_time
from rb_studio.gui.rooms.memories.trash_reads import MOST, Bin
from rb_studio.gui.widgets.dense_table import DenseTable
from rb_studio.gui.widgets.table_model import TableModel

COLUMNS = (
    ("Title", lambda row: one_line(row.title), lambda row: row.title.casefold()),
    ("Deleted", lambda row: local_time(row.at)[:16], lambda row: row.at),
    ("Stays because", lambda row: row.why, lambda row: row.why),
)
NOTHING = "Deleted items stand here until the trash is emptied. Nothing is deleted in this bank."


class TrashPanel(Panel):
    """Lists what is deleted.

    Signals
    -------
    restore_asked
        Carries the ids of items.
    list_asked
        All of them are to be shown in the table.
    empty_asked
        The trash is to be emptied.
    """

    restore_asked = Signal(object)
    list_asked = Signal()
    empty_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.status = QLabel(NOTHING, textFormat=Qt.TextFormat.PlainText)
        self.status.setWordWrap(True)
        self.status.setProperty("role", "muted")
        self.model = TableModel(COLUMNS)
        self.model.setParent(self)
        self.table = DenseTable("Deleted items")
        self.table.setModel(self.model)
        self.table.setSortingEnabled(True)
        self.table.sortByColumn(1, Qt.SortOrder.DescendingOrder)
        header = self.table.horizontalHeader()
        header.setStretchLastSection(True)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.table.fit_columns([34, 17, 20])
        self.restore_button = QPushButton("&Restore")
        self.restore_button.setToolTip("Put the selected items back into the states they had (Return)")
        self.list_button = QPushButton("Show in the table")
        self.empty_button = QPushButton("Empt&y the trash\u2026")
        buttons = QHBoxLayout()
        for button in (self.restore_button, self.list_button):
            buttons.addWidget(button)
        buttons.addStretch(1)
        buttons.addWidget(self.empty_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 0, 0)
        layout.addWidget(self.status)
        layout.addWidget(self.table, 1)
        layout.addLayout(buttons)
        self.setFocusProxy(self.table)
        self.table.opened.connect(self._restore)
        self.table.selectionModel().selectionChanged.connect(self._check)
        self.restore_button.clicked.connect(self._restore)
        self.list_button.clicked.connect(self.list_asked)
        self.empty_button.clicked.connect(self.empty_asked)
        self.show_bin(None, writable=False)

    def show_bin(self, found: Bin | None, *, writable: bool) -> None:
        """Show a bank's trash; the row that was current hands its place on."""
        row = self.table.currentIndex().row()
        self.model.set_rows(found.rows if found is not None else ())
        self._writable = writable
        self.status.setText(_status(found))
        self.list_button.setEnabled(self.model.rowCount() > 0)
        erasable = bool(found is not None and found.found.erasable)
        self.empty_button.setEnabled(writable and erasable)
        self.empty_button.setToolTip("" if erasable or not self.model.rowCount() else "All of them must stay, see why.")
        if self.model.rowCount():
            self.table.selectRow(min(max(row, 0), self.model.rowCount() - 1))
        self._check()

    def selected(self) -> list[int]:
        """Ids of the selected items."""
        return [self.model.row(index).id for index in self.table.selectionModel().selectedRows()]

    def _restore(self, *_index: QModelIndex) -> None:
        ids = self.selected()
        if ids and self._writable:
            self.restore_asked.emit(ids)

    def _check(self, *_why: object) -> None:
        self.restore_button.setEnabled(self._writable and self.table.selectionModel().hasSelection())


def _status(found: Bin | None) -> str:
    if found is None or not found.found.items:
        return NOTHING
    trash = found.found
    text = f"{items(len(trash.items))} deleted; {len(trash.erasable):,} can go, {len(trash.kept):,} must stay."
    return text + (f" The last {MOST:,} are listed." if len(trash.items) > len(found.rows) else "")
