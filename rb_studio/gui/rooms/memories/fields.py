"""The three texts of an item as inputs, with what they should keep to."""

from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from rb_studio.gui.rooms.memories.forms import LESSON, LIMITS, Form
from rb_studio.gui.rooms.memories.steps import Step
from rb_studio.gui.rooms.memories.steps_list import StepsList


class LinesEdit(QPlainTextEdit):
    """A text of a few lines: it asks for no more room than those, and grows where there is some."""

    def __init__(self, lines: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines = lines

    def set_lines(self, lines: int) -> None:
        """Ask for more room, or less."""
        if lines != self._lines:
            self._lines = lines
            self.updateGeometry()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(super().sizeHint().width(), self._height(self._lines))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(super().minimumSizeHint().width(), self._height(max(2, self._lines // 2)))

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
        self._limit = LIMITS[name]
        self._stored = ""
        self._loading = False
        self.input: QLineEdit | QPlainTextEdit = QLineEdit() if lines == 1 else LinesEdit(lines)
        self._set_up_input(label)
        self._as_loaded = self._widget_text()
        self.heading = QLabel(label)
        self.heading.setBuddy(self.input)
        self.count = QLabel()
        self.count.setProperty("role", "muted")
        self.use_limit(LESSON)
        top = QHBoxLayout()
        top.addWidget(self.heading)
        top.addStretch(1)
        top.addWidget(self.count)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(top)
        layout.addWidget(self.input)
        self._show_count()

    def use_limit(self, form: Form) -> None:
        """What the text should keep to in items of this form."""
        self._limit = form.limits[self._name]
        self.count.setToolTip(f"{self.heading.text().replace('&', '')}: {self._limit.what}")
        self.input.setPlaceholderText(self._limit.what)
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
        self.count.setText(self._limit.told(self._widget_text()))


class ContentField(TextField):
    """The content; of an attempt or a workflow its steps stand above it as a list."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self._form = LESSON
        self.steps = StepsList()
        super().__init__("content", LESSON.content, LESSON.lines, parent)
        layout = self.layout()
        assert isinstance(layout, QVBoxLayout)  # made by the field itself
        layout.insertWidget(1, self.steps)
        self.steps.hide()
        self.steps.chosen.connect(self._show_step)
        self.steps.rewritten.connect(self._rewrite)
        self._box.cursorPositionChanged.connect(self._mark_step)

    def use_form(self, form: Form) -> None:
        """Edit contents of another kind."""
        self._form = form
        self.heading.setText(form.content)
        self.use_limit(form)
        self._box.set_lines(form.lines)
        self.steps.setVisible(form.steps is not None)
        self.input.setAccessibleName(form.content.replace("&", ""))
        self._show_count()

    @property
    def _box(self) -> LinesEdit:
        assert isinstance(self.input, LinesEdit)  # content has more than one line
        return self.input

    def _show_count(self) -> None:
        super()._show_count()
        if self._form.steps is not None:
            self.steps.show_text(self._form, self._widget_text())

    def _show_step(self, step: Step) -> None:
        """Select a step in the text and bring it to the top."""
        text = self._widget_text()
        cursor = QTextCursor(self._box.document())
        cursor.setPosition(qt_length(text[: step.end]))
        cursor.setPosition(qt_length(text[: step.start]), QTextCursor.MoveMode.KeepAnchor)
        self._box.verticalScrollBar().setValue(self._box.verticalScrollBar().maximum())
        self._box.setTextCursor(cursor)

    def _mark_step(self) -> None:
        if self._form.steps is not None and not self._box.textCursor().hasSelection():
            position = self._box.textCursor().position()
            self.steps.show_place(self._before(position))

    def _before(self, position: int) -> int:
        """How many characters stand before a position of the document."""
        units = self._widget_text().encode("utf-16-le", "surrogatepass")[: 2 * position]
        return len(units.decode("utf-16-le", "surrogatepass"))

    def _rewrite(self, text: str, place: int) -> None:
        """Put another text in as one step of the input's own undo."""
        cursor = QTextCursor(self._box.document())
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.insertText(text)
        self.steps.go_on(place)


def qt_length(text: str) -> int:
    """Positions in a Qt document count UTF-16 units."""
    return len(text.replace("\r\n", "\n").encode("utf-16-le", "surrogatepass")) // 2


def focus_end(widget: QLineEdit | QPlainTextEdit) -> None:
    """Put the keyboard into an input."""
    widget.setFocus(Qt.FocusReason.ShortcutFocusReason)
