"""Put a tag on the selected items, or take one off."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCompleter, QDialog, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget


class TagDialog(QDialog):
    """One tag at a time, one undo step each; known tags are proposed.

    Signals
    -------
    tag_asked
        A tag, and whether to put it on.
    """

    tag_asked = Signal(str, bool)

    def __init__(self, count: int, known: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(f"Tag {count:,} item{'' if count == 1 else 's'}")
        self.name = QLineEdit()
        completer = QCompleter(list(known), self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.name.setCompleter(completer)
        label = QLabel("&Tag")
        label.setBuddy(self.name)
        known_label = QLabel(f"In use: {', '.join(known[:20]) or 'none yet'}", textFormat=Qt.TextFormat.PlainText)
        known_label.setWordWrap(True)
        known_label.setProperty("role", "muted")
        self.add_button, self.remove_button = QPushButton("&Put on"), QPushButton("Take &off")
        self.add_button.setDefault(True)
        self.add_button.setProperty("primary", True)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.remove_button)
        buttons.addWidget(self.add_button)
        layout = QVBoxLayout(self)
        layout.addWidget(label)
        layout.addWidget(self.name)
        layout.addWidget(known_label)
        layout.addLayout(buttons)
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * 48)
        self.name.textChanged.connect(self._check)
        self.add_button.clicked.connect(self._add)
        self.remove_button.clicked.connect(self._remove)
        self._check("")

    def _check(self, text: str) -> None:
        for button in (self.add_button, self.remove_button):
            button.setEnabled(bool(text.strip()))

    def _add(self) -> None:
        self.tag_asked.emit(self.name.text().strip(), True)
        self.accept()

    def _remove(self) -> None:
        self.tag_asked.emit(self.name.text().strip(), False)
        self.accept()
