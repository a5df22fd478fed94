"""What-if retrieval: type a task, see which experiences would be injected, which just missed, and the exact block."""

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QSpinBox,
    QSplitter,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from rb_studio.gui.rooms.memories.columns import one_line
from rb_studio.gui.rooms.memories.preview import Block, PreviewPanel
from rb_studio.gui.rooms.memories.texts import line_edit, sentence
from rb_studio.gui.theme import Theme
from rb_studio.records.memory import Retrieval

UID = Qt.ItemDataRole.UserRole


@dataclass(frozen=True, slots=True)
class Asked:
    """A question: the task's text, how many experiences, and a template to leave out."""

    text: str
    n: int = 1
    template: str = ""


class WhatIfPanel(QWidget):
    """Asks and shows.

    Signals
    -------
    asked
        Carries Asked.
    stop_asked
        Nobody waits for the answer any more.
    items_asked
        The items of an experience are to be shown; carries its uid.
    """

    asked = Signal(object)
    stop_asked = Signal()
    items_asked = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.task = QPlainTextEdit(placeholderText="A task, as an agent would get it")
        self.task.setAccessibleName("Task")
        self.task.setTabChangesFocus(True)
        self.task.installEventFilter(self)
        self.n = QSpinBox(minimum=0, maximum=10, value=1)
        self.n.setAccessibleName("Experiences to inject")
        self.n.setMinimumWidth(self.fontMetrics().averageCharWidth() * 9)
        self.template = line_edit("none", "Template to leave out")
        self.ask_button = QPushButton("Retrieve")
        self.ask_button.setProperty("primary", True)
        self.ask_button.setToolTip("Rank the bank's experiences for this task (Ctrl+Return)")
        self.status = QLabel("Nothing is sent: retrieval runs on this computer.", textFormat=Qt.TextFormat.PlainText)
        self.status.setProperty("role", "muted")
        self.status.setWordWrap(True)
        self.ranked = QTreeWidget()
        self.ranked.setAccessibleName("Ranked experiences")
        self.ranked.setHeaderLabels(["Score", "", "Items", "Past task"])
        self.ranked.setRootIsDecorated(False)
        for column in range(3):
            self.ranked.resizeColumnToContents(column)
        self.ranked.setAlternatingRowColors(True)
        self.ranked.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.ranked.setToolTip("Return or double-click shows the items of an experience")
        self._busy = False
        self.block = PreviewPanel(theme)
        self._lay_out()
        for before, after in ((self.task, self.template), (self.template, self.n), (self.n, self.ask_button)):
            self.setTabOrder(before, after)
        self.ask_button.clicked.connect(self.ask)
        self.ranked.itemActivated.connect(self._activated)

    def ask(self) -> None:
        """Ask for what is typed; while an answer is awaited, stop waiting."""
        if self._busy:
            self.stop_asked.emit()
            return
        self.asked.emit(Asked(self.task.toPlainText(), self.n.value(), self.template.text().strip()))

    def show_busy(self, text: str) -> None:
        """Say what goes on; the button stops it."""
        self._set_busy(True)
        self.status.setText(text)

    def show_ready(self) -> None:
        """Nothing goes on."""
        self._set_busy(False)
        self.status.setText("Stopped.")

    def show_wrong(self, text: str) -> None:
        """Say why there is no answer."""
        self._set_busy(False)
        self.status.setText(f"\u26a0 {sentence(text)}")

    def show_answer(self, found: Retrieval, note: str) -> None:
        """Show the ranking and the block."""
        self._set_busy(False)
        self.ranked.clear()
        for hit in found.hits:
            self._add(hit.score, f"injected, rank {hit.rank}", str(len(hit.item_uids)), hit.task_text, hit.uid)
        for miss in found.near_misses:
            self._add(miss.score, miss.reason, "", miss.task_text, miss.uid)
        for column in range(3):
            self.ranked.resizeColumnToContents(column)
        if not found.hits and not found.near_misses:
            self.status.setText("The bank has nothing to inject: no experience has an active item.")
        else:
            gap = _margin(found)
            self.status.setText(f"{found.embedder}{gap}{note}")
        self.block.show_block(Block(found.block, note="" if found.block else "Nothing is injected."))

    def set_task(self, text: str) -> None:
        """Put a task's text in."""
        self.task.setPlainText(text)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Ctrl+Return asks."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            control = event.modifiers() & Qt.KeyboardModifier.ControlModifier
            if control and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.ask()
                return True
        return super().eventFilter(watched, event)

    def _set_busy(self, busy: bool) -> None:
        self._busy = busy
        self.ask_button.setText("Stop" if busy else "Retrieve")

    def _add(self, score: float, what: str, items: str, task: str, uid: str) -> None:
        row = QTreeWidgetItem(self.ranked, [f"{score:.4f}", what, items, one_line(task)])
        row.setData(0, UID, uid)
        row.setToolTip(3, task.replace("<", "\u2039"))
        if what.startswith("injected"):
            font = row.font(0)
            font.setBold(True)
            row.setFont(0, font)
            row.setFont(1, font)

    def _activated(self, row: QTreeWidgetItem, _column: int) -> None:
        self.items_asked.emit(row.data(0, UID))

    def _lay_out(self) -> None:
        label, count, left_out = QLabel("Tas&k"), QLabel("E&xperiences"), QLabel("Leave out tem&plate")
        label.setBuddy(self.task)
        count.setBuddy(self.n)
        left_out.setBuddy(self.template)
        spacing = self.fontMetrics().lineSpacing()
        self.task.setMinimumHeight(spacing * 2)
        self.task.setMaximumHeight(spacing * 4 + 14)
        self.ranked.setMinimumHeight(spacing * 4)
        line = QHBoxLayout()
        for widget in (count, self.n):
            line.addWidget(widget)
        line.addStretch(1)
        line.addWidget(self.ask_button)
        below = QHBoxLayout()
        below.addWidget(left_out)
        below.addWidget(self.template, 1)
        splitter = QSplitter(Qt.Orientation.Vertical)
        splitter.addWidget(self.ranked)
        splitter.addWidget(self.block)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 0, 0)
        layout.addWidget(label)
        layout.addWidget(self.task)
        layout.addLayout(below)
        layout.addLayout(line)
        layout.addWidget(self.status)
        layout.addWidget(splitter, 1)


def _margin(found: Retrieval) -> str:
    """How far the best that was outranked (not left out for another reason) is behind the last that was injected."""
    outranked = [miss.score for miss in found.near_misses if miss.reason.startswith("below")]
    if not found.hits or not outranked:
        return ""
    return f" \u00b7 {found.hits[-1].score - max(outranked):.4f} ahead of the nearest miss"
