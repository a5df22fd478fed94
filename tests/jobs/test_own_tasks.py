"""Ten tasks of one's own against an endpoint given by model and address alone."""

import json

import pytest

from rb_studio.jobs.request import RunRequest
from rb_studio.jobs.results import run_result
from rb_studio.jobs.run import run_arm
from rb_studio.models.settings import Settings
from rb_studio.store import banks, rollouts
from tests.jobs import sums
from tests.jobs.conftest import lines, run_sums, with_sums

MARKER = "SECRET-7f3a"


@pytest.mark.parametrize(
    "arm",
    [
        {"memory": "none", "scaling": "parallel", "k": 3},
        {"memory": "reasoningbank"},
        {"memory": "reasoningbank", "scaling": "parallel", "k": 2},
        {"memory": "reasoningbank", "scaling": "vanilla", "k": 2, "label": "gt"},
    ],
)
def test_what_is_right_never_leaves_for_the_endpoint(workspace, server, arm):
    with_sums(workspace, expected=MARKER, grader="exact")
    settings = Settings(embedder="fake@" + server.url)
    run = run_arm(workspace, RunRequest("sums", limit=4, profiles={"actor": "m@" + server.url}, **arm), settings)
    assert run_result(workspace.reader(), run).pass_at_1 == 0
    sent = json.dumps(server.bodies)
    assert sent.count("What is 17 + 25?") >= 2
    assert MARKER not in sent
    if arm["memory"] != "none":
        assert any("input" in body for body in server.bodies)


@pytest.mark.parametrize("arm", [{"memory": "none"}, {"memory": "reasoningbank", "scaling": "parallel", "k": 3}])
def test_four_at_once_give_what_one_gives(open_new, settings, arm):
    one, four = open_new("one"), open_new("four")
    run_sums(one, settings, concurrency=1, **arm)
    run_sums(four, settings, concurrency=4, **arm)
    assert lines(one) == lines(four) != ""


@pytest.mark.parametrize(
    ("arm", "in_flight"),
    [({"memory": "none"}, 4), ({"memory": "reasoningbank"}, 1), ({"memory": "reasoningbank", "k": 3}, 3)],
)
def test_concurrency_counts_rollouts_and_tasks_with_memory_wait_for_each_other(
    workspace, server, settings, arm, in_flight
):
    server.default = sums.solving(delay=0.05)
    scaling = "parallel" if arm.get("k", 1) > 1 else "none"
    run_sums(workspace, settings, concurrency=4, scaling=scaling, limit=6, **arm)
    assert server.peak == in_flight


def test_a_task_learns_from_the_one_before(workspace, server, settings):
    """The first task's lesson is in the second task's prompt, and there the careless seed answers right."""
    run = run_sums(workspace, settings, memory="reasoningbank")
    trajectories = [
        rollouts.trajectory(workspace.reader(), row.uid) for row in rollouts.rollout_rows(workspace.reader())
    ]
    assert [sums.ADVICE in one.memory_block for one in trajectories] == [False] + 9 * [True]
    result = run_result(workspace.reader(), run)
    assert (result.pass_at_1, result.experiences, result.items) == (pytest.approx(0.9), 10, 10)


def test_seeds_are_sent_and_differ_between_rollouts(workspace, server, settings):
    run_sums(workspace, settings, scaling="parallel", k=3, limit=2)
    seeds = [
        body["seed"]
        for body, request in zip(server.bodies, server.requests, strict=True)
        if sums.role_of(request) == "actor"
    ]
    assert len(set(seeds)) == 6
    again = [body["seed"] for body in server.bodies]
    server.requests.clear()
    run_sums(workspace, settings, scaling="parallel", k=3, limit=2)
    assert sorted(again) == sorted(body["seed"] for body in server.bodies)


def test_selection_stands_on_the_chosen_attempt(workspace, settings):
    run = run_sums(workspace, settings, scaling="parallel", k=3)
    result = run_result(workspace.reader(), run)
    assert result.pass_at_1 < result.best_of_k == result.pass_at_k


def test_a_frozen_bank_is_used_and_left_as_it_is(workspace, settings):
    run_sums(workspace, settings, memory="reasoningbank", limit=2)
    before = banks.bank_hash(workspace.reader(), 1)
    run = run_sums(workspace, settings, memory="reasoningbank", learn=False)
    assert run_result(workspace.reader(), run).start_state == "frozen"
    assert banks.bank_hash(workspace.reader(), 1) == before
    assert all(
        rollouts.trajectory(workspace.reader(), row.uid).memory_block
        for row in rollouts.rollout_rows(workspace.reader(), run=run)
    )


def test_parameters_the_endpoint_refuses_are_named_in_the_result(workspace, server, settings):
    server.rejects = {"temperature"}
    run = run_sums(workspace, settings, limit=2)
    result = run_result(workspace.reader(), run)
    assert result.dropped == ("temperature",)
    assert result.pass_at_1 is not None
