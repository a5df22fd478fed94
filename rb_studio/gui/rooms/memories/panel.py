"""What panels of the room have in common: they say when they are looked at, and have panes above each other."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QSplitter, QWidget


class Panel(QWidget):
    """What is not looked at is not read.

    Signals
    -------
    seen
        The panel came on screen.
    """

    seen = Signal()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        super().showEvent(event)
        self.seen.emit()


class WhenSeen(QObject):
    """Has a panel's content of the shown bank read when something changed and the panel is looked at."""

    def __init__(self, panel: Panel, bank: Callable[[], int | None], read: Callable[[int], None]) -> None:
        super().__init__(panel)
        self._panel, self._bank, self._read = panel, bank, read
        self._stale = True
        panel.seen.connect(self._look)

    def outdated(self) -> None:
        """Something changed, or another bank is shown."""
        self._stale = True
        if self._panel.isVisible():
            self._look()

    def _look(self) -> None:
        bank = self._bank()
        if self._stale and bank is not None:
            self._stale = False
            self._read(bank)


def stacked(*panes: QWidget, shares: Sequence[int] = ()) -> QSplitter:
    """Panes above each other, none of which can be pushed away; `shares` is how they part what room there is."""
    splitter = QSplitter(Qt.Orientation.Vertical)
    for place, pane in enumerate(panes):
        splitter.addWidget(pane)
        splitter.setCollapsible(place, False)
    for place, share in enumerate(shares):
        splitter.setStretchFactor(place, share)
    return splitter
