"""Sweeps on a real Dask scheduler and workers on loopback."""

import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import wait
from pathlib import Path

import pytest

from rb_studio import __version__
from rb_studio.jobs import cluster
from rb_studio.jobs.cluster import ClusterExecutor, ClusterGone, check_executor
from rb_studio.jobs.outpost import Outpost
from rb_studio.jobs.request import RunRequest, SweepRequest
from rb_studio.jobs.sweep import run_sweep
from rb_studio.jobs.workers import NICENESS
from rb_studio.models.profile import Profile
from rb_studio.models.settings import Settings
from rb_studio.records.errors import UsageError
from rb_studio.store import runs
from rb_studio.store.workspace import Workspace
from tests.jobs.conftest import lines, practice_sweep, sweep, with_sums

pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
# Dask and Tornado leave sockets and loops to the collector when the other side dies.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.timeout(180),
]
ROOT = Path(__file__).resolve().parents[2]
SECRET = "sk-never-to-be-seen-0123456789"


def double(number):
    return 2 * number


def fail():
    raise ValueError("no such thing")


class Dask:
    """A scheduler and workers in processes of their own; what they write is kept."""

    def __init__(self, folder: Path, workers: int, environment: dict[str, str]) -> None:
        self.folder, self._environment = folder, environment
        self.file = folder / "scheduler.json"
        self.scheduler = self._start("scheduler", "--port", "0", "--no-dashboard", "--scheduler-file", self.file)
        self.workers = [self.worker(number) for number in range(workers)]

    def worker(self, number: int) -> "subprocess.Popen[bytes]":
        options = ("--scheduler-file", self.file, "--nthreads", "1", "--no-nanny", "--no-dashboard")
        return self._start("worker", *options, name=f"worker-{number}")

    @property
    def address(self) -> str:
        deadline = time.monotonic() + 60
        while True:
            text = self.file.read_text("utf-8") if self.file.exists() else ""
            if text.rstrip().endswith("}"):
                return str(json.loads(text)["address"])
            assert time.monotonic() < deadline, self.log()
            threading.Event().wait(0.05)

    def log(self) -> str:
        return "".join(path.read_text("utf-8", "replace") for path in sorted(self.folder.glob("*.log")))

    def end(self) -> None:
        for process in [*self.workers, self.scheduler]:
            process.kill()
            process.wait(30)

    def _start(self, role: str, *arguments: object, name: str = "") -> "subprocess.Popen[bytes]":
        with (self.folder / f"{name or role}.log").open("wb") as out:
            return subprocess.Popen(
                [sys.executable, "-m", f"distributed.cli.dask_{role}", "--host", "127.0.0.1", *map(str, arguments)],
                stdout=out,
                stderr=subprocess.STDOUT,
                env=self._environment,
                cwd=self.folder,
            )


@pytest.fixture
def dask(tmp_path, monkeypatch):
    """A scheduler and two workers on loopback."""
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    folder = tmp_path / "dask"
    folder.mkdir()
    running = Dask(
        folder, 2, {**os.environ, "PYTHONPATH": str(ROOT), "DASK_DISTRIBUTED__LOGGING__DISTRIBUTED": "debug"}
    )
    yield running
    running.end()


@pytest.fixture(scope="module")
def whole_sweep(tmp_path_factory):
    """What local workers make of it."""
    with Workspace.open(tmp_path_factory.mktemp("whole") / "w.rbank", write=True, create=True) as workspace:
        sweep(workspace, practice_sweep(ks=(1, 2, 3)), workers=2)
        return lines(workspace, sweep=1)


class KillAfter(threading.Event):
    """A cancel event that is never set; once so many outcomes are committed it kills a process."""

    def __init__(self, workspace, outcomes, process, number=signal.SIGKILL):
        super().__init__()
        self._workspace, self._outcomes, self._process, self._number = workspace, outcomes, process, number
        self.killed = False

    def is_set(self):
        done = self._workspace.reader().execute("SELECT count(*) FROM outcome").fetchone()[0]
        if done >= self._outcomes and not self.killed:
            self.killed = True
            self._process.send_signal(self._number)
        return False


def test_a_worker_killed_on_the_way_changes_nothing(workspace, dask, whole_sweep):
    killer = KillAfter(workspace, 3, dask.workers[0])
    sweep(workspace, practice_sweep(ks=(1, 2, 3)), executor=f"dask={dask.address}", cancel=killer)
    assert killer.killed
    assert dask.workers[0].wait(10) == -signal.SIGKILL
    assert lines(workspace, sweep=1) == whole_sweep


