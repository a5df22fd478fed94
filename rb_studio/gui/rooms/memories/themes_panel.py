"""Themes of a bank over its stream: where each begins, how its advice grows, stages and names to give."""

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import (
    QDoubleSpinBox,
    QHeaderView,
    QLabel,
    QPushButton,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from rb_studio.gui.plots.ink import screen_ink
from rb_studio.gui.rooms.memories.columns import DASH, one_line
from rb_studio.gui.rooms.memories.keyed_tree import KeyedTree
from rb_studio.gui.rooms.memories.panel import Panel
from rb_studio.gui.rooms.memories.texts import sentence
from rb_studio.gui.theme import Theme
from rb_studio.gui.widgets.flow import FlowLayout
from rb_studio.jobs.themes import BankTheme, BankThemes, ThemeItem
from rb_studio.store.themes import HUMAN, STAGES

IDS, MARKS = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1
# A stage has its digit, its sign and its colour; what nobody labelled is a ring.
SIGNS = {"procedure": "\u2460", "self-check": "\u2461", "adaptive": "\u2462", "compositional": "\u2463"}
KEYS = {
    Qt.Key.Key_1: STAGES[0],
    Qt.Key.Key_2: STAGES[1],
    Qt.Key.Key_3: STAGES[2],
    Qt.Key.Key_4: STAGES[3],
    Qt.Key.Key_0: "",
    Qt.Key.Key_F2: "name",
}
HINT = "1 procedure, 2 self-check, 3 adaptive, 4 compositional, 0 no label; F2 names the theme; Return lists its items"
DEFAULT_CUT = 0.45
NONE_FOUND = "No theme of three items or more at this cosine: take a lower one."


class ThemesPanel(Panel):
    """Shows themes in the order they begin; acts are asked for.

    Signals
    -------
    group_asked
        Carries the cosine from which an item belongs to a theme.
    stop_asked
    items_asked
        Carries the ids of a theme's items.
    item_chosen
        Carries an item's id.
    stage_asked
        Carries item ids and their stage, empty to take labels off.
    model_asked
        A model is to say the stages.
    name_asked
        Carries the id of the theme's most typical item, and its present name.
    """

    group_asked = Signal(float)
    stop_asked = Signal()
    items_asked = Signal(object)
    item_chosen = Signal(int)
    stage_asked = Signal(object, str)
    name_asked = Signal(int, str)
    model_asked = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._busy = False
        self._found: BankThemes | None = None
        self.cut = QDoubleSpinBox(minimum=0.1, maximum=0.99, singleStep=0.05, value=DEFAULT_CUT, decimals=2)
        self.cut.setAccessibleName("Least cosine within a theme")
        self.button = QPushButton("Group")
        self.model_button = QPushButton("Ask a model\u2026")
        self.model_button.setToolTip("A model says what stage the advice of items is at")
        self.status = QLabel(textFormat=Qt.TextFormat.PlainText)
        self.status.setWordWrap(True)
        self.status.setProperty("role", "muted")
        self.tree = KeyedTree("Themes", ["Theme, items", "Stages", "Over the stream"], KEYS)
        self.tree.setRootIsDecorated(True)
        self.tree.setToolTip(HINT)
        self.timeline = Timeline(theme, self.tree)
        self.tree.setItemDelegateForColumn(2, self.timeline)
        self.hint = QLabel(HINT, textFormat=Qt.TextFormat.PlainText)
        self.hint.setWordWrap(True)
        self.hint.setProperty("role", "muted")
        self._lay_out()
        self._connect()
        theme.changed.connect(self.tree.viewport().update)

    def group(self) -> None:
        """Group anew; while that goes on, stop it."""
        if self._busy:
            self.stop_asked.emit()
        else:
            self.group_asked.emit(self.least())

    def least(self) -> float:
        """The cosine from which an item belongs to a theme."""
        return round(self.cut.value(), 2)

    def show_busy(self, text: str) -> None:
        """The button stops it."""
        self._busy = True
        self.button.setText("Stop")
        self.status.setText(text)

    def show_ready(self, text: str = "Stopped.", lacking: int = 0) -> None:
        """Nothing goes on; so many items lack the vector they would be grouped by."""
        self._busy = False
        self.button.setText(f"Embed {lacking:,} and group" if lacking else "Group")
        self.model_button.setEnabled(self.tree.topLevelItemCount() > 0)
        self.status.setText(text)

    def show_wrong(self, text: str) -> None:
        """Say why there are no themes."""
        self.show_ready(f"\u26a0 {sentence(text)}")

    def show_themes(self, found: BankThemes) -> None:
        """Themes in the order they begin; the chosen row stays chosen, and open ones open."""
        kept, opened = self._chosen(), {tuple(top.data(0, IDS)) for top in self._tops() if top.isExpanded()}
        self._found = found
        self.timeline.places = max(1, found.places)
        blocker = QSignalBlocker(self.tree)
        self.tree.clear()
        for theme in found.themes:
            self._add(theme).setExpanded(tuple(item.id for item in theme.items) in opened)
        self.tree.resizeColumnToContents(1)
        back = next((row for row in self._rows() if row.data(0, IDS) == kept), self.tree.topLevelItem(0))
        if back is not None:
            self.tree.setCurrentItem(back)
        blocker.unblock()
        self.show_ready(told(found), found.missing)

    def show_nothing(self) -> None:
        """Another bank is shown."""
        self._found = None
        self.tree.clear()
        self.show_ready("")

    def theme_of(self) -> BankTheme | None:
        """The theme of the chosen row."""
        row = self.tree.currentItem()
        if row is None or self._found is None:
            return None
        top = row.parent() or row
        return self._found.themes[self.tree.indexOfTopLevelItem(top)]

    def chosen_ids(self) -> list[int]:
        """The item of the chosen row, or all of its theme."""
        return list(self._chosen() or ())

    def name(self) -> None:
        """Ask for the chosen theme's name."""
        theme = self.theme_of()
        if theme is not None:
            self.name_asked.emit(theme.medoid, theme.name)

    def label(self, stage: str) -> None:
        """Say what stage the chosen item's advice is at; of a theme's row, that of all its items."""
        if self.chosen_ids():
            self.stage_asked.emit(self.chosen_ids(), stage)

    def _add(self, theme: BankTheme) -> QTreeWidgetItem:
        first, last = theme.span
        path = " \u2192 ".join(f"{SIGNS.get(stage, '')} {stage}" for stage in theme.path) or DASH
        name = f"{theme.name or one_line(theme.title)} ({len(theme.items)})"
        top = QTreeWidgetItem(self.tree, [name, path, ""])
        top.setData(0, IDS, [item.id for item in theme.items])
        top.setData(2, MARKS, [(item.place, item.stage) for item in theme.items])
        tip = f"{theme.name or theme.title}\nfrom place {first} to {last} of the stream"
        top.setToolTip(0, tip.replace("<", "\u2039"))
        top.setToolTip(2, "\n".join(f"{item.place}: {item.title}" for item in theme.items[:20]).replace("<", "\u2039"))
        font = top.font(0)
        font.setBold(True)
        top.setFont(0, font)
        for item in theme.items:
            row = QTreeWidgetItem(top, [one_line(item.title), stage_told(item), ""])
            row.setData(0, IDS, [item.id])
            row.setData(2, MARKS, [(item.place, item.stage)])
            row.setToolTip(0, f"place {item.place} of the stream: {item.title}".replace("<", "\u2039"))
        return top

    def _tops(self) -> Iterator[QTreeWidgetItem]:
        for place in range(self.tree.topLevelItemCount()):
            top = self.tree.topLevelItem(place)
            if top is not None:
                yield top

    def _rows(self) -> Iterator[QTreeWidgetItem]:
        for top in self._tops():
            yield top
            yield from (top.child(number) for number in range(top.childCount()))

    def _chosen(self) -> Sequence[int] | None:
        row = self.tree.currentItem()
        found: Sequence[int] | None = row.data(0, IDS) if row is not None else None
        return found

    def _act(self, name: str) -> None:
        if name == "name":
            self.name()
        else:
            self.label(name)

    def _current_changed(self, *_: object) -> None:
        row = self.tree.currentItem()
        if row is not None and row.parent() is not None:
            self.item_chosen.emit(row.data(0, IDS)[0])

    def _activated(self, *_: object) -> None:
        theme = self.theme_of()
        if theme is not None:
            self.items_asked.emit([item.id for item in theme.items])

    def _clicked(self, row: QTreeWidgetItem, _column: int) -> None:
        if row.parent() is None:
            self._activated()

    def _connect(self) -> None:
        self.button.clicked.connect(self.group)
        self.model_button.clicked.connect(self.model_asked)
        self.tree.asked.connect(self._act)
        self.tree.currentItemChanged.connect(self._current_changed)
        self.tree.itemActivated.connect(self._activated)
        self.tree.itemClicked.connect(self._clicked)

    def _lay_out(self) -> None:
        label = QLabel("&Least cosine")
        label.setBuddy(self.cut)
        line = FlowLayout(gap=self.fontMetrics().averageCharWidth())
        for widget in (label, self.cut, self.button, self.model_button):
            line.addWidget(widget)
        header = self.tree.header()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)
        header.resizeSection(0, self.fontMetrics().averageCharWidth() * 32)
        header.setStretchLastSection(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 0, 0)
        layout.addLayout(line)
        layout.addWidget(self.status)
        layout.addWidget(self.tree, 1)
        layout.addWidget(self.hint)


