"""Items like the text that is being written: how alike, what differs, open or merge."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from rb_studio.gui.rooms.memories.columns import one_line
from rb_studio.gui.rooms.memories.panel import stacked
from rb_studio.gui.rooms.memories.texts import PlainBrowser, diff_markup
from rb_studio.gui.theme import Theme
from rb_studio.gui.widgets.word_diff import item_diff
from rb_studio.records.item_text import ItemText
from rb_studio.store.items import ItemRow

PLACE = Qt.ItemDataRole.UserRole
SAME = "\u2261"


@dataclass(frozen=True, slots=True)
class Likeness:
    """An item beside a text: cosine of their vectors, overlap of their wording; `same` where both say as much."""

    row: ItemRow
    cosine: float
    overlap: float
    same: bool


@dataclass(frozen=True, slots=True)
class Alike:
    """The nearest items, best first; `unembedded` items could not be compared, by the vectors of `embedder`."""

    items: tuple[Likeness, ...]
    unembedded: int = 0
    embedder: str = ""


class SimilarPanel(QWidget):
    """The nearest items and what differs between them and the text.

    Signals
    -------
    opened
        Carries an item's id.
    merge_asked
        Carries the id of the item to merge the edited one with.
    counted
        How many of them say the same as the text.
    """

    opened = Signal(int)
    merge_asked = Signal(int)
    counted = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._text = ItemText("")
        self._items: Sequence[Likeness] = ()
        self._mergeable = ""
        self.status = QLabel(textFormat=Qt.TextFormat.PlainText)
        self.status.setProperty("role", "muted")
        self.status.setWordWrap(True)
        self.open_button = QPushButton("Open")
        self.open_button.setToolTip("Show this item in the table and here (Return)")
        self.merge_button = QPushButton("Merge\u2026")
        self.tree = QTreeWidget()
        self.tree.setAccessibleName("Similar items")
        self.tree.setHeaderLabels(["Alike", "Words", "State", "Title"])
        self.tree.setRootIsDecorated(False)
        self.tree.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.tree.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.tree.headerItem().setToolTip(0, f"Cosine of the vectors; {SAME} says the same by the duplicates' measure")
        self.tree.headerItem().setToolTip(1, "How much of the wording is shared")
        self.diff = PlainBrowser("What differs from the similar item")
        self._lay_out()
        self.tree.currentItemChanged.connect(self._draw)
        self.tree.itemActivated.connect(self._open)
        self.open_button.clicked.connect(self._open)
        self.merge_button.clicked.connect(self._merge)
        theme.changed.connect(self._draw)
        self.show_nothing()

    def show_nothing(self, why: str = "") -> None:
        """There is no text to compare, or no way to."""
        self._items = ()
        self.tree.clear()
        self.status.setText(why)
        self._draw()
        self.counted.emit(0)

    def show_busy(self) -> None:
        self.status.setText("Comparing\u2026")

    def show_alike(self, text: ItemText, found: Alike, unmergeable: str) -> None:
        """Show what is near a text; `unmergeable` says why nothing can be merged with it, empty where that can be."""
        kept = self._chosen()
        self._text, self._items, self._mergeable = text, found.items, unmergeable
        blocker = QSignalBlocker(self.tree)
        self.tree.clear()
        for place, one in enumerate(found.items):
            sign = f" {SAME}" if one.same else ""
            cells = [f"{one.cosine:.3f}{sign}", f"{one.overlap:.0%}", one.row.state, one_line(one.row.title)]
            row = QTreeWidgetItem(self.tree, cells)
            row.setData(0, PLACE, place)
            if kept is not None and one.row.id == kept.row.id:
                self.tree.setCurrentItem(row)
        first = self.tree.topLevelItem(0)
        if self.tree.currentItem() is None and first is not None:
            self.tree.setCurrentItem(first)
        blocker.unblock()
        self.status.setText(_status(found))
        self._draw()
        self.counted.emit(sum(one.same for one in found.items))

    def _chosen(self) -> Likeness | None:
        item = self.tree.currentItem()
        return self._items[item.data(0, PLACE)] if item is not None and self._items else None

    def _draw(self, *_: object) -> None:
        chosen = self._chosen()
        self.open_button.setEnabled(chosen is not None)
        self.merge_button.setEnabled(chosen is not None and not self._mergeable)
        self.merge_button.setToolTip(self._mergeable or "Make one item of both; you choose the texts")
        if chosen is None:
            self.diff.clear()
            return
        colours = self._theme.colours
        parts = [f'<p style="color:{colours.muted}">[only in item {chosen.row.id}], only in your text underlined</p>']
        for name, pieces in item_diff(chosen.row, self._text):
            told = diff_markup(pieces, colours)
            parts.append(f'<p><span style="color:{colours.muted}">{name}</span><br>{told}</p>' if told else "")
        self.diff.setHtml("".join(parts))

    def _open(self, *_: object) -> None:
        chosen = self._chosen()
        if chosen is not None:
            self.opened.emit(chosen.row.id)

    def _merge(self) -> None:
        chosen = self._chosen()
        if chosen is not None:
            self.merge_asked.emit(chosen.row.id)

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.addWidget(self.status, 1)
        line.addWidget(self.open_button)
        line.addWidget(self.merge_button)
        self.tree.setMinimumHeight(self.fontMetrics().lineSpacing() * 3)
        self.diff.setMinimumHeight(self.fontMetrics().lineSpacing())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.addLayout(line)
        layout.addWidget(stacked(self.tree, self.diff), 1)


def _status(found: Alike) -> str:
    parts = ["Nothing to compare with." if not found.items else f"By {found.embedder}."]
    if found.unembedded:
        parts.append(f"{found.unembedded:,} items are not embedded and were not compared.")
    return " ".join(parts)
