"""Two answers side by side: other banks, snapshots or settings, and what moved between them."""

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from rb_studio.gui.rooms.memories.columns import DASH, one_line
from rb_studio.gui.rooms.memories.keyed_tree import KeyedTree
from rb_studio.gui.rooms.memories.panel import stacked
from rb_studio.gui.rooms.memories.texts import PlainBrowser, diff_markup, line_edit, sentence
from rb_studio.gui.rooms.memories.what_if_answers import Known, Moment, Shown
from rb_studio.gui.rooms.memories.what_if_form import QuestionForm
from rb_studio.gui.theme import Theme
from rb_studio.gui.widgets.word_diff import word_diff
from rb_studio.jobs.what_if import Beside, Question, ScorePart, SideBySide

IDS = Qt.ItemDataRole.UserRole
SIDES = ("Left", "Right")
IN, OUT, UP, DOWN = "\u2713", "\u2717", "\u2191", "\u2193"
Pair = Sequence[tuple[Moment, Question]]
HINT = "Nothing is sent. Both sides are asked for the same task; choose what differs."


class SideForm(QGroupBox):
    """One side: which bank at which point, and how it is asked."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self.moment = QComboBox()
        self.moment.setAccessibleName(f"Bank and point, {title.lower()}")
        self.moment.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.moment.setMinimumContentsLength(10)
        self.form = QuestionForm(title.lower())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 4, 6, 4)
        layout.addWidget(self.moment)
        layout.addWidget(self.form)

    def show_moments(self, moments: Sequence[Moment]) -> None:
        """What there is to ask; the chosen one stays chosen."""
        kept = self.chosen()
        self.moment.clear()
        for one in moments:
            self.moment.addItem(one.name, one)
        if kept is not None:
            self.choose(kept.bank, kept.operation)

    def chosen(self) -> Moment | None:
        found: Moment | None = self.moment.currentData()
        return found

    def choose(self, bank: int, operation: int | None) -> bool:
        """Go to a bank at a point; False where it is not offered."""
        for place in range(self.moment.count()):
            one = self.moment.itemData(place)
            if (one.bank, one.operation) == (bank, operation):
                self.moment.setCurrentIndex(place)
                return True
        return False


class ComparePanel(QWidget):
    """Asks both sides and shows what moved.

    Signals
    -------
    asked
        Both sides as a pair of (Moment, Question) each.
    stop_asked
        Nobody waits any more.
    items_asked
        Items are to be shown in the table; carries their ids.
    """

    asked = Signal(object)
    stop_asked = Signal()
    items_asked = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._answers: tuple[Shown, Shown] | None = None
        self._busy = False
        self.task = line_edit("A task, as an agent would get it", "Task for both sides")
        self.sides = [SideForm(title) for title in SIDES]
        self.button = QPushButton("Compare")
        self.button.setProperty("primary", True)
        self.status = QLabel(HINT, textFormat=Qt.TextFormat.PlainText)
        self.status.setProperty("role", "muted")
        self.status.setWordWrap(True)
        self.tree = KeyedTree("What both sides rank", [*SIDES, "What moved", "Past task or item"], {})
        self.diff = PlainBrowser("What differs in the injected block")
        self._lay_out()
        self.button.clicked.connect(self.ask)
        self.task.returnPressed.connect(self.ask)
        self.tree.itemActivated.connect(self._activated)
        theme.changed.connect(self._draw)

    def ask(self) -> None:
        """Ask both sides; while they are awaited, stop waiting."""
        moments = [side.chosen() for side in self.sides]
        if self._busy:
            self.stop_asked.emit()
        elif not self.task.text().strip():
            self.show_wrong("Type a task first.")
        elif None not in moments:
            text = self.task.text()
            self.asked.emit([(side.chosen(), side.form.question(text)) for side in self.sides])

    def show_moments(self, moments: Sequence[Moment]) -> None:
        """What there is to ask on both sides."""
        for side in self.sides:
            side.show_moments(moments)

    def show_known(self, known: Known) -> None:
        for side in self.sides:
            side.form.show_known(known)

    def show_busy(self, text: str) -> None:
        """Say what goes on; the button stops it."""
        self._set_busy(True)
        self.status.setText(text)

    def show_ready(self, text: str = "Stopped.") -> None:
        self._set_busy(False)
        self.status.setText(text)

    def show_wrong(self, text: str) -> None:
        """Say why there is no comparison."""
        self.show_ready(f"\u26a0 {sentence(text)}")

    def show_comparison(self, left: Shown, right: Shown, found: SideBySide) -> None:
        """What both list, what moved, and how the block changes."""
        self._answers = (left, right)
        titles, ids = {**left.titles, **right.titles}, {**left.ids, **right.ids}
        self.show_ready(summary(left, right, found))
        blocker = QSignalBlocker(self.tree)
        self.tree.clear()
        by_item = "item" == left.question.unit == right.question.unit
        for row in found.rows:
            text = titles.get(row.uid, row.task_text) if by_item else row.task_text
            cells = [cell(row.left), cell(row.right), moved(row), one_line(text)]
            item = QTreeWidgetItem(self.tree, cells)
            part = row.left or row.right
            uids = part.item_uids if part else ()
            item.setData(0, IDS, [ids[uid] for uid in uids if uid in ids])
            item.setToolTip(3, "\n".join(titles.get(uid, uid) for uid in uids).replace("<", "\u2039"))
            font = item.font(2)
            font.setBold(_injected(row.left) != _injected(row.right))
            item.setFont(2, font)
        for column in range(3):
            self.tree.resizeColumnToContents(column)
        first = self.tree.topLevelItem(0)
        if first is not None:
            self.tree.setCurrentItem(first)
        blocker.unblock()
        self._draw()

    def to_keep(self) -> dict[str, Any]:
        """Plain JSON to come back to."""
        return {"task": self.task.text(), "sides": [side.form.to_keep() for side in self.sides]}

    def restore(self, kept: Mapping[str, Any]) -> None:
        """Come back to what `to_keep` gave."""
        self.task.setText(str(kept.get("task", "")))
        sides = kept.get("sides")
        for side, one in zip(self.sides, sides if isinstance(sides, list) else (), strict=False):
            if isinstance(one, dict):
                side.form.restore(one)

    def _set_busy(self, busy: bool) -> None:
        self._busy = busy
        self.button.setText("Stop" if busy else "Compare")

    def _draw(self) -> None:
        if self._answers is None:
            return
        left, right = (one.answer.retrieval.block for one in self._answers)
        muted = self._theme.colours.muted
        if left == right:
            self.diff.setHtml(f'<p style="color:{muted}">The injected block is the same on both sides.</p>')
        else:
            head = f'<p style="color:{muted}">Injected block: [only left], only right underlined</p>'
            self.diff.setHtml(f"{head}<p>{diff_markup(word_diff(left, right), self._theme.colours)}</p>")

    def _activated(self, row: QTreeWidgetItem, _column: int) -> None:
        self.items_asked.emit(row.data(0, IDS))

    def _lay_out(self) -> None:
        label = QLabel("Tas&k")
        label.setBuddy(self.task)
        line, below = QHBoxLayout(), QHBoxLayout()
        line.addWidget(label)
        line.addWidget(self.task, 1)
        below.addWidget(self.status, 1)
        below.addWidget(self.button, alignment=Qt.AlignmentFlag.AlignTop)
        self.tree.setMinimumHeight(self.fontMetrics().lineSpacing() * 3)
        self.diff.setMinimumHeight(self.fontMetrics().lineSpacing() * 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 0, 0)
        layout.addLayout(line)
        for side in self.sides:
            layout.addWidget(side)
        layout.addLayout(below)
        layout.addWidget(stacked(self.tree, self.diff), 1)


def summary(left: Shown, right: Shown, found: SideBySide) -> str:
    """What differs, in a line."""
    tokens = f"{left.answer.tokens:,} \u2192 {right.answer.tokens:,} tokens"
    only = f"items injected only left: {len(found.only_left)}, only right: {len(found.only_right)}"
    same = "the block is the same" if found.same_block else only
    apart = "" if found.comparable else " \u00b7 the scores come from different models and cannot be compared"
    return " \u00b7 ".join([sentence(same), tokens, *left.notes]) + apart


def cell(part: ScorePart | None) -> str:
    """One side's rank, score and fate."""
    if part is None:
        return DASH
    return f"{IN if part.injected else OUT} {part.rank} \u00b7 {part.score:.4f}"


def moved(row: Beside) -> str:
    """What became of a row from left to right."""
    left, right = row.left, row.right
    if left is None or right is None:
        injected = _injected(left) or _injected(right)
        side = "left" if right is None else "right"
        return f"only {side}{', injected' if injected else ''}"
    if left.injected != right.injected:
        return "injected now" if right.injected else f"no longer: {right.reason}"
    by = left.rank - right.rank
    return "stays" if by == 0 else f"{UP if by > 0 else DOWN} {abs(by)}"


def _injected(part: ScorePart | None) -> bool:
    return part is not None and part.injected
