"""Fixtures for long work: workspaces, a loopback endpoint, runs by a short name."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rb_studio.jobs import driver
from rb_studio.jobs.request import RunRequest, SweepRequest
from rb_studio.jobs.run import run_arm
from rb_studio.jobs.sweep import SweepResult, run_sweep
from rb_studio.models.profile import Profile
from rb_studio.models.settings import Settings
from rb_studio.store import runs, suites
from rb_studio.store.canonical import canonical_jsonl
from rb_studio.store.workspace import Workspace
from tests.jobs import sums
from tests.models.fake_server import FakeServer


@pytest.fixture(autouse=True)
def own_settings(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings and data folders of this test alone, and no key in the environment."""
    folder = tmp_path_factory.mktemp("settings")
    monkeypatch.setenv("RB_STUDIO_CONFIG_DIR", str(folder / "config"))
    monkeypatch.setenv("RB_STUDIO_DATA_DIR", str(folder / "data"))
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


@pytest.fixture
def open_new(tmp_path: Path) -> Iterator[Callable[..., Workspace]]:
    """Opens workspaces by name; all are closed at the end."""
    opened: list[Workspace] = []

    def _open(name: str = "mine") -> Workspace:
        opened.append(Workspace.open(tmp_path / f"{name}.rbank", write=True, create=True))
        return opened[-1]

    yield _open
    for workspace in opened:
        workspace.close()


@pytest.fixture
def workspace(open_new: Callable[..., Workspace]) -> Workspace:
    return open_new()


@pytest.fixture
def server() -> Iterator[FakeServer]:
    """A loopback endpoint that can add."""
    with FakeServer(sums.solving()) as running:
        yield running


@pytest.fixture
def settings(server: FakeServer) -> Settings:
    """`fake` is the loopback endpoint, asked once a call; embeddings need no meaning here."""
    fake = Profile("fake", server.url, "fake-model", timeout=5, retries=0)
    return Settings(profiles={"fake": fake}, profile="fake", embedder="hashing")


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Faulty tasks are tried again without a pause."""
    defaults = driver.Driver.__init__.__defaults__
    assert defaults is not None
    changed = tuple((0.0, 0.0) if value == driver.RETRY_DELAYS else value for value in defaults)
    assert changed != defaults
    monkeypatch.setattr(driver.Driver.__init__, "__defaults__", changed)


PRACTICE = Settings(embedder="hashing")


def practice(**changes: Any) -> RunRequest:
    """A short run of the practice suite."""
    return RunRequest(**{"suite": "practice", "limit": 6, "memory": "none", **changes})


def practice_sweep(**changes: Any) -> SweepRequest:
    """A small sweep of the practice suite."""
    wanted = {"memories": ("none", "reasoningbank"), "scalings": ("parallel",), "ks": (1, 2), "seeds": (0,)}
    return SweepRequest(RunRequest("practice", limit=4), **{**wanted, **changes})


def run_sums(workspace: Workspace, settings: Settings, **changes: Any) -> int:
    """Run the ten sums; they are stored first."""
    with_sums(workspace)
    return run_arm(workspace, RunRequest(**{"suite": "sums", "memory": "none", **changes}), settings)


def with_sums(workspace: Workspace, **content: Any) -> None:
    workspace.run(lambda db: suites.save_suite(db, sums.suite(**content)))


def lines(workspace: Workspace, **chosen: int) -> str:
    """The canonical text of a run or sweep."""
    return canonical_jsonl(workspace.reader(), **chosen)


class StopAfter(threading.Event):
    """A cancel event that sets itself once so many outcomes are committed; asked between commits."""

    def __init__(self, workspace: Workspace, outcomes: int) -> None:
        super().__init__()
        self._workspace, self._outcomes = workspace, outcomes

    def is_set(self) -> bool:
        conn = self._workspace.reader()
        if conn.execute("SELECT count(*) FROM outcome").fetchone()[0] >= self._outcomes:
            self.set()
        return super().is_set()


def status(workspace: Workspace, run: int) -> str:
    return runs.run(workspace.reader(), run).status


def sweep(workspace: Workspace, request: SweepRequest, **options: Any) -> SweepResult:
    return run_sweep(workspace, request, PRACTICE, **options)
