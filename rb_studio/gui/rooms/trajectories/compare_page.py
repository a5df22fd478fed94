"""The page of a comparison: steps side by side, patches, memory."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QTabWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from rb_studio.gui.icons import icon
from rb_studio.gui.rooms.trajectories.compare_heads import Heads
from rb_studio.gui.rooms.trajectories.compare_memory import MemoryDifferences
from rb_studio.gui.rooms.trajectories.compare_patches import PatchDifferences
from rb_studio.gui.rooms.trajectories.compare_reads import Compared
from rb_studio.gui.rooms.trajectories.compare_steps import StepTexts
from rb_studio.gui.rooms.trajectories.compare_table import CompareModel, CompareTable
from rb_studio.gui.theme import Theme
from rb_studio.gui.widgets.elided import Elided

READING = "Laying the rollouts side by side\u2026"
SHARE = 1_000
TABS = ("steps", "patch", "memory")


class ComparePage(QWidget):
    """Signals up, setters down.

    Signals
    -------
    row_chosen, opened, item_opened, divergence, forward, back, distil, copied, closed
        What the person asked for; `opened` carries row and side from 0, `item_opened` the uid of an item.
    """

    row_chosen = Signal(int)
    opened = Signal(int, int)
    item_opened = Signal(str)
    divergence = Signal()
    forward = Signal()
    back = Signal()
    distil = Signal()
    copied = Signal()
    closed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._compared: Compared | None = None
        self.sentence, self.badge = Elided(2), QLabel("simulated")
        self.badge.setProperty("role", "badge")
        self.badge.hide()
        self.table = CompareTable(CompareModel(self), theme)
        self.heads, self.texts = Heads(theme), StepTexts(theme)
        self.patches, self.memory = PatchDifferences(theme), MemoryDifferences(theme)
        self.tabs = QTabWidget()
        self._told = QLabel(READING, alignment=Qt.AlignmentFlag.AlignCenter)
        self._told.setProperty("role", "muted")
        self._told.setWordWrap(True)
        self._told.setTextFormat(Qt.TextFormat.PlainText)
        self.pages = QStackedWidget()
        self._made = QWidget()
        self._made_row = QHBoxLayout(self._made)
        self._build()
        self._connect()
        self.redraw()

    def _build(self) -> None:
        self._buttons = {
            "divergence": _button("First divergence", "Go to the first row that is not the same (Shift+V)"),
            "back": _button("", "Previous difference (Shift+F7)"),
            "forward": _button("", "Next difference (F7)"),
            "distil": _button("Distil\u2026", "Distil the difference into candidate memory items (Shift+W)"),
            "copied": _button("", "Copy the comparison as Markdown"),
            "closed": _button("Back", "Back to the steps (Esc)"),
        }
        bar = QHBoxLayout()
        bar.addWidget(self.sentence, 1)
        bar.addWidget(self.badge)
        for button in self._buttons.values():
            bar.addWidget(button)
        self._made_row.setContentsMargins(0, 0, 0, 0)
        self._made.hide()
        upper = QWidget()
        above = QVBoxLayout(upper)
        above.setContentsMargins(0, 0, 0, 0)
        above.setSpacing(2)
        above.addWidget(self.heads)
        above.addWidget(self.table, 1)
        steps = QSplitter(Qt.Orientation.Vertical)
        steps.setChildrenCollapsible(False)
        steps.addWidget(upper)
        steps.addWidget(self.texts)
        steps.setStretchFactor(0, 3)
        steps.setStretchFactor(1, 2)
        steps.setSizes([SHARE * 3, SHARE * 2])
        self.tabs.setDocumentMode(True)
        for panel, title in ((steps, "&Steps"), (self.patches, "&Patch"), (self.memory, "&Memory")):
            self.tabs.addTab(panel, title)
        self.pages.addWidget(self.tabs)
        self.pages.addWidget(self._told)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 4)
        layout.setSpacing(4)
        layout.addLayout(bar)
        layout.addWidget(self._made)
        layout.addWidget(self.pages, 1)
        self.setFocusProxy(self.table)

    def _connect(self) -> None:
        for name, button in self._buttons.items():
            button.clicked.connect(getattr(self, name))
        self.table.row_chosen.connect(self.row_chosen)
        self.table.opened.connect(self.opened)
        self.heads.opened.connect(self._open_side)
        self.memory.table.opened.connect(self._open_item)

    def show_waiting(self) -> None:
        """Nothing is there yet."""
        self._compared = None
        self.table.show_compared(None)
        self._say(READING)

    def show_problem(self, sentence: str) -> None:
        """Why there is nothing."""
        self._say(f"{sentence[:1].upper()}{sentence[1:]}")

    def show_comparison(self, compared: Compared, *, blind: bool) -> None:
        """Other rollouts."""
        self._compared = compared
        self.show_made((), lambda _uid: None)
        self.sentence.set_text(compared.sentence())
        self.badge.setVisible(any(head.simulated for head in compared.heads))
        self.table.show_compared(compared)
        self.show_heads(compared, blind=blind)
        self.texts.show_sides(len(compared.heads), self.table.mark_width)
        self.patches.show_comparison(compared)
        self.memory.show_comparison(compared)
        self.tabs.setTabText(1, self.patches.title)
        self.tabs.setTabText(2, self.memory.title)
        for name in ("divergence", "back", "forward"):
            self._buttons[name].setEnabled(compared.first is not None)
        self._buttons["distil"].setEnabled(True)
        self._buttons["copied"].setEnabled(True)
        self.pages.setCurrentWidget(self.tabs)

    def show_heads(self, compared: Compared, *, blind: bool) -> None:
        """What each rollout is, with run, verdict, truth and memory or without."""
        bar = self.table.verticalScrollBar().sizeHint().width()
        self.heads.show_heads(compared.heads, self.table.mark_width, bar, blind=blind)
        self.tabs.setTabVisible(TABS.index("memory"), not blind)

    def show_row(self, row: int) -> None:
        """Another row is current."""
        self.table.show_row(row)
        if self._compared is not None:
            self.texts.show_row(self._compared, row)

    def show_tab(self, name: str) -> None:
        """Steps, patch or memory, with the keyboard in it."""
        self.tabs.setCurrentIndex(TABS.index(name))
        (self.table, self.patches.files, self.memory.table)[TABS.index(name)].setFocus()

    def show_made(self, items: Sequence[tuple[str, str]], act: Callable[[str], object]) -> None:
        """What was distilled: uid and title of each candidate item, and what opens one."""
        while self._made_row.count():
            taken = self._made_row.takeAt(0)
            widget = taken.widget() if taken is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self._made_row.addWidget(QLabel("Distilled into candidate items:"))
        for uid, title in items:
            button = _button(title if len(title) <= 40 else f"{title[:39]}\u2026", f"Show {title} in Memories")
            button.clicked.connect(partial(_open, act, uid))
            self._made_row.addWidget(button)
        self._made_row.addStretch(1)
        self._made.setVisible(bool(items))

    def redraw(self) -> None:
        """Other colours."""
        colours = self._theme.colours
        for name, picture in (("back", "previous"), ("forward", "next"), ("copied", "copy")):
            self._buttons[name].setIcon(icon(picture, colours.text, colours.border))
        self.texts.redraw()
        self.patches.redraw()
        self.memory.redraw()
        self.table.viewport().update()

    def stop(self) -> None:
        """No clock runs any more."""
        self.texts.stop()
        self.patches.stop()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Esc leaves the page."""
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)

    def _say(self, sentence: str) -> None:
        self.sentence.set_text("")
        self.badge.hide()
        self._told.setText(sentence)
        for name, button in self._buttons.items():
            button.setEnabled(name == "closed")
        self.pages.setCurrentWidget(self._told)

    def _open_side(self, side: int) -> None:
        self.opened.emit(max(0, self.table.currentIndex().row()), side)

    def _open_item(self, _index: object) -> None:
        item = self.memory.item()
        if item is not None:
            self.item_opened.emit(item.uid)


def _open(act: Callable[[str], object], uid: str, _checked: bool = False) -> None:
    act(uid)


def _button(text: str, tip: str) -> QPushButton | QToolButton:
    button = QPushButton(text) if text else QToolButton()
    button.setToolTip(tip)
    button.setAccessibleName(tip.partition(" (")[0])
    if isinstance(button, QPushButton):
        button.setAutoDefault(False)
    return button
