"""Snapshots of a bank: which there are, what differs between any two points, and the texts that changed."""

from collections.abc import Mapping, Sequence
from functools import partial

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QMenu,
    QPushButton,
    QToolButton,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from rb_studio.gui.icons import icon
from rb_studio.gui.rooms.memories.columns import DASH, one_line
from rb_studio.gui.rooms.memories.keyed_tree import KeyedTree
from rb_studio.gui.rooms.memories.panel import Panel, stacked
from rb_studio.gui.rooms.memories.points import NOW, Points
from rb_studio.gui.rooms.memories.snapshot_reads import Found, summary, what_changed
from rb_studio.gui.rooms.memories.texts import PlainBrowser, diff_markup, local_time
from rb_studio.gui.theme import Theme
from rb_studio.gui.widgets.word_diff import item_diff
from rb_studio.records.item_text import ItemText
from rb_studio.store.difference import BankDiff, ItemChange, Side
from rb_studio.store.snapshots import SnapshotRow

DATA = Qt.ItemDataRole.UserRole
NONE_YET = "No snapshot yet. One is taken by itself before acts on many items; take one whenever you like."
EMPTY = ItemText("", "", "")


class SnapshotsPanel(Panel):
    """Shows what it is told; acts are asked for.

    Signals
    -------
    asked
        An act: take, rollback, rename, delete, fork, items, whatif, test.
    points_chosen
        Other points are to be compared.
    item_chosen
        An item's id, to be shown.
    """

    asked = Signal(str)
    points_chosen = Signal()
    item_chosen = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._bank: int | None = None
        self._rows: dict[str, SnapshotRow] = {}
        self._changes: Sequence[ItemChange] = ()
        keys = {Qt.Key.Key_F2: "rename", Qt.Key.Key_Delete: "delete"}
        self.list = KeyedTree("Snapshots", ["Snapshot", "Taken", "Differs", "Why"], keys)
        self.list.headerItem().setToolTip(2, "How many items are not now what they were then")
        self.other = QComboBox()
        self.other.setAccessibleName("Compared with")
        self.other.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.other.setMinimumContentsLength(12)
        self.what = QLabel(textFormat=Qt.TextFormat.PlainText)
        self.what.setWordWrap(True)
        self.changes = KeyedTree("Items that differ", ["Item", "What differs"], {})
        self.diff = PlainBrowser("What differs in the item")
        self.take_button, self.back_button = QPushButton("Take\u2026"), QPushButton("Roll back\u2026")
        self.back_button.setToolTip("Make the bank what it was at the chosen snapshot; Undo takes it back")
        self.more_button = QToolButton()
        self.more_button.setText("More")
        self.more_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more = QMenu(self.more_button)
        self.more_button.setMenu(self.more)
        self._lay_out()
        self._connect()
        self.show_snapshots(None)

    def show_snapshots(self, found: Found | None) -> None:
        """The snapshots of a bank; the chosen one stays chosen, and what it is compared with."""
        kept, other = self.chosen(), self.other.currentData()
        same = found is not None and found.bank == self._bank
        self._bank = found.bank if found else None
        self._rows = {row.name: row for row in found.rows} if found else {}
        blocked = QSignalBlocker(self.list), QSignalBlocker(self.other)
        self.list.clear()
        self.other.clear()
        self.other.addItem("Now", None)
        for row in self._rows.values():
            self._add(row)
            self.other.addItem(row.name, row.name)
        self.choose(kept.name if same and kept else "")
        self.other.setCurrentIndex(max(0, self.other.findData(other)) if same and other else 0)
        for one in blocked:
            one.unblock()
        for button in (self.back_button, self.more_button, self.other):
            button.setEnabled(bool(self._rows))
        if not self._rows:
            self.show_nothing(NONE_YET)
        else:
            self.points_chosen.emit()

    def show_distances(self, distances: Mapping[int, int]) -> None:
        """How far each snapshot is from now."""
        for place in range(self.list.topLevelItemCount()):
            item = self.list.topLevelItem(place)
            row = self._rows.get(item.data(0, DATA)) if item else None
            if item and row:
                item.setText(2, f"{distances.get(row.operation, 0):,}")
        self._fit()

    def show_difference(self, points: Points, diff: BankDiff) -> None:
        """What differs between the two points."""
        said = summary(diff)
        self._changes = diff.changes
        names = f"From \u201c{points.before}\u201d to {_named(points.after)}"
        cut = f" The first {len(diff.changes):,} are listed." if len(diff.changes) < diff.total else ""
        self.what.setText(f"{names}: {said}.{cut}" if said else f"{names}: nothing differs.")
        blocked = QSignalBlocker(self.changes)
        self.changes.clear()
        for place, change in enumerate(diff.changes):
            side = change.after or change.before
            row = QTreeWidgetItem(self.changes, [one_line(side.title) if side else DASH, what_changed(change)])
            row.setData(0, DATA, place)
        first = self.changes.topLevelItem(0)
        if first is not None:
            self.changes.setCurrentItem(first)
        blocked.unblock()
        self._draw()

    def show_nothing(self, sentence: str) -> None:
        """There is nothing to compare, and why."""
        self.what.setText(sentence)
        self._changes = ()
        self.changes.clear()
        self.diff.clear()

    def chosen(self) -> SnapshotRow | None:
        """The snapshot that acts are about."""
        item = self.list.currentItem()
        return self._rows.get(item.data(0, DATA)) if item is not None else None

    def choose(self, name: str) -> None:
        """Go to a snapshot; to the newest where there is none of that name."""
        for place in range(self.list.topLevelItemCount()):
            item = self.list.topLevelItem(place)
            if item is not None and (place == 0 or item.data(0, DATA) == name):
                self.list.setCurrentItem(item)

    def points(self) -> Points | None:
        """The chosen snapshot and what it is compared with, the earlier one first."""
        row, other = self.chosen(), self._rows.get(self.other.currentData() or "")
        if row is None or self._bank is None:
            return None
        if other is None:
            return Points(self._bank, row.name, row.operation)
        first, second = sorted((row, other), key=lambda one: one.operation)
        return Points(self._bank, first.name, first.operation, second.name, second.operation)

    def differing_items(self) -> list[int]:
        """Ids of the items that are listed as different."""
        return [change.item for change in self._changes]

    def _add(self, row: SnapshotRow) -> None:
        how = "automatic" if row.automatic else "by hand"
        why = " \u00b7 ".join(part for part in (how, row.reason) if part)
        item = QTreeWidgetItem(self.list, [row.name, local_time(row.created_at)[:16], "\u2026", why])
        item.setData(0, DATA, row.name)
        item.setTextAlignment(2, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for column in (0, 3):
            item.setToolTip(column, f"{row.name}: {why}".replace("<", "\u2039"))
        self._mark(item, row)

    def _mark(self, item: QTreeWidgetItem, row: SnapshotRow) -> None:
        """Those a person took stand out from those that were taken by themselves."""
        colours = self._theme.colours
        font = item.font(0)
        font.setItalic(row.automatic)
        item.setFont(0, font)
        item.setIcon(0, icon("history" if row.automatic else "snapshot", colours.muted, colours.border))

    def _draw(self) -> None:
        item = self.changes.currentItem()
        place = item.data(0, DATA) if item is not None else None
        self.diff.setHtml(self._markup(self._changes[place]) if place is not None else "")

    def _markup(self, change: ItemChange) -> str:
        colours = self._theme.colours
        lines = []
        for name, pieces in item_diff(_texts(change.before), _texts(change.after)):
            if "edited" in change.kinds and all(piece.kind == "same" for piece in pieces):
                continue
            marked = diff_markup(pieces, colours)
            lines.append(f'<p><span style="color:{colours.muted}">{name}</span><br>{marked}</p>')
        return "".join(lines)

    def _recolour(self) -> None:
        for place in range(self.list.topLevelItemCount()):
            item = self.list.topLevelItem(place)
            if item is not None:
                self._mark(item, self._rows[item.data(0, DATA)])
        self._draw()

    def _fit(self) -> None:
        for column in (1, 2):
            self.list.resizeColumnToContents(column)

    def _connect(self) -> None:
        self.list.currentItemChanged.connect(self._chosen_changed)
        self.list.itemActivated.connect(partial(self._ask, "rollback"))
        self.list.asked.connect(self.asked)
        self.other.activated.connect(self._chosen_changed)
        self.changes.currentItemChanged.connect(self._change_chosen)
        self.changes.itemActivated.connect(self._go_to_item)
        self.take_button.clicked.connect(partial(self._ask, "take"))
        self.back_button.clicked.connect(partial(self._ask, "rollback"))
        self._theme.changed.connect(self._recolour)

    def _ask(self, act: str, *_: object) -> None:
        self.asked.emit(act)

    def _chosen_changed(self, *_: object) -> None:
        self.points_chosen.emit()

    def _change_chosen(self, *_: object) -> None:
        self._draw()

    def _go_to_item(self, item: QTreeWidgetItem, _column: int) -> None:
        self.item_chosen.emit(self._changes[item.data(0, DATA)].item)

    def _lay_out(self) -> None:
        one = self.fontMetrics().averageCharWidth()
        for tree in (self.list, self.changes):
            tree.header().setStretchLastSection(True)
            tree.setMinimumHeight(self.fontMetrics().lineSpacing() * 3)
        self.list.header().resizeSection(0, one * 26)
        self.changes.header().resizeSection(0, one * 34)
        self.changes.header().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        line = QHBoxLayout()
        for button in (self.take_button, self.back_button, self.more_button):
            line.addWidget(button)
        line.addStretch(1)
        label = QLabel("C&ompared with")
        label.setBuddy(self.other)
        compare = QHBoxLayout()
        compare.addWidget(label)
        compare.addWidget(self.other, 1)
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(compare)
        column.addWidget(self.what)
        column.addWidget(self.changes, 1)
        self.diff.setMinimumHeight(self.fontMetrics().lineSpacing() * 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 0, 0)
        layout.addLayout(line)
        layout.addWidget(stacked(self.list, middle, self.diff, shares=(3, 4, 3)), 1)


def _texts(side: Side | None) -> ItemText:
    return EMPTY if side is None else ItemText(side.title, side.description, side.content)


def _named(name: str) -> str:
    return name if name == NOW else f"\u201c{name}\u201d"
