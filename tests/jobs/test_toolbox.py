"""Tools stop when asked to, and when they are closed; who asks may go on with others."""

import threading

import pytest

from rb_studio.jobs.plan import make_setup
from rb_studio.jobs.request import RunRequest
from rb_studio.jobs.run import run_arm
from rb_studio.jobs.toolbox import Toolbox
from rb_studio.models.settings import Settings
from rb_studio.store import runs
from tests.jobs.conftest import with_sums


@pytest.fixture
def asked() -> threading.Event:
    return threading.Event()


@pytest.fixture
def toolbox(settings: Settings, asked: threading.Event) -> Toolbox:
    return Toolbox(make_setup(RunRequest("sums", memory="none"), settings, {}), asked)


def test_closing_stops_its_own_tasks_alone(toolbox: Toolbox, asked: threading.Event) -> None:
    toolbox.close()
    assert toolbox.cancel.is_set()
    assert toolbox.cancel.wait(5)
    assert not asked.is_set()


def test_asking_stops_whoever_waits(toolbox: Toolbox, asked: threading.Event) -> None:
    assert not toolbox.cancel.wait(0.01)
    found: list[bool] = []
    waiting = threading.Thread(target=lambda: found.append(toolbox.cancel.wait(30)))
    waiting.start()
    asked.set()
    waiting.join(10)
    toolbox.close()
    assert found == [True]


def test_one_event_serves_two_runs(workspace, settings: Settings, asked: threading.Event) -> None:
    with_sums(workspace)
    for seed in (0, 1):
        made = run_arm(workspace, RunRequest("sums", memory="none", limit=2, seed=seed), settings, cancel=asked)
        assert runs.run(workspace.reader(), made).status == "finished"
