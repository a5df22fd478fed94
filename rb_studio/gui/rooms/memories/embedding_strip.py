"""The line that says of which embedder a bank's vectors are, and what lacks one."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QPushButton, QWidget

from rb_studio.gui.widgets.elided import Elided


class EmbeddingStrip(QFrame):
    """Always there, quiet while all is well.

    Signals
    -------
    asked
        Embed, or stop.
    seen
        The line came on screen.
    """

    asked = Signal()
    seen = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = Elided(2)
        self.progress = QProgressBar()
        self.progress.setAccessibleName("Progress of embedding")
        self.progress.setMaximumWidth(self.fontMetrics().averageCharWidth() * 14)
        self.button = QPushButton()
        line = QHBoxLayout(self)
        line.setContentsMargins(6, 0, 2, 0)
        line.addWidget(self.text, 1)
        line.addWidget(self.progress)
        line.addWidget(self.button)
        self.button.clicked.connect(self.asked)
        self._say("", "", loud=False)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """The settings may name another embedder since."""
        super().showEvent(event)
        self.seen.emit()

    def show_state(self, sentence: str, button: str = "", *, loud: bool = False) -> None:
        """How it stands; `loud` where something is to be decided."""
        self.progress.hide()
        self._say(sentence, button, loud=loud)

    def show_progress(self, sentence: str, done: int, total: int) -> None:
        """How far embedding is."""
        self.progress.setRange(0, total)
        self.progress.setValue(done)
        self.progress.show()
        self._say(sentence, "Stop", loud=True)

    def _say(self, sentence: str, button: str, *, loud: bool) -> None:
        self.text.set_text(sentence)
        self.button.setText(button)
        self.button.setVisible(bool(button))
        role = "banner" if loud else ""
        if self.property("role") != role:
            self.setProperty("role", role)
            self.style().unpolish(self)
            self.style().polish(self)
        self.setVisible(bool(sentence))
