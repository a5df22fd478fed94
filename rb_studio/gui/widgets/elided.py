"""A label of at most a few lines, with an ellipsis where it is cut."""

import re

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QTextLayout
from PySide6.QtWidgets import QSizePolicy, QWidget

from rb_studio.gui.widgets.tip import plain_tip


class Elided(QWidget):
    """Wraps its text over `lines` lines; the whole of it is the tool tip."""

    def __init__(self, lines: int = 2, *, muted: bool = False, right: bool = False) -> None:
        super().__init__()
        self._lines, self._muted, self._right = lines, muted, right
        self._needed = 1
        self._text = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_text(self, text: str) -> None:
        """Another text."""
        joined = re.sub(r"\s*[\r\n\t]\s*", " ", text)
        if joined != self._text:
            self._text = joined
            self.setToolTip(plain_tip(text[:2000]))
            self.setAccessibleName(joined[:400])
            self._fit()
            self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """As high as its lines."""
        return QSize(self.fontMetrics().averageCharWidth() * 30, self.fontMetrics().lineSpacing() * self._needed)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """It may be narrow."""
        return QSize(self.fontMetrics().averageCharWidth() * 10, self.sizeHint().height())

    def resizeEvent(self, event: object) -> None:  # noqa: N802 - Qt's name
        """Another width may need another number of lines."""
        self._fit()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """All lines as they break, the last one elided."""
        painter = QPainter(self)
        role = QPalette.ColorRole.PlaceholderText if self._muted else QPalette.ColorRole.WindowText
        painter.setPen(self.palette().color(role))
        starts = self._break(self.width())
        ascent, spacing = self.fontMetrics().ascent(), self.fontMetrics().lineSpacing()
        for place, start in enumerate(starts[: self._lines]):
            last = place == self._lines - 1
            end = None if last or place + 1 >= len(starts) else starts[place + 1]
            line = self._text[start:end]
            line = self.fontMetrics().elidedText(line, Qt.TextElideMode.ElideRight, self.width())
            left = self.width() - self.fontMetrics().horizontalAdvance(line) if self._right else 0
            painter.drawText(QPointF(left, ascent + place * spacing), line)
        painter.end()

    def _fit(self) -> None:
        """Only another number of lines is another size: text that comes and goes must not lay out the window."""
        needed = 1 if self._lines == 1 else min(self._lines, len(self._break(max(self.width(), 1)))) or 1
        if needed != self._needed:
            self._needed = needed
            self.updateGeometry()

    def _break(self, width: int) -> list[int]:
        """Where lines start, one more than are shown."""
        layout = QTextLayout(self._text[:1000], self.font())
        starts: list[int] = []
        layout.beginLayout()
        while len(starts) <= self._lines:
            line = layout.createLine()
            if not line.isValid():
                break
            line.setLineWidth(width)
            starts.append(line.textStart())
        layout.endLayout()
        return starts
