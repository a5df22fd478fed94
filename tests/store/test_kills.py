"""Killed processes and full disks, for real."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rb_studio.records.errors import WorkspaceError
from rb_studio.store import banks, live, outcomes, runs
from rb_studio.store.workspace import Workspace
from tests.store.faults import attempt, check_whole, dump_all, fragile_database
from tests.store.samples import ARM, outcome
from tests.store.test_faults import BANK, OPERATIONS, RUN, prepared  # noqa: F401 - a fixture used by name

ROOT = Path(__file__).resolve().parents[2]
KILLS = 30
posix = pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")


def _workspace(path: Path) -> None:
    with Workspace.open(path, write=True, create=True) as workspace:
        workspace.run(lambda db: banks.create_bank(db, "reasoningbank", "reasoningbank"))
        workspace.run(lambda db: runs.create_run(db, ARM, bank=BANK))


def _committer(path: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tests.store.committer", str(path), str(RUN), str(BANK)]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=env)


def _run_and_kill(path: Path, seconds: float) -> list[str]:
    """Let the committer work for a while, kill it, and return the tasks it acknowledged."""
    process = _committer(path)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    acknowledged = [line.strip() for line in process.stdout.read().splitlines(keepends=True) if line.endswith("\n")]
    process.stdout.close()
    assert process.wait() == -signal.SIGKILL
    return acknowledged


@posix
@pytest.mark.long
@pytest.mark.timeout(900)
def test_thirty_kills_lose_no_acknowledged_task(path: Path) -> None:
    _workspace(path)
    dice = random.Random(7)
    acknowledged: set[str] = set()
    for _ in range(KILLS):
        acknowledged |= set(_run_and_kill(path, dice.uniform(0.0, 0.4)))
        with Workspace.open(path, write=False) as workspace:
            conn = workspace.reader()
            assert workspace.check() == []
            assert acknowledged <= outcomes.finished_tasks(conn, RUN)
    assert len(acknowledged) > KILLS
    with Workspace.open(path, write=True) as workspace:
        conn = workspace.reader()
        workspace.run(lambda db: live.drop_unfinished(db, RUN))
        finished = outcomes.finished_tasks(conn, RUN)
        assert finished == {f"shop/{number}" for number in range(len(finished))}
        for key in list(finished)[::17]:
            assert outcomes.load_outcome(conn, RUN, key, with_calls=True).rollouts == outcome(key).rollouts
        workspace.run(lambda db: check_whole(db, commit=False))


@posix
def test_a_kill_while_writing_leaves_a_whole_file(path: Path) -> None:
    _workspace(path)
    acknowledged = set(_run_and_kill(path, 0.3))
    with Workspace.open(path, write=True) as workspace:
        assert workspace.check() == []
        assert acknowledged <= outcomes.finished_tasks(workspace.reader(), RUN)


@posix
@pytest.mark.long
@pytest.mark.parametrize("name", ["commit an outcome", "merge", "import", "undo"])
def test_a_process_that_dies_at_any_statement_leaves_all_or_nothing(
    name: str,
    prepared: Path,  # noqa: F811
    tmp_path: Path,
) -> None:
    """Each statement in turn ends a process on the spot, without any clean-up."""
    clean = fragile_database(Path(shutil.copy(prepared, tmp_path / "clean.rbank")))
    before = dump_all(clean.conn)
    assert attempt(clean, OPERATIONS[name], None)
    statements = clean.conn.statements
    clean.close()
    script = (
        "import os, sys\nfrom pathlib import Path\nfrom tests.store.faults import *\n"
        "from tests.store.test_faults import OPERATIONS\n"
        "for number in range(1, int(sys.argv[3]) + 1):\n"
        "    path = Path(sys.argv[1]) / f'{number}.rbank'\n"
        "    child = os.fork()\n"
        "    if child == 0:\n"
        "        Fragile.fault = staticmethod(lambda: os._exit(9))\n"
        "        attempt(fragile_database(path), OPERATIONS[sys.argv[2]], number)\n"
        "        os._exit(1)\n"
        "    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9, number\n"
    )
    for number in range(1, statements + 1):
        shutil.copy(prepared, tmp_path / f"{number}.rbank")
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run(
        [sys.executable, "-c", script, str(tmp_path), name, str(statements)], check=True, cwd=ROOT, env=env, timeout=300
    )
    for number in range(1, statements + 1):
        db = fragile_database(tmp_path / f"{number}.rbank")
        assert dump_all(db.conn) == before, f"dying at statement {number} left something"
        check_whole(db)
        db.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 3 MB; needs the right to mount."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root on Linux")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)], capture_output=True)
    if mounted.returncode:
        pytest.skip(f"a small file system cannot be mounted here: {mounted.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.long
def test_a_full_disk_is_one_sentence_and_loses_no_committed_task(small_disk: Path) -> None:
    path = small_disk / "w.rbank"
    _workspace(path)
    committed: list[str] = []
    with Workspace.open(path, write=True) as workspace:

        def fill() -> None:
            for number in range(10_000):
                key = f"shop/{number}"
                given = outcome(key, words=os.urandom(2000).hex())
                workspace.run(lambda db, given=given: outcomes.commit_outcome(db, RUN, BANK, given))
                committed.append(key)

        with pytest.raises(WorkspaceError, match="free some space; everything committed is kept"):
            fill()
        assert committed
        assert outcomes.finished_tasks(workspace.reader(), RUN) == set(committed)
        with pytest.raises(WorkspaceError):
            fill()
    elsewhere = Path(shutil.copy(path, small_disk.parent / "copy.rbank"))
    wal = path.with_name(path.name + "-wal")
    if wal.exists():
        shutil.copy(wal, elsewhere.with_name(elsewhere.name + "-wal"))
    with Workspace.open(elsewhere, write=True) as workspace:
        assert workspace.check() == []
        assert outcomes.finished_tasks(workspace.reader(), RUN) == set(committed)
