"""Paired experiments: a curation before and after, a bank without an item and with it, on the same tasks and seeds."""

from dataclasses import replace

import pytest

from rb_studio.jobs import effects
from rb_studio.jobs.experiment_results import experiment_result
from rb_studio.jobs.experiments import ExperimentRequest, estimate_cost, run_experiment, tasks_with
from rb_studio.jobs.pools import read_pools
from rb_studio.jobs.request import RunRequest
from rb_studio.jobs.run import Paused, run_arm
from rb_studio.method.prompts import PromptSet
from rb_studio.models.settings import Settings
from rb_studio.records.errors import Cancelled, UsageError
from rb_studio.records.item_text import ItemText
from rb_studio.records.memory import ItemState, MemoryItem
from rb_studio.store import banks, curation, experiments, prompts, runs
from tests.benchmarks.method_arms import BY_HAND, tasks_of
from tests.jobs import sums
from tests.jobs.conftest import StopAfter, with_sums
from tests.models.fake_server import error

GOOD, IDLE = "good", "idle"
MINILM = Settings(embedder="all-MiniLM-L6-v2")
KINDS = (
    "Show the list of orders sorted by a column.",
    "Change the address of a customer.",
    "How many reviews of a product mention a word?",
)


@pytest.fixture
def taught(workspace):
    """A bank with advice that helps at sums, and a note that does nothing."""
    with_sums(workspace)
    bank = workspace.run(lambda db: banks.create_bank(db, "reasoningbank", "reasoningbank"))
    for uid, content in ((GOOD, sums.ADVICE), (IDLE, "Write tidily and sign the page.")):
        item = MemoryItem(uid, uid, "For sums", content)
        workspace.run(lambda db, item=item: curation.add_item(db, bank, item, task_text=f"What is it: {item.uid}?"))
    return workspace


def leave_out(*items, seeds=(0, 1, 2), **more):
    run = RunRequest("sums", retrieve_n=2, **more)
    return ExperimentRequest("leave-one-out", "reasoningbank", run, items=items or (GOOD,), seeds=seeds)


def curation_test(before, after="", seeds=(0,), **more):
    return ExperimentRequest(
        "curation", "reasoningbank", RunRequest("sums", retrieve_n=2, **more), before, after, seeds=seeds
    )


def plant(workspace, kinds):
    """Items written by hand under kinds of practice tasks, in a bank of their own; returns their uids."""
    bank = workspace.run(lambda db: banks.create_bank(db, "reasoningbank", "reasoningbank"))
    for kind in kinds:
        text = BY_HAND[kind]
        item = MemoryItem(f"by hand: {text.title}", text.title, text.description, text.content)
        workspace.run(lambda db, item=item, kind=kind: curation.add_item(db, bank, item, task_text=kind))
    return [f"by hand: {BY_HAND[kind].title}" for kind in kinds]


def archive(workspace, uid):
    [row] = workspace.reader().execute("SELECT id FROM memory_item WHERE uid = ?", (uid,)).fetchall()
    workspace.run(lambda db: curation.set_state(db, 1, [row[0]], ItemState.ARCHIVED))


def asked(server):
    return len([request for request in server.requests if "messages" in request.body])


def test_leaving_out_the_item_that_helps_shows_its_effect(taught, settings):
    found = experiment_result(taught.reader(), run_experiment(taught, leave_out(), settings))
    assert found.row.status == "finished"
    assert (found.n, found.invalid, found.missing) == (10, 0, 0)
    assert found.effect.evidence == "left out"
    assert found.effect.low > 0.2
    assert found.effect.with_rate == 1.0
    assert found.flipped
    assert all(one.after > one.before and one.rollouts for one in found.flipped)
    [success] = [one for one in found.comparisons if one.metric == "pass_at_1"]
    assert success.difference == pytest.approx(found.effect.difference)
    assert (success.a, success.b, success.n) == ("before · k=1", "after · k=1", 10)


def test_leaving_out_a_note_that_does_nothing_shows_nothing(taught, settings):
    found = experiment_result(taught.reader(), run_experiment(taught, leave_out(IDLE), settings))
    assert found.effect.difference == 0
    assert found.effect.low < 0 < found.effect.high
    assert found.flipped == ()


