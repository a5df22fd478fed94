"""Distillation: what feeds it, which prompt it takes, what its items keep (checklist 8-10, 13; D2, D4)."""

import re

import pytest

from rb_studio.method.calls import Caller
from rb_studio.method.distill import Labelled, distil_contrast
from rb_studio.method.stream import run_task
from rb_studio.records.calls import FailureKind
from rb_studio.records.identity import call_seed
from rb_studio.records.judgement import Status
from rb_studio.records.memory import Bank, ItemState
from tests.method.scripted import (
    ANSWERS,
    FAILURE,
    SENDS,
    SUCCESS,
    THINK,
    WAITS,
    answer_tools,
    arm,
    cast,
    fault,
    items_text,
    question,
    shop_task,
    shop_tools,
)

UNKNOWN = "Thoughts: cannot tell\nStatus: unknown"
TASK = question()


def by_rollout(*replies, role="judge"):
    """A script that answers each rollout of the task with its own reply, whatever the order of the calls."""
    seeds = {call_seed(0, TASK.key, index, role, 0): reply for index, reply in enumerate(replies)}
    return lambda messages, seed: seeds[seed]


def outcome_of(models, k=1, scaling=None, **more):
    return run_task(arm(k=k, scaling=scaling, **more), TASK, Bank(), answer_tools(models))


def prompts_used(outcome):
    """Names of the prompts the distiller was asked with."""
    names = {digest: name for name, digest in answer_tools(cast()).prompts.hashes().items()}
    return [names[call.prompt_hash] for call in outcome.calls if call.role == "distiller"]


def test_point_8_success_and_failure_take_different_prompts():
    assert prompts_used(outcome_of(cast(judge=SUCCESS))) == ["distill-success.answer"]
    assert prompts_used(outcome_of(cast(judge=FAILURE))) == ["distill-failure.answer"]
    web = run_task(arm(), shop_task(), Bank(), shop_tools(cast(SENDS, FAILURE)))
    assert prompts_used(web) == ["distill-failure.web"]


@pytest.mark.parametrize(("judge", "polarity"), [(SUCCESS, "success"), (FAILURE, "failure")])
def test_point_8_every_item_keeps_where_it_comes_from(judge, polarity):
    models = cast(judge=judge)
    outcome = outcome_of(models)
    [rollout], [verdict] = outcome.rollouts, outcome.verdicts
    [item] = outcome.experience.items
    [source] = item.sources
    assert (item.title, item.description, item.content) == ("lesson 1", "when lesson 1", "do lesson 1")
    assert item.polarity == polarity
    assert (source.rollout_uid, source.status, source.verdict_uid) == (rollout.uid, polarity, verdict.uid)
    assert source.steps == verdict.cited == (1,)
    assert (item.label_source, item.model, item.mode) == ("judge", "scripted", "reasoningbank")
    assert item.prompt_hash == answer_tools(models).prompts.hash(f"distill-{polarity}.answer")
    assert item.state is ItemState.ACTIVE
    experience = outcome.experience
    assert (experience.task_key, experience.task_text, experience.kind) == (TASK.key, TASK.text, "single")
    assert experience.rollout_uids == (rollout.uid,)
    assert experience.label == polarity
    assert experience.raw == items_text()


def test_point_10_the_input_is_thoughts_actions_label_and_reason_without_pages():
    models = cast([WAITS, f"{THINK}<action>goto('/orders')</action>", SENDS], FAILURE)
    outcome = run_task(arm(), shop_task(), Bank(), shop_tools(models))
    text = models.distiller.sent[0].text
    assert "I work it out." in text
    assert "goto('/orders')" in text
    assert "Outcome: failure" in text
    assert "it does not hold" in text
    assert shop_task().text in text
    assert "RootWebArea" not in text
    assert outcome.experience is not None


@pytest.mark.parametrize(("given", "kept"), [(1, 1), (3, 3), (7, 3)])
def test_point_9_at_most_three_items_of_one_rollout_with_a_note(given, kept):
    outcome = outcome_of(cast(distiller=items_text(given)))
    assert len(outcome.experience.items) == kept
    assert outcome.notes == ((f"{given} items given, the first 3 kept",) if given > kept else ())


@pytest.mark.parametrize(("given", "kept"), [(5, 5), (8, 5)])
def test_point_9_at_most_five_items_of_a_contrast_with_a_note(given, kept):
    models = cast(judge=by_rollout(SUCCESS, FAILURE), distiller=items_text(given))
    outcome = outcome_of(models, 2)
    assert len(outcome.experience.items) == kept
    assert outcome.notes == ((f"{given} items given, the first 5 kept",) if given > kept else ())


def test_no_readable_item_is_noted_and_gives_no_experience():
    outcome = outcome_of(cast(distiller="There is nothing to learn here."))
    assert outcome.experience is None
    assert outcome.experience_vector is None
    assert outcome.notes == ("the distiller gave no readable item",)


def test_a_failed_distiller_call_is_noted_and_gives_no_experience():
    outcome = outcome_of(cast(distiller=fault(FailureKind.SERVER, "503 from the endpoint")))
    assert outcome.experience is None
    assert outcome.notes == ("nothing was distilled: 503 from the endpoint",)
    assert outcome.valid


def test_d4_unknown_never_feeds_distillation():
    models = cast(judge=UNKNOWN)
    outcome = outcome_of(models)
    assert models.distiller.sent == []
    assert (outcome.experience, outcome.notes) == (None, ())


