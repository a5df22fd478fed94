"""What an item was and became: versions, states, tags; what differs, and back to an earlier text."""

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSplitter,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from rb_studio.gui.rooms.memories.reads import Detail
from rb_studio.gui.rooms.memories.texts import PlainBrowser, diff_markup, local_time
from rb_studio.gui.rooms.memories.word_diff import item_diff
from rb_studio.gui.theme import Theme
from rb_studio.records.item_text import ItemText
from rb_studio.store.item_history import HistoryEntry

PLACE = Qt.ItemDataRole.UserRole


class HistoryPanel(QWidget):
    """Changes of one item, newest first.

    Signals
    -------
    restore_asked
        Carries a HistoryEntry whose texts are to be the item's again.
    """

    restore_asked = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._detail: Detail | None = None
        self.list = QTreeWidget()
        self.list.setAccessibleName("History of the item")
        self.list.setHeaderLabels(["What", "When", "Who", "Why"])
        self.list.setRootIsDecorated(False)
        self.list.setAlternatingRowColors(True)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.heading = QLabel(textFormat=Qt.TextFormat.PlainText)
        self.heading.setProperty("role", "section")
        self.heading.setWordWrap(True)
        self.restore_button = QPushButton("Restore this version")
        self.diff = PlainBrowser("What differs")
        self._lay_out()
        self.list.currentItemChanged.connect(self._draw_diff)
        self.restore_button.clicked.connect(self.restore)
        theme.changed.connect(self._draw_diff)

    def show_detail(self, detail: Detail | None) -> None:
        """Show an item's history; the chosen entry stays chosen."""
        kept = self._entry()
        blocker = QSignalBlocker(self.list)
        self._detail = detail
        self.list.clear()
        for place, entry in enumerate(detail.history if detail else ()):
            what = f"{entry.kind}: {entry.detail}" if entry.kind != "text" else entry.detail
            row = QTreeWidgetItem(self.list, [what, local_time(entry.at), entry.who, entry.reason or entry.label])
            row.setData(0, PLACE, place)
            row.setToolTip(3, entry.label.replace("<", "\u2039"))
            if kept == entry:
                self.list.setCurrentItem(row)
        first = self.list.topLevelItem(0)
        if self.list.currentItem() is None and first is not None:
            self.list.setCurrentItem(first)
        blocker.unblock()
        for column in range(3):
            self.list.resizeColumnToContents(column)
        self._draw_diff()

    def restore(self) -> None:
        """Ask for the chosen version's texts."""
        entry = self._entry()
        if entry is not None and self.restore_button.isEnabled():
            self.restore_asked.emit(entry)

    def _lay_out(self) -> None:
        below = QWidget()
        line = QHBoxLayout()
        line.addWidget(self.heading, 1)
        line.addWidget(self.restore_button)
        column = QVBoxLayout(below)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(line)
        column.addWidget(self.diff)
        splitter = QSplitter(Qt.Orientation.Vertical)
        splitter.addWidget(self.list)
        splitter.addWidget(below)
        splitter.setStretchFactor(0, 2)
        splitter.setStretchFactor(1, 3)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 0, 0)
        layout.addWidget(splitter)

    def _entry(self) -> HistoryEntry | None:
        item = self.list.currentItem()
        return self._detail.history[item.data(0, PLACE)] if item is not None and self._detail is not None else None

    def _draw_diff(self, *_: object) -> None:
        entry, detail = self._entry(), self._detail
        if entry is None or detail is None:
            self.heading.setText("No item is chosen" if detail is None else "")
            self.diff.clear()
            self.restore_button.setEnabled(False)
            return
        now = ItemText(detail.row.title, detail.row.description, detail.row.content)
        then = ItemText(entry.title, entry.description, entry.content)
        differs = entry.kind == "text" and then != now
        self.restore_button.setEnabled(differs)
        self.restore_button.setToolTip("" if differs else "Choose an earlier version whose texts differ")
        self.heading.setText(_heading(entry, differs))
        self.diff.setHtml(self._markup(then, now) if differs else "")

    def _markup(self, then: ItemText, now: ItemText) -> str:
        colours = self._theme.colours
        return "".join(
            f'<p><span style="color:{colours.muted}">{name}</span><br>{diff_markup(pieces, colours)}</p>'
            for name, pieces in item_diff(then, now)
        )


def _heading(entry: HistoryEntry, differs: bool) -> str:
    if entry.kind != "text":
        return entry.label
    if not differs:
        return f"Version {entry.version}: the present texts"
    return f"Version {entry.version} and now: [removed] since, added underlined"
