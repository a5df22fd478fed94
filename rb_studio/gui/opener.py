"""Opening workspaces on a thread of its own, which also loads the modules that are needed from then on."""

import gc
import importlib
import logging
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from rb_studio.records.errors import RbStudioError, UnreadableInput, WorkspaceBusy, WorkspaceError

log = logging.getLogger(__name__)
BEHIND = (
    "rb_studio.gui.backstage",
    "rb_studio.gui.commands.application",
    "rb_studio.gui.bench",
    "rb_studio.models.settings",
)
LATER = (
    "rb_studio.jobs.run",
    "rb_studio.jobs.importing",
    "rb_studio.gui.commands.palette",
    "rb_studio.gui.commands.elsewhere",
    "rb_studio.gui.dialogs.settings",
    "rb_studio.gui.dialogs.about",
)


class Opener(QObject):
    """Does one thing after the other; the answers come on the GUI thread.

    Signals
    -------
    prepared
        What the window needs besides itself is loaded.
    opened
        Carries a Workspace, and why it can only be read; empty where it can be written.
    refused
        Carries the path and one sentence.
    """

    prepared = Signal()
    opened = Signal(object, str)
    refused = Signal(object, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="open")
        self._stopped = False

    def prepare(self) -> None:
        """Load what is not needed to paint the window."""
        self._thread.submit(self._prepare)

    def open(self, path: Path, room: str, *, create: bool) -> None:
        """Open a workspace for writing, or for reading where that is all that can be; `room` is a module."""
        self._thread.submit(self._open, path, room, create)

    def load(self, modules: Iterable[str]) -> None:
        """Have modules ready by the time they are asked for."""
        self._thread.submit(self._load, (*modules, *LATER))

    def stop(self) -> None:
        """End the thread."""
        self._stopped = True
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _prepare(self) -> None:
        self._load(BEHIND)
        self.prepared.emit()

    def _load(self, modules: Iterable[str]) -> None:
        missing = [name for name in modules if name not in sys.modules]
        for name in missing:
            if not self._stopped:
                importlib.import_module(name)
        if missing:
            gc.freeze()  # what stays for good: looking it through for garbage took the GUI thread up to 70 ms

    def _open(self, path: Path, room: str, create: bool) -> None:
        self._load([room])
        try:
            if create:
                path.parent.mkdir(parents=True, exist_ok=True)
            self.opened.emit(*_opened(path, create))
        except RbStudioError as error:
            self.refused.emit(path, str(error))
        except OSError as error:
            self.refused.emit(path, f"{path} cannot be opened ({error.strerror or error}): choose another place")


def _opened(path: Path, create: bool) -> tuple[object, str]:
    """The workspace, and why it is open for reading only."""
    from rb_studio.store.workspace import Workspace

    try:
        return Workspace.open(path, write=True, create=create), ""
    except UnreadableInput:
        raise
    except WorkspaceError as error:
        log.info("%s", error)
        why = _reason(error)
        try:
            return Workspace.open(path, write=False), why
        except RbStudioError as second:
            log.info("%s", second)
            raise error from second


def _reason(error: WorkspaceError) -> str:
    if not isinstance(error, WorkspaceBusy):
        return "its folder or file cannot be written to"
    holder = str(error).partition(" by ")[2].partition(":")[0]
    return f"{holder} writes to it" if holder.startswith("process ") else "another process writes to it"
