"""What is no workspace, or cannot be written, is refused in one sentence and stays as it is."""

import json
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from rb_studio.store import schema
from rb_studio.store.workspace import Workspace
from tests.cli.conftest import Run

COMMANDS = {
    "tasks import": ("tasks", "{ws}", "import", "{file}"),
    "tasks list": ("tasks", "{ws}", "list"),
    "import": ("import", "{ws}", "{memories}"),
    "export": ("export", "{ws}", "memories", "-o", "{out}"),
    "learn": ("learn", "{ws}"),
}
WRITING = ("tasks import", "import", "learn")


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    questions, memories = tmp_path / "questions.csv", tmp_path / "advice.md"
    questions.write_text("question,answer\nTwo plus two?,4\n", "utf-8")
    memories.write_text("# Memory Item 1\n## Title Ask\n## Content When unsure, ask.\n", "utf-8")
    return {"file": questions, "memories": memories, "out": tmp_path / "out.jsonl"}


def arguments(command: str, workspace: Path, files: dict[str, Path]) -> list[str]:
    return [part.format(ws=workspace, **files) for part in COMMANDS[command]]


def make(kind: str, path: Path) -> None:
    if kind == "text":
        path.write_text("shopping list", "utf-8")
    elif kind == "noise":
        path.write_bytes(bytes(range(256)) * 64)
    elif kind == "damaged":
        path.write_bytes(b"SQLite format 3\x00" + bytes(5000))
    elif kind == "folder":
        path.mkdir()
    else:
        if kind == "newer":
            Workspace.open(path, write=True, create=True).close()
        connection = sqlite3.connect(path)
        connection.execute(f"PRAGMA user_version = {schema.VERSION + 1}" if kind == "newer" else "CREATE TABLE t (x)")
        connection.close()


@pytest.mark.parametrize("kind", ["text", "noise", "damaged", "folder", "newer", "foreign"])
@pytest.mark.parametrize("command", COMMANDS)
def test_what_is_no_workspace_of_ours_is_refused_and_kept(
    run: Run, tmp_path: Path, files: dict[str, Path], command: str, kind: str
) -> None:
    path = tmp_path / "mine.rbank"
    make(kind, path)
    before = path.read_bytes() if path.is_file() else b""
    ran = run(*arguments(command, path, files))
    assert ran.code == 2, ran.err
    assert str(path) in ran.err
    assert ran.err.count("\n") == 1
    assert (path.read_bytes() if path.is_file() else b"") == before
    assert not files["out"].exists()


@pytest.fixture
def locked_folder() -> Iterator[Path]:
    """A folder everyone may read and nobody may write to, with a workspace in it."""
    folder = Path(tempfile.mkdtemp())
    Workspace.open(folder / "mine.rbank", write=True, create=True).close()
    (folder / "mine.rbank").chmod(0o444)
    folder.chmod(0o555)
    yield folder
    folder.chmod(0o700)
    shutil.rmtree(folder)


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are POSIX")
@pytest.mark.parametrize("command", COMMANDS)
def test_a_folder_that_cannot_be_written_is_read_and_never_written(
    locked_folder: Path, files: dict[str, Path], command: str
) -> None:
    shared = Path(tempfile.mkdtemp())
    try:
        own = {name: shared / path.name for name, path in files.items()}
        for name in ("file", "memories"):
            shutil.copy(files[name], own[name])
        before = sorted(path.name for path in locked_folder.iterdir())
        Workspace.open(shared / "scratch.rbank", write=True, create=True).close()
        warm_up = arguments(command, shared / "scratch.rbank", {**own, "out": shared / "scratch.jsonl"})
        shared.chmod(0o777)
        done = as_nobody(warm_up, arguments(command, locked_folder / "mine.rbank", own))
    finally:
        shutil.rmtree(shared)
    assert "Traceback" not in done.stderr
    if command in WRITING:
        assert done.returncode == 1, done.stderr
        assert str(locked_folder) in done.stderr
    elif command == "tasks list":
        assert done.returncode == 0, done.stderr
    else:
        assert "no memory bank" in done.stderr
    assert sorted(path.name for path in locked_folder.iterdir()) == before


def as_nobody(warm_up: list[str], command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a command line without the superuser's rights, which other tests may run with.

    The same command is run on another workspace first, so that everything is loaded that others may not read.
    """
    program = (
        "import contextlib, io, json, os, sys; from rb_studio.cli.main import main\n"
        "warm_up, command = json.loads(sys.argv[1])\n"
        "with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()): main(warm_up)\n"
        "if os.geteuid() == 0: os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "sys.exit(main(command))"
    )
    return subprocess.run(
        [sys.executable, "-c", program, json.dumps([warm_up, command])], capture_output=True, text=True, timeout=60
    )
