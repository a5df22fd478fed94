"""Slow work of a dialog, in a thread that does not hold up closing it."""

import threading
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QCoreApplication, QObject, Signal
from shiboken6 import isValid

from rb_studio.records.errors import RbStudioError


class _Answer(QObject):
    """Brings one result to the GUI thread.

    It belongs to the application and not to the dialog: a thread must never speak through an object that the
    GUI thread may be deleting.
    """

    came = Signal(object)

    def __init__(self, owner: QObject, heard: Callable[[Any], None], failed: Callable[[str], None]) -> None:
        super().__init__(QCoreApplication.instance())
        self._owner, self._heard, self._failed = owner, heard, failed
        self.came.connect(self._deliver)

    def _deliver(self, result: Any) -> None:
        self.deleteLater()
        if not isValid(self._owner):
            return
        if isinstance(result, Exception):
            self._failed(str(result))
        else:
            self._heard(result)


class Later:
    """Answers come on the GUI thread, and not at all once the owner is gone."""

    def __init__(self, owner: QObject) -> None:
        self._owner = owner

    def run(self, work: Callable[[], Any], done: Callable[[Any], None], failed: Callable[[str], None]) -> None:
        """Do `work` off the GUI thread; `failed` gets the sentence of an expected error."""
        answer = _Answer(self._owner, done, failed)

        def act() -> None:
            try:
                result = work()
            except (RbStudioError, OSError) as error:
                result = error
            answer.came.emit(result)

        threading.Thread(target=act, name="dialog", daemon=True).start()
