"""Slow work of the room on threads of its own: it can be stopped, and what is overtaken is dropped."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Signal

from rb_studio.records.errors import Cancelled, RbStudioError

T = TypeVar("T")
THREADS = 2


class Ticket:
    """Handed to the work: it reports through `tell`, which raises Cancelled once nobody waits any more."""

    def __init__(self, told: Callable[[int, int], None]) -> None:
        self._stopped = threading.Event()
        self._told = told

    @property
    def stopped(self) -> bool:
        return self._stopped.is_set()

    def stop(self) -> None:
        """Nobody waits for the result any more."""
        self._stopped.set()

    def tell(self, done: int, total: int) -> None:
        """Report progress. Raises Cancelled."""
        self.check()
        self._told(done, total)

    def check(self) -> None:
        """Raises Cancelled when the work is to end."""
        if self.stopped:
            raise Cancelled("stopped")


class Slow(QObject):
    """Runs work by key; a newer one of the same key stops the older."""

    _call = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="memories")
        self._tickets: dict[str, Ticket] = {}
        self._closed = False
        self._call.connect(self._run)

    def run(
        self,
        key: str,
        work: Callable[[Ticket], T],
        done: Callable[[T], None],
        failed: Callable[[str], None],
        told: Callable[[int, int], None] | None = None,
    ) -> None:
        """Work on another thread; `done`, `failed` and `told` are called on this one. After `close` nothing begins."""
        if self._closed:
            return
        self.stop(key)

        def report(count: int, total: int) -> None:
            if told is not None:
                self._call.emit((ticket, lambda: told(count, total)))

        ticket = self._tickets[key] = Ticket(report)

        def deliver(future: "Future[Any]") -> None:
            if not future.cancelled():
                self._call.emit((ticket, lambda: self._finish(key, future, done, failed)))

        self._pool.submit(work, ticket).add_done_callback(deliver)

    def busy(self, key: str) -> bool:
        """Whether work of this key is under way."""
        return key in self._tickets

    def stop(self, key: str) -> None:
        """Nobody waits for this work any more."""
        ticket = self._tickets.pop(key, None)
        if ticket is not None:
            ticket.stop()

    def close(self) -> None:
        """Stop everything and wait for the threads; a timer may still ask for more."""
        self._closed = True
        for key in list(self._tickets):
            self.stop(key)
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _run(self, call: tuple[Ticket, Callable[[], None]]) -> None:
        ticket, action = call
        if not ticket.stopped:
            action()

    def _finish(
        self, key: str, future: "Future[Any]", done: Callable[[Any], None], failed: Callable[[str], None]
    ) -> None:
        del self._tickets[key]
        error = future.exception()
        if error is None:
            done(future.result())
        elif isinstance(error, RbStudioError | OSError):
            failed(str(error))
        else:
            raise error
