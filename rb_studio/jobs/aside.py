"""A piece of work in a process of its own: it never holds up a window, and can be stopped at once."""

import queue
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from rb_studio.jobs.workers import LocalExecutor, report

__all__ = ["Told", "aside", "report"]

T = TypeVar("T")
Told = Callable[[int, int], None]
POLL_SECONDS = 0.2


def aside(
    work: Callable[..., T],
    *args: Any,
    heard: Callable[[Any], None] = lambda value: None,
    tick: Callable[[], None] = lambda: None,
) -> T:
    """Call a function in another process, with one thread for its maths, and return what it returns.

    Parameters
    ----------
    work, args
        A function of a module and arguments that can be pickled.
    heard
        Gets on the calling thread what the work passes to `report`.
    tick
        Called several times a second meanwhile. If it or `heard` raises, the process is ended and that goes on.

    Raises
    ------
    WorkerDied
        The process ended before its answer.
    """
    said: queue.SimpleQueue[tuple[bool, Any]] = queue.SimpleQueue()
    executor = LocalExecutor(1, reruns=0, on_report=lambda value: said.put((False, value)))

    answered = False

    def ended(future: "Future[T]") -> None:
        said.put((True, None))

    try:
        future = executor.submit(work, *args)
        future.add_done_callback(ended)
        while True:
            tick()
            try:
                over, value = said.get(timeout=POLL_SECONDS)
            except queue.Empty:
                continue
            if over:
                answered = True
                return future.result()
            heard(value)
    finally:
        executor.shutdown(cancel_futures=not answered)  # after its answer the process may end in its own way
