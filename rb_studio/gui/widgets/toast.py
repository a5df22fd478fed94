"""A short message over the window, with at most one thing to do about it."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

SHOWN = 7000
TAKE = "Ctrl+M"


class Toast(QFrame):
    """Shows itself at the lower edge of its parent and goes away by itself.

    Signals
    -------
    changed
        There is something to do about a message now, or not any more.
    """

    changed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._over = parent
        self.setProperty("role", "toast")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._button = QPushButton()
        self._close = QToolButton()
        self._close.setText("\u00d7")
        self._close.setAccessibleName("Dismiss the message")
        layout = QHBoxLayout(self)
        for widget in (self._text, self._button, self._close):
            layout.addWidget(widget)
        self._act: Callable[[], None] | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._time_is_up)
        self._button.clicked.connect(self._clicked)
        self._close.clicked.connect(self.hide)
        parent.installEventFilter(self)
        self.hide()

    def say(self, text: str, label: str = "", act: Callable[[], None] | None = None) -> None:
        """Show a message, with a button where there is something to do."""
        self._text.setText(text)
        offered, self._act = self.label, act
        self._button.setText(label)
        self._button.setToolTip(QKeySequence(TAKE).toString(QKeySequence.SequenceFormat.NativeText))
        self._button.setVisible(act is not None)
        self._place()
        self.show()
        self.raise_()
        self._timer.start(SHOWN)
        if offered != self.label:
            self.changed.emit()

    @property
    def label(self) -> str:
        """What can be done about the message on screen; empty for nothing."""
        return self._button.text() if self._act is not None and not self.isHidden() else ""

    def take(self) -> None:
        """Do what the message offers."""
        if self.label:
            self._button.click()

    def text(self) -> str:
        """What is or was shown last."""
        return self._text.text()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's name
        """Nothing is offered any more."""
        super().hideEvent(event)
        if self._act is not None:
            self.changed.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Stay at the lower edge when the parent is resized."""
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return super().eventFilter(watched, event)

    def _clicked(self) -> None:
        self.hide()
        if self._act is not None:
            self._act()

    def _time_is_up(self) -> None:
        """Not while the keyboard is in it."""
        focus = QApplication.focusWidget()
        if focus is not None and self.isAncestorOf(focus):
            self._timer.start(SHOWN)
        else:
            self.hide()

    def _place(self) -> None:
        parent = self._over
        width = min(parent.width() - 40, 560)
        self.setFixedWidth(width)
        self.adjustSize()
        self.move((parent.width() - width) // 2, parent.height() - self.height() - 48)