def test_a_scheduler_that_is_gone_ends_the_sweep_which_goes_on_elsewhere(workspace, dask, whole_sweep):
    killer = KillAfter(workspace, 3, dask.scheduler)
    with pytest.raises(ClusterGone, match=r"no longer answers.*continue with --resume 1"):
        sweep(workspace, practice_sweep(ks=(1, 2, 3)), executor=f"dask={dask.address}", cancel=killer)
    assert runs.sweep(workspace.reader(), 1).status == "failed"
    sweep(workspace, practice_sweep(ks=(1, 2, 3)), workers=2, resume=1)
    assert lines(workspace, sweep=1) == whole_sweep


def test_no_key_travels_in_a_log_or_in_a_name(workspace, dask, server, caplog):
    """The endpoint gets the key from the worker's own environment; Dask sees random names and sealed bytes."""
    caplog.set_level(logging.DEBUG, logger="distributed")
    server.key = SECRET
    with_sums(workspace)
    fake = Profile("fake", server.url, "fake-model", timeout=5, retries=0, key_env="OPENAI_API_KEY")
    settings = Settings(profiles={"fake": fake}, profile="fake", embedder="hashing")
    request = SweepRequest(RunRequest("sums", limit=2), ("none",), ("parallel",), (1, 2))
    run_sweep(workspace, request, settings, executor=f"dask={dask.address}")
    assert {call.headers["authorization"] for call in server.requests} == {f"Bearer {SECRET}"}
    told = dask.log() + caplog.text
    assert SECRET not in told
    assert "What is 17" not in told
    assert SECRET not in repr(cluster.Sealed(SECRET.encode()))


def test_calls_and_errors_come_back_from_a_cluster_of_this_machine():
    executor = ClusterExecutor("", 1)
    try:
        address = executor._cluster.scheduler_address
        futures = [executor.submit(double, n) for n in range(5)]
        failing = executor.submit(fail)
        wait([*futures, failing], timeout=60)
        assert [future.result() for future in futures] == [0, 2, 4, 6, 8]
        with pytest.raises(ValueError, match="no such thing"):
            failing.result()
        assert address.startswith("tcp://127.0.0.1:")
        assert executor.places == 1
        assert executor.submit(os.getenv, "MALLOC_TRIM_THRESHOLD_").result(60) is None
        assert executor.submit(os.nice, 0).result(60) == min(19, os.nice(0) + NICENESS)
    finally:
        executor.shutdown(cancel_futures=True)


def test_an_address_nobody_answers_at_is_one_sentence(workspace, monkeypatch):
    monkeypatch.setattr(cluster, "PATIENCE", 0.5)
    with pytest.raises(UsageError, match=r"no Dask scheduler answers at 127\.0\.0\.1:9: start one"):
        sweep(workspace, practice_sweep(), executor="dask=127.0.0.1:9")
    assert runs.sweeps(workspace.reader()) == []


def test_a_scheduler_without_workers_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "PATIENCE", 2.0)
    lonely = Dask(tmp_path, 0, {**os.environ, "PYTHONPATH": str(ROOT)})
    try:
        with pytest.raises(UsageError, match="has no workers: start some"):
            ClusterExecutor(lonely.address, 2)
    finally:
        lonely.end()


def test_without_the_package_the_sentence_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert check_executor("local") is None
    with pytest.raises(UsageError, match=r"rb-studio\[cluster\]"):
        check_executor("dask")


@pytest.mark.parametrize("name", ["cloud", "dask=", "dask:1", "", "localhost"])
def test_other_executors_are_refused(name):
    with pytest.raises(UsageError, match="choose local, dask"):
        check_executor(name)


def test_a_cluster_spoken_to_from_a_process_of_its_own_gives_the_same(workspace, whole_sweep, dask):
    sweep(workspace, practice_sweep(ks=(1, 2, 3)), executor=f"dask={dask.address}", isolated=True)
    assert lines(workspace, sweep=1) == whole_sweep
    with pytest.raises(UsageError, match="no Dask scheduler answers at 127"):
        Outpost("127.0.0.1:9", 2)


def test_the_health_of_a_cluster_tells_its_workers_and_that_of_nothing_what_to_do(dask):
    found = cluster.health(dask.address, 20.0)
    assert (found.workers > 0, found.threads, found.version, found.well) == (True, found.workers, __version__, True)
    assert dask.address in found.sentence
    dask.scheduler.kill()
    dask.scheduler.wait(30)
    gone = cluster.health(dask.address, 2.0)
    assert not gone.well
    assert "start one with `dask scheduler`" in gone.sentence
