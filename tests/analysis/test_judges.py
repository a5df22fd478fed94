"""How far judges agree."""

import pytest

from rb_studio.analysis.judges import disagreements, majority, self_agreement


def test_a_judge_that_is_asked_again_may_say_something_else() -> None:
    found = self_agreement([("success",) * 4, ("success", "success", "failure", "unknown"), ("failure",)])
    assert found is not None
    assert (found.rollouts, found.answers, found.flipped) == (2, 8, 1)
    assert found.same == pytest.approx((1 + 1 / 6) / 2)  # of six pairs one is equal
    assert found.unanimous is not None
    assert found.unanimous.value == 0.5


def test_nobody_agrees_with_himself_who_was_asked_once() -> None:
    assert self_agreement([("success",), ()]) is None


def test_most_answers_decide_and_a_tie_is_unknown() -> None:
    assert majority(["success", "failure", "success"]) == "success"
    assert majority(["success", "failure"]) == majority([]) == "unknown"


def test_successes_that_another_calls_failures_come_first() -> None:
    judges = [
        {1: "success", 2: "success", 3: "failure", 4: "success"},
        {1: "unknown", 2: "success", 3: "success"},
    ]
    assert disagreements(judges) == [3, 1]
