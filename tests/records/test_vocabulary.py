"""What the records promise by themselves (checklist 11, 12; D4, D7)."""

import pickle
from dataclasses import FrozenInstanceError, fields, is_dataclass, replace

import numpy as np
import pytest

from rb_studio.records import calls, judgement, memory, outcome, task, trajectory
from rb_studio.records.calls import Failure, FailureKind, Usage
from rb_studio.records.judgement import Verdict
from rb_studio.records.memory import Bank, Experience, ItemState, MemoryItem
from rb_studio.records.outcome import TaskOutcome
from rb_studio.records.trajectory import INVALID_EXITS, Action, ExitReason, Step, Trajectory

ROLLOUT = Trajectory("r", "t", 0, 1, "page", (), ExitReason.ANSWERED)


@pytest.mark.parametrize("module", [calls, judgement, memory, outcome, task, trajectory])
def test_every_record_is_frozen_and_without_a_dict(module):
    records = [value for value in vars(module).values() if is_dataclass(value) and value.__module__ == module.__name__]
    assert records
    for record in records:
        assert record.__dataclass_params__.frozen, record
        assert "__slots__" in vars(record), record


def test_d7_ground_truth_is_no_field_of_what_prompts_are_built_from():
    names = {
        field.name
        for record in (task.Task, Trajectory, Step, Verdict, trajectory.Observation)
        for field in fields(record)
    }
    assert not names & {"truth", "truths", "reward", "expected", "grading", "success"}


@pytest.mark.parametrize(("prompt", "completion", "total"), [(3, 4, 7), (0, 0, 0), (None, 4, None), (3, None, None)])
def test_an_unknown_count_makes_the_total_unknown_never_zero(prompt, completion, total):
    assert Usage(prompt, completion).total == total


def test_refusal_and_overflow_are_the_agents_own_every_other_failure_is_infrastructure():
    own = {kind for kind in FailureKind if not Failure(kind, "x").infrastructure}
    assert own == {FailureKind.REFUSAL, FailureKind.CONTEXT_OVERFLOW}


def test_d4_faults_outside_the_agent_make_a_rollout_invalid_limits_do_not():
    invalid = {reason for reason in ExitReason if not replace(ROLLOUT, exit_reason=reason).valid}
    assert invalid == set(INVALID_EXITS)
    assert invalid == {ExitReason.MODEL_FAILURE, ExitReason.ENVIRONMENT_FAILURE, ExitReason.CANCELLED}


def test_an_outcome_is_valid_with_one_valid_rollout():
    broken = replace(ROLLOUT, exit_reason=ExitReason.MODEL_FAILURE)
    assert TaskOutcome("a", "t", 2, (broken, ROLLOUT)).valid
    assert not TaskOutcome("a", "t", 1, (broken,)).valid
    assert not TaskOutcome("a", "t", 0, ()).valid


def test_only_active_items_of_an_experience_count():
    items = tuple(MemoryItem(state, "t", "d", "c", state=state) for state in ItemState)
    assert [item.uid for item in Experience("e", "t", "text", items).active_items] == ["active"]


def test_point_11_folding_appends_to_a_new_value():
    first, second = (Experience(name, name, name, ()) for name in "ab")
    vector = np.ones(2, np.float32)
    bank = Bank(embedder="e", mode="m")
    folded = bank.folded(first, vector).folded(second, None)
    assert folded.experiences == (first, second)
    assert list(folded.vectors) == ["a"]
    assert (folded.embedder, folded.mode) == ("e", "m")
    assert (bank.experiences, dict(bank.vectors)) == ((), {})


def test_actions_of_a_step_read_as_lines():
    assert Step(1, "t", (Action("a"), Action("b")), "o").action_text == "a\nb"


def test_records_cannot_be_changed_and_survive_pickling():
    with pytest.raises(FrozenInstanceError):
        ROLLOUT.answer = "other"
    result = TaskOutcome("a", "t", 1, (ROLLOUT,))
    assert pickle.loads(pickle.dumps(result)) == result
