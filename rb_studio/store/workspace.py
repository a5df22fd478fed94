"""A workspace: one SQLite file, one writer thread, any number of readers."""

import logging
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from rb_studio.records.errors import WorkspaceError
from rb_studio.store import opening, schema, step_index
from rb_studio.store.lock import FileLock

if TYPE_CHECKING:
    from sqlite_utils import Database

T = TypeVar("T")
# How long the writer waits for something to do before it brings the index up to date, how long it does so at a time,
# and how long it then waits for something better to do: in seconds.
_QUIET, _TIDYING, _BREATH = 0.3, 0.02, 0.01
_PATIENCE_MS = 200  # for a reader that is told to stop, before the file is left as one
_Job = tuple[Callable[["Database"], Any], "Future[Any]"]

log = logging.getLogger(__name__)


class Workspace:
    """An open workspace file; use it as a context manager.

    Whoever opened it with `write` holds the file's lock and the only writing connection, on a thread of
    its own. Operations (`Callable[[Database], T]`) run there one after the other, each in one
    transaction: either all of an operation is in the file, or nothing.
    """

    def __init__(self, path: Path, db: "Database | None", lock: FileLock | None) -> None:
        self.path = path
        self.writable = db is not None
        self._lock = lock
        self._readers: list[tuple[threading.Thread, sqlite3.Connection]] = []
        self._local = threading.local()
        self._guard = threading.Lock()
        self._closed = False
        self._hurried = False
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._writer: threading.Thread | None = None
        if db is not None:
            self._writer = threading.Thread(target=self._write, args=(db,), name="workspace-writer", daemon=True)
            self._writer.start()

    @classmethod
    def open(cls, path: Path | str, *, write: bool, create: bool = False) -> Self:
        """Open a workspace, migrating an older one (after a backup) when `write` is asked for.

        Raises
        ------
        WorkspaceBusy
            Another process (or another `Workspace` of this one) writes to it.
        UnreadableInput
            The file is missing (and `create` is False), damaged, none of ours, or from a newer version.
        WorkspaceError
            The folder cannot be written to, or an older file would have to be migrated first.
        """
        path = Path(path).absolute()
        return cls._open_writer(path, create) if write else cls._open_reader(path)

    @classmethod
    def _open_writer(cls, path: Path, create: bool) -> Self:
        fresh = create and (not path.exists() or path.stat().st_size == 0)
        if fresh:
            _require_folder(path)
        else:
            opening.require_file(path)
        lock = FileLock(path)
        lock.acquire()
        try:
            return cls(path, _ready(path), lock)
        except BaseException:
            lock.release()
            raise

    @classmethod
    def _open_reader(cls, path: Path) -> Self:
        opening.require_file(path)
        workspace = cls(path, None, None)
        try:
            conn = workspace.reader()
            opening.refuse_foreign(conn, path)
            opening.refuse_older(conn, path)
            conn.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.Error as error:
            workspace.close()
            raise opening.explained(error, path) from error
        except BaseException:
            workspace.close()
            raise
        return workspace

    def submit(self, operation: "Callable[[Database], T]") -> "Future[T]":
        """Queue an operation; the future holds its result once committed, or its error."""
        future: Future[T] = Future()
        with self._guard:
            if self._writer is None:
                raise WorkspaceError(f"{self.path} is open for reading only: open it for writing to change it")
            if self._closed:
                raise WorkspaceError(f"{self.path} is closed: open it again to change it")
            self._jobs.put((operation, future))
        return future

    def run(self, operation: "Callable[[Database], T]") -> T:
        """Carry out an operation and wait until it is committed.

        Raises
        ------
        WorkspaceError
            Opened for reading only, closed, or the disk is full; what was committed before stays.
        """
        if threading.current_thread() is self._writer:
            raise RuntimeError("an operation cannot wait for another one: call its function with the same database")
        return self.submit(operation).result()

    @contextmanager
    def hurried(self) -> Iterator[None]:
        """Within it the writer does nothing but what it is told: the index waits until the long job is over."""
        self._hurried = True
        try:
            yield
        finally:
            self._hurried = False
            self._jobs.put((_nothing, Future()))  # the writer, which waits for an operation alone, looks again

    def reader(self) -> sqlite3.Connection:
        """The calling thread's own read-only connection; rows are `sqlite3.Row`."""
        conn: sqlite3.Connection | None = getattr(self._local, "conn", None)
        if conn is None or self._closed:
            with self._guard:
                if self._closed:
                    raise WorkspaceError(f"{self.path} is closed: open it again to read it")
                conn = opening.connect_reader(self.path)
                self._readers.append((threading.current_thread(), conn))
            self._local.conn = conn
        return conn

    def check(self) -> list[str]:
        """What SQLite finds wrong with the file: an empty list for an intact one."""
        found = [str(row[0]) for row in self.reader().execute("PRAGMA integrity_check")]
        broken = [f"{row[0]} {row[1]} points nowhere" for row in self.reader().execute("PRAGMA foreign_key_check")]
        return [line for line in found if line != "ok"] + broken

    def close(self) -> None:
        """Finish queued operations, close every connection and leave one checkpointed file.

        What another thread is reading is broken off; its connection is its own to close, when it ends.
        """
        with self._guard:
            if self._closed:
                return
            self._closed = True
            for thread, conn in self._readers:
                if thread.is_alive() and thread is not threading.current_thread():
                    conn.interrupt()  # SQLite may be within it: to close it there ends the whole process
                else:
                    conn.close()
            self._readers.clear()
            if self._writer is not None:
                self._jobs.put(None)
        if self._writer is not None:
            self._writer.join()
        if self._lock is not None:
            self._lock.release()
        else:
            opening.tidy(self.path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _write(self, db: "Database") -> None:
        """The writer thread: one operation, one transaction; the last connection to close checkpoints."""
        while (job := self._next_job(db)) is not None:
            operation, future = job
            if not future.set_running_or_notify_cancel():
                continue
            try:
                with db.atomic():
                    result = operation(db)
            except sqlite3.Error as error:
                future.set_exception(opening.explained(error, self.path))
            except BaseException as error:  # noqa: BLE001 - whatever it is belongs to whoever asked, not to this thread
                future.set_exception(error)
            else:
                future.set_result(result)
        self._checkpoint(db)
        db.close()

    def _checkpoint(self, db: "Database") -> None:
        """Into one file, also where a thread that has not ended keeps its connection."""
        try:
            db.execute(f"PRAGMA busy_timeout = {_PATIENCE_MS}")
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.Error as error:
            log.warning("the last changes of %s stay beside it: %s", self.path, error)

    def _next_job(self, db: "Database") -> _Job | None:
        """The next operation; while there is none, what waits to be indexed is."""
        patience: float | None = None if self._hurried else _QUIET
        while True:
            try:
                return self._jobs.get(timeout=patience)
            except queue.Empty:
                patience = _BREATH if not self._hurried and self._tidy(db) else None

    def _tidy(self, db: "Database") -> bool:
        """Bring the index of steps nearer to what there is; True while more is to be done."""
        try:
            with db.atomic():
                return step_index.catch_up(db, 1000 * _TIDYING) > 0
        except sqlite3.Error as error:
            log.warning("what stands in the steps of %s is not indexed now: %s", self.path, error)
            return False


def _nothing(_: "Database") -> None:
    """An operation that changes nothing."""


def _require_folder(path: Path) -> None:
    if not path.parent.is_dir():
        raise WorkspaceError(f"the folder {path.parent} does not exist: create it, or choose another place")


def _ready(path: Path) -> "Database":
    """A writing connection to a file of the present version."""
    db = opening.connect_writer(path)
    try:
        version = schema.version_of(db.conn)[1]
        if 0 < version < schema.VERSION:
            backup = opening.back_up(db, path, version)
            log.info("format %d of %s is updated, a copy is kept in %s", version, path, backup)
        if version < schema.VERSION:
            schema.migrate(db)
        opening.prepare_writer(db)
    except sqlite3.Error as error:
        db.close()
        raise opening.explained(error, path) from error
    except BaseException:
        db.close()
        raise
    return db
