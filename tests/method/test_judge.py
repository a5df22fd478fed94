"""The judge sees the evidence and nothing else; what is not plain is unknown (checklist 7, 12, 20; D4, D5, D7)."""

from dataclasses import replace

import pytest

from rb_studio.method.label import FLIPPED, without_noise
from rb_studio.method.render import LAST_PAGES
from rb_studio.method.stream import run_task
from rb_studio.records.arm import Limits
from rb_studio.records.calls import CallSettings, FailureKind
from rb_studio.records.judgement import Status, Truth
from rb_studio.records.memory import Bank
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
    question,
    shop_task,
    shop_tools,
)


def goes_to(path):
    return f"{THINK}<action>goto('{path}')</action>"


def shop_outcome(models, **more):
    return run_task(arm(**more), shop_task(), Bank(), shop_tools(models))


def answer_outcome(models, task=None, expected="42", **more):
    return run_task(arm(**more), task or question(), Bank(), answer_tools(models, expected))


def test_point_7_the_judge_sees_the_page_after_the_last_action():
    models = cast([goes_to("/products"), SENDS])
    outcome = shop_outcome(models)
    last = outcome.rollouts[0].steps[-1].observation
    assert "Products" in last
    assert last in models.judge.sent[0].text


def test_point_7_at_the_step_limit_too():
    models = cast([goes_to("/products"), goes_to("/customers")])
    outcome = run_task(arm(limits=Limits(steps=2)), shop_task(), Bank(), shop_tools(models))
    assert outcome.rollouts[0].steps[-1].observation in models.judge.sent[0].text
    assert "Customers" in models.judge.sent[0].text


def test_the_judge_sees_goal_thoughts_actions_and_the_last_pages_only():
    models = cast([goes_to("/products"), goes_to("/customers"), goes_to("/orders"), goes_to("/dashboard"), SENDS])
    outcome = shop_outcome(models)
    text = models.judge.sent[0].text
    assert shop_task().text in text
    assert "I work it out." in text
    assert "goto('/products')" in text
    assert text.count("### After step") == LAST_PAGES
    assert "url='/products'" not in text
    assert outcome.rollouts[0].steps[-1].number == 5


def test_a_short_attempt_shows_the_judge_what_it_started_from():
    models = cast(ANSWERS)
    answer_outcome(models, question(setup={"context": "The number of the day is 41."}))
    assert "The number of the day is 41." in models.judge.sent[0].text


def test_point_7_the_judge_is_asked_at_temperature_0():
    models = cast()
    answer_outcome(models)
    assert models.judge.sent[0].settings == CallSettings(temperature=0.0)


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        (SUCCESS, Status.SUCCESS),
        (FAILURE, Status.FAILURE),
        ("Thoughts: hm\nStatus: unknown", Status.UNKNOWN),
        ("Thoughts: hm\nStatus: unsuccessful", Status.FAILURE),
        ("I would rather not say.", Status.UNKNOWN),
        ("", Status.UNKNOWN),
    ],
)
def test_point_7_d5_the_verdict_has_three_values_and_keeps_the_raw_reply(reply, status):
    verdict = answer_outcome(cast(judge=reply)).verdicts[0]
    assert (verdict.status, verdict.raw, verdict.source) == (status, reply, "judge")


@pytest.mark.parametrize("kind", [k for k in FailureKind if k is not FailureKind.CANCELLED])
def test_point_7_d4_a_failed_judge_call_is_unknown_with_its_failure_and_the_rollout_stays_valid(kind):
    models = cast(judge=fault(kind, "the judge is away"))
    outcome = answer_outcome(models)
    [verdict] = outcome.verdicts
    assert verdict.status is Status.UNKNOWN
    assert verdict.failure.kind is kind
    assert "the judge is away" in verdict.reason
    assert outcome.valid
    assert models.distiller.sent == []
    assert outcome.experience is None


def test_a_verdict_keeps_reason_cited_steps_model_prompt_and_call():
    models = cast(
        [WAITS, WAITS, SENDS], "Thoughts: it looked [step 2], then sent [step 3], see step 9.\nStatus: failure"
    )
    outcome = shop_outcome(models)
    [verdict] = outcome.verdicts
    [call] = [call for call in outcome.calls if call.role == "judge"]
    assert verdict.reason == "it looked [step 2], then sent [step 3], see step 9."
    assert verdict.cited == (2, 3)
    assert (verdict.model, verdict.call_uid, verdict.rollout_uid) == ("scripted", call.uid, outcome.rollouts[0].uid)
    assert verdict.prompt_hash == shop_tools(models).prompts.hash("judge.web")


MARK = "XQ7-ground-truth-marker"


