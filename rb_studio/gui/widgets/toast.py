"""A short message over the window, with at most one thing to do about it."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QEnterEvent, QHideEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QApplication,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QMenuBar,
    QPlainTextEdit,
    QPushButton,
    QStatusBar,
    QTabBar,
    QTabWidget,
    QTextEdit,
    QToolButton,
    QWidget,
)

SHOWN, SHOWN_TO_ACT = 5000, 12000
TAKE = "Ctrl+M"
WIDEST, MARGIN, BELOW, STRIDE = 560, 40, 40, 6


class Toast(QFrame):
    """Shows itself at an edge of its parent and goes away by itself, but not under the mouse.

    It stands as low as it covers no control, or high where it would cover what the keyboard acts on; with something
    to do about it, it stays longer, and its button is pressed by a command too.

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
        self._settling = QTimer(self)  # what a message comes with, another room say, has its layout a moment later
        self._settling.setSingleShot(True)
        self._settling.timeout.connect(self._place)
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
        self._settling.start()
        if offered != self.label:
            self.changed.emit()

    def make_way(self) -> None:
        """Something else is on screen under it."""
        if self.isVisible():
            self._settling.start()

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
        controls = list(self._controls(parent, QPoint(), parent.rect()))
        top, bottom = BELOW, parent.height() - self.height() - BELOW
        low = self._free(range(bottom, parent.height() // 3, -STRIDE), controls)
        covers = low.intersects(self._acted_on())
        self.setGeometry(self._free(range(top, parent.height() // 2, STRIDE), controls) if covers else low)

    def _free(self, heights: Iterable[int], controls: Sequence[QRect]) -> QRect:
        """The first place, from the right to the left at each height, that covers no control, else the least."""
        best, least = QRect(), None
        spare = self._over.width() - self.width()
        for y in heights:
            for x in (spare - MARGIN // 2, spare // 2, MARGIN // 2):
                place = QRect(QPoint(x, y), self.size())
                hidden = sum(one.width() * one.height() for one in map(place.intersected, controls))
                if least is None or hidden < least:
                    best, least = place, hidden
                if not hidden:
                    return place
        return best

    def _controls(self, widget: QWidget, at: QPoint, within: QRect) -> Iterator[QRect]:
        """What is there to be pressed or typed in, as far as it is on screen."""
        for child in widget.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
            if child.isHidden() or child.isWindow() or child is self:
                continue
            corner = at + child.pos()
            seen = QRect(corner, child.size()).intersected(within)
            if _is_control(child):
                yield seen
            elif not seen.isEmpty():
                yield from self._controls(child, corner, seen)

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


def _is_control(widget: QWidget) -> bool:
    """Lists and what is only read are not."""
    if isinstance(widget, QPlainTextEdit | QTextEdit):
        return not widget.isReadOnly()
    if isinstance(widget, QAbstractButton | QHeaderView | QMenuBar | QStatusBar | QTabBar):
        return True
    inert = isinstance(widget, QAbstractScrollArea | QTabWidget) or widget.focusProxy() is not None
    return bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus) and not inert
