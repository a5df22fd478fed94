"""A text that is made elsewhere: a sentence above it, and a word while it is waited for."""

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QVBoxLayout, QWidget

from rb_studio.gui.rooms.trajectories.late_text import LateText
from rb_studio.gui.rooms.trajectories.long_text import LongText
from rb_studio.gui.theme import Theme
from rb_studio.gui.widgets.elided import Elided

PATIENCE = 150
MAKING = "Looking\u2026"


class LatePanel(QWidget):
    """What was shown stays for a moment: most texts come before anybody can read that they are on their way."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._note = Elided(1, muted=True)
        self.text = LongText(theme, name)
        self._waiting = QTimer(self)
        self._waiting.setSingleShot(True)
        self._waiting.setInterval(PATIENCE)
        self._waiting.timeout.connect(self._tell)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self._note)
        layout.addWidget(self.text, 1)
        self._note.hide()

    def wait(self) -> None:
        """Another text is on its way."""
        self._waiting.start()

    def show_late(self, late: LateText, key: object) -> None:
        """It has come."""
        self._waiting.stop()
        self._note.set_text(late.note)
        self._note.setVisible(bool(late.note))
        self.text.show_text(late.text, key, late.stretches, language=late.language)

    def redraw(self) -> None:
        """Other colours."""
        self.text.redraw()

    def stop(self) -> None:
        """No clock runs any more."""
        self._waiting.stop()
        self.text.stop()

    def _tell(self) -> None:
        self._note.hide()
        self.text.show_text(MAKING, MAKING)
