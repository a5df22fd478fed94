"""Vectors of a job that its processes share: a text that all of them read is computed by the first to need it."""

import errno
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

_KEY_BYTES = 32
_MOST = 8192
# How long one waits for what another one is at, and how often one looks, in seconds.
_PATIENCE, _PAUSE = 1.0, 0.002

log = logging.getLogger(__name__)


class Shelf:
    """A file of vectors by the hash of their text, all of one length, that grows until it is full.

    It is only a help: what cannot be read or written is computed. Safe to share between threads.

    Parameters
    ----------
    path
        An existing file, empty at first, on this machine.
    dimension
        Length of a vector.
    """

    def __init__(self, path: Path, dimension: int) -> None:
        self._dimension = dimension
        self._record = _KEY_BYTES + 4 * dimension
        self._places: dict[bytes, int] = {}
        self._lock = threading.Lock()
        self._file: int | None = None
        try:
            self._file = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
        except OSError as error:
            log.debug("no vectors are shared: %s", error)

    def get(self, key: bytes, compute: Callable[[], Array]) -> Array:
        """The vector of a key of 32 bytes; while one process computes it, the others wait for it."""
        with self._lock:
            if self._file is not None:
                try:
                    found = self._look_up(self._file, key)
                    return self._put(self._file, key, compute) if found is None else found
                except OSError as error:
                    log.debug("vectors are shared no longer: %s", error)
                    self._close()
        return compute()

    def close(self) -> None:
        """Let go of the file; from then on everything is computed."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        if self._file is not None:
            os.close(self._file)
        self._file = None

    def _put(self, file: int, key: bytes, compute: Callable[[], Array]) -> Array:
        if len(self._places) >= _MOST:
            return compute()
        with _alone(file) as alone:
            found = self._look_up(file, key)
            if found is None:
                found = compute()
                if not alone:
                    return found
                os.ftruncate(file, len(self._places) * self._record)  # whoever was killed may have left half a record
                os.lseek(file, 0, os.SEEK_END)
                os.write(file, key + found.astype("<f4").tobytes())
            return found

    def _look_up(self, file: int, key: bytes) -> Array | None:
        if key not in self._places:
            self._read_on(file)
        place = self._places.get(key)
        if place is None:
            return None
        os.lseek(file, place + _KEY_BYTES, os.SEEK_SET)
        vector = np.frombuffer(os.read(file, 4 * self._dimension), "<f4").astype(np.float32)
        vector.setflags(write=False)
        return vector

    def _read_on(self, file: int) -> None:
        """Take note of what others have put in since."""
        start = len(self._places) * self._record
        os.lseek(file, start, os.SEEK_SET)
        data = os.read(file, max(0, os.fstat(file).st_size - start))
        for at in range(0, len(data) - self._record + 1, self._record):
            self._places[data[at : at + _KEY_BYTES]] = start + at


if sys.platform == "win32":
    import msvcrt

    _BYTE = 1 << 30  # locks are mandatory there: this byte lies behind all that is read

    def _lock(file: int) -> None:
        os.lseek(file, _BYTE, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)

    def _unlock(file: int) -> None:
        os.lseek(file, _BYTE, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _lock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _unlock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)


@contextmanager
def _alone(file: int) -> Iterator[bool]:
    """Whether the file is ours alone: not where somebody else keeps it too long. One that is killed lets it go."""
    until = time.monotonic() + _PATIENCE
    while not (locked := _locked(file)) and time.monotonic() < until:
        time.sleep(_PAUSE)
    try:
        yield locked
    finally:
        if locked:
            _unlock(file)


def _locked(file: int) -> bool:
    try:
        _lock(file)
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EAGAIN, errno.EDEADLK):
            raise
        return False
    return True
