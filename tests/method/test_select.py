"""Best-of-k: one comparison, counted from 1, with a recorded fallback (checklist 15, D1)."""

import pytest

from rb_studio.method.stream import run_task
from rb_studio.records.calls import FailureKind
from rb_studio.records.identity import call_seed
from rb_studio.records.memory import Bank
from tests.method.scripted import ANSWERS, FAILURE, SUCCESS, answer_tools, arm, cast, fault, question

TASK = question()


def by_rollout(*replies, role="judge"):
    seeds = {call_seed(0, TASK.key, index, role, 0): reply for index, reply in enumerate(replies)}
    return lambda messages, seed: seeds[seed]


def outcome_of(models, k=3, memory="none"):
    return run_task(arm(memory, k), TASK, Bank(), answer_tools(models))


@pytest.mark.parametrize("index", [1, 2, 3])
def test_point_15_the_index_counts_from_one(index):
    actor = by_rollout(*(ANSWERS.replace("42", f"answer {n}") for n in (1, 2, 3)), role="actor")
    models = cast(actor, selector=f'{{"index": [{index}], "analysis": "because"}}')
    outcome = outcome_of(models)
    assert outcome.selection.rollout_uid == outcome.rollouts[index - 1].uid
    assert (outcome.selection.how, outcome.selection.task_key) == ("llm", TASK.key)
    [sent] = models.selector.sent
    assert (
        sent.text.index("## Attempt 2") < sent.text.index("Final message: answer 2") < sent.text.index("## Attempt 3")
    )


def test_the_selector_is_told_no_verdict():
    models = cast(judge=by_rollout(SUCCESS, FAILURE, SUCCESS))
    outcome_of(models)
    text = models.selector.sent[0].text
    assert "outcome:" not in text
    assert "it does not hold" not in text


def test_at_k_1_nothing_is_asked():
    models = cast()
    outcome = outcome_of(models, 1)
    assert models.selector.sent == []
    assert (outcome.selection.how, outcome.selection.rollout_uid) == ("only", outcome.rollouts[0].uid)


def test_a_single_valid_rollout_is_chosen_unasked():
    models = cast(by_rollout(fault(FailureKind.SERVER), ANSWERS, fault(FailureKind.SERVER), role="actor"))
    outcome = outcome_of(models)
    assert models.selector.sent == []
    assert outcome.selection.rollout_uid == outcome.rollouts[1].uid


def test_the_index_counts_the_valid_rollouts_that_were_shown():
    models = cast(by_rollout(fault(FailureKind.SERVER), ANSWERS, ANSWERS, role="actor"), selector="2")
    outcome = outcome_of(models)
    assert outcome.selection.rollout_uid == outcome.rollouts[2].uid


@pytest.mark.parametrize("reply", ["0", "4", "both", "", '{"index": [1, 2]}'])
@pytest.mark.parametrize(("judge", "chosen"), [((FAILURE, SUCCESS, SUCCESS), 1), ((FAILURE, FAILURE, FAILURE), 0)])
def test_point_15_an_unclear_choice_is_a_recorded_fallback_to_the_first_judged_success(reply, judge, chosen):
    outcome = outcome_of(cast(judge=by_rollout(*judge), selector=reply))
    assert outcome.selection.how == "fallback"
    assert outcome.selection.reason == "the reply names no attempt"
    assert outcome.selection.raw == reply
    assert outcome.selection.rollout_uid == outcome.rollouts[chosen].uid


def test_a_failed_selector_call_is_a_fallback_with_its_reason():
    outcome = outcome_of(cast(selector=fault(FailureKind.TIMEOUT, "no answer within 60 s")))
    assert (outcome.selection.how, outcome.selection.reason) == ("fallback", "no answer within 60 s")


def test_all_invalid_rollouts_leave_nothing_to_select():
    models = cast(fault(FailureKind.SERVER))
    outcome = outcome_of(models)
    assert outcome.selection is None
    assert models.selector.sent == []
