"""The line that says of which embedder a bank's vectors are, and what lacks one."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QPushButton, QWidget

from rb_studio.gui.widgets.elided import Elided
from rb_studio.gui.widgets.tip import plain_tip

NARROW = 50  # average characters


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
        self._sentence = self._short = ""
        self._working = False
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

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """A narrow line has the short form; the tool tip has all of it."""
        super().resizeEvent(event)
        self._fit()

    def show_state(self, sentence: str, button: str = "", *, loud: bool = False, short: str = "") -> None:
        """How it stands; `loud` where something is to be decided, `short` where there is little room."""
        self._working = False
        self._say(sentence, button, loud=loud, short=short)

    def show_progress(self, sentence: str, done: int, total: int) -> None:
        """How far embedding is."""
        self.progress.setRange(0, total)
        self.progress.setValue(done)
        self._working = True
        self._say(sentence, "Stop", loud=True, short=f"{done:,} of {total:,}" if total else "")

    def _fit(self) -> None:
        narrow = self.width() < self.fontMetrics().averageCharWidth() * NARROW
        self.progress.setVisible(self._working and not narrow)
        self.text.set_text(self._short if narrow else self._sentence)
        self.text.setToolTip(plain_tip(self._sentence))
        self.text.setAccessibleName(self._sentence)

    def _say(self, sentence: str, button: str, *, loud: bool, short: str = "") -> None:
        self._sentence, self._short = sentence, short or sentence
        self._fit()
        self.button.setText(button)
        self.button.setVisible(bool(button))
        role = "banner" if loud else ""
        if self.property("role") != role:
            self.setProperty("role", role)
            self.style().unpolish(self)
            self.style().polish(self)
        self.setVisible(bool(sentence))
