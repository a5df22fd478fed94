"""Offscreen Qt: a practised workspace, a frame without a window, and a guard against what is left behind."""

import gc
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PySide6.QtCore import QCoreApplication, QEvent, QThread, QTimer
from PySide6.QtWidgets import QApplication
from shiboken6 import isValid

from rb_studio.gui.commands.registry import Registry
from rb_studio.gui.frame import Frame
from rb_studio.gui.jobs import JobControl
from rb_studio.gui.rooms.room import Room
from rb_studio.gui.session import Session
from rb_studio.gui.theme import Theme
from rb_studio.jobs.request import RunRequest
from rb_studio.jobs.run import run_arm
from rb_studio.models.settings import Settings
from rb_studio.store.workspace import Workspace

TASKS = 8
PRACTICE = Settings(embedder="hashing")
ENDING = 5.0  # seconds a thread may take to end after it was told to


@dataclass
class ScriptedDialogs:
    """Answers questions from lists, in order; what was asked is kept. An empty list means Cancel."""

    files: list[list[Path]] = field(default_factory=list)
    saves: list[Path | None] = field(default_factory=list)
    answers: list[str | None] = field(default_factory=list)
    texts: list[str | None] = field(default_factory=list)
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def open_files(self, title: str, pattern: str) -> list[Path]:
        self.asked.append((title, pattern))
        return self.files.pop(0) if self.files else []

    def open_folder(self, title: str) -> Path | None:
        self.asked.append((title,))
        found = self.files.pop(0) if self.files else []
        return found[0] if found else None

    def save_file(self, title: str, proposal: str, pattern: str) -> Path | None:
        self.asked.append((title, proposal, pattern))
        return self.saves.pop(0) if self.saves else None

    def ask(self, question: str, detail: str, answers: list[str]) -> str | None:
        self.asked.append((question, detail, *answers))
        return self.answers.pop(0) if self.answers else None

    def ask_text(self, title: str, label: str, text: str) -> str | None:
        self.asked.append((title, label, text))
        return self.texts.pop(0) if self.texts else None


@dataclass
class Toasts:
    """Collects messages; the last one's action can be taken."""

    said: list[str] = field(default_factory=list)
    act: Callable[[], None] | None = None

    def __call__(self, text: str, label: str = "", act: Callable[[], None] | None = None) -> None:
        self.said.append(text)
        self.act = act


