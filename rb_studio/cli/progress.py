"""Progress in a terminal: read from the workspace, never passed sideways."""

import sys
import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from rb_studio.cli.stopping import Stop
from rb_studio.jobs.progress import Watch
from rb_studio.store.workspace import Workspace

INTERVAL = 1.0
SECONDS_BETWEEN_LINES = 10


class ProgressLine:
    """Writes how far a job is to stderr: one line in place on a terminal, else a line now and then."""

    def __init__(self, workspace: Workspace, stop: Stop) -> None:
        self._workspace = workspace
        self._asked_to_stop = stop
        self._watch: Watch | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="progress", daemon=True)
        self._terminal = sys.stderr.isatty()
        self._last = ""

    def begin(self, runs: Sequence[int], tasks_per_run: int) -> None:
        """Watch these runs from now on; there is something to save if the job is stopped."""
        self._asked_to_stop.begun = True
        self._watch = Watch(runs, tasks_per_run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()
        if self._terminal and self._last:
            sys.stderr.write("\r" + " " * len(self._last) + "\r")

    def _loop(self) -> None:
        waited = 0
        while not self._stop.wait(INTERVAL):
            waited += 1
            if self._watch and (self._terminal or waited % SECONDS_BETWEEN_LINES == 0):
                self._show(self._watch.read(self._workspace.reader()).sentence())

    def _show(self, text: str) -> None:
        if self._terminal:
            sys.stderr.write("\r" + text.ljust(len(self._last)))
        elif text != self._last:
            sys.stderr.write(text + "\n")
        sys.stderr.flush()
        self._last = text
