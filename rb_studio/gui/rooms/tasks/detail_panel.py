"""One task in full, and every rollout of it."""

import json
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QSplitter,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from rb_studio.gui.dialogs.choice import counted
from rb_studio.gui.rooms.tasks.attempt_model import TITLES, AttemptModel
from rb_studio.gui.rooms.tasks.fitting import give_rest
from rb_studio.gui.rooms.tasks.reads import Detail
from rb_studio.gui.theme import Theme

LEAST = 12.5
WIDTHS = {"Run": 7, "Seed": 7, "Try": 6, "Steps": 8}


class AttemptTable(QTableView):
    """Rollouts; Enter and double click open the current one.

    Signals
    -------
    opened
        Carries the uid of a rollout.
    """

    opened = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rollouts = AttemptModel(theme, self)
        self.setModel(self.rollouts)
        self.setAccessibleName("Rollouts of the task")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 8)
        self.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.horizontalHeader().setHighlightSections(False)
        width = self.fontMetrics().horizontalAdvance("0")
        for column, title in enumerate(TITLES):
            self.setColumnWidth(column, round(width * WIDTHS.get(title, 9.5)))
        self.doubleClicked.connect(self._open)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Enter opens."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """The memory mode gets what the other columns leave."""
        super().resizeEvent(event)
        give_rest(self, TITLES.index("Memory"), LEAST)

    def _open(self, index: QModelIndex) -> None:
        attempt = self.rollouts.attempt(index.row())
        if attempt is not None:
            self.opened.emit(attempt.uid)


class DetailPanel(QSplitter):
    """Left the task's text and answer, right its rollouts."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._heading = QLabel()
        self._graded = QLabel()
        for label in (self._heading, self._graded):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            label.setWordWrap(True)
        self._graded.setProperty("role", "muted")
        font = self._heading.font()
        font.setBold(True)
        self._heading.setFont(font)
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setAccessibleName("Text of the task")
        self.table = AttemptTable(theme)
        self._caption = QLabel()
        self._caption.setProperty("role", "muted")
        self._badge = QLabel("simulated")
        self._badge.setProperty("role", "badge")
        self._shown = ""
        self.addWidget(_column(self._heading, self.text, self._graded))
        self.addWidget(_column(_row(self._caption, self._badge), self.table))
        self.setStretchFactor(0, 2)
        self.setStretchFactor(1, 3)
        self.setSizes([300, 700])
        self.setChildrenCollapsible(False)
        self.show_detail(None)

    def show_detail(self, detail: Detail | None) -> None:
        """A task, or none; the same task again keeps the scroll position."""
        if detail is None:
            self._shown = ""
            self._heading.setText("No task chosen")
            self.text.setPlainText("")
            self._graded.setText("")
            self._show_attempts(())
            return
        task = detail.task
        self._heading.setText(task.key)
        text = whole_text(detail)
        if self._shown != task.key or self.text.toPlainText() != text:
            self.text.setPlainText(text)
        self._graded.setText(graded_by(detail))
        self._show_attempts(detail.attempts, keep=self._shown == task.key)
        self._shown = task.key

    def _show_attempts(self, attempts: Sequence[Any], *, keep: bool = False) -> None:
        count = len(attempts)
        self._caption.setText(counted(count, "rollout") if count else "Not tried yet")
        self._badge.setVisible(any(one.simulated for one in attempts))
        if tuple(attempts) == tuple(self.table.rollouts.attempts()):
            return
        current = self.table.rollouts.attempt(self.table.currentIndex().row())
        self.table.rollouts.set_attempts(attempts)
        row = next((n for n, one in enumerate(attempts) if current and keep and one.uid == current.uid), 0)
        if attempts:
            self.table.setCurrentIndex(self.table.rollouts.index(row, 0))


def graded_by(detail: Detail) -> str:
    """How the task is graded, where it plays and what it is made from, in one line."""
    task, grading = detail.task, detail.grading
    named = [f"{name} {value}" for name, value in (("site", task.site), ("template", task.template)) if value]
    told = "no grading is stored" if grading is None else f"graded by {grading.grader}"
    line = " \u00b7 ".join([told, *named])
    return line[:1].upper() + line[1:]


def whole_text(detail: Detail) -> str:
    """The task as the agent reads it, and below it the answer that the agent never sees."""
    parts = [detail.task.text]
    context = detail.task.setup.get("context")
    if context:
        parts += ["", "Context", str(context)]
    expected = detail.grading.expected if detail.grading else None
    if expected is not None:
        text = expected if isinstance(expected, str) else json.dumps(expected, indent=2, ensure_ascii=False)
        parts += ["", "Expected (never shown to the agent)", text]
    return "\n".join(parts)


def _column(*parts: QWidget) -> QWidget:
    column = QWidget()
    layout = QVBoxLayout(column)
    layout.setContentsMargins(6, 4, 6, 4)
    for part in parts:
        layout.addWidget(part)
    column.setMinimumWidth(column.fontMetrics().averageCharWidth() * 24)
    return column


def _row(label: QWidget, badge: QWidget) -> QWidget:
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(label)
    layout.addWidget(badge)
    layout.addStretch(1)
    return row
