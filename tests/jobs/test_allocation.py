"""Rollouts spread over tasks by the driver: within the budget, with reasons, the same after a stop."""

from dataclasses import replace

import pytest

from rb_studio.jobs.allocation_records import recorded
from rb_studio.jobs.request import RunRequest
from rb_studio.jobs.results import sweep_results
from rb_studio.jobs.run import Paused, run_arm
from rb_studio.records.arm import ALLOCATIONS
from rb_studio.records.errors import Cancelled, WorkspaceError
from rb_studio.store import rollouts, runs
from rb_studio.store.allocations import allocations
from rb_studio.store.outcomes import load_outcomes
from rb_studio.store.workspace import Workspace
from tests.jobs import sums
from tests.jobs.conftest import PRACTICE, StopAfter, lines, practice, practice_sweep, run_sums, sweep
from tests.models.fake_server import error

POLICIES = ("first-success", "difficulty", "greedy")


def spread(policy, **more):
    values = {"scaling": "parallel", "k": 4, "allocation": policy, "budget": 2.0, "limit": 8, **more}
    return practice(**values)


def given(workspace, run=1):
    return allocations(workspace.reader(), run)


@pytest.mark.parametrize("memory", ["none", "reasoningbank"])
@pytest.mark.parametrize("policy", POLICIES)
def test_a_run_keeps_to_its_budget_and_tells_every_reason(workspace, memory, policy):
    run_arm(workspace, spread(policy, memory=memory), PRACTICE)
    tasks = given(workspace)
    played = rollouts.rollout_rows(workspace.reader(), run=1)
    assert len(tasks) == 8
    for number, one in enumerate(tasks, 1):
        assert sum(other.k for other in tasks[:number]) <= 2.0 * number + 1
        assert 1 <= one.k <= one.limit <= 4
        assert one.k == sum(row.task_key == one.task_key for row in played)
        assert one.successes == sum(row.task_key == one.task_key and row.label == "success" for row in played)
        assert one.reason
    (told,) = recorded(workspace.reader(), chosen=[1])
    assert (told.policy, told.spend, told.bound) == (policy, len(played), 17.0)
    assert told.tasks == tuple(tasks)


@pytest.mark.parametrize("memory", ["none", "reasoningbank"])
@pytest.mark.parametrize("policy", POLICIES)
def test_a_stopped_run_continued_spends_what_one_that_was_not_spends(open_new, memory, policy):
    request = spread(policy, memory=memory, concurrency=3)
    whole, broken = open_new("whole"), open_new("broken")
    run_arm(whole, request, PRACTICE)
    for done in (1, 3, 6):
        with pytest.raises(Cancelled):
            run_arm(broken, request, PRACTICE, cancel=StopAfter(broken, done))
    run_arm(broken, request, PRACTICE)
    assert lines(broken) == lines(whole)
    assert '"allocation":{' in lines(whole)
    assert given(broken) == given(whole)


def test_first_success_without_a_budget_may_run_side_by_side_with_the_same_result(open_new):
    request = spread("first-success", budget=None)
    one, many = open_new("one"), open_new("many")
    run_arm(one, request, PRACTICE)
    run_arm(many, replace(request, concurrency=4), PRACTICE)
    assert lines(one) == lines(many)


def test_a_fault_pauses_an_arm_whose_later_tasks_go_by_this_one(workspace, server, settings, at_once):
    server.default = sums.failing_at("8 + 5", error(500, "out of order"))
    with pytest.raises(Paused, match="same command again"):
        run_sums(workspace, settings, scaling="parallel", k=3, allocation="greedy", budget=2.0)
    done = {one.task_key for one in given(workspace)}
    assert done
    server.default = sums.solving()
    run_sums(workspace, settings, scaling="parallel", k=3, allocation="greedy", budget=2.0)
    assert len(given(workspace)) == 10
    assert done < {one.task_key for one in given(workspace)}


def allocated_sweep(**changes):
    base = RunRequest("practice", limit=5, budget=2.0)
    return replace(practice_sweep(ks=(1, 3), allocations=ALLOCATIONS, **changes), base=base)


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    """A sweep over all allocations by one worker."""
    with Workspace.open(tmp_path_factory.mktemp("swept") / "s.rbank", write=True, create=True) as made:
        sweep(made, allocated_sweep(), workers=1)
        yield made


def test_allocations_are_an_axis_of_a_sweep(swept):
    arms = {(arm.memory, arm.k, arm.allocation): arm for arm in sweep_results(swept.reader(), 1)}
    spreads = {(memory, 3, policy) for memory in ("none", "reasoningbank") for policy in ALLOCATIONS}
    assert arms.keys() == spreads | {("none", 1, "uniform"), ("reasoningbank", 1, "uniform")}
    for (_, k, policy), arm in arms.items():
        assert arm.tasks == 5
        bound = 3.0 if policy == "uniform" else 2.2
        assert arm.mean_rollouts <= (1.0 if k == 1 else bound)


def test_two_workers_allocate_as_one_does_and_after_a_stop(workspace, swept, monkeypatch):
    monkeypatch.setattr("rb_studio.jobs.sweep.COMMIT_SECONDS", 0.0)
    with pytest.raises(Cancelled):
        sweep(workspace, allocated_sweep(), workers=2, cancel=StopAfter(workspace, 12))
    sweep(workspace, allocated_sweep(), workers=2, resume=1)
    assert lines(workspace, sweep=1) == lines(swept, sweep=1)


def test_first_success_takes_over_the_rollouts_of_the_uniform_arm(workspace):
    base = RunRequest("practice", limit=5)
    request = practice_sweep(memories=("none",), ks=(3,), allocations=("first-success", "uniform"))
    sweep(workspace, replace(request, base=base), workers=1)
    conn = workspace.reader()
    arms = {row.arm.allocation: row.id for row in runs.runs(conn)}
    own = {one.uid for outcome in load_outcomes(conn, arms["uniform"]) for one in outcome.rollouts}
    taken = [one for outcome in load_outcomes(conn, arms["first-success"]) for one in outcome.rollouts]
    assert taken
    assert all(one.same_as in own for one in taken)
    assert len(taken) < len(own)


def test_cells_an_allocation_cannot_be_in_are_left_out_with_a_note():
    request = practice_sweep(scalings=("parallel", "sequential"), ks=(1, 2, 4), allocations=ALLOCATIONS)
    request = replace(request, base=RunRequest("practice", budget=2.5))
    cells, notes = request.cells()
    assert all(cell.budget is None for cell in cells if cell.allocation == "uniform")
    assert {(cell.scaling, cell.allocation, cell.k) for cell in cells if cell.allocation != "uniform"} == {
        ("parallel", "first-success", 4),
        ("parallel", "difficulty", 4),
        ("parallel", "greedy", 4),
        ("sequential", "difficulty", 4),
    }
    assert "greedy, k = 2 cannot spend 2.5 rollouts a task and was left out" in notes
    assert "greedy goes by a verdict on each rollout and was left out of sequential scaling" in notes


def test_a_run_whose_vectors_are_gone_is_not_continued_otherwise_than_begun(workspace):
    request = spread("greedy")
    with pytest.raises(Cancelled):
        run_arm(workspace, request, PRACTICE, cancel=StopAfter(workspace, 2))
    workspace.run(lambda db: db.execute("DELETE FROM vector"))
    with pytest.raises(WorkspaceError, match="begin a new one"):
        run_arm(workspace, request, PRACTICE)
