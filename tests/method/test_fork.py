"""Going back into a rollout: what stays, what is asked again, and that nothing else differs."""

from dataclasses import replace

import pytest

from rb_studio.environments.errors import RestoreUnsupported
from rb_studio.environments.practice import PracticeShop
from rb_studio.method import fork
from rb_studio.method.calls import Caller
from rb_studio.method.fork import Point, continued
from rb_studio.method.stream import run_task
from rb_studio.records.arm import Limits
from rb_studio.records.calls import FailureKind
from rb_studio.records.errors import UsageError
from rb_studio.records.memory import Bank
from rb_studio.records.trajectory import ExitReason
from tests.method import scripted
from tests.method.outcomes import plain
from tests.method.scripted import THINK, WAITS, cast, shop_task, shop_tools
from tests.method.test_practice_stream import arm, suite, tools

TASKS = 6
ORDERS = f"{THINK}<action>goto('/orders')</action>"
BLOCK = "Look at all pages before you count."


class Forgetful(PracticeShop):
    """A shop that cannot go back."""

    def restore(self, state):
        raise RestoreUnsupported("not here")


class Moved(Forgetful):
    """A shop whose pages are no longer what they were."""

    def _observe(self, *args, **more):
        seen = super()._observe(*args, **more)
        return replace(seen, text=seen.text.replace("Orders", "Purchases"))


def point(outcome, step):
    rollout = outcome.rollouts[0]
    calls = [one for one in outcome.calls if one.role == "actor" and one.rollout_uid == rollout.uid and one.step < step]
    return Point(rollout, step, tuple(calls))


def again(chosen, task, outcome, step, *, using=None, index=0, block=None):
    """A continuation under the rollout's own name, and its caller."""
    caller = Caller(chosen, chosen.hash, task, using or tools())
    at = point(outcome, step)
    at.check()
    return continued(caller, at, index, at.trajectory.memory_block if block is None else block), caller


def bare(trajectory):
    return plain(replace(trajectory, extra={}))


@pytest.mark.parametrize("shop", [PracticeShop, Forgetful])
def test_with_nothing_changed_the_practice_shop_is_played_to_the_byte(shop):
    """Trajectory, verdict, truth and every call after the point, whichever step it is."""
    truths = {grading.task_key: grading for grading in suite().gradings}
    using = replace(tools(), open_environment=lambda task, ask: shop(truths[task.key]))
    chosen = arm("none", seed=3)
    for task in suite().tasks[:TASKS]:
        outcome = run_task(chosen, task, Bank(), tools())
        rollout = outcome.rollouts[0]
        for step in {1, 2, len(rollout.steps)}:
            found, caller = again(chosen, task, outcome, step, using=using)
            kept = {call.uid for call in point(outcome, step).calls}
            assert bare(found.trajectory) == bare(rollout)
            assert [plain(call) for call in caller.calls()] == [
                plain(call) for call in outcome.calls if call.uid not in kept
            ]
            assert plain(found.verdict) == plain(outcome.verdicts[0])
            assert found.truths == outcome.truths[rollout.uid]
            how = fork.START if step == 1 else fork.STATE if shop is PracticeShop else fork.REPLAY
            assert found.trajectory.extra == {fork.FORK: {"by": how, "diverged": None}}


def test_other_dice_and_another_memory_go_another_way_from_the_point_on():
    chosen, task = arm("none", seed=3), suite().tasks[0]
    outcome = run_task(chosen, task, Bank(), tools())
    steps = outcome.rollouts[0].steps
    ways = [again(chosen, task, outcome, 1, index=1000 + n)[0].trajectory.steps for n in range(6)]
    assert len({tuple(step.action_text for step in way) for way in ways}) > 1
    found, caller = again(chosen, task, outcome, 3, block=BLOCK)
    assert [step.action_text for step in found.trajectory.steps[:2]] == [step.action_text for step in steps[:2]]
    assert found.trajectory.memory_block == BLOCK
    assert all(BLOCK in call.messages[0].content for call in caller.calls() if call.role == "actor")


def test_a_world_that_is_no_longer_the_same_makes_it_invalid_and_says_where():
    truths = {grading.task_key: grading for grading in suite().gradings}
    using = replace(tools(), open_environment=lambda task, ask: Moved(truths[task.key]))
    chosen, task = arm("none"), suite().tasks[0]
    outcome = run_task(chosen, task, Bank(), tools())
    found, _ = again(chosen, task, outcome, 3, using=using)
    assert found.trajectory.exit_reason is ExitReason.ENVIRONMENT_FAILURE
    assert found.trajectory.extra[fork.FORK] == {"by": fork.REPLAY, "diverged": 0}
    assert found.trajectory.steps == ()
    assert "step 3" in found.trajectory.exit_detail


def test_what_was_said_about_the_form_and_the_length_still_holds():
    """Requests after the point are the very ones of the first time, trimmed and counted alike."""
    too_long = scripted.fault(FailureKind.CONTEXT_OVERFLOW, "too long")
    script = [WAITS, ORDERS, "no form", too_long, WAITS, ORDERS, scripted.SENDS]
    first = cast(script)
    chosen, task = scripted.arm("none", limits=Limits(steps=8, tokens=1000)), shop_task()
    outcome = run_task(chosen, task, Bank(), shop_tools(first))
    assert len(outcome.rollouts[0].steps) == 5
    for step, answers in ((4, script[5:]), (5, script[6:])):
        second = cast(answers)
        found, caller = again(chosen, task, outcome, step, using=shop_tools(second))
        assert [one.messages for one in second.actor.sent] == [
            one.messages for one in first.actor.sent[-len(answers) :]
        ]
        assert [one.seed for one in second.actor.sent] == [one.seed for one in first.actor.sent[-len(answers) :]]
        assert next(call.number for call in caller.calls() if call.role == "actor") == step + 1
        assert bare(found.trajectory) == bare(outcome.rollouts[0])


def test_limits_count_what_was_spent_before_the_point():
    chosen = scripted.arm("none", limits=Limits(steps=4, tokens=40))
    outcome = run_task(chosen, shop_task(), Bank(), shop_tools(cast(WAITS)))
    assert outcome.rollouts[0].exit_reason is ExitReason.STEP_LIMIT
    found, caller = again(chosen, shop_task(), outcome, 3, using=shop_tools(cast(WAITS)))
    assert found.trajectory.exit_reason is ExitReason.STEP_LIMIT
    assert sum(call.role == "actor" for call in caller.calls()) == 2
    tight = replace(chosen, limits=Limits(steps=4, tokens=24))
    found, _ = again(tight, shop_task(), outcome, 3, using=shop_tools(cast(WAITS)))
    assert found.trajectory.exit_reason is ExitReason.TOKEN_LIMIT


def test_where_nothing_can_be_continued_from_is_said():
    chosen = arm("none", scaling="sequential", k=2)
    outcome = run_task(chosen, suite().tasks[0], Bank(), tools())
    rollout = outcome.rollouts[0]
    assert rollout.passes[0] < len(rollout.steps)
    for step, words in ((0, "no step 0"), (len(rollout.steps) + 1, "to go back to"), (len(rollout.steps), "pass")):
        with pytest.raises(UsageError, match=words):
            point(outcome, step).check()
    with pytest.raises(UsageError, match="not stored"):
        replace(point(outcome, 2), calls=()).check()
    found, _ = again(chosen, suite().tasks[0], outcome, 2)
    assert bare(found.trajectory) == bare(rollout)
