"""How far a list was scrolled, over an end of the program."""

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QTableView


class KeptScroll(QObject):
    """Scrolls a table back once: when its rows are there and it is on screen, for before that it has no range.

    Where nothing is kept the current row is brought on screen instead.
    """

    def __init__(self, table: QTableView) -> None:
        super().__init__(table)
        self._table = table
        self._wanted: int | None = None
        self._filled = self._done = False
        table.installEventFilter(self)

    @property
    def wanted(self) -> bool:
        """True while there is a place to come back to."""
        return self._wanted is not None

    def value(self) -> int:
        """What to keep: where the table is, or where it would have been by now."""
        return self._table.verticalScrollBar().value() if self._wanted is None else self._wanted

    def want(self, kept: object) -> None:
        """Come back to what `value` gave; anything else is left out."""
        self._wanted = kept if isinstance(kept, int) and kept >= 0 else None
        self._done = False

    def forget(self) -> None:
        """Something else is to be seen now."""
        self._wanted = None

    def filled(self) -> None:
        """The rows are there, and what is current is chosen."""
        self._filled = self._table.model().rowCount() > 0
        self._return()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """A table shown later is scrolled then, after everything around it has its size."""
        if event.type() == QEvent.Type.Show and not self._done:
            QTimer.singleShot(0, self._return)
        return super().eventFilter(watched, event)

    def _return(self) -> None:
        table = self._table
        if self._done or not self._filled or not table.isVisible():
            return
        table.updateGeometries()
        across = table.horizontalScrollBar().value()
        if self._wanted is not None:
            table.verticalScrollBar().setValue(self._wanted)
        elif table.currentIndex().isValid():
            table.scrollTo(table.currentIndex())
        table.horizontalScrollBar().setValue(across)
        self._wanted, self._done = None, True
