"""Ctrl+C and SIGTERM: what is under way is let go, what is committed stays."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@dataclass
class Stop:
    """`cancel` is what a job watches; until its rows are committed (`begun`) a stop interrupts at once."""

    cancel: threading.Event = field(default_factory=threading.Event)
    begun: bool = False

    def ask(self, number: int, frame: FrameType | None) -> None:
        """A signal's handler: the first one stops cleanly, another one at once."""
        again = self.cancel.is_set()
        self.cancel.set()
        if again or not self.begun:
            raise KeyboardInterrupt


@contextmanager
def stopping() -> Iterator[Stop]:
    """Both signals ask to stop while the block runs; in another thread than the main one none is listened to."""
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = {number: signal.signal(number, stop.ask) for number in SIGNALS}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