def test_both_sides_are_frozen_at_one_operation_with_the_same_seeds_and_tasks(taught, settings):
    run_experiment(taught, leave_out(seeds=(3, 4), tasks=("sums/1", "sums/2")), settings)
    rows = runs.runs(taught.reader())
    assert [(row.arm.seed, row.arm.without) for row in rows] == [(3, (GOOD,)), (3, ()), (4, (GOOD,)), (4, ())]
    assert {row.start_state for row in rows} == {"frozen"}
    assert len({row.arm.start for row in rows}) == 1
    assert {row.arm.tasks for row in rows} == {("sums/1", "sums/2")}


def test_the_best_evidence_is_shown_until_the_item_is_edited(taught, settings):
    run_experiment(taught, leave_out(), settings)
    assert effects.effects(taught.reader(), 1)[GOOD].estimate.evidence == "left out"
    assert effects.effects(taught.reader(), 1)[IDLE].estimate.evidence != "left out"
    [row] = taught.reader().execute("SELECT id FROM memory_item WHERE uid = ?", (GOOD,)).fetchall()
    taught.run(lambda db: curation.edit_item(db, 1, row[0], ItemText("good", "For sums", "Guess.")))
    assert effects.effects(taught.reader(), 1)[GOOD].estimate.evidence != "left out"


def test_a_curation_is_tested_between_two_points_of_the_bank(taught, settings):
    taught.run(lambda db: banks.take_snapshot(db, 1, "whole"))
    archive(taught, GOOD)
    found = experiment_result(
        taught.reader(), run_experiment(taught, curation_test("whole", seeds=(0, 1, 2)), settings)
    )
    assert found.effect.difference < 0
    assert found.effect.high < 0
    assert {one.after < one.before for one in found.flipped} == {True}
    back = curation_test(f"#{found.row.after_op}", "whole", seeds=(0, 1, 2))
    again = experiment_result(taught.reader(), run_experiment(taught, back, settings))
    assert again.effect.difference == pytest.approx(-found.effect.difference)
    assert set(again.row.runs.values()) == set(found.row.runs.values())


def test_two_points_at_which_the_bank_is_the_same_are_refused(taught, settings):
    taught.run(lambda db: banks.take_snapshot(db, 1, "a"))
    with pytest.raises(UsageError, match="the same at a and at now"):
        run_experiment(taught, curation_test("a"), settings)
    assert experiments.experiments(taught.reader()) == []


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (leave_out("nobody"), "not there"),
        (replace(leave_out(), items=()), "which item"),
        (replace(leave_out(), bank="other"), "no bank 'other'"),
        (leave_out(seeds=()), "at least one seed"),
        (replace(leave_out(), after="never"), "never"),
    ],
)
def test_what_cannot_be_tested_is_refused_with_a_sentence(taught, settings, request_, words):
    with pytest.raises(UsageError, match=words):
        run_experiment(taught, request_, settings)
    with pytest.raises(UsageError, match=words):
        estimate_cost(taught.reader(), request_, settings)


def test_an_item_that_is_not_in_use_cannot_be_left_out(taught, settings):
    archive(taught, IDLE)
    with pytest.raises(UsageError, match="archived, and only active items"):
        run_experiment(taught, leave_out(IDLE), settings)


def test_asking_again_runs_nothing_again(taught, settings, server):
    first = run_experiment(taught, leave_out(), settings)
    before = asked(server)
    assert run_experiment(taught, leave_out(), settings) == first
    assert asked(server) == before


def test_another_item_takes_over_the_side_with_all_items(taught, settings, server):
    one = run_experiment(taught, leave_out(), settings)
    before = asked(server)
    other = run_experiment(taught, leave_out(IDLE), settings)
    first, second = (experiments.experiment(taught.reader(), found).runs for found in (one, other))
    assert {seed: first["after", seed] for seed in (0, 1, 2)} == {seed: second["after", seed] for seed in (0, 1, 2)}
    assert asked(server) - before == before // 2


def test_what_was_run_with_other_prompts_is_not_taken_over(taught, settings):
    one = run_experiment(taught, leave_out(seeds=(0,)), settings)
    text = PromptSet.with_overrides().texts["inject"]
    taught.run(lambda db: prompts.set_prompt(db, "inject", f"{text}\nBe brief."))
    other = run_experiment(taught, leave_out(IDLE, seeds=(0,)), settings)
    first, second = (experiments.experiment(taught.reader(), found).runs for found in (one, other))
    assert not set(first.values()) & set(second.values())


