"""A short message over the window, with at most one thing to do about it."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QEnterEvent, QHideEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QWidget,
)

SHOWN, SHOWN_TO_ACT = 5000, 12000
TAKE = "Ctrl+M"
WIDEST, MARGIN, BELOW = 560, 40, 40


class Toast(QFrame):
    """Shows itself at an edge of its parent and goes away by itself, but not under the mouse.

    It stands low, or high where it would cover what the keyboard acts on; with something to do about it, it stays
    longer, and its button is pressed by a command too.

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
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._button = QPushButton()
        self._close = QToolButton()
        self._close.setText("\u00d7")
        self._close.setAccessibleName("Dismiss the message")
        self._close.setToolTip("Dismiss")
        self._row = layout = QHBoxLayout(self)
        layout.addWidget(self._text, 1)
        layout.addWidget(self._button)
        layout.addWidget(self._close)
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
        self._timer.start(self._shown_for)
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

    def enterEvent(self, event: QEnterEvent) -> None:  # noqa: N802 - Qt's name
        """It stays while someone points at it."""
        super().enterEvent(event)
        self._timer.stop()

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """It goes once nobody points at it any more."""
        super().leaveEvent(event)
        if self.isVisible():
            self._timer.start(self._shown_for)

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's name
        """Nothing is offered any more."""
        super().hideEvent(event)
        if self._act is not None:
            self.changed.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Stay at its edge when the parent is resized."""
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
            self._timer.start(self._shown_for)
        else:
            self.hide()

    @property
    def _shown_for(self) -> int:
        return SHOWN if self._act is None else SHOWN_TO_ACT

    def _place(self) -> None:
        parent = self._over
        self.setFixedWidth(min(parent.width() - MARGIN, WIDEST, self._width_of_one_line()))
        self.setFixedHeight(self._row.totalHeightForWidth(self.width()))
        left = (parent.width() - self.width()) // 2
        low = QPoint(left, parent.height() - self.height() - BELOW)
        covers = QRect(low, self.size()).intersects(self._acted_on())
        self.move(QPoint(left, BELOW) if covers else low)

    def _width_of_one_line(self) -> int:
        margins, spacing = self._row.contentsMargins(), self._row.spacing()
        text = self._text.fontMetrics().horizontalAdvance(self._text.text()) + self._text.fontMetrics().height()
        button = self._button.sizeHint().width() + spacing if self._act is not None else 0
        return text + button + self._close.sizeHint().width() + spacing + margins.left() + margins.right()

    def _acted_on(self) -> QRect:
        """What the keyboard acts on, in the parent's coordinates: the current row of a table, else the whole widget."""
        focus = QApplication.focusWidget()
        if focus is None or not self._over.isAncestorOf(focus):
            return QRect()
        if isinstance(focus, QAbstractItemView):
            row = focus.visualRect(focus.currentIndex())
            row.setLeft(0)
            row.setRight(focus.viewport().width())
            return QRect(focus.viewport().mapTo(self._over, row.topLeft()), row.size()) if row.height() > 1 else QRect()
        small = focus.height() < self._over.height() // 3
        return QRect(focus.mapTo(self._over, QPoint(0, 0)), focus.size()) if small else QRect()
