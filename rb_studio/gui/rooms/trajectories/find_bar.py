"""Find in the open rollout: hits are counted over every step and marked on the scrub bar."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QToolButton, QWidget


class FindBar(QWidget):
    """A line that shows itself when asked for.

    Signals
    -------
    changed
        Other words are looked for; carries them.
    next_asked, previous_asked
        To another step with the words.
    closed
        The bar was closed with Escape or its button.
    """

    changed = Signal(str)
    next_asked = Signal()
    previous_asked = Signal()
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.line = QLineEdit(placeholderText="Find in this rollout")
        self.line.setAccessibleName("Find in this rollout")
        self._count = QLabel()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(6, 0, 6, 0)
        layout.addWidget(self.line, 1)
        layout.addWidget(self._count)
        for text, tip, signal in (
            ("\u25c2", "Previous step with it (Shift+N)", self.previous_asked),
            ("\u25b8", "Next step with it (N)", self.next_asked),
            ("\u00d7", "Close", self.closed),
        ):
            button = QToolButton()
            button.setText(text)
            button.setToolTip(tip)
            button.setAccessibleName(tip)
            button.clicked.connect(signal)
            layout.addWidget(button)
        self.line.textChanged.connect(self.changed)
        self.line.returnPressed.connect(self.next_asked)
        self.closed.connect(self.hide)
        self.hide()

    @property
    def words(self) -> str:
        """What is looked for."""
        return self.line.text()

    def open(self) -> None:
        """Show it with the keyboard in it."""
        self.show()
        self.line.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.line.selectAll()

    def show_count(self, found: int) -> None:
        """In how many steps the words stand."""
        plural = "" if found == 1 else "s"
        self._count.setText(f"in {found:,} step{plural}" if self.line.text() else "")

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Escape closes."""
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)
