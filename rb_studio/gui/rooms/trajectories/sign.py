"""A verdict or a truth: what it is, icon and word."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from rb_studio.gui.icons import pixmap
from rb_studio.gui.theme import Theme

ICON = 16


class Sign(QWidget):
    """`Verdict (icon) failure`; without a status the word alone, muted."""

    def __init__(self, theme: Theme, what: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._what = QLabel(what)
        self._what.setProperty("role", "muted")
        self._icon, self._word = QLabel(), QLabel()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for label in (self._what, self._icon, self._word):
            layout.addWidget(label, alignment=Qt.AlignmentFlag.AlignVCenter)

    def show_status(self, status: str | None, otherwise: str) -> None:
        """success, failure or unknown; else a word that says what is the case."""
        self._icon.setVisible(status is not None)
        self._word.setText(status or otherwise)
        font = self._word.font()
        font.setBold(status is not None)
        self._word.setFont(font)
        self.setAccessibleName(f"{self._what.text()}: {status or otherwise}")
        if status is not None:
            colour = getattr(self._theme.colours, status, self._theme.colours.unknown)
            sharp = self.devicePixelRatioF()
            drawn = pixmap(status, colour, round(ICON * sharp))
            drawn = drawn.copy()
            drawn.setDevicePixelRatio(sharp)
            self._icon.setPixmap(drawn)
