"""The place of a panel in the room: the panel is made when it is first looked at, or asked for."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget


class Slot(QWidget):
    """Holds one panel and nothing else.

    Signals
    -------
    made
        The panel is there from now on.
    """

    made = Signal()

    def __init__(self, make: Callable[[], QWidget], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._make = make
        self._panel: QWidget | None = None
        self.after: QWidget | None = None
        """What Tab comes from to the panel."""
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)

    @property
    def filled(self) -> bool:
        """Whether the panel was made."""
        return self._panel is not None

    def panel(self) -> QWidget:
        """The panel, made now if need be."""
        if self._panel is None:
            panel = self._panel = self._make()
            self._layout.addWidget(panel)
            if self.after is not None:
                _step_after(self.after, panel)
            self.setFocusProxy(panel)
            self.made.emit()
        return self._panel


def _step_after(before: QWidget, panel: QWidget) -> None:
    """Have Tab come to the panel where it stands, though it was made after the rest of the window.

    Never by walking along Qt's chain of focus: PySide takes the next widget for a child of the one that was asked, and
    deletes it with that one.
    """
    window = panel.window()
    for widget in (panel, *panel.findChildren(QWidget)):
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.window() is window:
            QWidget.setTabOrder(before, widget)
            before = widget
