"""A line that tells how far a review is, with its acts."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QToolButton, QWidget

from rb_studio.gui.review.queue import Queue, Standing
from rb_studio.gui.widgets.elided import Elided


class QueueBar(QFrame):
    """Hidden while there is no queue; its buttons are the actions of the room's commands."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "banner")
        self.told = Elided(1)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName("How far the review is")
        self.progress.setMaximumHeight(self.fontMetrics().height() // 2)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(8, 3, 8, 3)
        self._row.addWidget(self.told, 3)
        self._row.addWidget(self.progress, 1)
        self.hide()

    def adopt(self, actions: Sequence[tuple[QAction, str]]) -> None:
        """Buttons for these actions, each with a short name."""
        for action, name in actions:
            button = QToolButton()
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
            action.setIconText(name)
            button.setDefaultAction(action)
            self._row.addWidget(button)

    def show_queue(self, queue: Queue | None, *, blind: bool, here: bool) -> None:
        """How far it is; whether one judges blind, and whether what is on screen is the one under review."""
        self.setVisible(queue is not None)
        if queue is None:
            return
        at = queue.items.index(queue.current) + 1 if queue.current in queue.items else 0
        order = "as listed" if queue.seed is None else f"in random order {queue.seed}"
        now = queue.standing(queue.current) if at else Standing.PENDING
        state = "" if now is Standing.PENDING else f" ({now})"
        where = f"no. {at:,} of {len(queue.items):,}{state}" if here else "another rollout is on screen"
        ended = "All is reviewed" if queue.over else "Review"
        parts = [ended, queue.progress(), where, order, *(["blind"] if blind else [])]
        self.told.set_text(" \u2013 ".join(parts))
        self.progress.setRange(0, len(queue.items))
        self.progress.setValue(len(queue.settled))
