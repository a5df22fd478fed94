"""What the engine itself costs per step, and how much a step takes on disk."""

import threading
import time
from collections.abc import Sequence
from pathlib import Path

from rb_studio.jobs import toolbox
from rb_studio.jobs.request import RunRequest
from rb_studio.jobs.run import run_arm
from rb_studio.models.settings import Settings
from rb_studio.store.rollouts import rollout_rows
from rb_studio.store.workspace import Workspace
from tests.benchmarks.figure import Figure

TASKS = 180


class Clock:
    """Adds up the time spent inside some calls, over all threads; a call inside a timed call counts once."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._lock = threading.Lock()
        self._here = threading.local()

    def timed(self, function):
        def call(*args, **kwargs):
            if getattr(self._here, "inside", False):
                return function(*args, **kwargs)
            self._here.inside, begun = True, time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                self._here.inside = False
                with self._lock:
                    self.seconds += time.perf_counter() - begun

        return call


class TimedEnvironment:
    """An environment whose every call is on the clock."""

    def __init__(self, inner, clock: Clock) -> None:
        self._inner, self._clock = inner, clock

    def __getattr__(self, name):
        value = getattr(self._inner, name)
        return self._clock.timed(value) if callable(value) else value


def measure(folder: Path) -> list[Figure]:
    """Run the practice suite with model, embedder and environment on a clock; the rest is overhead."""
    clock = Clock()
    patched = {
        "chat_model": toolbox.chat_model,
        "embedder": toolbox.embedder,
        "open_environment": toolbox.open_environment,
    }
    toolbox.chat_model = lambda profile: _timed_reply(patched["chat_model"](profile), clock)
    toolbox.embedder = lambda name: _timed_embed(patched["embedder"](name), clock)
    toolbox.open_environment = lambda *a, **k: TimedEnvironment(patched["open_environment"](*a, **k), clock)
    path = folder / "overhead.rbank"
    try:
        with Workspace.open(path, write=True, create=True) as workspace:
            request = RunRequest("practice", memory="reasoningbank", limit=TASKS)
            run_arm(workspace, RunRequest("practice", memory="none", limit=3), Settings())
            clock.seconds, begun = 0.0, time.perf_counter()
            run = run_arm(workspace, request, Settings())
            wall = time.perf_counter() - begun
            steps = _steps(workspace, [run])
            total_steps = _steps(workspace, [1, run])
    finally:
        for name, value in patched.items():
            setattr(toolbox, name, value)
    overhead = 1000 * (wall - clock.seconds) / steps
    size = path.stat().st_size / total_steps
    return [
        Figure("engine overhead per step", "at most 1.5 ms", f"{overhead:.2f} ms over {steps} steps", overhead <= 1.5),
        Figure("disk per practice step", "reported", f"{size:,.0f} bytes over {total_steps} steps", None),
    ]


def _timed_reply(model, clock: Clock):
    model.reply = clock.timed(model.reply)
    return model


def _timed_embed(embedder, clock: Clock):
    embedder.embed = clock.timed(embedder.embed)
    return embedder


def _steps(workspace: Workspace, runs: Sequence[int]) -> int:
    return sum(row.steps for run in runs for row in rollout_rows(workspace.reader(), run=run))