@pytest.fixture(autouse=True)
def own_settings(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings and data folders of this test alone, and no key in the environment."""
    folder = tmp_path_factory.mktemp("settings")
    monkeypatch.setenv("RB_STUDIO_CONFIG_DIR", str(folder / "config"))
    monkeypatch.setenv("RB_STUDIO_DATA_DIR", str(folder / "data"))
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


@pytest.fixture(scope="session")
def frozen(qapp: QApplication) -> None:
    """What was there before the first test is passed over when looking for what a test left behind."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def no_leaks(frozen: None) -> Iterator[None]:
    """Widgets, threads and timers that outlive a test fail it.

    As in the program, cycles are collected by the thread that owns the widgets and by no other.
    """
    guard = Guard()
    gc.disable()
    yield
    left = guard.left_behind()
    gc.enable()
    assert not left, f"left behind: {left}"


class Guard:
    """Remembers what there is, to tell later what came and did not go."""

    def __init__(self) -> None:
        self._widgets = set(QApplication.topLevelWidgets())
        self._objects = set(_running())
        self._threads = set(threading.enumerate())

    def left_behind(self, patience: float = ENDING) -> list[str]:
        """Top-level widgets, active timers and running threads that were not there before."""
        let_go()
        left = self._left(patience)
        if left:
            gc.collect()
            let_go()
            left = self._left(patience)
        return [repr(one) for one in left]

    def _left(self, patience: float) -> list[object]:
        roots = [widget for widget in QApplication.topLevelWidgets() if widget.parent() is None]
        left: list[object] = [widget for widget in roots if widget not in self._widgets]
        left += [one for one in _running() if one not in self._objects]
        return left + _unended(set(threading.enumerate()) - self._threads, patience)


@pytest.fixture(scope="session")
def practised(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace file with a run of the practice suite without memory and one with it; copy it, never open it."""
    folder = tmp_path_factory.mktemp("practised")
    path = folder / "practice.rbank"
    with pytest.MonkeyPatch.context() as patch, Workspace.open(path, write=True, create=True) as opened:
        patch.setenv("RB_STUDIO_CONFIG_DIR", str(folder / "config"))
        patch.setenv("RB_STUDIO_DATA_DIR", str(folder / "data"))
        for memory in ("none", "reasoningbank"):
            run_arm(opened, RunRequest("practice", memory=memory, limit=TASKS), PRACTICE)
    return path


class Frames(list[Frame]):
    """Frames in use; they are closed before the workspace they read, and after the rooms that read through them."""

    def __init__(self) -> None:
        super().__init__()
        self.rooms: list[Room] = []

    def close(self) -> None:
        for room in self.rooms:
            room.closing()
            room.close()
            room.deleteLater()
        self.rooms.clear()
        for frame in self:
            frame.jobs.close()
            frame.session.close()
            for part in (frame.jobs, frame.session, frame.registry, frame.theme):
                part.deleteLater()
        self.clear()


@pytest.fixture
def frames(qapp: QApplication) -> Frames:
    return Frames()


@pytest.fixture
def workspace(practised: Path, tmp_path: Path, frames: Frames) -> Iterator[Workspace]:
    """This test's own copy of the practised workspace, open for writing."""
    path = tmp_path / "practice.rbank"
    shutil.copyfile(practised, path)
    with Workspace.open(path, write=True) as opened:
        yield opened
        frames.close()


@pytest.fixture
def empty_workspace(tmp_path: Path, frames: Frames) -> Iterator[Workspace]:
    """A workspace with nothing in it."""
    with Workspace.open(tmp_path / "empty.rbank", write=True, create=True) as opened:
        yield opened
        frames.close()


@pytest.fixture
def make_frame(frames: Frames) -> Iterator[Callable[[Workspace], Frame]]:
    """Makes frames on workspaces; their threads end with the test."""

    def make(workspace: Workspace) -> Frame:
        theme = Theme("light")
        session = Session(workspace)
        frame = Frame(
            session=session,
            theme=theme,
            registry=Registry(theme),
            jobs=JobControl(session),
            dialogs=ScriptedDialogs(),
            settings=lambda: PRACTICE,
            toast=Toasts(),
            open_paths=lambda _paths: None,
        )
        frames.append(frame)
        return frame

    yield make
    frames.close()


@pytest.fixture
def frame(workspace: Workspace, make_frame: Callable[[Workspace], Frame]) -> Frame:
    """The services of a window on the practised workspace: `dialogs` is ScriptedDialogs, `toast` is Toasts."""
    return make_frame(workspace)


@pytest.fixture
def empty_frame(empty_workspace: Workspace, make_frame: Callable[[Workspace], Frame]) -> Frame:
    """The services of a window on an empty workspace."""
    return make_frame(empty_workspace)


def _running() -> list[QTimer | QThread]:
    """Timers that are active, threads that run, as far as Python knows of them."""
    found = [one for one in gc.get_objects() if issubclass(type(one), QTimer | QThread) and isValid(one)]
    return [one for one in found if (one.isActive() if isinstance(one, QTimer) else one.isRunning())]


def let_go() -> None:
    """Do what was deferred."""
    for _ in range(3):
        QCoreApplication.processEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def _unended(threads: set[threading.Thread], patience: float) -> list[threading.Thread]:
    deadline = time.monotonic() + patience
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    return [thread for thread in threads if thread.is_alive()]
