"""Whether the open workspace is still where it was opened, and a way out when it is not."""

import logging
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QFileSystemWatcher, QObject, Signal

from rb_studio.records.errors import WorkspaceError

if TYPE_CHECKING:
    from sqlite_utils import Database

    from rb_studio.store.workspace import Workspace

log = logging.getLogger(__name__)


class Presence(QObject):
    """Watches one file.

    Signals
    -------
    gone
        Another file, or none, has its name now.
    """

    gone = Signal()

    def __init__(self, path: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path = path
        self._known = _identity(path)
        self._told = False
        self._watcher = QFileSystemWatcher([str(path), str(path.parent)], self)
        self._watcher.fileChanged.connect(self._look)
        self._watcher.directoryChanged.connect(self._look)

    @property
    def lost(self) -> bool:
        """True when the file is gone and not saved elsewhere."""
        return self._told

    def stop(self) -> None:
        """Watch no more."""
        self._told = False
        watched = self._watcher.files() + self._watcher.directories()
        if watched:
            self._watcher.removePaths(watched)

    def _look(self, _changed: str) -> None:
        if not self._told and _identity(self._path) != self._known:
            log.warning("%s is not where it was opened any more", self._path)
            self._told = True
            self.gone.emit()


def save_copy(workspace: "Workspace", target: Path) -> None:
    """Copy what an open workspace holds, also when its file has no name any more.

    Raises
    ------
    WorkspaceError
        The copy cannot be written; nothing is left of it.
    """
    try:
        if workspace.writable:
            workspace.run(lambda db: _copy(db, target))
        else:
            _back_up(workspace.reader(), target)
    except sqlite3.Error as error:
        raise WorkspaceError(f"{target} cannot be written ({error}): choose another place") from error


def _copy(db: "Database", target: Path) -> None:
    _back_up(db.conn, target)


def _back_up(conn: sqlite3.Connection, target: Path) -> None:
    target.unlink(missing_ok=True)
    copy = sqlite3.connect(target)
    try:
        conn.backup(copy)
    except sqlite3.Error:
        copy.close()
        target.unlink(missing_ok=True)
        raise
    copy.close()


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
