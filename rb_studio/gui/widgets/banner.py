"""What stays wrong, said over the rooms until it is mended."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget


class Banner(QFrame):
    """A sentence and at most one thing to do about it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "banner")
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._button = QPushButton()
        self._act: Callable[[], object] | None = None
        layout = QHBoxLayout(self)
        layout.addWidget(self._text, 1)
        layout.addWidget(self._button)
        self._button.clicked.connect(self._clicked)

    def say(self, text: str, label: str = "", act: Callable[[], object] | None = None) -> None:
        """Show a sentence; empty for nothing."""
        self._text.setText(text)
        self._button.setText(label)
        self._button.setVisible(act is not None)
        self._act = act
        self.setVisible(bool(text))

    def text(self) -> str:
        """What is said."""
        return self._text.text()

    def _clicked(self) -> None:
        if self._act is not None:
            self._act()
