"""A cluster reached from a process of its own: this one opens no connection and runs no loop of Dask's."""

import contextlib
import itertools
import multiprocessing
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from typing import Any, TypeVar

from rb_studio.jobs.cluster import PATIENCE, ClusterExecutor, ClusterGone
from rb_studio.jobs.workers import ERROR, answer, opened

T = TypeVar("T")
_CLOSE = None
_PLACES = 0


class Outpost(Executor):
    """A `ClusterExecutor` in a process of its own, with the same arguments, `places` and errors."""

    def __init__(self, address: str, most: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, address, most), name="rb-studio-outpost")
        self._numbers, self._open = itertools.count(_PLACES + 1), dict[int, "Future[Any]"]()
        self._lock, self._closing = threading.Lock(), False
        places: Future[int] = Future()
        self._open[_PLACES] = places
        self._process.start()
        theirs.close()
        self._thread = threading.Thread(target=self._listen, name="outpost", daemon=True)
        self._thread.start()
        try:
            self.places = places.result()
        except BaseException:
            self.shutdown()
            raise

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> "Future[T]":
        """Send a call; what cannot be pickled raises here."""
        future: Future[T] = Future()
        future.set_running_or_notify_cancel()
        number = next(self._numbers)
        sent = ForkingPickler.dumps((number, fn, args, kwargs))
        with self._lock:
            self._open[number] = future
            lost = not self._thread.is_alive()
            with contextlib.suppress(OSError):
                self._pipe.send_bytes(sent)
        if lost:
            self._lose()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Leave the cluster; what still runs there ends by itself."""
        self._closing = True
        with self._lock, contextlib.suppress(OSError):
            self._pipe.send(_CLOSE)
        self._process.join(PATIENCE)
        self._process.kill()
        self._process.join()
        self._thread.join()
        self._pipe.close()

    def _listen(self) -> None:
        """Hand on what comes back until the process ends."""
        with contextlib.suppress(EOFError, OSError):
            while True:
                number, data = self._pipe.recv()
                with self._lock:
                    future = self._open.pop(number)
                kind, value = opened(data)
                (future.set_exception if kind == ERROR else future.set_result)(value)
        self._lose()

    def _lose(self) -> None:
        with self._lock:
            left, self._open = list(self._open.values()), {}
        what = "the cluster was left" if self._closing else "the process that speaks to the Dask scheduler has ended"
        for future in left:
            future.set_exception(ClusterGone(what))


def _serve(pipe: Connection, address: str, most: int) -> None:
    """The process: calls in, answers out, until the other side closes or is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    lock = threading.Lock()

    def tell(number: int, told: Callable[[], Any]) -> None:
        data = answer(number, told, (), {})
        with lock, contextlib.suppress(OSError):
            pipe.send((number, data))

    made: Future[ClusterExecutor] = Future()
    try:
        made.set_result(ClusterExecutor(address, most))
    except Exception as error:  # noqa: BLE001 - whatever it is, whoever asked for the cluster is told
        made.set_exception(error)
    tell(_PLACES, lambda: made.result().places)
    if made.exception() is None:
        with contextlib.suppress(EOFError, OSError):
            _pass_on(pipe, made.result(), tell)
        made.result().shutdown(cancel_futures=True)


def _pass_on(pipe: Connection, cluster: ClusterExecutor, tell: Callable[[int, Callable[[], Any]], None]) -> None:
    while (call := pipe.recv()) is not _CLOSE:
        number, fn, args, kwargs = call
        future = cluster.submit(fn, *args, **kwargs)
        future.add_done_callback(partial(_told, tell, number))


def _told(tell: Callable[[int, Callable[[], Any]], None], number: int, done: "Future[Any]") -> None:
    tell(number, done.result)
