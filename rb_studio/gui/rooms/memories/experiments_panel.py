"""Tests of the bank: every paired experiment that was made on it, and what the chosen one shows."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from rb_studio.gui.dialogs.unfolding import scrolling
from rb_studio.gui.rooms.memories import effect_words as words
from rb_studio.gui.rooms.memories.effect_bar import Drawn, EffectBar
from rb_studio.gui.rooms.memories.experiment_reads import Trial, flip_cells, flips, status, summary
from rb_studio.gui.rooms.memories.keyed_tree import KeyedTree
from rb_studio.gui.rooms.memories.panel import Panel, stacked
from rb_studio.gui.rooms.memories.texts import local_time
from rb_studio.gui.theme import Theme

if TYPE_CHECKING:
    from rb_studio.jobs.experiment_results import Flip

DATA = Qt.ItemDataRole.UserRole
NONE_YET = (
    "No test was made on this bank yet. Test a curation from any two points of its history, or leave one item out: the "
    "same tasks are run both ways with the bank frozen, and what differs is shown here."
)
HEADINGS = ["Difference", "What", "Status", "Tasks", "Made"]


class ExperimentsPanel(Panel):
    """Shows what it is told.

    Signals
    -------
    asked
        An act: test, resume, stop.
    flip_opened
        A Flip whose rollouts are to be shown.
    chosen_changed
        Another experiment is chosen.
    """

    asked = Signal(str)
    flip_opened = Signal(object)
    chosen_changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tests: tuple[Trial, ...] = ()
        self.list = KeyedTree("Tests of the bank", HEADINGS, {})
        self.sides, self.summary = (
            QLabel(textFormat=Qt.TextFormat.PlainText),
            QLabel(textFormat=Qt.TextFormat.PlainText),
        )
        self.sides.setWordWrap(True)
        self.summary.setWordWrap(True)
        self.summary.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.badge = QLabel("simulated")
        self.badge.setProperty("role", "badge")
        self.badge.setToolTip("The practice model answered; results say nothing about a language model")
        self.bar = EffectBar(theme, "Difference in success")
        self.flips_said = QLabel(textFormat=Qt.TextFormat.PlainText)
        self.flips_said.setWordWrap(True)
        self.flips = KeyedTree("Tasks that came out otherwise", ["", "Task", "Before", "After"], {})
        self.progress = QProgressBar()
        self.progress.setAccessibleName("Progress of the test")
        self.test_button, self.resume_button = QPushButton("Test a curation\u2026"), QPushButton("Go on")
        self.stop_button = QPushButton("Stop")
        self.resume_button.setToolTip("Run what is not there yet; what is there is kept")
        self._lay_out()
        self.list.currentItemChanged.connect(self._choose)
        self.flips.itemActivated.connect(self._open)
        for name, button in (("test", self.test_button), ("resume", self.resume_button), ("stop", self.stop_button)):
            button.clicked.connect(lambda _on=False, name=name: self.asked.emit(name))
        self.show_tests(())
        self.show_running(False, None, "")

    def show_tests(self, tests: Sequence[Trial], wanted: int | None = None) -> None:
        """The bank's experiments, newest first; the chosen one stays chosen unless another is wanted."""
        before = self.chosen()
        self._tests = tuple(tests)
        keep = wanted if wanted is not None else before.row.id if before else None
        blocked = QSignalBlocker(self.list)
        self.list.clear()
        for one in self._tests:
            self._add(one)
        place = next((place for place, one in enumerate(self._tests) if one.row.id == keep), 0)
        item = self.list.topLevelItem(place)
        if item is not None:
            self.list.setCurrentItem(item)
        blocked.unblock()
        for column in (0, 2, 3, 4):
            self.list.resizeColumnToContents(column)
        self._draw()

    def show_running(self, running: bool, done: "tuple[int, int] | None", said: str) -> None:
        """How far the job is that runs a test; `done` of how many tasks."""
        self.progress.setVisible(running)
        self.stop_button.setVisible(running)
        self.progress.setRange(0, done[1] if done else 0)
        self.progress.setValue(done[0] if done else 0)
        self.progress.setFormat("%v of %m" if done else "")
        self.progress.setToolTip(said)
        one = self.chosen()
        self.resume_button.setVisible(one is not None and not one.whole)
        self.resume_button.setEnabled(not running)

    def chosen(self) -> Trial | None:
        """The experiment that is looked at."""
        item = self.list.currentItem()
        place = self.list.indexOfTopLevelItem(item) if item is not None else -1
        return self._tests[place] if 0 <= place < len(self._tests) else None

    def chosen_flip(self) -> "Flip | None":
        """The task that is looked at."""
        item = self.flips.currentItem()
        found: Flip | None = item.data(0, DATA) if item is not None else None
        return found

    def _add(self, one: Trial) -> None:
        known = one.result.effect
        low, high = known.low, known.high
        told = words.points(known.difference)
        told += f" [{words.points(low)}, {words.points(high)}]" if low is not None else ""
        cells = [told, one.sides, status(one), f"{one.result.n:,}", local_time(one.row.created_at)[:16]]
        item = QTreeWidgetItem(self.list, cells)
        item.setToolTip(1, one.sides.replace("<", "\u2039"))
        item.setTextAlignment(3, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)

    def _draw(self) -> None:
        one = self.chosen()
        shown = one is not None
        for widget in (self.flips, self.flips_said):
            widget.setVisible(shown)
        self.badge.setVisible(one is not None and one.result.simulated)
        self.flips.clear()
        if one is None:
            self.sides.setText("")
            self.summary.setText(NONE_YET)
            self.bar.show_drawn(None)
            self.resume_button.hide()
            return
        known = one.result.effect
        self.sides.setText(one.sides)
        self.summary.setText(summary(one))
        self.resume_button.setVisible(not one.whole)
        if known.difference is None or known.low is None or known.high is None:
            self.bar.show_drawn(None)
        else:
            drawn = Drawn(known.difference, known.low, known.high, fewer="worse", more="better")
            self.bar.show_drawn(drawn, words.said(known))
        self.flips_said.setText(flips(one.result))
        for flip in one.result.flipped:
            row = QTreeWidgetItem(self.flips, flip_cells(flip))
            row.setData(0, DATA, flip)
            row.setToolTip(1, flip.task_key.replace("<", "\u2039"))
        for section in (0, 2, 3):
            self.flips.resizeColumnToContents(section)
        first = self.flips.topLevelItem(0)
        if first is not None:
            self.flips.setCurrentItem(first)
        self.flips.setVisible(first is not None)

    def _choose(self, *_: object) -> None:
        self._draw()
        self.chosen_changed.emit()

    def _open(self, item: QTreeWidgetItem, _column: int) -> None:
        self.flip_opened.emit(item.data(0, DATA))

    def _lay_out(self) -> None:
        lines = self.fontMetrics().lineSpacing()
        for tree, wide in ((self.list, 1), (self.flips, 1)):
            _stretch(tree, wide)
            tree.setMinimumHeight(lines * 4)
        self.flips.setMinimumHeight(lines * 7)
        self.list.header().resizeSection(1, self.fontMetrics().averageCharWidth() * 28)
        line = QHBoxLayout()
        for button in (self.test_button, self.resume_button, self.stop_button):
            line.addWidget(button)
        line.addWidget(self.progress, 1)
        line.addStretch(0)
        told = QHBoxLayout()
        told.addWidget(self.sides, 1)
        told.addWidget(self.badge, alignment=Qt.AlignmentFlag.AlignTop)
        below = QWidget()
        column = QVBoxLayout(below)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(told)
        column.addWidget(self.summary)
        column.addWidget(self.bar)
        column.addWidget(self.flips_said)
        column.addWidget(self.flips, 1)
        column.addStretch(0)
        area = scrolling(below)
        splitter = stacked(self.list, area, shares=(0, 1))
        splitter.setSizes([lines * 8, lines * 24])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 0, 0)
        layout.addLayout(line)
        layout.addWidget(splitter, 1)


def _stretch(tree: QTreeWidget, section: int) -> None:
    header = tree.header()
    header.setStretchLastSection(False)
    header.setSectionResizeMode(section, header.ResizeMode.Stretch)
