"""The middle of the window while no workspace is open: why, and what can be done."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget


class NothingOpen(QWidget):
    """One sentence and a row of buttons, the first of which has the focus."""

    def __init__(self, sentence: str, actions: Sequence[QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        text = QLabel(sentence)
        text.setTextFormat(Qt.TextFormat.PlainText)
        text.setWordWrap(True)
        text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        text.setMinimumWidth(text.fontMetrics().averageCharWidth() * 60)
        row = QHBoxLayout()
        row.addStretch(1)
        for number, action in enumerate(actions):
            button = QPushButton(action.text())
            button.setProperty("primary", not number)
            button.clicked.connect(action.trigger)
            row.addWidget(button)
            if not number:
                self.setFocusProxy(button)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.addStretch(1)
        layout.addWidget(text)  # with an alignment of its own it would get one line, and the mend would be cut off
        layout.addLayout(row)
        layout.addStretch(1)
