"""One open workspace behind the window: queries off the GUI thread, operations, the event feed."""

import logging
import sqlite3
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from rb_studio.records.errors import RbStudioError
from rb_studio.store import feed
from rb_studio.store.opening import explained
from rb_studio.store.workspace import Workspace

if TYPE_CHECKING:
    from sqlite_utils import Database

T = TypeVar("T")
log = logging.getLogger(__name__)
FEED_INTERVAL = 150
READERS = 2


class Session(QObject):
    """Reads and writes of one workspace, for presenters.

    Two verbs only: `query` reads, `operate` changes; neither blocks the GUI thread, and both answer on it. What is
    asked after closing, by a job's last words for instance, is not answered.

    Signals
    -------
    changed
        An operation was committed; carries its ChangeRecord.
    events
        New rows of the feed, oldest first; carries a list of Event.
    failed
        Something did not work; carries one sentence.
    settled
        The settings were saved: what depends on them is to be read again.
    """

    changed = Signal(object)
    events = Signal(object)
    failed = Signal(str)
    settled = Signal()
    _ready = Signal(object)

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.workspace = workspace
        self._pool = ThreadPoolExecutor(READERS, thread_name_prefix="query")
        self._generations: dict[str, int] = {}
        self._closed = False
        self._awaited = 0
        self._last_event = -1
        self._reading_feed = False
        self._ready.connect(self._run_ready, Qt.ConnectionType.QueuedConnection)  # never while somebody still asks
        self._timer = QTimer(self)
        self._timer.setInterval(FEED_INTERVAL)
        self._timer.timeout.connect(self._read_feed)

    def query(
        self,
        key: str,
        read: Callable[[sqlite3.Connection], T],
        done: Callable[[T], None],
        failed: Callable[[str], None] | None = None,
    ) -> None:
        """Read on another thread; `done` gets the result unless a newer query of the same key was asked.

        Parameters
        ----------
        key
            Names what is being filled; an answer that was overtaken is dropped.
        failed
            Gets a sentence instead of the `failed` signal.
        """
        if self._closed:
            return
        generation = self._generations[key] = self._generations.get(key, 0) + 1

        def current() -> bool:
            return self._generations.get(key) == generation

        def work() -> T | None:
            return read(self.workspace.reader()) if current() else None

        def deliver(future: "Future[Any]") -> None:
            if current():
                self._finish(future, done, failed)

        self._later(self._pool.submit(work), deliver)

    def operate(
        self,
        operation: "Callable[[Database], T]",
        done: Callable[[T], None] | None = None,
        failed: Callable[[str], None] | None = None,
    ) -> None:
        """Change the workspace in one transaction; the change record goes to `changed`, then to `done`."""

        def finished(result: Any) -> None:
            self.changed.emit(result)
            if done is not None:
                done(result)

        self._later(self.workspace.submit(operation), lambda future: self._finish(future, finished, failed))

    def background(
        self, work: Callable[[], T], done: Callable[[T], None], failed: Callable[[str], None] | None = None
    ) -> None:
        """Any other slow work off the GUI thread."""
        if self._closed:
            return
        self._later(self._pool.submit(work), lambda future: self._finish(future, done, failed))

    @property
    def idle(self) -> bool:
        """Everything that was asked is answered."""
        return self._awaited == 0

    def watch_feed(self, on: bool) -> None:
        """Read the feed while something runs."""
        if on and not self._timer.isActive():
            self._timer.start()
        elif not on:
            self._timer.stop()
            self._read_feed()

    def close(self) -> None:
        """Stop reading and leave the file checkpointed."""
        self._closed = True
        self._timer.stop()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self.workspace.close()

    def _later(self, future: "Future[Any]", deliver: "Callable[[Future[Any]], None]") -> None:
        self._awaited += 1
        future.add_done_callback(lambda done: None if self._closed else self._ready.emit((deliver, done)))

    def _run_ready(self, pair: "tuple[Callable[[Future[Any]], None], Future[Any]]") -> None:
        deliver, future = pair
        try:
            if not self._closed and not future.cancelled():
                deliver(future)
        finally:
            self._awaited -= 1  # only now: an answer may ask the next question

    def _finish(self, future: "Future[Any]", done: Callable[[Any], None], failed: Callable[[str], None] | None) -> None:
        error = future.exception()
        if isinstance(error, sqlite3.Error):
            error = explained(error, self.workspace.path)
        if error is None:
            done(future.result())
        elif isinstance(error, RbStudioError | sqlite3.Error | OSError):
            (failed or self.failed.emit)(str(error))
        else:
            raise error

    def _read_feed(self) -> None:
        if self._reading_feed or self._closed:
            return
        self._reading_feed = True
        after = self._last_event

        def read(conn: sqlite3.Connection) -> tuple[int, list[Any]]:
            if after < 0:
                return feed.last_event(conn), []
            found = feed.events_after(conn, after)
            return (found[-1].id if found else after), found

        def deliver(result: tuple[int, list[Any]]) -> None:
            self._reading_feed = False
            self._last_event = result[0]
            if result[1]:
                self.events.emit(result[1])

        def gone_wrong(sentence: str) -> None:
            self._reading_feed = False
            log.warning("the feed could not be read: %s", sentence)

        self.query("feed", read, deliver, gone_wrong)
