"""Live steps: gathered from running rollouts, written to the feed in batches."""

import threading
import time
from functools import partial

from rb_studio.records.outcome import LiveEvent
from rb_studio.store.live import append_live
from rb_studio.store.workspace import Workspace

INTERVAL = 0.25


class LiveWriter:
    """Writes what happens in running tasks, at most four times a second."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._lock = threading.Lock()
        self._waiting: dict[int, list[LiveEvent]] = {}
        self._written = 0.0

    def add(self, run: int, event: LiveEvent) -> None:
        """Take one event of a run; callable from any thread."""
        with self._lock:
            self._waiting.setdefault(run, []).append(event)
        self.flush_when_due()

    def flush_when_due(self) -> None:
        """Write what waits, unless something was written a moment ago; whoever calls `add` must call this as well.

        Else the last step before a model's long silence would be seen after it.
        """
        if time.monotonic() - self._written >= INTERVAL:
            self.flush()

    def forget(self, run: int, task_key: str) -> None:
        """Drop what waits of a task whose whole outcome is about to be committed."""
        with self._lock:
            if run in self._waiting:
                self._waiting[run] = [event for event in self._waiting[run] if event.task_key != task_key]

    def flush(self) -> None:
        """Queue everything gathered so far for writing."""
        with self._lock:
            batches, self._waiting = self._waiting, {}
            self._written = time.monotonic()
        for run, events in batches.items():
            if not events:
                continue
            self._workspace.submit(partial(append_live, run_id=run, events=events))
