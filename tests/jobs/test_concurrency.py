"""The concurrency is that of a whole job, however many processes share it."""

from dataclasses import replace

import pytest

from rb_studio.jobs.plan import make_setup, shared_out
from rb_studio.jobs.request import RunRequest, SweepRequest
from rb_studio.jobs.run import run_arm
from rb_studio.jobs.sweep import run_sweep
from rb_studio.models.profile import Profile
from rb_studio.models.settings import Settings
from tests.jobs import sums
from tests.jobs.conftest import with_sums

NEAR = Settings(profiles={name: Profile(name, "http://localhost:1/v1", "m", concurrency=8) for name in ("a", "b")})
SCALED = {"memory": "none", "scaling": "parallel", "k": 3}


@pytest.fixture
def slow(server):
    server.default = sums.solving(delay=0.05)
    return server


def setup(actor: str = "a", concurrency: int | None = None, **profiles: str):
    return make_setup(RunRequest("sums", profiles={"actor": actor, **profiles}, concurrency=concurrency), NEAR, {})


@pytest.mark.parametrize(
    ("concurrency", "processes", "expected"), [(8, 2, (2, 4)), (3, 2, (2, 1)), (2, 4, (2, 1)), (1, 4, (1, 1))]
)
def test_processes_share_what_may_be_in_flight(concurrency, processes, expected):
    used, each = shared_out(setup(concurrency=concurrency), processes)
    assert (used, each.concurrency) == expected
    assert used * each.concurrency <= concurrency
    assert used * each.profiles["actor"].concurrency <= concurrency


def test_the_practice_model_has_a_process_wherever_there_is_one():
    used, each = shared_out(setup("practice"), 4)
    assert (used, each.concurrency) == (4, 1)


def test_what_is_asked_for_limits_the_actors_endpoint_and_raises_no_other():
    asked = setup(concurrency=32, judge="b")
    assert (asked.profiles["actor"].concurrency, asked.profiles["judge"].concurrency) == (32, 8)
    assert setup(concurrency=2, judge="b").profiles["judge"].concurrency == 2
    assert setup(judge="b").profiles["actor"].concurrency == 8


def test_selection_beside_the_rollouts_is_counted_in(workspace, slow, settings):
    with_sums(workspace)
    run_arm(workspace, RunRequest("sums", limit=4, concurrency=2, **SCALED), settings)
    assert slow.peak == 2


def test_a_sweep_keeps_to_it_over_all_its_workers(workspace, slow, settings):
    with_sums(workspace)
    request = SweepRequest(RunRequest("sums", limit=3, concurrency=2), ("none", "reasoningbank"), ("parallel",), (3,))
    run_sweep(workspace, request, settings, workers=3)
    assert slow.peak == 2


def test_an_isolated_run_keeps_to_it_too(workspace, slow, settings):
    with_sums(workspace)
    request = RunRequest("sums", limit=4, concurrency=3, **SCALED)
    run_arm(workspace, request, settings, isolated=True)
    assert 1 < slow.peak <= 3
    run_arm(workspace, replace(request, memory="reasoningbank", limit=1), settings, isolated=True)
    assert slow.peak == 3
