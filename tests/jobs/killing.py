"""Killing workers while a sweep runs."""

import os
import signal
import threading

from rb_studio.store.workspace import Workspace


class Killing(threading.Event):
    """A cancel event that is never set; each time it is asked after so many outcomes, it kills a worker process."""

    def __init__(self, workspace: Workspace, at: tuple[int, ...]) -> None:
        super().__init__()
        self._workspace, self._at = workspace, list(at)
        self.killed = 0

    def is_set(self) -> bool:
        done = self._workspace.reader().execute("SELECT count(*) FROM outcome").fetchone()[0]
        if self._at and done >= self._at[0]:
            pids = workers()
            if pids:
                self._at.pop(0)
                self.killed += 1
                os.kill(pids[0], signal.SIGKILL)
        return False


def workers() -> list[int]:
    import multiprocessing

    return [child.pid for child in multiprocessing.active_children() if child.name == "rb-studio-worker" and child.pid]
