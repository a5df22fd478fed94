"""What is wrong, beside what it is about: a sign and a sentence."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from rb_studio.gui.dialogs.choosing import note
from rb_studio.gui.icons import pixmap
from rb_studio.gui.theme import Theme


class ProblemLine(QFrame):
    """Shown while there is a problem and gone without one."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "banner")
        self._theme = theme
        self._mark, self._text = QLabel(), note("")
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._text.setAccessibleName("Problem")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 4, 8, 4)
        layout.addWidget(self._mark, alignment=Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self._text, 1)
        theme.changed.connect(self._tint)
        self._tint()
        self.hide()

    def say(self, sentence: str) -> None:
        """Another problem; none where it is empty."""
        self._text.setText(sentence)
        self.setVisible(bool(sentence))

    def text(self) -> str:
        """The problem, empty where there is none."""
        return self._text.text()

    def _tint(self) -> None:
        self._mark.setPixmap(pixmap("warning", self._theme.colours.warning, self.fontMetrics().height()))
