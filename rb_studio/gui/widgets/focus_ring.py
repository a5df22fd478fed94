"""Where the keyboard is, drawn so that it is seen: the style's own outline of choices and buttons is too faint."""

from PySide6.QtCore import QEvent, QObject, QRectF
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QCheckBox,
    QComboBox,
    QStyle,
    QStyleOptionButton,
    QTabBar,
    QWidget,
)
from shiboken6 import isValid

from rb_studio.gui.theme import Theme

RINGED = (QAbstractButton, QAbstractSpinBox, QComboBox, QTabBar)
WIDTH, ROUND = 2.0, 3.0


class FocusRing(QObject):
    """Paints a ring inside whatever choice, number, button or row of tabs has the focus."""

    def __init__(self, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self._theme = theme
        self._at: QWidget | None = None
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._moved)

    @property
    def at(self) -> QWidget | None:
        """The widget with the ring."""
        return self._at

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """The widget paints itself first; the ring comes on top while painting is still allowed."""
        if event.type() != QEvent.Type.Paint or watched is not self._at or not isinstance(watched, QWidget):
            return False
        watched.event(event)
        self._paint(watched)
        return True

    def _moved(self, _before: QWidget | None, now: QWidget | None) -> None:
        if self._at is not None and isValid(self._at):
            self._at.removeEventFilter(self)
            self._at.update()
        self._at = now if isinstance(now, RINGED) else None
        if self._at is not None:
            self._at.installEventFilter(self)
            self._at.update()

    def _paint(self, widget: QWidget) -> None:
        filled = bool(widget.property("primary"))
        colours = self._theme.colours
        inset = WIDTH / 2 + (WIDTH if filled else 0)
        painter = QPainter(widget)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colours.on_accent if filled else colours.accent), WIDTH))
        painter.drawRoundedRect(self._place(widget).adjusted(inset, inset, -inset, -inset), ROUND, ROUND)
        painter.end()

    @staticmethod
    def _place(widget: QWidget) -> QRectF:
        """Of a row of tabs the present one, of a check box the box: its text fills the rest to the edge."""
        if isinstance(widget, QTabBar):
            return QRectF(widget.tabRect(widget.currentIndex()))
        if isinstance(widget, QCheckBox):
            option = QStyleOptionButton()
            widget.initStyleOption(option)
            box = widget.style().subElementRect(QStyle.SubElement.SE_CheckBoxIndicator, option, widget)
            return QRectF(box).adjusted(-WIDTH, -WIDTH, WIDTH, WIDTH).intersected(QRectF(widget.rect()))
        return QRectF(widget.rect())