def test_a_stopped_experiment_is_continued_where_it_was(taught, settings, server):
    stop = StopAfter(taught, 13)
    with pytest.raises(Cancelled):
        run_experiment(taught, leave_out(), settings, cancel=stop)
    [row] = experiments.experiments(taught.reader())
    assert row.status == "cancelled"
    part = experiment_result(taught.reader(), row.id)
    assert part.missing > 0
    assert part.n > 0
    cost = estimate_cost(taught.reader(), leave_out(), settings)
    assert cost.done + cost.rollouts == 60
    assert cost.done == taught.reader().execute("SELECT count(*) FROM outcome").fetchone()[0]
    assert run_experiment(taught, leave_out(), settings) == row.id
    assert len(runs.runs(taught.reader())) == 6
    assert experiment_result(taught.reader(), row.id).missing == 0


def test_a_fault_pauses_it_and_asking_again_goes_on(taught, settings, server, at_once):
    solve = server.default
    server.default = sums.failing_at("What is 7 + 6", error(401, "no such key"))
    with pytest.raises(Paused):
        run_experiment(taught, leave_out(seeds=(0,)), settings)
    assert experiments.experiments(taught.reader())[0].status == "paused"
    server.default = solve
    done = run_experiment(taught, leave_out(seeds=(0,)), settings)
    assert experiment_result(taught.reader(), done).missing == 0


def test_the_cost_is_told_beforehand_from_rollouts_like_these(taught, settings, server):
    unknown = estimate_cost(taught.reader(), leave_out(), settings)
    assert (unknown.tasks, unknown.rollouts, unknown.done, unknown.known) == (10, 60, 0, 0)
    assert unknown.estimate.tokens is None
    server.default = sums.solving(usage={"prompt_tokens": 7, "completion_tokens": 3})
    run_arm(taught, RunRequest("sums", limit=2, learn=False, bank="reasoningbank"), settings)
    cost = estimate_cost(taught.reader(), leave_out(), settings)
    assert cost.known == 2
    assert cost.estimate.tokens == 60 * 20


def test_tasks_are_those_at_which_the_item_was_retrieved(taught, settings):
    assert tasks_with(taught.reader(), [GOOD]) == {}
    run_arm(taught, RunRequest("sums", limit=3, learn=False, bank="reasoningbank", retrieve_n=2), settings)
    assert tasks_with(taught.reader(), [GOOD]) == {"sums": ("sums/0", "sums/1", "sums/2")}


def test_runs_of_experiments_make_no_curve_of_their_own(taught, settings):
    run_experiment(taught, leave_out(seeds=(0,)), settings)
    assert read_pools(taught.reader()) == []


@pytest.mark.parametrize("bank", ["reasoningbank", "empty", None])
def test_a_run_cannot_go_without_an_item_that_is_not_there(taught, settings, bank):
    with pytest.raises(UsageError, match="no item slip to go without"):
        run_arm(taught, RunRequest("sums", bank=bank, learn=False, without=("slip",)), settings)
    assert runs.runs(taught.reader()) == []


def test_what_changed_a_bank_last_is_no_frozen_run(taught, settings):
    before = experiments.last_change(taught.reader(), 1)
    run_arm(taught, RunRequest("sums", limit=1, learn=False, bank="reasoningbank"), settings)
    assert experiments.last_change(taught.reader(), 1) == before
    archive(taught, IDLE)
    assert experiments.last_change(taught.reader(), 1) == banks.last_operation(taught.reader()) > before


def test_a_planted_item_in_the_practice_shop_is_found_by_leaving_it_out(workspace):
    """Three items written by hand, each for one kind of task: on its tasks the one about sorting is worth its place."""
    uids = plant(workspace, KINDS)
    keys = tuple(task.key for task in tasks_of(None) if task.template == "orders-view")
    request = ExperimentRequest(
        "leave-one-out", "reasoningbank", RunRequest("practice", tasks=keys), items=(uids[0],), seeds=(0, 1, 2)
    )
    found = experiment_result(workspace.reader(), run_experiment(workspace, request, MINILM))
    assert found.simulated
    assert found.n == len(keys)
    assert found.effect.low > 0
    idle = replace(request, items=(uids[1],))
    other = experiment_result(workspace.reader(), run_experiment(workspace, idle, MINILM))
    assert (other.effect.difference, other.flipped) == (0, ())
