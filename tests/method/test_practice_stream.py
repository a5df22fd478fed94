"""The loop with the shipped practice model, shop and embedder (checklist 2, 3, 6, 9, 12, 13, 15, 21; D2, D3, D12)."""

import re
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import pytest

from rb_studio.environments.practice import PracticeShop, practice_suite
from rb_studio.method.consolidate import folded
from rb_studio.method.stream import run_task
from rb_studio.method.tools import Tools
from rb_studio.models.minilm import shared
from rb_studio.models.practice import PracticeModel
from rb_studio.records.arm import ArmConfig
from rb_studio.records.calls import CallSettings
from rb_studio.records.memory import Bank
from rb_studio.records.task import Grading
from tests.method.outcomes import TIMES, plain

TASKS = 8
SETTINGS = {"actor": CallSettings(0.7), "judge": CallSettings(0.0), "distiller": CallSettings(1.0)}


@cache
def suite():
    return practice_suite()


@cache
def model():
    return PracticeModel(embedder=shared())


def tools(gradings=None, **more):
    truths = gradings or {grading.task_key: grading for grading in suite().gradings}
    return Tools(
        models=dict.fromkeys(("actor", "judge", "distiller", "selector"), model()),
        open_environment=lambda task, ask: PracticeShop(truths[task.key]),
        grade=lambda environment: environment.grade(),
        embedder=shared(),
        settings=SETTINGS,
        **more,
    )


def arm(memory="reasoningbank", k=1, scaling="none", **more):
    return ArmConfig("practice", memory=memory, k=k, scaling=scaling, **more)


def stream(chosen, *, using=None, bank=None, tasks=TASKS):
    """Outcomes of the first tasks, each folded into the bank before the next, and the bank at the end."""
    outcomes = []
    bank = Bank() if bank is None else bank
    for task in suite().tasks[:tasks]:
        outcome = run_task(chosen, task, bank, using or tools())
        bank = folded(bank, chosen, outcome)
        outcomes.append(outcome)
    return outcomes, bank


@pytest.mark.parametrize("memory", ["none", "reasoningbank"])
def test_point_13_at_k_1_parallel_vanilla_and_the_plain_loop_are_the_same_stream(memory):
    plain_loop, parallel, vanilla = (plain(stream(arm(memory, 1, name))[0]) for name in ("none", "parallel", "vanilla"))
    assert plain_loop == parallel == vanilla
    assert all(len(outcome["rollouts"]) == 1 for outcome in plain_loop)


def test_two_runs_of_the_same_arm_are_identical_but_for_times():
    assert plain(stream(arm(k=3, scaling="parallel"))[0]) == plain(stream(arm(k=3, scaling="parallel"))[0])


def test_another_seed_throws_other_dice():
    first, second = (stream(arm("none", seed=seed), tasks=12)[0] for seed in (0, 1))
    assert [o.rollouts[0].steps for o in first] != [o.rollouts[0].steps for o in second]


def test_point_3_n_0_plays_like_no_memory():
    zero, _ = stream(arm(retrieve_n=0))
    none, _ = stream(arm("none"))
    without = TIMES | {"uid", "call_uid", "rollout_uid"}
    assert plain([o.rollouts for o in zero], without) == plain([o.rollouts for o in none], without)
    assert plain([o.verdicts for o in zero], without) == plain([o.verdicts for o in none], without)
    messages = [[c.messages for c in o.calls if c.role in ("actor", "judge")] for o in zero]
    assert messages == [[c.messages for c in o.calls if c.role in ("actor", "judge")] for o in none]


def test_point_2_retrieval_sees_earlier_tasks_of_the_stream_only():
    outcomes, bank = stream(arm(retrieve_n=10))
    keys = [outcome.task_key for outcome in outcomes]
    for position, outcome in enumerate(outcomes):
        seen = {hit.task_key for hit in outcome.retrieval.hits} | {
            miss.task_key for miss in outcome.retrieval.near_misses
        }
        learned = {o.task_key for o in outcomes[:position] if o.experience}
        assert seen == learned
    assert [experience.task_key for experience in bank.experiences] == [
        k for k, o in zip(keys, outcomes, strict=True) if o.experience
    ]


