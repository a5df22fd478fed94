"""The three texts of an item as inputs, with what they should keep to."""

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from rb_studio.gui.rooms.memories.texts import words_in


@dataclass(frozen=True, slots=True)
class Limit:
    """What a text should be, and from how many words on it is called long; nothing is ever cut."""

    words: int
    what: str


# The form the distillation prompts ask for (paper, section 3).
LIMITS = {
    "title": Limit(12, "a short name"),
    "description": Limit(40, "one sentence: what it does and when to use it"),
    "content": Limit(120, "one to three sentences: the steps and why they work"),
    "task": Limit(400, "the task text it is retrieved by; empty: its title and description"),
}


class LinesEdit(QPlainTextEdit):
    """A text of a few lines: it asks for no more room than those, and grows where there is some."""

    def __init__(self, lines: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines = lines

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(super().sizeHint().width(), self._height(self._lines))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(super().minimumSizeHint().width(), self._height(min(2, self._lines)))

    def _height(self, lines: int) -> int:
        return self.fontMetrics().lineSpacing() * lines + 14


class TextField(QWidget):
    """A labelled input with its count of words.

    What was never touched is given back as it was stored, line ends and all.

    Signals
    -------
    edited
        The person changed the text.
    """

    edited = Signal()

    def __init__(self, name: str, label: str, lines: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._stored = ""
        self._loading = False
        self.input: QLineEdit | QPlainTextEdit = QLineEdit() if lines == 1 else LinesEdit(lines)
        self._set_up_input(label)
        self._as_loaded = self._widget_text()
        heading = QLabel(label)
        heading.setBuddy(self.input)
        self.count = QLabel()
        self.count.setProperty("role", "muted")
        self.count.setToolTip(f"{label.replace('&', '')}: {LIMITS[name].what}")
        top = QHBoxLayout()
        top.addWidget(heading)
        top.addStretch(1)
        top.addWidget(self.count)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(top)
        layout.addWidget(self.input)
        self._show_count()

    def load(self, stored: str, shown: str) -> None:
        """Show a text (a draft's, or the stored one itself)."""
        self._loading = True
        self._stored = stored
        self._put(stored)
        self._as_loaded = self._widget_text()
        if shown != stored:
            self._put(shown)
        self._loading = False
        self._show_count()

    def rebase(self, stored: str) -> None:
        """Another text is stored now; what is on screen stays."""
        text = self.text()
        cursor = self.input.cursorPosition() if isinstance(self.input, QLineEdit) else None
        self._stored = stored
        if text == stored:
            self._as_loaded = self._widget_text()
        if cursor is not None and isinstance(self.input, QLineEdit):
            self.input.setCursorPosition(cursor)

    def text(self) -> str:
        """The text as it would be saved."""
        now = self._widget_text()
        return self._stored if now == self._as_loaded else now

    def _set_up_input(self, label: str) -> None:
        name = label.replace("&", "")
        self.input.setAccessibleName(name)
        self.input.setPlaceholderText(LIMITS[self._name].what)
        if isinstance(self.input, QPlainTextEdit):
            self.input.setTabChangesFocus(True)
        changed: Any = self.input.textChanged
        changed.connect(self._changed)

    def _put(self, text: str) -> None:
        if isinstance(self.input, QLineEdit):
            self.input.setText(text)
            self.input.setCursorPosition(0)
        else:
            self.input.setPlainText(text)

    def _widget_text(self) -> str:
        return self.input.text() if isinstance(self.input, QLineEdit) else self.input.toPlainText()

    def _changed(self) -> None:
        if not self._loading:
            self._show_count()
            self.edited.emit()

    def _show_count(self) -> None:
        count, limit = words_in(self._widget_text()), LIMITS[self._name].words
        self.count.setText(f"\u26a0 long: {count} of {limit} words" if count > limit else f"{count} of {limit} words")


def focus_end(widget: QLineEdit | QPlainTextEdit) -> None:
    """Put the keyboard into an input."""
    widget.setFocus(Qt.FocusReason.ShortcutFocusReason)
