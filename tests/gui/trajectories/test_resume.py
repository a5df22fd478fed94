"""What runs and sweeps were begun with."""

from rb_studio.gui.jobs import JobState
from rb_studio.gui.rooms.trajectories.resume import is_interrupted, is_live, stored_request, stored_sweep
from rb_studio.jobs.request import RunRequest, SweepRequest
from rb_studio.records.arm import Limits
from rb_studio.store.rows import dump, load
from tests.gui.trajectories.samples import run_row

REQUEST = RunRequest("practice", k=3, scaling="parallel", limits=Limits(steps=7), profiles={"actor": "practice"})


def test_a_request_comes_back_from_what_a_run_keeps() -> None:
    assert stored_request(load(dump({"request": REQUEST.to_json()}))) == REQUEST
    assert stored_request({}) is None


def test_a_field_of_another_version_is_left_out() -> None:
    assert stored_request({"request": {**REQUEST.to_json(), "unheard_of": 1}}) == REQUEST


def test_a_sweep_comes_back_with_the_same_identity() -> None:
    sweep = SweepRequest(REQUEST, memories=("none",), ks=(1, 3), seeds=(0, 1), start="bank@s")
    assert stored_sweep(load(dump(sweep.to_json()))).hash == sweep.hash
    assert stored_sweep({}) is None


def test_a_run_is_interrupted_when_it_has_no_end_and_nobody_works_on_it() -> None:
    running = run_row(status="running")
    here, other = JobState("x", "running", runs=(1,)), JobState("x", "running", runs=(2,))
    assert is_interrupted(running, None)
    assert is_interrupted(running, other)
    assert not is_interrupted(running, here)
    assert is_live(running, here)
    assert is_interrupted(running, JobState("x", "failed", runs=(1,)))
    assert not is_interrupted(run_row(status="finished"), None)
    assert not is_interrupted(run_row(status="imported", foreign_key="mini:x"), None)


def test_a_job_about_to_start_may_be_the_runs() -> None:
    assert is_live(run_row(status="running"), JobState("x", "starting"))
