"""Writes unsaved texts to disk soon after they were typed, so that a killed program loses next to nothing."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer

from rb_studio.gui.rooms.memories.draft_file import DraftFile

if TYPE_CHECKING:
    from rb_studio.gui.frame import Frame

PAUSE = 1000  # after the first key, not the last: steady typing is kept too


class DraftKeeper(QObject):
    """Keeps what `collect` gives, about a second after it changed."""

    def __init__(
        self, frame: "Frame", file: DraftFile, collect: Callable[[], Mapping[str, Any]], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._frame = frame
        self._file = file
        self._collect = collect
        self._number = 0
        self._complained = False
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(PAUSE)
        self._soon.timeout.connect(self._keep)

    def touched(self) -> None:
        """Something was typed, saved or discarded."""
        if self._frame.session.workspace.writable and not self._soon.isActive():
            self._soon.start()

    def close(self) -> None:
        """Keep what is not kept yet, now."""
        if self._soon.isActive():
            self._soon.stop()
            try:
                self._file.write(*self._next())
            except OSError as error:
                self._failed(str(error))

    def _keep(self) -> None:
        self._frame.session.background(partial(self._file.write, *self._next()), self._kept, self._failed)

    def _next(self) -> tuple[Mapping[str, Any], int]:
        self._number += 1
        return self._collect(), self._number

    def _kept(self, _nothing: None) -> None:
        self._complained = False

    def _failed(self, sentence: str) -> None:
        if not self._complained:
            self._complained = True
            self._frame.toast(f"What you type cannot be kept until it is saved: {sentence}")
