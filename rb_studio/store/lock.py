"""The writer's lock: an operating-system file lock the kernel releases when its holder dies."""

import os
import sys
from pathlib import Path

from rb_studio.records.errors import WorkspaceBusy, WorkspaceError

if sys.platform == "win32":
    import msvcrt

    # Windows locks are mandatory: the locked byte lies far behind the process id so that others can read it.
    _BYTE = 1 << 20

    def _try_lock(handle: int) -> None:
        os.lseek(handle, _BYTE, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _try_lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


class FileLock:
    """Holds `<workspace>.lock`; the file is removed again on release."""

    def __init__(self, workspace: Path) -> None:
        self.workspace = workspace
        self.path = workspace.with_name(workspace.name + ".lock")
        self._handle: int | None = None

    def acquire(self) -> None:
        """Take the lock or raise WorkspaceBusy naming its holder; WorkspaceError if the folder is read-only."""
        while True:
            handle = self._open()
            try:
                _try_lock(handle)
            except OSError as error:
                holder = self._holder(handle)
                os.close(handle)
                raise WorkspaceBusy(
                    f"{self.workspace} is being written to by {holder}: close it there, or open it for reading"
                ) from error
            if self._still_linked(handle):
                break
            os.close(handle)
        self._handle = handle
        try:
            os.ftruncate(handle, 0)
            os.lseek(handle, 0, os.SEEK_SET)
            os.write(handle, str(os.getpid()).encode())
        except OSError as error:
            self.release()
            raise self._refused(error) from error

    def release(self) -> None:
        """Give the lock back; releasing twice is harmless."""
        if self._handle is None:
            return
        handle, self._handle = self._handle, None
        if sys.platform == "win32":
            os.close(handle)
            self.path.unlink(missing_ok=True)
        else:
            self.path.unlink(missing_ok=True)
            os.close(handle)

    def _open(self) -> int:
        try:
            return os.open(self.path, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError as error:
            raise self._refused(error) from error

    def _refused(self, error: OSError) -> WorkspaceError:
        return WorkspaceError(
            f"the folder of {self.workspace} cannot be written to ({error.strerror}): "
            "move the workspace to a writable folder, or open it for reading"
        )

    def _holder(self, handle: int) -> str:
        os.lseek(handle, 0, os.SEEK_SET)
        text = os.read(handle, 20).decode("ascii", "replace").strip()
        return f"process {text}" if text.isdigit() else "another process"

    def _still_linked(self, handle: int) -> bool:
        """False when the previous holder removed the file between our opening and locking it."""
        try:
            return os.path.samestat(os.fstat(handle), self.path.stat())
        except FileNotFoundError:
            return False
