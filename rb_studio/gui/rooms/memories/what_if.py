"""What-if retrieval: type a task, see what would be injected, what just missed, and the exact block."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from rb_studio.gui.rooms.memories.block import Block
from rb_studio.gui.rooms.memories.panel import stacked
from rb_studio.gui.rooms.memories.preview import PreviewPanel
from rb_studio.gui.rooms.memories.texts import sentence
from rb_studio.gui.rooms.memories.what_if_answers import Known, Shown
from rb_studio.gui.rooms.memories.what_if_form import QuestionForm
from rb_studio.gui.rooms.memories.what_if_list import GRADES, UIDS, RankedTree
from rb_studio.gui.theme import Theme

NOTHING = "The bank has nothing to inject: no experience has an active item."


class WhatIfPanel(QWidget):
    """Asks and shows.

    Signals
    -------
    asked
        Carries the Question.
    stop_asked
        Nobody waits for the answer any more.
    items_asked
        Items are to be shown in the table; carries their ids.
    graded
        Items are labelled for the task of the answer; carries the ids and the grade, 0 to take labels off.
    """

    asked = Signal(object)
    stop_asked = Signal()
    items_asked = Signal(object)
    graded = Signal(object, int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.task = QPlainTextEdit(placeholderText="A task, as an agent would get it")
        self.task.setAccessibleName("Task")
        self.task.setTabChangesFocus(True)
        self.task.installEventFilter(self)
        self.form = QuestionForm()
        self.ask_button = QPushButton("Retrieve")
        self.ask_button.setProperty("primary", True)
        self.ask_button.setToolTip("Rank the bank for this task (Ctrl+Return)")
        self.status = QLabel("Nothing is sent: retrieval runs on this computer.", textFormat=Qt.TextFormat.PlainText)
        self.status.setProperty("role", "muted")
        self.status.setWordWrap(True)
        self.back_button = QPushButton("Put all back")
        self.back_button.setToolTip("Nothing is left out by hand any more")
        self.back_button.hide()
        self.ranked = RankedTree()
        self.shown: Shown | None = None
        self._busy = False
        self._without: set[str] = set()
        self.block = PreviewPanel(theme)
        self._lay_out()
        self._connect()

    def ask(self) -> None:
        """Ask for what is typed; while an answer is awaited, stop waiting."""
        if self._busy:
            self.stop_asked.emit()
            return
        self.asked.emit(self.form.question(self.task.toPlainText(), tuple(sorted(self._without))))

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

    def show_answer(self, shown: Shown) -> None:
        """Show the ranking and the block."""
        self._set_busy(False)
        self.shown = shown
        self.ranked.show_ranking(shown)
        self.back_button.setVisible(bool(self._without))
        found = shown.answer
        left = f"{len(self._without)} left out by hand" if self._without else ""
        told = (found.retrieval.embedder, f"tokens {found.tokenizer}", *shown.notes, left)
        self.status.setText(" \u00b7 ".join(filter(None, told)) if found.parts else NOTHING)
        block = found.retrieval.block
        self.block.show_block(Block(block, note="" if block else "Nothing is injected."))
        if block:
            self.block.show_tokens(block, (found.tokens, found.tokenizer))

    def show_grades(self, shown: Shown) -> None:
        """Other labels for the answer that is shown."""
        self.shown = shown
        self.ranked.show_grades(shown)

    def show_known(self, known: Known) -> None:
        """What the shown bank was learned from."""
        self.form.show_known(known)

    def show_other_bank(self) -> None:
        """Nothing of the bank before is left out any more."""
        self._without.clear()
        self.back_button.hide()

    def set_task(self, text: str) -> None:
        """Put a task's text in."""
        self.task.setPlainText(text)

    def grade(self, name: str) -> None:
        """Label what the chosen row stands for: relevant, partly or not."""
        ids = [self.shown.ids[uid] for uid in self.ranked.chosen_uids() if uid in self.shown.ids] if self.shown else []
        if ids:
            self.graded.emit(ids, GRADES[name])

    def leave_out(self) -> None:
        """Ask again without the chosen experience or item, or with it again."""
        chosen = self.ranked.chosen_left_out()
        if chosen:
            self._without ^= set(chosen)
            self.ask()

    def put_back(self) -> None:
        """Ask again with everything that was left out by hand."""
        self._without.clear()
        self.ask()

    def to_keep(self) -> dict[str, Any]:
        """Plain JSON to come back to."""
        return {"task": self.task.toPlainText(), "settings": self.form.to_keep()}

    def restore(self, kept: Mapping[str, Any]) -> None:
        """Come back to what `to_keep` gave."""
        self.set_task(str(kept.get("task", "")))
        settings = kept.get("settings")
        if isinstance(settings, dict):
            self.form.restore(settings)

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

    def _act(self, name: str) -> None:
        if name == "leave_out":
            self.leave_out()
        else:
            self.grade(name)

    def _activated(self, row: QTreeWidgetItem, _column: int) -> None:
        uids = row.data(0, UIDS) or ()
        if self.shown is not None and uids:
            self.items_asked.emit([self.shown.ids[uid] for uid in uids if uid in self.shown.ids])

    def _connect(self) -> None:
        self.ask_button.clicked.connect(self.ask)
        self.back_button.clicked.connect(self.put_back)
        self.ranked.itemActivated.connect(self._activated)
        self.ranked.asked.connect(self._act)

    def _lay_out(self) -> None:
        label = QLabel("Tas&k")
        label.setBuddy(self.task)
        spacing = self.fontMetrics().lineSpacing()
        self.task.setMinimumHeight(spacing * 2)
        self.task.setMaximumHeight(spacing * 4 + 14)
        self.ranked.setMinimumHeight(spacing * 4)
        line = QHBoxLayout()
        line.addWidget(self.status, 1)
        for button in (self.back_button, self.ask_button):
            line.addWidget(button, alignment=Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 0, 0)
        layout.addWidget(label)
        layout.addWidget(self.task)
        layout.addWidget(self.form)
        layout.addLayout(line)
        layout.addWidget(stacked(self.ranked, self.block), 1)