def test_d2_a_contrast_shows_distinct_attempts_with_their_labels_and_reasons():
    actor = by_rollout(*(ANSWERS.replace("42", str(n)) for n in (40, 41, 42)), role="actor")
    models = cast(actor, by_rollout(FAILURE, FAILURE, SUCCESS))
    outcome = outcome_of(models, 3)
    [sent] = models.distiller.sent
    labels = re.findall(r"^## Attempt (\d+) - outcome: (\w+)$", sent.text, re.MULTILINE)
    assert labels == [("1", "failure"), ("2", "failure"), ("3", "success")]
    assert [f"Final message: {n}" in sent.text for n in (40, 41, 42)] == [True] * 3
    assert sent.text.count("Reviewer's reason:") == 3
    assert len(set(outcome.experience.rollout_uids)) == 3
    assert prompts_used(outcome) == ["contrast"]
    assert outcome.experience.kind == "contrast"
    assert {item.polarity for item in outcome.experience.items} == {"contrast"}


def test_d2_the_same_trajectory_twice_is_no_contrast():
    models = cast()
    outcome = outcome_of(models)
    one = Labelled(outcome.rollouts[0], outcome.verdicts[0])
    caller = Caller(arm(), "hash", TASK, answer_tools(models))
    with pytest.raises(ValueError, match="distinct"):
        distil_contrast(caller, [one, one, one], "answer")


@pytest.mark.parametrize(
    ("judge", "kind", "polarity"), [(SUCCESS, "common-pattern", "success"), (FAILURE, "common-mistake", "failure")]
)
def test_rollouts_all_alike_take_the_prompt_for_what_they_share(judge, kind, polarity):
    outcome = outcome_of(cast(judge=judge), 3)
    assert prompts_used(outcome) == [kind]
    assert outcome.experience.kind == kind
    assert {item.polarity for item in outcome.experience.items} == {polarity}


@pytest.mark.parametrize("scaling", ["parallel", "vanilla"])
def test_fewer_than_two_known_labels_take_the_single_prompt(scaling):
    models = cast(judge=by_rollout(UNKNOWN, FAILURE, fault(FailureKind.TIMEOUT)))
    outcome = outcome_of(models, 3, scaling)
    assert prompts_used(outcome) == ["distill-failure.answer"]
    [item] = outcome.experience.items
    assert [source.rollout_uid for source in item.sources] == [outcome.rollouts[1].uid]
    assert outcome.experience.label == "failure+unknown"


@pytest.mark.parametrize("scaling", ["parallel", "vanilla"])
def test_no_known_label_gives_no_experience(scaling):
    models = cast(judge=UNKNOWN)
    outcome = outcome_of(models, 3, scaling)
    assert models.distiller.sent == []
    assert outcome.experience is None


def test_unknown_rollouts_are_left_out_of_a_contrast():
    models = cast(judge=by_rollout(SUCCESS, UNKNOWN, FAILURE))
    outcome = outcome_of(models, 3)
    labels = re.findall(r"^## Attempt (\d+) - outcome: (\w+)$", models.distiller.sent[0].text, re.MULTILINE)
    assert labels == [("1", "success"), ("2", "failure")]
    sources = {source.rollout_uid for item in outcome.experience.items for source in item.sources}
    assert sources == {outcome.rollouts[0].uid, outcome.rollouts[2].uid}


def test_evidence_becomes_sources_with_existing_steps_of_the_cited_attempts():
    models = cast(
        judge=by_rollout(SUCCESS, FAILURE, SUCCESS),
        distiller=items_text(1, evidence="Attempt 3 steps 1, 9; Attempt 1; Attempt 7 step 1"),
    )
    outcome = outcome_of(models, 3)
    [item] = outcome.experience.items
    assert [(source.rollout_uid, source.steps, source.status) for source in item.sources] == [
        (outcome.rollouts[0].uid, (), "success"),
        (outcome.rollouts[2].uid, (1,), "success"),
    ]


def test_without_evidence_all_attempts_of_a_contrast_are_sources():
    outcome = outcome_of(cast(judge=by_rollout(SUCCESS, FAILURE)), 2)
    assert [source.status for source in outcome.experience.items[0].sources] == ["success", "failure"]


def test_point_13_vanilla_distils_every_rollout_alone_and_writes_one_experience_with_the_union():
    distiller = by_rollout(*(items_text(3, f"lesson of {n}") for n in range(3)), role="distiller")
    models = cast(judge=by_rollout(SUCCESS, FAILURE, SUCCESS), distiller=distiller)
    outcome = outcome_of(models, 3, "vanilla")
    assert sorted(prompts_used(outcome)) == [
        "distill-failure.answer",
        "distill-success.answer",
        "distill-success.answer",
    ]
    experience = outcome.experience
    assert [item.title for item in experience.items] == [f"lesson of {n} {i}" for n in range(3) for i in (1, 2, 3)]
    assert len({item.uid for item in experience.items}) == 9
    assert [item.sources[0].rollout_uid for item in experience.items[::3]] == [r.uid for r in outcome.rollouts]
    assert (experience.kind, experience.label) == ("vanilla", "failure+success")


def test_braces_in_a_trajectory_pass_through_every_prompt():
    answer = f'{THINK}<answer>{{"a": [1, 2]}} and {{{{steps}}}} {{0}}</answer>'
    models = cast(answer, by_rollout(SUCCESS, FAILURE))
    outcome_of(models, 2)
    for sent in (models.judge.sent[0], models.selector.sent[0], models.distiller.sent[0]):
        assert '{"a": [1, 2]} and {{steps}} {0}' in sent.text


def test_a_rollout_without_a_step_is_no_source():
    models = cast(by_rollout(fault(FailureKind.REFUSAL), ANSWERS, role="actor"), FAILURE)
    outcome = outcome_of(models, 2)
    assert prompts_used(outcome) == ["distill-failure.answer"]
    assert outcome.verdicts[0].status is Status.FAILURE
