"""Sweeps with shared prefixes, killed by the clock: whatever moment is hit, the end is the undisturbed one."""

import random
import re
import signal
import sys
import threading
from pathlib import Path

import pytest

from rb_studio.cli.main import main
from tests.e2e.conftest import Start, lines, outcomes, statuses, wait_for_outcomes

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
SWEEP = (
    *("--suite", "practice", "--limit", 6, "--embedder", "hashing", "--workers", 2, "--resume", 1),
    *("--memory", "none,reasoningbank", "--scaling", "parallel,vanilla", "--k", "1,2,3"),
)
FAMILY = 3  # no-memory arms of k = 1, 2, 3 are committed together


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("whole") / "whole.rbank"
    assert main(["sweep", str(path), *map(str, SWEEP)]) == 0
    return lines(path)


def together(path: Path) -> bool:
    """Whether arms that share rollouts have the same tasks: they are committed in one transaction."""
    from tests.e2e.conftest import _select

    query = """SELECT count(*) FROM outcome o JOIN run ON run.id = o.run
      WHERE json_extract(run.arm_config, '$.memory') = 'none' GROUP BY o.task_key"""
    return {count for (count,) in _select(path, query)} <= {FAMILY}


def test_a_sweep_killed_twice_comes_to_the_same_result(start: Start, finish, tmp_path: Path, whole: str) -> None:
    path = tmp_path / "mine.rbank"
    for done in (2, 20):
        program = start("sweep", path, *SWEEP)
        wait_for_outcomes(path, done, program)
        program.interrupt(signal.SIGKILL)
        program.wait_until_alone()
        assert together(path)
    data = finish("sweep", path, *SWEEP)
    assert data["resumed"] is True
    assert lines(path) == whole
    assert set(statuses(path)) == {"finished"}


def test_a_stopped_sweep_tells_its_arms_and_how_to_go_on(start: Start, finish, tmp_path: Path, whole: str) -> None:
    path = tmp_path / "mine.rbank"
    program = start("sweep", path, *SWEEP)
    wait_for_outcomes(path, 5, program)
    program.interrupt(signal.SIGINT, group=True)
    code, out, err = program.ended()
    assert (code, out) == (1, "")
    assert re.search(r"sweep 1 was stopped, finished tasks are kept; .* --resume 1 to continue it\n$", err)
    assert finish("sweep", path, *SWEEP)["resumed"] is True
    assert lines(path) == whole


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_a_sweep_of_shared_prefixes_killed_at_thirty_random_moments(
    start: Start, finish, tmp_path: Path, whole: str
) -> None:
    """Moments of the clock, from start-up over every commit to the end; the file is sound after each."""
    dice, path = random.Random(22), tmp_path / "mine.rbank"
    for _ in range(30):
        program = start("sweep", path, *SWEEP)
        threading.Event().wait(dice.uniform(0.3, 3.0))
        program.interrupt(signal.SIGKILL)
        program.wait_until_alone()
        if path.exists() and outcomes(path):
            lines(path)
            assert together(path)
    finish("sweep", path, *SWEEP)
    assert lines(path) == whole
