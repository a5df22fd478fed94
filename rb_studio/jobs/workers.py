"""Local worker processes behind `concurrent.futures.Executor`; a worker that dies is replaced.

A standard process pool is broken for good once a worker is killed. Here the call it held is run again on a
fresh process, a bounded number of times.
"""

import contextlib
import gc
import itertools
import multiprocessing
import os
import pickle
import signal
import struct
import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from multiprocessing.reduction import ForkingPickler
from typing import Any, TypeVar

from rb_studio.records.errors import RbStudioError

T = TypeVar("T")
_NUMBER = struct.Struct("<Q")
_ANSWER = struct.Struct("<QB")  # the call's number, and what follows
RESULT, ERROR, REPORT = range(3)
NICENESS = 5  # the parent commits and shows; what it does must not wait for the work of its workers
YOUNG_OBJECTS = 50_000
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class WorkerDied(RbStudioError):
    """The process that held a call died, as often as it was tried."""


@dataclass
class _Call:
    number: int
    future: "Future[Any]"
    payload: bytes
    deaths: int = 0


@dataclass
class _Worker:
    process: SpawnProcess
    connection: Connection
    call: _Call | None = None


class LocalExecutor(Executor):
    """Runs picklable calls in `workers` spawned processes, started when first needed.

    Parameters
    ----------
    workers
        How many processes at most.
    reruns
        How often a call is run again after the process that held it died.
    on_report
        Gets what a running call passes to `report`, on the dispatching thread.
    """

    def __init__(self, workers: int, *, reruns: int = 2, on_report: Callable[[Any], None] = lambda value: None) -> None:
        self._on_report = on_report
        self._limit, self._reruns = workers, reruns
        self._numbers = itertools.count(1)
        self._context = multiprocessing.get_context("spawn")
        self._queue: deque[_Call] = deque()
        self._workers: list[_Worker] = []
        self._lock = threading.Lock()
        self._closing = False
        self._wake_in, self._wake_out = self._context.Pipe(duplex=False)
        self._thread = threading.Thread(target=self._dispatch, name="local-executor", daemon=True)
        self._thread.start()

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> "Future[T]":
        """Queue a call; what cannot be pickled raises here."""
        future: Future[T] = Future()
        call = _Call(next(self._numbers), future, bytes(ForkingPickler.dumps((fn, args, kwargs))))
        with self._lock:
            if self._closing:
                raise RuntimeError("the executor is shut down")
            self._queue.append(call)
        self._wake()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Finish what is queued, or with `cancel_futures` kill the processes and cancel every open call."""
        with self._lock:
            self._closing = True
            if cancel_futures:
                self._cancel_all()
        self._wake()
        if wait:
            self._thread.join()

    def pids(self) -> list[int]:
        """Process ids of the living workers."""
        return [worker.process.pid for worker in list(self._workers) if worker.process.pid is not None]

    def _cancel_all(self) -> None:
        for call in self._queue:
            call.future.cancel()
        self._queue.clear()
        for worker in self._workers:
            if worker.call is not None:
                worker.call.deaths = self._reruns
            worker.process.kill()

    def _wake(self) -> None:
        with contextlib.suppress(OSError):
            self._wake_out.send_bytes(b".")

    def _dispatch(self) -> None:
        try:
            while self._assign():
                self._take_turn()
        except Exception as error:  # noqa: BLE001 - most likely a process that cannot be started; nobody may wait for it
            self._give_up(error)
        self._stop_workers()

    def _take_turn(self) -> None:
        """Wait until a worker answers or dies, or something was queued."""
        watched: list[Any] = [self._wake_in]
        for worker in self._workers:
            watched += [worker.connection, worker.process.sentinel]
        ready = set(wait(watched))
        if self._wake_in in ready:
            self._wake_in.recv_bytes()
        for worker in list(self._workers):
            if worker.connection in ready or worker.process.sentinel in ready:
                self._collect(worker)

    def _give_up(self, error: Exception) -> None:
        """Close, and tell every open call why it will not be answered."""
        with self._lock:
            self._closing = True
            waiting = [call for call in self._queue if call.deaths or call.future.set_running_or_notify_cancel()]
            held = [worker.call for worker in self._workers if worker.call is not None]
            self._queue.clear()
        for worker in self._workers:
            worker.process.kill()
        told = WorkerDied(f"a worker process could not be started ({error}); see whether memory or processes ran out")
        for call in waiting + held:
            call.future.set_exception(told)

    def _assign(self) -> bool:
        """Hand queued calls to idle workers; False once closed and empty."""
        with self._lock:
            for worker in self._idle():
                call = self._next_call()
                if call is None:
                    break
                worker.call = call
                with contextlib.suppress(OSError):
                    worker.connection.send_bytes(_NUMBER.pack(call.number) + call.payload)
            busy = any(worker.call for worker in self._workers)
            return busy or bool(self._queue) or not self._closing

    def _idle(self) -> Iterator[_Worker]:
        yield from [worker for worker in self._workers if worker.call is None]
        while self._queue and len(self._workers) < self._limit:
            worker = self._start()
            self._workers.append(worker)
            yield worker

    def _next_call(self) -> _Call | None:
        while self._queue:
            call = self._queue.popleft()
            if call.deaths or call.future.set_running_or_notify_cancel():
                return call
        return None

    def _start(self) -> _Worker:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_serve, args=(theirs,), name="rb-studio-worker", daemon=True)
        with _single_threaded_math(), _deaf_to_interrupts():
            process.start()
        theirs.close()
        return _Worker(process, ours)

    def _collect(self, worker: _Worker) -> None:
        try:
            data = worker.connection.recv_bytes()
        except (EOFError, OSError):
            self._bury(worker)
            return
        number, kind = _ANSWER.unpack_from(data)
        if kind == REPORT:
            self._on_report(opened(data)[1])
            return
        call = worker.call
        if call is None or call.number != number:
            return  # an answer given twice: the first one counted, and this one belongs to no later call
        worker.call = None
        try:
            self._assign()  # the worker goes on while its answer is read
        finally:
            _settle(call.future, data)

    def _bury(self, worker: _Worker) -> None:
        """Replace a dead worker and run its call again, unless it has died too often."""
        worker.process.join()
        worker.connection.close()
        with self._lock:
            self._workers.remove(worker)
            call = worker.call
            if call is None:
                return
            call.deaths += 1
            if call.deaths <= self._reruns and not self._closing:
                self._queue.appendleft(call)
                return
        often = "" if call.deaths == 1 else f" {call.deaths} times"
        call.future.set_exception(
            WorkerDied(f"the worker process died{often} on this task; see whether memory ran out")
        )

    def _stop_workers(self) -> None:
        for worker in self._workers:
            worker.connection.close()
        for worker in self._workers:
            worker.process.join()
            worker.process.close()
        self._wake_in.close()
        self._wake_out.close()


def _settle(future: "Future[Any]", data: bytes) -> None:
    try:
        kind, value = opened(data)
    except Exception as error:  # noqa: BLE001 - whatever cannot be read belongs to whoever waits for it
        kind, value = ERROR, error
    if kind == RESULT:
        future.set_result(value)
    else:
        future.set_exception(value)


@contextlib.contextmanager
def _single_threaded_math() -> Iterator[None]:
    """One maths thread a worker: more would only compete, and the last bits of a sum depend on the number."""
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextlib.contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Ctrl+C reaches every process of a terminal; a worker started here leaves it to its parent."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()  # starting it later would lift the mask again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


class _Outlet:
    """The pipe to the parent, shared by the threads of a worker."""

    def __init__(self, connection: Connection) -> None:
        self._connection, self._lock = connection, threading.Lock()

    def send(self, data: bytes) -> None:
        with self._lock:
            self._connection.send_bytes(data)


_outlet: _Outlet | None = None


def report(value: Any) -> None:
    """Tell the parent something while a call runs; outside a worker nobody listens."""
    if _outlet is not None:
        _outlet.send(_sealed(0, REPORT, value))


def make_way() -> None:
    """What holds in any worker: it is nice, and seldom looks for cycles: outcomes are many objects without any."""
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    gc.set_threshold(YOUNG_OBJECTS, *gc.get_threshold()[1:])


def _serve(connection: Connection) -> None:
    """A worker's life: receive a call, answer, until the other side closes or is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    make_way()
    threading.Thread(target=_end_with_parent, name="watch-parent", daemon=True).start()
    global _outlet
    _outlet = _Outlet(connection)
    with contextlib.suppress(EOFError, OSError):
        while True:
            call = connection.recv_bytes()
            (number,) = _NUMBER.unpack_from(call)
            fn, args, kwargs = pickle.loads(memoryview(call)[_NUMBER.size :])  # noqa: S301 - our own parent's pipe
            _outlet.send(answer(number, fn, args, kwargs))


def answer(number: int, fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> bytes:
    """A call's number with its result or its error, for `opened`."""
    try:
        return _sealed(number, RESULT, fn(*args, **kwargs))
    except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to the caller's future
        error.add_note(traceback.format_exc())
        try:
            data = _sealed(number, ERROR, error)
            opened(data)  # an error that cannot be read back would end the reader
        except Exception:  # noqa: BLE001 - an error's own way of being pickled may fail in any way
            data = _sealed(number, ERROR, RuntimeError(f"{type(error).__name__}: {error}"))
        return data


def opened(data: bytes) -> tuple[int, Any]:
    """What an answer is, `RESULT` or `ERROR`, with its value."""
    kind = _ANSWER.unpack_from(data)[1]
    return kind, pickle.loads(memoryview(data)[_ANSWER.size :])  # noqa: S301 - our own child's pipe


def _sealed(number: int, kind: int, value: Any) -> bytes:
    return _ANSWER.pack(number, kind) + bytes(ForkingPickler.dumps(value))
