"""Doing something again and again, but not too often."""

import time
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

INTERVAL = 1.0
SHARE = 2.0


class Pace(QObject):
    """Calls `work` soon after it was asked for, at most about once a second, and never on top of itself.

    Whoever does the work says `finished`; what took long is repeated the less often, so that reading leaves
    room for what is being read.
    """

    def __init__(self, work: Callable[[], None], parent: QObject) -> None:
        super().__init__(parent)
        self._work = work
        self._wanted = False
        self._busy = False
        self._begun = 0.0
        self._due = 0.0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._run)

    def ask(self) -> None:
        """Something changed."""
        self._wanted = True
        if not self._busy and not self._timer.isActive():
            self._timer.start(max(0, round(1000 * (self._due - time.monotonic()))))

    def begun(self) -> None:
        """The work is being done now, asked for or not."""
        self._busy, self._wanted, self._begun = True, False, time.monotonic()
        self._timer.stop()

    def finished(self) -> None:
        """The work is done, well or not."""
        now = time.monotonic()
        self._busy, self._due = False, now + max(INTERVAL, SHARE * (now - self._begun))
        if self._wanted:
            self.ask()

    def stop(self) -> None:
        """Forget what was asked for."""
        self._wanted = False
        self._timer.stop()

    def _run(self) -> None:
        if self._wanted:
            self._work()
