"""Many rollouts at once against a server on loopback that takes its time."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rb_studio.jobs.request import RunRequest
from rb_studio.jobs.run import run_arm
from rb_studio.models.settings import Settings
from rb_studio.records.task import Grading, Suite, SuiteContent, Task
from rb_studio.store.rollouts import rollout_rows
from rb_studio.store.suites import save_suite
from rb_studio.store.workspace import Workspace
from tests.benchmarks.figure import Figure

CALLS_PER_ROLLOUT = 2


def measure(folder: Path) -> list[Figure]:
    """Throughput as a share of the ideal, in which only the server's delay costs time."""
    return [_share(folder, 64, 1.0, rounds=4, promise=0.85), _share(folder, 8, 0.05, rounds=40, promise=0.70)]


def _share(folder: Path, at_once: int, delay: float, *, rounds: int, promise: float) -> Figure:
    with server(delay) as url, Workspace.open(folder / f"calls-{at_once}.rbank", write=True, create=True) as workspace:
        _run(workspace, "warm-up", at_once, at_once, url)
        begun = time.perf_counter()
        run = _run(workspace, "sums", at_once * rounds, at_once, url)
        wall = time.perf_counter() - begun
        rows = rollout_rows(workspace.reader(), run=run)
    assert sum(row.truth is True for row in rows) == at_once * rounds, "every rollout must have succeeded"
    share = rounds * CALLS_PER_ROLLOUT * delay / wall
    name = f"{at_once} rollouts at once against a server answering after {delay:g} s"
    return Figure(name, f"at least {100 * promise:.0f} % of the ideal", f"{100 * share:.0f} %", share >= promise)


def _run(workspace: Workspace, name: str, tasks: int, at_once: int, url: str) -> int:
    suite = Suite(name, environment="answer", grader="number")
    content = SuiteContent(
        suite=suite,
        tasks=tuple(Task(f"{name}/{n}", name, n, f"What is 2 + 2? ({n})") for n in range(tasks)),
        gradings=tuple(Grading(f"{name}/{n}", "number", "4") for n in range(tasks)),
    )
    workspace.run(lambda db: save_suite(db, content))
    request = RunRequest(name, memory="none", profiles={"actor": f"fake@{url}"}, concurrency=at_once)
    return run_arm(workspace, request, Settings())


@contextmanager
def server(delay: float, *reply: str) -> Iterator[str]:
    """A server in a process of its own, which answers every call after so many seconds; yields its URL."""
    command = [sys.executable, "-m", "tests.benchmarks.slow_server", str(delay), *reply]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield process.stdout.readline().strip()
    finally:
        process.communicate()
