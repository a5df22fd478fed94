"""Local worker processes."""

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from rb_studio.jobs import workers
from rb_studio.jobs.workers import LocalExecutor, WorkerDied


def double(number):
    return 2 * number


def fail():
    raise ValueError("no such thing")


class Particular(Exception):
    """An error that cannot be made from its message alone."""

    def __init__(self, words, number):
        super().__init__(f"{words} {number}")


def fail_particularly():
    raise Particular("it went wrong", 3)


def die_until(path, deaths):
    with Path(path).open("a") as file:
        file.write(".")
    if Path(path).stat().st_size <= deaths:
        os.kill(os.getpid(), signal.SIGKILL)
    return "alive"


def answers_twice(number):
    outlet = workers._outlet
    send = outlet.send

    def twice(data):
        send(data)
        send(data)
        outlet.send = send

    outlet.send = twice
    return number


def wait_forever():
    threading.Event().wait()


@pytest.fixture
def executor():
    pool = LocalExecutor(2, reruns=2)
    yield pool
    pool.shutdown(cancel_futures=True)


def test_results_come_back_to_their_own_futures(executor):
    futures = [executor.submit(double, n) for n in range(20)]
    assert [future.result(30) for future in futures] == [2 * n for n in range(20)]


def test_a_worker_that_answers_twice_is_heard_once():
    pool = LocalExecutor(1)
    futures = [pool.submit(answers_twice if n % 3 == 0 else double, n) for n in range(9)]
    found = [future.result(30) for future in futures]
    pool.shutdown(cancel_futures=True)
    assert found == [n if n % 3 == 0 else 2 * n for n in range(9)]


def test_an_exception_reaches_the_caller_with_its_traceback(executor):
    with pytest.raises(ValueError, match="no such thing") as caught:
        executor.submit(fail).result(30)
    assert "in fail" in caught.value.__notes__[0]


def test_an_error_that_cannot_be_pickled_still_reaches_the_caller(executor):
    with pytest.raises(RuntimeError, match="Particular: it went wrong 3"):
        executor.submit(fail_particularly).result(30)
    assert executor.submit(double, 4).result(30) == 8


def test_a_killed_worker_is_replaced_and_its_call_run_again(executor, tmp_path):
    assert executor.submit(die_until, str(tmp_path / "deaths"), 2).result(60) == "alive"
    assert executor.submit(double, 4).result(30) == 8


def test_a_call_that_always_kills_its_worker_fails_and_the_pool_lives(executor, tmp_path):
    with pytest.raises(WorkerDied):
        executor.submit(die_until, str(tmp_path / "deaths"), 99).result(60)
    assert executor.submit(double, 5).result(30) == 10


def test_cancelling_shutdown_ends_running_calls_at_once(executor):
    running = executor.submit(wait_forever)
    deadline = time.monotonic() + 30
    while not running.running():
        assert time.monotonic() < deadline, "the call never started"
    executor.shutdown(cancel_futures=True)
    assert isinstance(running.exception(timeout=5), WorkerDied)
    assert executor.pids() == []


def test_a_call_that_cannot_be_pickled_is_refused_at_once(executor):
    with pytest.raises((AttributeError, TypeError)):
        executor.submit(lambda: None)
