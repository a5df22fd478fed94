"""Groups of items that say the same: the evidence, what differs, merge, or keep apart."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from rb_studio.gui.rooms.memories.columns import one_line
from rb_studio.gui.rooms.memories.duplicates_presenter import COMPARED, Apart
from rb_studio.gui.rooms.memories.duplicates_threshold import Threshold
from rb_studio.gui.rooms.memories.duplicates_tree import APART, MERGE, GroupTree, told
from rb_studio.gui.rooms.memories.keyed_tree import KeyedTree
from rb_studio.gui.rooms.memories.panel import Panel, stacked
from rb_studio.gui.rooms.memories.texts import PlainBrowser, diff_markup, escaped
from rb_studio.gui.theme import Theme
from rb_studio.gui.widgets.flow import FlowLayout
from rb_studio.gui.widgets.word_diff import item_diff
from rb_studio.jobs.duplicates import DuplicateGroup
from rb_studio.store.items import ItemRow

IDS = Qt.ItemDataRole.UserRole
MOST_GROUPS = 500


class DuplicatesPanel(Panel):
    """Shows groups as they stand now.

    Signals
    -------
    find_asked
        Carries the least cosine.
    stop_asked
    item_chosen
        Carries an item's id.
    merge_asked
        Carries the ids of a group that are in, those left out, and the id of the one suggested to keep.
    apart_asked
        Carries the ids of a group that are no duplicates.
    forget_asked
        Carries the ids of a pair that is kept apart no longer.
    kept_turned
        Another pair that is kept apart is chosen, or the list of them comes or goes.
    items_asked
        Carries ids to be shown in the table.
    """

    find_asked = Signal(float)
    stop_asked = Signal()
    item_chosen = Signal(int)
    merge_asked = Signal(object, object, int)
    apart_asked = Signal(object)
    forget_asked = Signal(object)
    kept_turned = Signal()
    items_asked = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.threshold = Threshold()
        self.find_button = QPushButton("Find duplicates")
        self.stop_button = QPushButton("Stop")
        self.progress = QProgressBar()
        self.progress.setAccessibleName("Progress of the search")
        self.status = QLabel(COMPARED, textFormat=Qt.TextFormat.PlainText)
        self.status.setWordWrap(True)
        self.status.setProperty("role", "muted")
        self.tree = GroupTree()
        forget = dict.fromkeys((Qt.Key.Key_Delete, Qt.Key.Key_Backspace), "forget")
        self.kept = KeyedTree("Pairs that are no duplicates", ["Item", "is no duplicate of"], forget)
        self.kept.setToolTip("Remembered with the bank; Return shows both in the table, Del forgets the pair")
        self.kept_button = QPushButton("Kept apart")
        self.kept_button.setCheckable(True)
        self.kept_button.setToolTip("Show the pairs that are remembered as no duplicates")
        self.forget_button = QPushButton("Forget")
        self.forget_button.setToolTip("The next search may tell of the pair as duplicates again")
        self.merge_button = QPushButton("Merge group\u2026")
        self.apart_button = QPushButton("Not duplicates")
        self.apart_button.setToolTip("Remember that the checked items are no duplicates of each other")
        self.diff = PlainBrowser("What differs in the group")
        self.lists = QStackedWidget()
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

    def show_step(self, text: str) -> None:
        """What the search does now."""
        self.status.setText(text)

    def show_idle(self, status: str = "") -> None:
        """Nothing goes on."""
        self.progress.hide()
        self.stop_button.hide()
        self.find_button.setEnabled(True)
        if status:
            self.status.setText(status)

    def show_embedder(self, identity: str) -> None:
        """Whose vectors are compared."""
        self.threshold.show_embedder(identity)

    def show_groups(self, groups: Sequence[DuplicateGroup], status: str) -> None:
        """Show groups; the chosen item stays chosen."""
        self.tree.show_groups(groups[:MOST_GROUPS])
        more = f" The nearest {MOST_GROUPS} are listed." if len(groups) > MOST_GROUPS else ""
        self.status.setText(status + more)
        self._draw()

    def show_kept(self, pairs: Sequence[Apart]) -> None:
        """The pairs that are remembered as no duplicates; the place among them is kept."""
        row = self.kept.currentItem()
        place = self.kept.indexOfTopLevelItem(row) if row is not None else 0
        self.kept.clear()
        for a, b in pairs:
            row = QTreeWidgetItem(self.kept, [one_line(a.title), one_line(b.title)])
            row.setData(0, IDS, [a.id, b.id])
        back = self.kept.topLevelItem(min(place, len(pairs) - 1))
        if back is not None:
            self.kept.setCurrentItem(back)
        self.kept.resizeColumnToContents(0)
        self.kept_button.setText(f"Kept apart ({len(pairs):,})" if pairs else "Kept apart")

    def focus_groups(self) -> None:
        """Step through the groups."""
        self.tree.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def search(self) -> None:
        """Search the bank."""
        self.kept_button.setChecked(False)
        self.find_asked.emit(self.threshold.value())

    def can_merge(self) -> bool:
        """Whether at least two of a group are in."""
        return len(self.tree.members()[0]) > 1

    def merge(self) -> None:
        """Ask for one item in place of the checked ones."""
        group = self.tree.group()
        if group is not None and self.can_merge():
            self.merge_asked.emit(*self.tree.members(), group.suggested[0])

    def keep_apart(self) -> None:
        """Ask to remember that the checked ones are no duplicates."""
        if self.can_merge():
            self.apart_asked.emit(self.tree.members()[0])

    def can_forget(self) -> bool:
        """Whether a pair that is kept apart is looked at."""
        return self.lists.currentWidget() is self.kept and self.kept.currentItem() is not None

    def forget(self) -> None:
        """Ask to keep the chosen pair apart no longer."""
        row = self.kept.currentItem()
        if row is not None and self.can_forget():
            self.forget_asked.emit(row.data(0, IDS))

    def _connect(self) -> None:
        self.find_button.clicked.connect(self.search)
        self.stop_button.clicked.connect(self.stop_asked)
        self.tree.currentItemChanged.connect(self._chosen_changed)
        self.tree.itemChanged.connect(self._draw)
        self.tree.asked.connect(self._act)
        self.merge_button.clicked.connect(self.merge)
        self.apart_button.clicked.connect(self.keep_apart)
        self.kept_button.toggled.connect(self._show_list)
        self.kept.asked.connect(self.forget)
        self.kept.currentItemChanged.connect(self._kept_changed)
        self.forget_button.clicked.connect(self.forget)
        self.kept.itemActivated.connect(self._show_kept_pair)
        self._theme.changed.connect(self._draw)

    def _act(self, name: str) -> None:
        """As the button that stands for it."""
        {MERGE: self.merge_button, APART: self.apart_button}[name].click()

    def _show_list(self, kept: bool) -> None:
        """The groups, or the pairs that are kept apart, each with what can be done to them."""
        self.lists.setCurrentIndex(int(kept))
        for button in (self.apart_button, self.merge_button):
            button.setVisible(not kept)
        self.forget_button.setVisible(kept)
        self._kept_changed()

    def _kept_changed(self, *_: object) -> None:
        self.forget_button.setEnabled(self.can_forget())
        self.kept_turned.emit()

    def _show_kept_pair(self, row: QTreeWidgetItem, _column: int) -> None:
        self.items_asked.emit(row.data(0, IDS))

    def _chosen_changed(self) -> None:
        self._draw()
        chosen = self.tree.place()[1]
        if chosen is not None:
            self.item_chosen.emit(chosen)

    def _draw(self, *_: object) -> None:
        """The group's evidence, and what differs between its first item and the chosen (else the second) one."""
        group = self.tree.group()
        self.merge_button.setEnabled(self.can_merge())
        self.apart_button.setEnabled(self.can_merge())
        if group is None:
            self.diff.clear()
            return
        first, chosen = group.items[0], self.tree.place()[1]
        other = next((item for item in group.items[1:] if item.id == chosen), group.items[1])
        self.diff.setHtml(self._markup(group, first, other))

    def _markup(self, group: DuplicateGroup, first: ItemRow, other: ItemRow) -> str:
        colours = self._theme.colours
        parts = [
            f"<p>{escaped(told(group))}</p>",
            f'<p style="color:{colours.muted}">[only in item {first.id}], only in item {other.id} underlined</p>',
            *(
                f'<p><span style="color:{colours.muted}">{name}</span><br>{diff_markup(pieces, colours)}</p>'
                for name, pieces in item_diff(first, other)
            ),
        ]
        if first.tags != other.tags:
            parts.append(f"<p>Tags: {escaped(', '.join(first.tags))} / {escaped(', '.join(other.tags))}</p>")
        return "".join(parts)

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.addWidget(self.status, 1)
        line.addWidget(self.find_button, alignment=Qt.AlignmentFlag.AlignTop)
        busy = QHBoxLayout()
        busy.addWidget(self.progress, 1)
        busy.addWidget(self.stop_button)
        acts = FlowLayout()
        for button in (self.kept_button, self.forget_button, self.apart_button, self.merge_button):
            acts.addWidget(button)
        below = QWidget()
        column = QVBoxLayout(below)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(acts)
        column.addWidget(self.diff, 1)
        for one in (self.tree, self.kept):
            self.lists.addWidget(one)
        self.lists.setMinimumHeight(self.fontMetrics().lineSpacing() * 4)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 0, 0)
        layout.addWidget(self.threshold)
        layout.addLayout(line)
        layout.addLayout(busy)
        layout.addWidget(stacked(self.lists, below), 1)
        self._show_list(False)
