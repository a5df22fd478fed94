"""Runs grouped into curves: which belong together, what imported ones are called."""

from dataclasses import replace
from itertools import permutations

import pytest

from rb_studio.analysis.arm_metrics import TaskFigures
from rb_studio.jobs.pool_names import family_name
from rb_studio.jobs.pools import pooled as gathered
from rb_studio.jobs.pools import read_pools
from rb_studio.jobs.run_tasks import RunTasks
from rb_studio.records.outcome import TaskOutcome
from rb_studio.records.trajectory import ExitReason, Trajectory
from rb_studio.store import outcomes, runs
from tests.jobs.conftest import practice

PROMPTS = {"act.web": "a", "judge.web": "j", "inject": "i"}
REFINED = PROMPTS | {"refine": "r", "refine-again": "s"}


def store(workspace, prompts=PROMPTS, **changes):
    """A run of one rollout under an arm of its own."""
    request = practice(**changes)
    arm = replace(request.arm(), prompts=prompts)
    config = {"request": request.to_json()}
    run = workspace.run(lambda db: runs.create_run(db, arm, config=config, simulated=False))
    played = Trajectory(f"{run}", "practice/1", 0, 1, "", (), ExitReason.ANSWERED)
    done = TaskOutcome(arm.hash, "practice/1", arm.k, (played,))
    workspace.run(lambda db: outcomes.commit_outcome(db, run, None, done))
    return run


def pooled(workspace):
    return [[run.run for run in pool.runs] for pool in read_pools(workspace.reader())]


def test_prompts_that_came_later_and_are_not_sent_keep_no_runs_apart(workspace):
    early, late = store(workspace), store(workspace, REFINED)
    assert pooled(workspace) == [[early, late]]


def test_another_wording_of_what_is_sent_keeps_runs_apart(workspace):
    early = store(workspace, REFINED, scaling="sequential", k=2)
    late = store(workspace, REFINED | {"refine": "other"}, scaling="sequential", k=2)
    assert pooled(workspace) == [[early], [late]]


def test_what_only_concerns_memory_keeps_no_runs_without_it_apart(workspace):
    first = store(workspace)
    second = store(workspace, seed=1, retrieve_n=3, scope="site", consolidation="cap:5")
    assert pooled(workspace) == [[first, second]]
    third = store(workspace, memory="synapse")
    fourth = store(workspace, memory="synapse", scope="site")
    assert pooled(workspace) == [[first, second], [third], [fourth]]


def test_what_an_arm_did_without_is_in_its_name_where_it_has_a_memory(workspace):
    store(workspace, memory="synapse")
    store(workspace, memory="synapse", withhold=0.2, review="all")
    store(workspace, memory="synapse", without=("one",), learn=False, review="all")
    store(workspace, withhold=0.2, review="all")
    names = [pool.name for pool in read_pools(workspace.reader())]
    assert names == ["synapse", "synapse withholding 20 % review all", "synapse without 1 item", "none"]


def foreign(number, keys):
    """An imported run with results of these tasks."""
    row = runs.RunRow(number, None, None, None, None, "imported", "empty", 1, False, None, f"f:{number}",
                      f"run-{number}", "", None, None, "")  # fmt: skip
    figures = dict.fromkeys(keys, TaskFigures(1.0, 1.0, 1.0, None))
    return row, RunTasks(number, 1, 0, False, figures, {}, {})


@pytest.mark.parametrize("order", [*permutations(["ab", "bc", "cd", "xy"])])
def test_imported_runs_that_others_bridge_are_one_pool_whatever_order_they_came_in(order):
    pools = gathered(foreign(number, keys) for number, keys in enumerate(order))
    assert sorted("".join(pool.tasks) for pool in pools) == ["abcd", "xy"]
    assert [run.run for pool in pools for run in pool.runs if "x" not in pool.tasks] == [
        number for number, keys in enumerate(order) if keys != "xy"
    ]


def test_one_by_one_imported_runs_stay_apart():
    pools = gathered((foreign(number, "ab") for number in range(2)), apart=True)
    assert [pool.name for pool in pools] == ["run-0", "run-1"]
    assert len({pool.key for pool in pools}) == 2


@pytest.mark.parametrize(
    ("names", "family"),
    [
        (["lite"], "lite"),
        (["lite", "lite"], "lite"),
        (["deepseek_chat_dev", "deepseek_chat_dev_rerun", "deepseek_lite"], "deepseek"),
        (["gpt-5 run-1", "gpt-5 run-2"], "gpt-5 run"),
        (["deep", "deeper"], "deep and 1 more"),
        (["a-1", "b-1", "c-1"], "a-1 and 2 more"),
    ],
)
def test_imported_runs_are_called_by_the_words_they_share(names, family):
    assert family_name(names) == family
