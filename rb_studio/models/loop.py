"""One asyncio loop in one daemon thread for everything that talks to endpoints."""

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")


class BackgroundLoop:
    """An event loop that blocking code submits coroutines to.

    Shared by all who `acquire` it; the thread ends when the last one has called `release`.
    """

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._limiters: dict[tuple[str, int], asyncio.Semaphore] = {}
        self._thread = threading.Thread(target=self._run, name="rb-studio-models", daemon=True)
        self._thread.start()

    def submit(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Run a coroutine on the loop; the future's `cancel` cancels it there."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def limiter(self, name: str, size: int) -> asyncio.Semaphore:
        """The semaphore all users of one endpoint share; call it on the loop."""
        return self._limiters.setdefault((name, size), asyncio.Semaphore(size))

    def stop(self) -> None:
        """Cancel what runs, close the loop and wait for its thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _run(self) -> None:
        try:
            self._loop.run_forever()
            self._loop.run_until_complete(_finish())
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
        finally:
            self._loop.close()


async def _finish() -> None:
    """Cancel whatever still runs and let it clean up."""
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)


_lock = threading.Lock()
_shared: BackgroundLoop | None = None
_users = 0


def acquire() -> BackgroundLoop:
    """The process's shared loop, started for the first user."""
    global _shared, _users
    with _lock:
        if _shared is None:
            _shared = BackgroundLoop()
        _users += 1
        return _shared


def release() -> None:
    """Give the shared loop back; the last user's call ends its thread."""
    global _shared, _users
    with _lock:
        _users -= 1
        last = _shared if _users == 0 else None
        if last is not None:
            _shared = None
    if last is not None:
        last.stop()