@pytest.mark.parametrize("scaling", ["none", "parallel", "vanilla"])
@pytest.mark.parametrize("judge", [SUCCESS, FAILURE])
def test_point_12_d7_ground_truth_is_in_no_message_of_any_call(scaling, judge):
    k = 1 if scaling == "none" else 3
    models = cast(judge=judge)
    task = question()
    outcome = run_task(arm(k=k, scaling=scaling), task, Bank(), answer_tools(models, MARK))
    assert all(truths[0].success is False for truths in outcome.truths.values())
    assert {call.role for call in outcome.calls} >= {"actor", "judge", "distiller"}
    assert len(models.sent) == len(outcome.calls)
    assert not any(MARK in sent.text for sent in models.sent)
    assert not any(MARK in message.content for call in outcome.calls for message in call.messages)


def test_point_12_ground_truth_labels_only_where_asked_and_says_so():
    models = cast(judge=SUCCESS)
    outcome = answer_outcome(models, expected="43", label="gt")
    [verdict] = outcome.verdicts
    assert (verdict.status, verdict.source) == (Status.FAILURE, "gt")
    assert models.judge.sent == []
    assert {item.label_source for item in outcome.experience.items} == {"gt"}
    assert answer_outcome(cast(), expected="42", label="gt").verdicts[0].status is Status.SUCCESS


def test_an_ungraded_task_is_unknown_under_ground_truth_labels():
    models = cast()
    outcome = answer_outcome(models, expected=None, label="gt")
    assert outcome.verdicts[0].status is Status.UNKNOWN
    assert models.distiller.sent == []


def test_a_grading_that_only_reports_is_no_label():
    models = cast()
    tools = replace(answer_tools(models), grade=lambda environment: Truth(True, 1.0, source="llm", report_only=True))
    outcome = run_task(arm(label="gt"), question(), Bank(), tools)
    assert outcome.verdicts[0].status is Status.UNKNOWN
    assert "only reports" in outcome.verdicts[0].reason
    assert models.distiller.sent == []


def statuses(rate, *, judge=SUCCESS, label="judge", k=1, memory="reasoningbank", tasks=200):
    found = []
    for number in range(tasks):
        task = question(number)
        chosen = arm(memory, k, label=label, label_noise=rate, seed=3)
        outcome = run_task(chosen, task, Bank(), answer_tools(cast(judge=judge)))
        found.append(outcome.verdicts[0])
    return found


def test_point_20_noise_flips_at_the_rate_and_marks_what_it_flipped():
    verdicts = statuses(0.3)
    flipped = [verdict for verdict in verdicts if verdict.noisy]
    assert all((verdict.status is Status.FAILURE) == verdict.noisy for verdict in verdicts)
    assert 40 <= len(flipped) <= 80


def test_point_20_rate_0_equals_no_noise_and_rate_1_flips_all():
    assert not any(verdict.noisy for verdict in statuses(0.0, label="gt", tasks=20))
    assert all(verdict.noisy and verdict.status is Status.FAILURE for verdict in statuses(1.0, label="gt", tasks=20))


def test_a_flipped_label_reaches_distillation_without_the_reason_that_speaks_against_it():
    models = cast()
    outcome = run_task(arm(label_noise=1.0), question(), Bank(), answer_tools(models))
    [verdict] = outcome.verdicts
    assert (verdict.status, verdict.noisy, verdict.reason, verdict.raw) == (Status.FAILURE, True, "", SUCCESS)
    assert "it holds" not in models.distiller.sent[0].text
    clean = run_task(arm(), question(), Bank(), answer_tools(cast())).verdicts[0]
    assert (without_noise(verdict).status, without_noise(verdict).reason) == (clean.status, clean.reason)


def test_flipped_labels_tell_a_contrast_no_reason_either():
    models = cast()
    run_task(arm(k=2, label_noise=1.0), question(), Bank(), answer_tools(models))
    assert "it holds" not in models.distiller.sent[0].text
    assert "Reviewer's reason" not in models.distiller.sent[0].text.partition("## Attempt")[2]


def test_flipped_ground_truth_keeps_its_words_too():
    verdict = statuses(1.0, label="gt", tasks=1)[0]
    assert (verdict.reason, without_noise(verdict).status) == ("", Status.SUCCESS)
    assert "grading" in without_noise(verdict).reason


def test_unknown_is_never_flipped():
    verdicts = statuses(1.0, judge="Status: unknown", tasks=5)
    assert all(verdict.status is Status.UNKNOWN and not verdict.noisy for verdict in verdicts)
    assert FLIPPED[Status.UNKNOWN] is Status.UNKNOWN


def test_the_noise_of_a_rollout_is_the_same_in_every_arm_and_nested_over_rates():
    low = [verdict.noisy for verdict in statuses(0.2, tasks=60)]
    assert low == [verdict.noisy for verdict in statuses(0.2, tasks=60, memory="none", k=2)]
    high = [verdict.noisy for verdict in statuses(0.5, tasks=60)]
    assert any(low)
    assert all(after for before, after in zip(low, high, strict=True) if before)
