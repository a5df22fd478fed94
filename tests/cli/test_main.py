"""The entry point: what it says, and to whom."""

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from rb_studio import __version__
from rb_studio.cli import progress
from rb_studio.cli.main import COMMANDS, main
from rb_studio.cli.progress import ProgressLine
from rb_studio.cli.stopping import Stop
from rb_studio.records.arm import ArmConfig
from rb_studio.store import runs
from rb_studio.store.workspace import Workspace
from tests.cli.conftest import Run


@pytest.mark.parametrize("argument", ["-h", "--help"])
def test_help_names_every_command(run: Run, argument: str) -> None:
    ran = run(argument)
    assert ran.code == 0
    assert all(f"\n  {command}" in ran.out for command in COMMANDS)


def test_the_version_is_said(run: Run) -> None:
    assert run("--version").out == f"rb-studio {__version__}\n"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there is always a display")
@pytest.mark.parametrize("display", ["", ":987"])
def test_without_a_display_one_sentence_names_the_command_that_needs_none(tmp_path: Path, display: str) -> None:
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    kept = {name: value for name, value in os.environ.items() if name not in hidden}
    command = [sys.executable, "-m", "rb_studio.cli", str(tmp_path / "some.rbank")]
    folders = {"RB_STUDIO_CONFIG_DIR": str(tmp_path), "RB_STUDIO_DATA_DIR": str(tmp_path)}
    ran = subprocess.run(command, env={**kept, "DISPLAY": display, **folders}, capture_output=True, text=True)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.startswith("rb-studio: there is no display for a window here; `rb-studio demo --headless` ")
    assert ran.stderr.count("\n") == 1


@pytest.mark.parametrize("arguments", [("swim",), ("--swim",), ("demo", "--swim"), ("run",), ("tasks",)])
def test_what_is_unknown_or_missing_is_one_sentence(run: Run, arguments: tuple[str, ...]) -> None:
    ran = run(*arguments, "--json")
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert "--help" in ran.err
    assert ran.json["error"]


@pytest.mark.parametrize("place", [0, 1, 3])
def test_json_may_stand_anywhere(run: Run, tmp_path: Path, place: int) -> None:
    arguments = ["tasks", str(tmp_path / "none.rbank"), "list"]
    ran = run(*arguments[:place], *(["--json"] if place else []), *arguments[place:], *([] if place else ["--json"]))
    assert ran.code == 2
    assert "none.rbank" in ran.json["error"]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, run: Run) -> None:
    with pytest.raises(SystemExit) as ended:
        run(command, "--help")
    assert ended.value.code == 0


def test_a_reader_that_leaves_is_no_error(tmp_path: Path) -> None:
    """`rb-studio ... | head` must not end in a traceback."""
    command = [sys.executable, "-m", "rb_studio.cli", "--help"]
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=buffered)
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == ""
    process.stderr.close()
    process.wait(30)


def test_progress_goes_to_stderr_and_leaves_json_alone(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "INTERVAL", 0.02)
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_LINES", 1)
    ran = run("run", tmp_path / "a.rbank", "--suite", "practice", "--limit", 12, "--embedder", "hashing", "--json")
    assert json.loads(ran.out)["tasks"] == 12
    assert "of 12 tasks" in ran.err


def test_progress_counts_what_is_committed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "INTERVAL", 0.01)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    stop = Stop()
    with Workspace.open(tmp_path / "a.rbank", write=True, create=True) as workspace:
        run_id = workspace.run(lambda db: runs.create_run(db, ArmConfig("practice")))
        with ProgressLine(workspace, stop) as line:
            line.begin([run_id], 7)
            deadline = time.monotonic() + 10
            while "0 of 7 tasks" not in (shown := capsys.readouterr().err):
                assert time.monotonic() < deadline, shown
                threading.Event().wait(0.02)
    assert stop.begun
    assert capsys.readouterr().err.endswith("\r")


@pytest.mark.parametrize(("command", "made"), [("run", True), ("export", False), ("learn", False), ("judge", False)])
def test_help_says_whether_a_missing_workspace_is_made(
    command: str, made: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main([command, "--help"])
    assert ("created when missing" in " ".join(capsys.readouterr().out.split())) is made