class Timeline(QStyledItemDelegate):
    """Draws where in the stream a row's items stand, with the digit of their stage."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.places = 1

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """A line for the stream, a sign for each item."""
        super().paint(painter, option, index)
        area: QRectF = QRectF(option.rect).adjusted(10, 0, -10, 0)
        ink = screen_ink(self._theme.colours, dark=self._theme.dark)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = area.center().y()
        painter.setPen(QPen(QColor(ink.axis), 1))
        painter.drawLine(QPointF(area.left(), middle), QPointF(area.right(), middle))
        for place, stage in index.data(MARKS) or ():
            x = area.left() + area.width() * (place - 1) / max(1, self.places - 1)
            if stage:
                self._sign(painter, x, middle, STAGES.index(stage), ink.colour(STAGES.index(stage)))
            else:
                painter.setPen(QPen(QColor(ink.text), 1.5))
                painter.setBrush(QColor(ink.ground))
                painter.drawEllipse(QPointF(x, middle), 3.5, 3.5)
        painter.restore()

    def sizeHint(  # noqa: N802 - Qt's name
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """Room for the signs."""
        hint = super().sizeHint(option, index)
        return QSize(hint.width(), max(hint.height(), 20))

    def _sign(self, painter: QPainter, x: float, y: float, number: int, colour: QColor) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawEllipse(QPointF(x, y), 7, 7)
        painter.setPen(QColor("#000000" if self._theme.dark else "#ffffff"))
        font = painter.font()
        font.setPixelSize(10)
        font.setBold(True)
        painter.setFont(font)
        painter.drawText(QRectF(x - 8, y - 8, 16, 16), Qt.AlignmentFlag.AlignCenter, str(number + 1))


def stage_told(item: ThemeItem) -> str:
    """An item's stage and who said it."""
    if not item.stage:
        return DASH
    return f"{SIGNS[item.stage]} {item.stage}, by {'you' if item.by == HUMAN else item.by}"


def told(found: BankThemes) -> str:
    """How many themes there are, and what is in none."""
    if not found.themes:
        return f"No theme: {found.missing:,} items have no vector." if found.missing else NONE_FOUND
    parts = [f"{len(found.themes)} themes over {found.places:,} experiences, in the order they begin"]
    if found.others:
        parts.append(f"{found.others:,} items in smaller groups")
    if found.missing:
        parts.append(f"{found.missing:,} without a vector")
    return "; ".join(parts) + "."
