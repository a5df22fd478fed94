"""A curating process killed for real: the file holds all of an act or nothing of it, and goes on from there."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rb_studio.store import banks
from rb_studio.store.workspace import Workspace
from tests.store.curator import act
from tests.store.faults import check_whole

ROOT = Path(__file__).resolve().parents[2]
posix = pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")


def _curate_and_kill(path: Path, bank: int, seconds: float) -> int:
    """Let the curator work for a while, kill it, and return how many acts it acknowledged."""
    command = [sys.executable, "-m", "tests.store.curator", str(path), str(bank)]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=env)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    lines = [line for line in process.stdout.read().splitlines(keepends=True) if line.endswith("\n")]
    process.stdout.close()
    assert process.wait() == -signal.SIGKILL
    return int(lines[-1]) + 1 if lines else 0


def _fresh(path: Path) -> int:
    with Workspace.open(path, write=True, create=True) as workspace:
        return workspace.run(lambda db: banks.create_bank(db, "reasoningbank", "reasoningbank"))


def _kills(tmp_path: Path, times: int, longest: float) -> None:
    """The killed file equals one in which the same acts were done by a process that lived."""
    killed, lived = tmp_path / "killed.rbank", tmp_path / "lived.rbank"
    bank = _fresh(killed)
    assert _fresh(lived) == bank
    dice, done = random.Random(5), 0
    with Workspace.open(lived, write=True) as other:
        for _ in range(times):
            acknowledged = _curate_and_kill(killed, bank, dice.uniform(0.0, longest))
            with Workspace.open(killed, write=True) as workspace:
                assert workspace.check() == []
                workspace.run(lambda db: check_whole(db, commit=False))
                reached = workspace.reader().execute("SELECT count(*) FROM label_set").fetchone()[0]
                assert reached - max(acknowledged, done) in (0, 1), "an acknowledged act is there, and at most one more"
                for number in range(done, reached):
                    other.run(lambda db, number=number: act(db, bank, number))
                done = reached
                same = banks.bank_hash(workspace.reader(), bank)
                assert same == banks.bank_hash(other.reader(), bank)
    assert done > times


@posix
def test_a_killed_curator_leaves_whole_acts(tmp_path: Path) -> None:
    _kills(tmp_path, 2, 0.4)


@posix
@pytest.mark.long
@pytest.mark.timeout(900)
def test_thirty_kills_lose_no_acknowledged_act(tmp_path: Path) -> None:
    _kills(tmp_path, 30, 0.5)
