"""Groups of items that say the same: what differs, merge, or keep apart."""

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDoubleSpinBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QProgressBar,
    QPushButton,
    QSplitter,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from rb_studio.gui.rooms.memories.columns import one_line
from rb_studio.gui.rooms.memories.texts import PlainBrowser, diff_markup, escaped
from rb_studio.gui.rooms.memories.word_diff import item_diff
from rb_studio.gui.theme import Theme
from rb_studio.jobs.duplicates import DuplicateGroup
from rb_studio.store.items import ItemRow

PLACE = Qt.ItemDataRole.UserRole
MOST_GROUPS = 500


class DuplicatesPanel(QWidget):
    """Shows groups as they stand now.

    Signals
    -------
    find_asked
        Carries the least cosine.
    stop_asked
    item_chosen
        Carries an item's id.
    merge_asked
        Carries the ids of a group.
    apart_asked
        Carries the ids of a group that are no duplicates.
    """

    find_asked = Signal(float)
    stop_asked = Signal()
    item_chosen = Signal(int)
    merge_asked = Signal(object)
    apart_asked = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._groups: Sequence[DuplicateGroup] = ()
        self.least = QDoubleSpinBox(minimum=0.5, maximum=1.0, singleStep=0.01, value=0.85, decimals=2)
        self.least.setAccessibleName("Least cosine")
        self.least.setMinimumWidth(self.fontMetrics().averageCharWidth() * 11)
        self.least.setToolTip("Items are compared from this cosine on; below 0.95 their words must overlap too")
        self.find_button = QPushButton("Find duplicates")
        self.stop_button = QPushButton("Stop")
        self.progress = QProgressBar()
        self.progress.setAccessibleName("Progress of the search")
        self.status = QLabel("Candidate and active items of the bank are compared.", textFormat=Qt.TextFormat.PlainText)
        self.status.setWordWrap(True)
        self.status.setProperty("role", "muted")
        self.tree = QTreeWidget()
        self.tree.setAccessibleName("Groups of duplicates")
        self.tree.setHeaderLabels(["Item", "State", "Used", "Cosine"])
        header = self.tree.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.tree.setIndentation(self.fontMetrics().averageCharWidth() * 2)
        self.tree.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.merge_button = QPushButton("Merge group\u2026")
        self.apart_button = QPushButton("Not duplicates")
        self.apart_button.setToolTip("Remember that these items are no duplicates of each other")
        self.diff = PlainBrowser("What differs in the group")
        self._lay_out()
        self.show_idle()
        self._connect()

    def show_busy(self, done: int, total: int) -> None:
        """How far the search is."""
        self.progress.setRange(0, total)
        self.progress.setValue(done)
        self.progress.show()
        self.stop_button.show()
        self.find_button.setEnabled(False)

    def show_idle(self, status: str = "") -> None:
        """Nothing goes on."""
        self.progress.hide()
        self.stop_button.hide()
        self.find_button.setEnabled(True)
        if status:
            self.status.setText(status)

    def show_groups(self, groups: Sequence[DuplicateGroup], status: str) -> None:
        """Show groups; the chosen item stays chosen."""
        kept = self._chosen()
        self._groups = groups[:MOST_GROUPS]
        blocker = QSignalBlocker(self.tree)
        self.tree.clear()
        for place, group in enumerate(self._groups):
            self._add(place, group)
        self.tree.expandAll()
        self._come_back(kept)
        blocker.unblock()
        more = f" The nearest {MOST_GROUPS} are listed." if len(groups) > MOST_GROUPS else ""
        self.status.setText(status + more)
        self._draw()

    def focus_groups(self) -> None:
        """Step through the groups."""
        self.tree.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _connect(self) -> None:
        self.find_button.clicked.connect(self.search)
        self.stop_button.clicked.connect(self.stop_asked)
        self.tree.currentItemChanged.connect(self._chosen_changed)
        self.merge_button.clicked.connect(self._merge)
        self.apart_button.clicked.connect(self._keep_apart)
        self._theme.changed.connect(self._draw)

    def search(self) -> None:
        """Search the bank."""
        self.find_asked.emit(self.least.value())

    def _add(self, place: int, group: DuplicateGroup) -> None:
        top = QTreeWidgetItem(self.tree, [f"{len(group.items)} items", "", "", f"{group.cosine:.3f}"])
        top.setData(0, PLACE, (place, None))
        font = top.font(0)
        font.setBold(True)
        top.setFont(0, font)
        for item in group.items:
            row = QTreeWidgetItem(top, [one_line(item.title), item.state, str(item.used), _best(group, item)])
            row.setData(0, PLACE, (place, item.id))

    def _come_back(self, kept: int | None) -> None:
        for number in range(self.tree.topLevelItemCount()):
            top = self.tree.topLevelItem(number)
            for place in range(top.childCount() if top else 0):
                if top is not None and top.child(place).data(0, PLACE)[1] == kept:
                    self.tree.setCurrentItem(top.child(place))
        first = self.tree.topLevelItem(0)
        if self.tree.currentItem() is None and first is not None:
            self.tree.setCurrentItem(first)

    def _place(self) -> tuple[int | None, int | None]:
        """Number of the chosen group, and the chosen item's id."""
        item = self.tree.currentItem()
        found: tuple[int | None, int | None] = item.data(0, PLACE) if item is not None else (None, None)
        return found

    def _chosen(self) -> int | None:
        return self._place()[1]

    def _group(self) -> DuplicateGroup | None:
        place = self._place()[0]
        return None if place is None else self._groups[place]

    def _chosen_changed(self) -> None:
        self._draw()
        chosen = self._chosen()
        if chosen is not None:
            self.item_chosen.emit(chosen)

    def _draw(self) -> None:
        """What differs between the group's first item and the chosen (else the second) one."""
        group = self._group()
        self.merge_button.setEnabled(group is not None)
        self.apart_button.setEnabled(group is not None)
        if group is None:
            self.diff.clear()
            return
        first = group.items[0]
        other = next((item for item in group.items[1:] if item.id == self._chosen()), group.items[1])
        self.diff.setHtml(self._markup(first, other))

    def _markup(self, first: ItemRow, other: ItemRow) -> str:
        colours = self._theme.colours
        parts = [
            f'<p style="color:{colours.muted}">[only in item {first.id}], only in item {other.id} underlined</p>',
            *(
                f'<p><span style="color:{colours.muted}">{name}</span><br>{diff_markup(pieces, colours)}</p>'
                for name, pieces in item_diff(first, other)
            ),
        ]
        if first.tags != other.tags:
            parts.append(f"<p>Tags: {escaped(', '.join(first.tags))} / {escaped(', '.join(other.tags))}</p>")
        return "".join(parts)

    def _merge(self) -> None:
        group = self._group()
        if group is not None:
            self.merge_asked.emit([item.id for item in group.items])

    def _keep_apart(self) -> None:
        group = self._group()
        if group is not None:
            self.apart_asked.emit([item.id for item in group.items])

    def _lay_out(self) -> None:
        label = QLabel("&Least cosine")
        label.setBuddy(self.least)
        line = QHBoxLayout()
        line.addWidget(label)
        line.addWidget(self.least)
        line.addWidget(self.progress, 1)
        line.addWidget(self.stop_button)
        line.addStretch(0)
        line.addWidget(self.find_button)
        acts = QHBoxLayout()
        acts.addStretch(1)
        acts.addWidget(self.apart_button)
        acts.addWidget(self.merge_button)
        below = QWidget()
        column = QVBoxLayout(below)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(acts)
        column.addWidget(self.diff)
        splitter = QSplitter(Qt.Orientation.Vertical)
        splitter.addWidget(self.tree)
        splitter.addWidget(below)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 0, 0)
        layout.addLayout(line)
        layout.addWidget(self.status)
        layout.addWidget(splitter, 1)


def _best(group: DuplicateGroup, item: ItemRow) -> str:
    """The nearest pair an item is part of."""
    return f"{max((pair.cosine for pair in group.pairs if item.id in (pair.a, pair.b)), default=0.0):.3f}"
