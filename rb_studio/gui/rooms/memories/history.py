"""What an item was and became: versions, states, tags; what differs, and back to an earlier text."""

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from rb_studio.gui.rooms.memories.panel import stacked
from rb_studio.gui.rooms.memories.reads import Detail
from rb_studio.gui.rooms.memories.texts import PlainBrowser, diff_markup, local_time
from rb_studio.gui.theme import Theme
from rb_studio.gui.widgets.word_diff import item_diff
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
        self.other = QComboBox()
        self.other.setAccessibleName("Compared with")
        self.other.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.restore_button = QPushButton("Restore")
        self.diff = PlainBrowser("What differs")
        self._lay_out()
        self.list.currentItemChanged.connect(self._draw_diff)
        self.other.currentIndexChanged.connect(self._draw_diff)
        self.restore_button.clicked.connect(self.restore)
        theme.changed.connect(self._draw_diff)

    def show_detail(self, detail: Detail | None) -> None:
        """Show an item's history; the chosen entry stays chosen."""
        kept = self._entry()
        same = detail is not None and self._detail is not None and detail.row.id == self._detail.row.id
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
        self._offer_versions(same)
        self._draw_diff()

    def restore(self) -> None:
        """Ask for the chosen version's texts."""
        entry = self._entry()
        if entry is not None and self.restore_button.isEnabled():
            self.restore_asked.emit(entry)

    def compare(self, version: int, other: int | None) -> None:
        """Show what differs between a version and another one, None for the present texts."""
        for place in range(self.list.topLevelItemCount()):
            row = self.list.topLevelItem(place)
            if row is not None and self._at(row).kind == "text" and self._at(row).version == version:
                self.list.setCurrentItem(row)
        self.other.setCurrentIndex(max(0, self.other.findData(other)))

    def _offer_versions(self, same: bool) -> None:
        """The present texts and every version; what was compared with stays for the same item."""
        kept = self.other.currentData() if same else None
        blocker = QSignalBlocker(self.other)
        self.other.clear()
        self.other.addItem("the present texts", None)
        for entry in self._detail.history if self._detail is not None else ():
            if entry.kind == "text":
                self.other.addItem(f"version {entry.version} by {entry.who}", entry.version)
        self.other.setCurrentIndex(max(0, self.other.findData(kept)) if kept is not None else 0)
        blocker.unblock()

    def _lay_out(self) -> None:
        below = QWidget()
        label = QLabel("Compare &with")
        label.setBuddy(self.other)
        line = QHBoxLayout()
        line.addWidget(label)
        line.addWidget(self.other)
        line.addStretch(1)
        line.addWidget(self.restore_button)
        column = QVBoxLayout(below)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(line)
        column.addWidget(self.heading)
        column.addWidget(self.diff)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 0, 0)
        layout.addWidget(stacked(self.list, below, shares=(2, 3)))

    def _entry(self) -> HistoryEntry | None:
        item = self.list.currentItem()
        return self._at(item) if item is not None and self._detail is not None else None

    def _at(self, row: QTreeWidgetItem) -> HistoryEntry:
        assert self._detail is not None  # rows are made of it
        entry: HistoryEntry = self._detail.history[row.data(0, PLACE)]
        return entry

    def _against(self, detail: Detail) -> HistoryEntry | None:
        """The version to compare with, None for the present texts."""
        wanted = self.other.currentData()
        return next((one for one in detail.history if one.kind == "text" and one.version == wanted), None)

    def _draw_diff(self, *_: object) -> None:
        entry, detail = self._entry(), self._detail
        if entry is None or detail is None:
            self.heading.setText("No item is chosen" if detail is None else "")
            self.diff.clear()
            self.restore_button.setEnabled(False)
            return
        now = ItemText(detail.row.title, detail.row.description, detail.row.content)
        restorable = entry.kind == "text" and _text(entry) != now
        self.restore_button.setEnabled(restorable)
        self.restore_button.setToolTip(
            "Make the chosen version's texts the item's again"
            if restorable
            else "Choose an earlier version whose texts differ"
        )
        self.other.setEnabled(entry.kind == "text")
        if entry.kind != "text":
            self.heading.setText(entry.label)
            self.diff.clear()
            return
        other = self._against(detail)
        older, newer = (entry, other) if other is None or _number(other) >= _number(entry) else (other, entry)
        then, since = _text(older), now if newer is None else _text(newer)
        self.heading.setText(_heading(older, newer, then != since))
        self.diff.setHtml(self._markup(then, since) if then != since else "")

    def _markup(self, then: ItemText, now: ItemText) -> str:
        colours = self._theme.colours
        return "".join(
            f'<p><span style="color:{colours.muted}">{name}</span><br>{diff_markup(pieces, colours)}</p>'
            for name, pieces in item_diff(then, now)
        )


def _text(entry: HistoryEntry) -> ItemText:
    return ItemText(entry.title, entry.description, entry.content)


def _number(entry: HistoryEntry) -> int:
    return entry.version or 0


def _heading(older: HistoryEntry, newer: HistoryEntry | None, differs: bool) -> str:
    """Which texts are compared, and who wrote them."""
    before = f"Version {older.version} by {older.who}"
    after = "now" if newer is None else f"version {newer.version} by {newer.who}"
    if not differs:
        return f"{before}: the {'present texts' if newer is None else f'same texts as {after}'}"
    return f"{before} and {after}: [removed] since, added underlined"
