"""Ctrl+C, SIGTERM and SIGKILL: what is committed stays, the same command goes on."""

import random
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from rb_studio.cli.main import main
from tests.e2e.conftest import Start, lines, outcomes, statuses, wait_for_outcomes
from tests.jobs import sums
from tests.models.fake_server import FakeServer

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
RUN = ("--suite", "practice", "--limit", 40, "--embedder", "hashing")
SWEEP = ("--suite", "practice", "--limit", 10, "--k", "1,2", "--embedder", "hashing", "--workers", 2, "--resume", 3)


@pytest.fixture(scope="module")
def whole_run(tmp_path_factory: pytest.TempPathFactory) -> str:
    return _whole(tmp_path_factory, "run", *RUN)


@pytest.fixture(scope="module")
def whole_sweep(tmp_path_factory: pytest.TempPathFactory) -> str:
    return _whole(tmp_path_factory, "sweep", *SWEEP)


def _whole(factory: pytest.TempPathFactory, command: str, *arguments: object) -> str:
    """The canonical text of a command that nobody disturbed."""
    path = factory.mktemp("whole") / "whole.rbank"
    assert main([command, str(path), *map(str, arguments)]) == 0
    return lines(path)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_run_says_how_to_go_on_and_goes_on(
    start: Start, finish, tmp_path: Path, whole_run: str, number: signal.Signals
) -> None:
    path = tmp_path / "mine.rbank"
    program = start("run", path, *RUN, "--json")
    wait_for_outcomes(path, 3, program)
    seconds = program.interrupt(number, group=number is signal.SIGINT)
    code, out, err = program.ended()
    sentence = "run 1 was stopped, finished tasks are kept; give the same command again to continue it"
    assert (code, err, out) == (1, f"rb-studio: {sentence}\n", f'{{"error": "{sentence}"}}\n')
    assert seconds < 5
    assert statuses(path) == ["cancelled"]
    assert 3 <= outcomes(path) < 40
    assert finish("run", path, *RUN)["run"] == 1
    assert lines(path) == whole_run
    assert sorted(file.name for file in tmp_path.glob("mine*")) == ["mine.rbank"]


def test_a_stopped_sweep_leaves_no_worker_behind(start: Start, finish, tmp_path: Path, whole_sweep: str) -> None:
    """Ctrl+C reaches the workers as well, and they leave the talking to the command."""
    path = tmp_path / "mine.rbank"
    program = start("sweep", path, *SWEEP)
    wait_for_outcomes(path, 4, program)
    assert program.interrupt(signal.SIGINT, group=True) < 5
    code, out, err = program.ended()
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "--resume 3" in err
    program.wait_until_alone()
    assert set(statuses(path)) <= {"cancelled", "finished"}
    data = finish("sweep", path, *SWEEP)
    assert (data["sweep"], data["resumed"]) == (3, True)
    assert lines(path, sweep=3) == whole_sweep


def test_the_demo_is_stopped_and_continued_by_the_same_command(start: Start, finish, tmp_path: Path) -> None:
    path = tmp_path / "demo.rbank"
    command = ("demo", "--headless", "-w", path, "--tasks", 3)
    program = start(*command)
    wait_for_outcomes(path, 2, program)
    program.interrupt(signal.SIGINT, group=True)
    sentence = "the demo was stopped, finished tasks are kept; give the same command again to continue it"
    assert program.ended() == (1, "", f"rb-studio: {sentence}\n")
    data = finish(*command)
    assert data["resumed"] is True
    assert all(arm["n"] == 3 for arm in data["arms"])


@pytest.mark.parametrize("command", ["run", "sweep"])
def test_calls_in_flight_are_dropped_at_once(start: Start, finish, tmp_path: Path, command: str) -> None:
    path = tmp_path / "mine.rbank"
    with FakeServer(sums.solving(delay=60)) as server:
        finish("tasks", path, "import", sums.write_csv(tmp_path / "sums.csv"))
        program = start(command, path, "--suite", "sums", "--memory", "none", "--model", f"m@{server.url}")
        server.wait_for_requests(2, timeout=60)
        assert program.interrupt(signal.SIGINT) < 5
        assert program.ended()[0] == 1
        server.wait_for_hangups(2)
    program.wait_until_alone()


def test_stopping_before_the_first_task_is_one_sentence(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "mine.rbank"
    program = start("run", path, *RUN)
    deadline = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < deadline
        threading.Event().wait(0.005)
    assert program.interrupt(signal.SIGINT) < 5
    code, out, err = program.ended()
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "stopped" in err


def test_a_run_killed_three_times_comes_to_the_same_result(
    start: Start, finish, tmp_path: Path, whole_run: str
) -> None:
    path = tmp_path / "mine.rbank"
    for done in (1, 15, 30):
        program = start("run", path, *RUN)
        wait_for_outcomes(path, done, program)
        program.interrupt(signal.SIGKILL)
        assert outcomes(path) >= done
    assert finish("run", path, *RUN)["run"] == 1
    assert lines(path) == whole_run


def test_a_killed_sweep_takes_its_workers_along_and_goes_on_to_the_same_result(
    start: Start, finish, tmp_path: Path, whole_sweep: str
) -> None:
    path = tmp_path / "mine.rbank"
    for done in (3, 16):
        program = start("sweep", path, *SWEEP)
        wait_for_outcomes(path, done, program)
        program.interrupt(signal.SIGKILL)
        program.wait_until_alone()
    assert finish("sweep", path, *SWEEP)["resumed"] is True
    assert lines(path, sweep=3) == whole_sweep


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_a_run_killed_at_thirty_random_moments_comes_to_the_same_result(start: Start, finish, tmp_path: Path) -> None:
    """Moments of the clock, so that start-up, commits and the end are all hit."""
    arguments = ("--suite", "practice", "--embedder", "hashing", "--scaling", "parallel", "-k", 3)
    whole = tmp_path / "whole.rbank"
    finish("run", whole, *arguments)
    dice, path = random.Random(3), tmp_path / "mine.rbank"
    for _ in range(30):
        program = start("run", path, *arguments)
        threading.Event().wait(dice.uniform(0.2, 1.6))
        program.interrupt(signal.SIGKILL)
        if path.exists() and outcomes(path):
            lines(path)
    assert finish("run", path, *arguments)["tasks"] == lines(whole).count("\n")
    assert lines(path, run=1) == lines(whole, run=1)


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_a_sweep_killed_at_thirty_random_moments_comes_to_the_same_result(
    start: Start, finish, tmp_path: Path, whole_sweep: str
) -> None:
    dice, path = random.Random(4), tmp_path / "mine.rbank"
    for _ in range(30):
        program = start("sweep", path, *SWEEP)
        threading.Event().wait(dice.uniform(0.2, 2.0))
        program.interrupt(signal.SIGKILL)
        program.wait_until_alone()
    finish("sweep", path, *SWEEP)
    assert lines(path, sweep=3) == whole_sweep


def test_two_processes_do_not_write_one_workspace(start: Start, finish, tmp_path: Path) -> None:
    path = tmp_path / "mine.rbank"
    first = start("run", path, *RUN)
    wait_for_outcomes(path, 1, first)
    code, out, err = start("run", path, *RUN, "--json").ended()
    assert (code, err.count("\n")) == (1, 1)
    assert f"process {first.process.pid}" in err
    assert out.startswith('{"error": ')
    assert finish("curves", path)["simulated"] is True
    assert first.ended()[0] == 0
    assert statuses(path) == ["finished"]
