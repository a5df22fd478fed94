"""Find in the open rollout: hits are counted over every text and marked on the scrub bar."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QToolButton, QVBoxLayout, QWidget

from rb_studio.gui.widgets.elided import Elided
from rb_studio.store.find_text import Search


class FindBar(QWidget):
    """A line that shows itself when asked for.

    Signals
    -------
    changed
        Something else is looked for.
    next_asked, previous_asked
        To another hit.
    closed
        The bar was closed with Escape or its button.
    """

    changed = Signal()
    next_asked = Signal()
    previous_asked = Signal()
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.line = QLineEdit(placeholderText="Find in this rollout")
        self.line.setAccessibleName("Find in this rollout")
        self.count = QLabel(textFormat=Qt.TextFormat.PlainText)
        self.count.setAccessibleName("Hits")
        self.seen = Elided(1, muted=True)
        self.seen.hide()
        self.case = toggle("Aa", "Capitals count")
        self.regex = toggle(".*", "A regular expression")
        self.prompts = toggle("Prompts", "Look in prompts and raw replies too; they repeat what stands elsewhere")
        row = QHBoxLayout()
        row.setSpacing(2)
        row.addWidget(self.line, 1)
        for switch in (self.case, self.regex, self.prompts):
            row.addWidget(switch)
            switch.toggled.connect(self._tell)
        row.addWidget(self.count)
        for text, tip, signal in (
            ("\u25c2", "Previous hit (Shift+N)", self.previous_asked),
            ("\u25b8", "Next hit (N)", self.next_asked),
            ("\u00d7", "Close", self.closed),
        ):
            button = QToolButton()
            button.setText(text)
            button.setToolTip(tip)
            button.setAccessibleName(tip)
            button.clicked.connect(signal)
            row.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 0, 6, 0)
        layout.setSpacing(2)
        layout.addLayout(row)
        layout.addWidget(self.seen)
        self.line.textChanged.connect(self._tell)
        self.line.returnPressed.connect(self.next_asked)
        self.closed.connect(self.hide)
        self.hide()

    @property
    def words(self) -> str:
        """What is looked for."""
        return self.line.text()

    def search(self, fields: frozenset[str]) -> Search:
        """What is looked for, as it is asked."""
        return Search(self.words, self.regex.isChecked(), self.case.isChecked(), fields)

    def open(self) -> None:
        """Show it with the keyboard in it."""
        self.show()
        self.line.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.line.selectAll()

    def show_count(self, said: str, seen: str = "") -> None:
        """How many hits there are, which one is shown; and where it is observed."""
        self.count.setText(said if self.words else "")
        self.count.setToolTip(self.count.text())
        self.seen.set_text(seen)
        self.seen.setVisible(bool(seen and self.words))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Escape closes, Shift+Enter goes back."""
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)

    def _tell(self, _what: object = None) -> None:
        self.changed.emit()


def toggle(text: str, tip: str) -> QToolButton:
    """A switch of a search."""
    button = QToolButton()
    button.setText(text)
    button.setCheckable(True)
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return button