def test_point_2_d6_a_second_pass_never_retrieves_the_tasks_own_experience():
    _, bank = stream(arm())
    again, _ = stream(arm(pass_number=2, start="reasoningbank@1"), bank=bank)
    assert all(hit.task_key != outcome.task_key for outcome in again for hit in outcome.retrieval.hits)
    assert any(miss.reason == "same task" for outcome in again for miss in outcome.retrieval.near_misses)


def test_point_6_d3_d12_every_rollout_after_the_first_lesson_is_given_the_retrieved_items():
    outcomes, _ = stream(arm(k=3, scaling="parallel"))
    given = [outcome for outcome in outcomes if outcome.retrieval.hits]
    assert len(given) >= TASKS - 2
    for outcome in given:
        assert outcome.retrieval.block.strip()
        assert {rollout.memory_block for rollout in outcome.rollouts} == {outcome.retrieval.block}
        systems = [call.messages[0].content for call in outcome.calls if call.role == "actor"]
        assert all(outcome.retrieval.block in system for system in systems)


def test_memory_changes_what_the_agent_does():
    with_memory, _ = stream(arm(), tasks=14)
    without, _ = stream(arm("none"), tasks=14)
    acted = [
        [[step.action_text for step in o.rollouts[0].steps] for o in outcomes] for outcomes in (with_memory, without)
    ]
    assert acted[0] != acted[1]


def test_point_12_the_loop_runs_the_same_whatever_the_ground_truth_is():
    mark = "XQ7-ground-truth-marker"
    wrong = {task.key: Grading(task.key, "practice", {"answer": {"exact": mark}}) for task in suite().tasks}
    right, _ = stream(arm(k=2, scaling="parallel"))
    marked, _ = stream(arm(k=2, scaling="parallel"), using=tools(wrong))
    without = TIMES | {"truths"}
    assert plain(right, without) == plain(marked, without)
    assert plain(right) != plain(marked)
    assert not any(mark in message.content for o in marked for call in o.calls for message in call.messages)


def test_rollouts_side_by_side_give_the_identical_stream():
    chosen = arm(k=4, scaling="vanilla")
    alone = plain(stream(chosen, tasks=5)[0])
    with ThreadPoolExecutor(4) as pool:
        assert plain(stream(chosen, using=tools(pool=pool), tasks=5)[0]) == alone


@pytest.mark.parametrize("scaling", ["parallel", "vanilla"])
def test_point_15_the_selected_rollout_never_beats_any_of_the_k(scaling):
    outcomes, _ = stream(arm(k=4, scaling=scaling))
    for outcome in outcomes:
        truths = {uid: truth[-1].success for uid, truth in outcome.truths.items()}
        assert outcome.selection.rollout_uid in truths
        assert truths[outcome.selection.rollout_uid] <= any(truths.values())


def test_d2_every_contrast_shows_its_distinct_labelled_attempts():
    outcomes, _ = stream(arm(k=3, scaling="parallel"))
    contrasts = [call for outcome in outcomes for call in outcome.calls if call.role == "distiller"]
    assert contrasts
    for call in contrasts:
        text = call.messages[-1].content
        numbers = re.findall(r"^## Attempt (\d+) - outcome: (success|failure)$", text, re.MULTILINE)
        assert [int(number) for number, _ in numbers] == list(range(1, len(numbers) + 1))
        assert len(numbers) == 3


def test_point_9_items_stay_within_the_limits():
    for scaling, limit in (("parallel", 5), ("vanilla", 9)):
        outcomes, _ = stream(arm(k=3, scaling=scaling))
        learned = [outcome.experience for outcome in outcomes if outcome.experience]
        assert learned
        assert all(1 <= len(experience.items) <= limit for experience in learned)
        assert all(item.simulated for experience in learned for item in experience.items)


def test_point_21_tokens_of_every_call_are_known_and_add_up():
    outcomes, _ = stream(arm(k=2, scaling="parallel"), tasks=4)
    for outcome in outcomes:
        steps = sum(step.usage.total for rollout in outcome.rollouts for step in rollout.steps)
        assert steps == sum(call.reply.usage.total for call in outcome.calls if call.role == "actor")
        assert all(call.reply.usage.total for call in outcome.calls)
        assert outcome.embedding.texts == 1
