"""The real program in processes of its own."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from rb_studio.store.canonical import canonical_jsonl
from rb_studio.store.workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Program:
    """A running command line, leader of its own process group."""

    process: subprocess.Popen[str]

    def interrupt(self, number: signal.Signals, *, group: bool = False) -> float:
        """Send a signal and wait for the end; returns the seconds it took."""
        began = time.monotonic()
        (os.killpg if group else os.kill)(self.process.pid, number)
        self.process.wait(60)
        return time.monotonic() - began

    def ended(self) -> tuple[int, str, str]:
        out, err = self.process.communicate(timeout=60)
        return self.process.returncode, out, err

    def wait_until_alone(self) -> None:
        """Until no process of the group is left."""
        deadline = time.monotonic() + 10
        while left := self._members():
            assert time.monotonic() < deadline, left
            threading.Event().wait(0.05)

    def _members(self) -> list[str]:
        listed = subprocess.run(["ps", "-eo", "pid=,pgid=,stat="], capture_output=True, text=True, check=True)
        rows = [line.split() for line in listed.stdout.splitlines()]
        return [pid for pid, group, stat in rows if group == str(self.process.pid) and not stat.startswith("Z")]


Start = Callable[..., Program]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """No key, no display, settings of this test alone."""
    kept = {k: v for k, v in os.environ.items() if k not in ("OPENAI_API_KEY", "DISPLAY", "WAYLAND_DISPLAY")}
    folders = {"RB_STUDIO_CONFIG_DIR": str(tmp_path / "config"), "RB_STUDIO_DATA_DIR": str(tmp_path / "data")}
    return {**kept, **folders, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}


@pytest.fixture
def start(environment: dict[str, str], tmp_path: Path) -> Iterator[Start]:
    """Starts command lines; whatever is left of them at the end is killed."""
    started: list[Program] = []

    def _start(*arguments: object) -> Program:
        process = subprocess.Popen(
            [sys.executable, "-m", "rb_studio.cli", *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
            cwd=tmp_path,
            start_new_session=True,
        )
        started.append(Program(process))
        return started[-1]

    yield _start
    for program in started:
        if program.process.poll() is None:
            os.killpg(program.process.pid, signal.SIGKILL)
        with program.process:
            program.process.wait(30)


@pytest.fixture
def finish(start: Start) -> Callable[..., Any]:
    """Runs a command line to its end and returns its JSON."""

    def _finish(*arguments: object) -> Any:
        code, out, err = start(*arguments, "--json").ended()
        assert code == 0, err
        return json.loads(out)

    return _finish


def outcomes(path: Path) -> int:
    """How many tasks are committed; 0 while there is no workspace yet."""
    try:
        return int(_select(path, "SELECT count(*) FROM outcome")[0][0])
    except sqlite3.OperationalError:
        return 0


def statuses(path: Path) -> list[str]:
    """The status of every run."""
    return [row[0] for row in _select(path, "SELECT status FROM run ORDER BY id")]


def wait_for_outcomes(path: Path, count: int, program: Program) -> None:
    deadline = time.monotonic() + 60
    while outcomes(path) < count:
        assert program.process.poll() is None, program.ended()
        assert time.monotonic() < deadline
        threading.Event().wait(0.01)


def lines(path: Path, **chosen: int) -> str:
    """The canonical text of what a workspace holds; the file must be sound."""
    with Workspace.open(path, write=True) as workspace:
        assert workspace.check() == []
        return canonical_jsonl(workspace.reader(), **chosen)


def _select(path: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as conn:
        return conn.execute(query).fetchall()
