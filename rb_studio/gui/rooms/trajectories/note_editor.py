"""Typing a comment or a tag: in place, beside the notes."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QEvent, QObject, QStringListModel, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QCompleter,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from rb_studio.gui.widgets.elided import Elided
from rb_studio.records.annotation import LONGEST_NAME, Kind

LINES = 4
RETURN = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class NoteEditor(QFrame):
    """Hidden until something is to be typed; Ctrl+Return saves, Escape leaves it.

    Signals
    -------
    saved
        Carries the text.
    left
        Nothing is to be noted after all.
    turned
        It is on screen now, or away; carries which.
    """

    saved = Signal(str)
    left = Signal()
    turned = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.kind = Kind.COMMENT
        self.heading = Elided(1)
        self.words = QPlainTextEdit()
        self.words.setAccessibleName("Comment")
        self.words.setTabChangesFocus(True)
        self.words.setMinimumHeight(self.fontMetrics().lineSpacing() * 2 + 12)
        self.words.setMaximumHeight(self.fontMetrics().lineSpacing() * LINES + 12)
        self.tag = QLineEdit(placeholderText="A word to find it by")
        self.tag.setAccessibleName("Tag")
        self.tag.setMaxLength(LONGEST_NAME)
        self._known = QStringListModel(self)
        completer = QCompleter(self._known, self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.tag.setCompleter(completer)
        self.save_button, self.leave_button = QPushButton("Save"), QPushButton("Cancel")
        self.save_button.setProperty("primary", True)
        self.save_button.setToolTip("Save (Ctrl+Return)")
        self.leave_button.setToolTip("Leave it (Esc)")
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.leave_button)
        buttons.addWidget(self.save_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 4, 6, 6)
        layout.setSpacing(4)
        for widget in (self.heading, self.words, self.tag):
            layout.addWidget(widget)
        layout.addLayout(buttons)
        for field in (self.words, self.tag):
            field.installEventFilter(self)
            field.textChanged.connect(self._typed)
        self.save_button.clicked.connect(self.save)
        self.leave_button.clicked.connect(self.leave)
        self.hide()

    def begin(self, kind: Kind, heading: str, text: str = "", *, focus: bool = True) -> None:
        """Type into it."""
        self.kind = kind
        self.heading.set_text(heading)
        self.words.setVisible(kind is Kind.COMMENT)
        self.tag.setVisible(kind is not Kind.COMMENT)
        (self.words.setPlainText if kind is Kind.COMMENT else self.tag.setText)(text)
        self._typed()
        self.show()
        self.turned.emit(True)
        if focus:
            self.focus()

    def focus(self) -> None:
        """Go on typing."""
        field = self.words if self.kind is Kind.COMMENT else self.tag
        field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    @property
    def text(self) -> str:
        """What is typed."""
        return self.words.toPlainText() if self.kind is Kind.COMMENT else self.tag.text()

    @property
    def begun(self) -> bool:
        """Whether something is typed that is not saved."""
        return not self.isHidden() and bool(self.text.strip())

    def show_tags(self, tags: Sequence[str]) -> None:
        """Tags to complete what is typed."""
        self._known.setStringList(list(tags))

    def save(self) -> None:
        """Ask for it to be kept; the editor goes away once it is (`end`)."""
        if self.text.strip():
            self.saved.emit(self.text.strip())

    def leave(self) -> None:
        """Nothing is noted."""
        self.end()
        self.left.emit()

    def end(self) -> None:
        """Out of the way."""
        self.words.clear()
        self.tag.clear()
        self.hide()
        self.turned.emit(False)

    def eventFilter(self, field: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Ctrl+Return and Escape are the editor's own, also where they are commands of the room."""
        if isinstance(event, QKeyEvent) and event.type() in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress):
            act = self._act(field, event)
            if act is not None:
                event.accept()
                if event.type() == QEvent.Type.KeyPress:
                    act()
                return True
        return super().eventFilter(field, event)

    def _act(self, field: QObject, event: QKeyEvent) -> Any:
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if event.key() == Qt.Key.Key_Escape:
            return self.leave
        return self.save if event.key() in RETURN and (control or field is self.tag) else None

    def _typed(self, _text: str = "") -> None:
        self.save_button.setEnabled(bool(self.text.strip()))
