"""A run killed by signal 9 wherever it stands (checklist 22): one writer, no entry twice, the undisturbed result."""

import signal
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from rb_studio.cli.main import main
from rb_studio.records.errors import RbStudioError
from rb_studio.store import banks
from rb_studio.store.workspace import Workspace
from tests.e2e.conftest import Start, environment, finish, lines, start, wait_for_outcomes

__all__ = ["environment", "finish", "start"]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
RUN = (
    *("--suite", "practice", "--limit", 8, "--embedder", "hashing", "--memory", "reasoningbank"),
    *("--scaling", "parallel", "-k", 2),
)


def bank_hash(path: Path) -> str:
    with Workspace.open(path, write=False) as workspace:
        [bank] = banks.banks(workspace.reader())
        return banks.bank_hash(workspace.reader(), bank.id)


def live_rows(path: Path) -> int:
    """Rollouts that are written down before their task is done."""
    query = "SELECT count(*) FROM rollout r WHERE NOT EXISTS " \
            "(SELECT 1 FROM outcome o WHERE o.run = r.run AND o.task_key = r.task_key)"  # fmt: skip
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as conn:
        return int(conn.execute(query).fetchone()[0])


def entries(path: Path) -> tuple[int, int]:
    """How many experiences the bank has, and of how many tasks."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as conn:
        found = conn.execute("SELECT count(*), count(DISTINCT task_key) FROM experience").fetchone()
    return int(found[0]), int(found[1])


def test_point_22_a_run_killed_with_signal_9_goes_on_to_the_same_bank_without_an_entry_twice(
    start: Start, finish: Callable[..., Any], tmp_path: Path
) -> None:
    whole, path = tmp_path / "whole.rbank", tmp_path / "mine.rbank"
    assert main(["run", str(whole), *map(str, RUN)]) == 0
    for done in (1, 3, 6):
        program = start("run", path, *RUN)
        wait_for_outcomes(path, done, program)
        program.interrupt(signal.SIGKILL)
        program.wait_until_alone()
        experiences, tasks = entries(path)
        assert experiences == tasks
    finish("run", path, *RUN)
    assert live_rows(path) == 0
    assert lines(path) == lines(whole) != ""
    assert bank_hash(path) == bank_hash(whole)


def test_point_22_while_a_run_writes_nobody_else_does_and_after_a_kill_the_lock_is_free(
    start: Start, tmp_path: Path
) -> None:
    path = tmp_path / "mine.rbank"
    program = start("run", path, *RUN)
    wait_for_outcomes(path, 1, program)
    with pytest.raises(RbStudioError, match=r"mine\.rbank"), Workspace.open(path, write=True):
        pass
    assert program.process.poll() is None
    program.interrupt(signal.SIGKILL)
    program.wait_until_alone()
    with Workspace.open(path, write=True) as workspace:
        assert workspace.check() == []
