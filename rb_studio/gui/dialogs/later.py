"""Slow work of a dialog, in a thread that does not hold up closing it."""

import threading
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal
from shiboken6 import isValid

from rb_studio.records.errors import RbStudioError


class Later(QObject):
    """Answers come on the GUI thread, and not at all once the owner is gone."""

    _ready = Signal(object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._ready.connect(self._deliver)

    def run(
        self, work: Callable[[], Any], done: Callable[[Any], None], failed: Callable[[str], None] | None = None
    ) -> None:
        """Do `work` off the GUI thread; `failed` gets the sentence of an expected error."""

        def act() -> None:
            try:
                result = work()
            except (RbStudioError, OSError) as error:
                self._tell(failed or done, str(error))
            else:
                self._tell(done, result)

        threading.Thread(target=act, name="dialog", daemon=True).start()

    def _tell(self, heard: Callable[[Any], None], result: Any) -> None:
        if isValid(self):
            try:
                self._ready.emit((heard, result))
            except RuntimeError:  # deleted between the question and the call
                return

    def _deliver(self, pair: tuple[Callable[[Any], None], Any]) -> None:
        heard, result = pair
        heard(result)
