"""The agent: ReAct turns, what is sent, and every way a rollout ends."""

from dataclasses import replace
from itertools import pairwise

import pytest

from rb_studio.environments.errors import EnvironmentFailure
from rb_studio.environments.practice import PracticeShop
from rb_studio.method.agent import FORMAT_REMINDER
from rb_studio.method.stream import run_task
from rb_studio.records.arm import Limits
from rb_studio.records.calls import FailureKind, Reply, Usage
from rb_studio.records.judgement import Status
from rb_studio.records.memory import Bank
from rb_studio.records.task import Grading
from rb_studio.records.trajectory import ExitReason
from tests.method.scripted import (
    ANSWERS,
    SENDS,
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

TOTAL_PER_CALL = 12


def shop_run(actor, *, memory="none", tools=None, **limits):
    """One rollout in the practice shop: trajectory and models."""
    models = cast(actor)
    chosen = arm(memory, limits=Limits(**limits))
    outcome = run_task(chosen, shop_task(), Bank(), tools(models) if tools else shop_tools(models))
    return outcome.rollouts[0], models, outcome


def answer_run(actor, **limits):
    models = cast(actor)
    outcome = run_task(arm("none", limits=Limits(**limits)), question(), Bank(), answer_tools(models))
    return outcome.rollouts[0], models, outcome


def test_steps_hold_thought_action_and_what_followed():
    trajectory, _, _ = shop_run([WAITS, f"{THINK}<action>goto('/orders')</action>", SENDS])
    assert trajectory.exit_reason is ExitReason.ANSWERED
    assert trajectory.answer == "42"
    assert [step.number for step in trajectory.steps] == [1, 2, 3]
    assert [step.action_text for step in trajectory.steps] == ["noop()", "goto('/orders')", "send_msg_to_user('42')"]
    assert "Dashboard" in trajectory.first_observation
    assert "Orders" in trajectory.steps[1].observation
    assert trajectory.steps[1].state.location == "/orders"
    assert trajectory.passes == (3,)


def test_a_bad_action_is_answered_with_its_error_and_the_rollout_goes_on():
    trajectory, models, _ = shop_run([f"{THINK}<action>click('999')</action>", SENDS])
    assert trajectory.exit_reason is ExitReason.ANSWERED
    assert trajectory.steps[0].error
    assert f"Result: error: {trajectory.steps[0].error}" in models.actor.sent[1].text


def test_earlier_messages_stay_byte_identical_from_step_to_step():
    _, models, _ = shop_run([WAITS, f"{THINK}<action>goto('/orders')</action>", WAITS, SENDS])
    requests = [sent.messages for sent in models.actor.sent]
    assert len(requests) == 4
    for before, after in pairwise(requests):
        assert after[: len(before) - 1] == before[:-1]
        assert before[-1].content.startswith("Current page:\n")


def test_only_the_newest_page_is_shown():
    _, models, _ = shop_run([WAITS, WAITS, SENDS])
    for sent in models.actor.sent:
        assert sum(message.content.startswith("Current page:") for message in sent.messages) == 1


@pytest.mark.parametrize("answer", ["a (b) c", "f(x) = (x + 1)", ") odd", "it's 'quoted'"])
def test_point_7_answers_with_brackets_and_quotes_arrive_intact(answer):
    trajectory, models, _ = shop_run(f"{THINK}<action>send_msg_to_user({answer!r})</action>")
    assert trajectory.answer == answer
    assert models.judge.sent[0].text.rstrip().endswith(answer)


def test_step_limit_is_a_typed_exit_and_still_judged():
    trajectory, models, outcome = shop_run(WAITS, steps=3)
    assert (trajectory.exit_reason, len(trajectory.steps), trajectory.answer) == (ExitReason.STEP_LIMIT, 3, None)
    assert trajectory.valid
    assert len(models.judge.sent) == 1
    assert outcome.truths[trajectory.uid][0].success is False


def test_token_limit_counts_prompt_and_completion():
    trajectory, _, _ = shop_run(WAITS, tokens=2 * TOTAL_PER_CALL)
    assert (trajectory.exit_reason, len(trajectory.steps)) == (ExitReason.TOKEN_LIMIT, 2)


def test_cost_limit():
    trajectory, _, _ = shop_run(WAITS, cost=0.03)
    assert (trajectory.exit_reason, len(trajectory.steps)) == (ExitReason.COST_LIMIT, 3)


def test_a_call_that_reports_no_usage_does_not_switch_the_limits_off():
    script = [Reply(WAITS), *[Reply(WAITS, usage=Usage(10, 2), cost=0.5)] * 9]
    trajectory, _, _ = shop_run(script, tokens=2 * TOTAL_PER_CALL)
    assert (trajectory.exit_reason, len(trajectory.steps)) == (ExitReason.TOKEN_LIMIT, 3)
    trajectory, _, _ = shop_run(script, cost=1.0)
    assert (trajectory.exit_reason, len(trajectory.steps)) == (ExitReason.COST_LIMIT, 3)


def test_time_limit():
    trajectory, _, _ = shop_run(WAITS, seconds=0.0)
    assert (trajectory.exit_reason, trajectory.steps) == (ExitReason.TIME_LIMIT, ())


def test_point_21_unknown_usage_and_cost_stay_unknown_in_the_step():
    trajectory, _, _ = shop_run([Reply(WAITS), Reply(WAITS, usage=Usage(None, 3)), SENDS])
    first, second, third = trajectory.steps
    assert (first.usage, first.cost) == (None, None)
    assert (second.usage, second.usage.total) == (Usage(None, 3), None)
    assert (third.usage, third.cost) == (Usage(10, 2), 0.01)


def test_a_reply_out_of_form_is_asked_again_and_the_retry_costs_count():
    trajectory, models, outcome = answer_run(["no form", "<answer></answer>", ANSWERS])
    assert trajectory.exit_reason is ExitReason.ANSWERED
    assert trajectory.steps[0].usage == Usage(30, 6)
    assert [message.content for message in models.actor.sent[2].messages[-4:]] == [
        "no form",
        FORMAT_REMINDER,
        "<answer></answer>",
        FORMAT_REMINDER,
    ]
    seeds = [call.seed for call in outcome.calls if call.role == "actor"]
    assert len(set(seeds)) == 3


def test_replies_out_of_form_do_not_stay_in_later_prompts():
    _, models, _ = shop_run(["no form", WAITS, SENDS])
    assert "no form" not in models.actor.sent[-1].text


def test_tokens_used_up_before_the_first_word_are_the_agents_own_limit():
    models = cast(Reply("", reasoning="hm", finish="length"))
    outcome = run_task(arm("none", limits=Limits(format_retries=1)), question(), Bank(), answer_tools(models))
    [rollout] = outcome.rollouts
    assert (rollout.exit_reason, rollout.valid, len(models.actor.sent)) == (ExitReason.FORMAT_ERROR, True, 2)
    assert "cut off at max_tokens" in rollout.exit_detail
    assert outcome.truths[rollout.uid][0].success is False


def test_format_retries_are_limited_and_typed():
    trajectory, models, _ = answer_run("garbage \x00 \ufffd", format_retries=2)
    assert (trajectory.exit_reason, len(models.actor.sent)) == (ExitReason.FORMAT_ERROR, 3)
    assert trajectory.valid


def test_an_empty_reply_is_not_repeated_to_the_model_as_an_empty_message():
    _, models, _ = answer_run(["", ANSWERS])
    assert all(message.content for message in models.actor.sent[1].messages)
    assert models.actor.sent[1].messages[-1].content == FORMAT_REMINDER


def test_refusal_is_a_typed_exit_that_teaches_nothing():
    models = cast(fault(FailureKind.REFUSAL, "I cannot help with that"))
    outcome = run_task(arm(), question(), Bank(), answer_tools(models))
    [trajectory] = outcome.rollouts
    assert trajectory.exit_reason is ExitReason.REFUSAL
    assert trajectory.failure.kind is FailureKind.REFUSAL
    assert trajectory.exit_detail == "I cannot help with that"
    assert models.distiller.sent == []
    assert outcome.experience is None


@pytest.mark.parametrize(
    "kind", [FailureKind.AUTHENTICATION, FailureKind.RATE_LIMIT, FailureKind.TIMEOUT, FailureKind.SERVER]
)
def test_an_endpoint_fault_makes_the_rollout_invalid_not_failed(kind):
    trajectory, models, outcome = answer_run(fault(kind))
    assert (trajectory.exit_reason, trajectory.valid, outcome.valid) == (ExitReason.MODEL_FAILURE, False, False)
    assert outcome.verdicts[0].status is Status.UNKNOWN
    assert models.judge.sent == []
    assert outcome.truths[trajectory.uid] == ()
    assert outcome.selection is None


@pytest.mark.parametrize("kind", [FailureKind.EMPTY, FailureKind.MALFORMED])
def test_passing_faults_are_tried_again_with_the_same_seed_and_every_attempt_is_kept(kind):
    trajectory, _, outcome = answer_run([fault(kind), fault(kind), ANSWERS])
    assert trajectory.exit_reason is ExitReason.ANSWERED
    calls = [call for call in outcome.calls if call.role == "actor"]
    assert [call.reply.failure is None for call in calls] == [False, False, True]
    assert len({call.seed for call in calls}) == 1
    assert len({call.uid for call in calls}) == 3


class Broken(PracticeShop):
    """A shop whose page is gone after the first action."""

    def step(self, action):
        raise EnvironmentFailure("the shop is gone")


class Unopened(PracticeShop):
    """A shop that does not come up."""

    def reset(self, task, seed):
        raise EnvironmentFailure("the shop does not open")


class Ungraded(PracticeShop):
    """A shop whose books cannot be read at the end; it remembers being closed."""

    closed = 0

    def grade(self):
        raise EnvironmentFailure("the books cannot be read")

    def close(self):
        type(self).closed += 1
        super().close()


def test_a_grading_that_breaks_is_an_unknown_truth_of_a_valid_rollout():
    models = cast(SENDS)
    tools = replace(shop_tools(models), open_environment=lambda task, ask: Ungraded(Grading(task.key, "practice")))
    outcome = run_task(arm("none", 3), shop_task(), Bank(), tools)
    assert [truths[0].success for truths in outcome.truths.values()] == [None] * 3
    assert {truths[0].detail for truths in outcome.truths.values()} == {"the books cannot be read"}
    assert outcome.valid
    assert Ungraded.closed == 3


@pytest.mark.parametrize("shop", [Broken, Unopened])
def test_a_fault_of_the_environment_makes_the_rollout_invalid(shop):
    def tools(models):
        return replace(shop_tools(models), open_environment=lambda task, ask: shop(Grading(task.key, "practice")))

    trajectory, models, outcome = shop_run(WAITS, tools=tools)
    assert (trajectory.exit_reason, trajectory.valid) == (ExitReason.ENVIRONMENT_FAILURE, False)
    assert "shop" in trajectory.exit_detail
    assert models.judge.sent == []
    assert not outcome.valid


def test_above_the_context_limit_the_oldest_turns_leave_and_a_note_says_how_many():
    long = [f"<think>turn {n} {'x' * 2000}</think>\n<action>noop()</action>" for n in range(4)]
    _, models, _ = shop_run([*long, SENDS], context_chars=8_000)
    sizes = [sum(len(message.content) for message in sent.messages) for sent in models.actor.sent]
    assert max(sizes) <= 8_000 + 100
    last = models.actor.sent[-1].messages
    opening = models.actor.sent[0].messages[:2]
    assert last[:2] == opening
    left_out = next(m.content for m in last if "left out]" in m.content)
    kept = sum(message.role == "assistant" for message in last)
    assert left_out == f"[{4 - kept} earlier steps are left out]"
    assert 0 < kept < 4
    assert [message.content for message in last if message.role == "assistant"] == long[-kept:]


def test_a_page_that_is_too_long_by_itself_loses_its_middle():
    _, models, _ = shop_run(SENDS, context_chars=2_500)
    [page] = [m.content for m in models.actor.sent[0].messages if m.content.startswith("Current page:")]
    assert "characters left out" in page
    assert "RootWebArea" in page
    assert sum(len(message.content) for message in models.actor.sent[0].messages) <= 2_500 + 100


def test_without_room_beside_the_goal_the_rollout_ends_at_the_context_limit_unasked():
    trajectory, models, _ = shop_run(SENDS, context_chars=600)
    assert (trajectory.exit_reason, models.actor.sent) == (ExitReason.CONTEXT_LIMIT, [])
    assert trajectory.valid


def test_an_overflow_the_endpoint_reports_halves_turns_and_page_and_tries_again():
    overflow = fault(FailureKind.CONTEXT_OVERFLOW, "maximum context length is 4096 tokens")
    trajectory, models, _ = shop_run([WAITS, WAITS, overflow, SENDS])
    assert trajectory.exit_reason is ExitReason.ANSWERED
    sizes = [sum(len(message.content) for message in sent.messages) for sent in models.actor.sent]
    opening = sum(len(message.content) for message in models.actor.sent[0].messages[:2])
    assert opening < sizes[3] <= opening + (sizes[2] - opening) // 2 + 100


def test_an_overflow_that_trimming_cannot_mend_is_the_context_limit():
    overflow = fault(FailureKind.CONTEXT_OVERFLOW, "maximum context length is 40 tokens")
    trajectory, models, _ = shop_run(overflow)
    assert trajectory.exit_reason is ExitReason.CONTEXT_LIMIT
    assert trajectory.failure.kind is FailureKind.CONTEXT_OVERFLOW
    assert 1 < len(models.actor.sent) <= 4
    answered, models, _ = answer_run(overflow)
    assert (answered.exit_reason, len(models.actor.sent)) == (ExitReason.CONTEXT_LIMIT, 1)


def test_reasoning_is_kept_apart_and_never_sent_back():
    trajectory, models, _ = shop_run([Reply(WAITS, reasoning="secret musing"), SENDS])
    assert trajectory.steps[0].reasoning == "secret musing"
    assert not any("secret musing" in sent.text for sent in models.sent)


def test_live_events_tell_start_steps_and_end_in_order():
    told = []
    models = cast([WAITS, SENDS])
    run_task(arm(), shop_task(), Bank(), shop_tools(models, on_event=told.append))
    assert [event.kind for event in told] == [
        "retrieved",
        "rollout_started",
        "step",
        "step",
        "rollout_ended",
        "verdict",
        "selected",
        "distilled",
    ]
    assert told[1].payload.steps == ()
    assert told[4].payload.exit_reason is ExitReason.ANSWERED
