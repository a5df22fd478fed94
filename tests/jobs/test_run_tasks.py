"""What a run's tasks came to, from stored rows made by hand."""

import numpy as np
import pytest

from rb_studio.jobs.pool_names import arm_name
from rb_studio.jobs.results import RunRows
from rb_studio.jobs.run_tasks import tasks_of
from rb_studio.records.errors import UsageError
from rb_studio.records.precedence import USUAL, Precedence
from rb_studio.store.rollouts import RolloutRow, TaskRow
from rb_studio.store.runs import RunRow

RUN = RunRow(1, None, None, None, None, "imported", "empty", 1, False, None, "f:1", "run", "", None, None, "")


def rollout(uid: str, task: str, **changes) -> RolloutRow:
    usual = dict.fromkeys(RolloutRow.__slots__) | {
        "uid": uid,
        "run": 1,
        "task_key": task,
        "valid": True,
        "selected": False,
        "steps": 3,
        "tokens_act": 10,
        "tokens_judge": 1,
        "tokens_grade": 0,
        "passes": (),
        "ends": (),
    }
    return RolloutRow(**usual | changes)


def task(key: str, k: int = 1) -> TaskRow:
    return TaskRow(1, key, 1, k, True, 0, 5, 0, 0, 0.0, None, 0, ())


def read(*rows: RolloutRow, precedence: Precedence = USUAL, k: int = 1):
    tasks = [task(key, k) for key in dict.fromkeys(row.task_key for row in rows)]
    return tasks_of(RUN, RunRows([*rows], tasks), precedence)


def test_columns_are_in_the_order_of_the_tasks_and_say_what_is_unknown():
    found = read(rollout("1", "b", truth=True), rollout("2", "a", truth=None, judged="failure"))
    assert found.column("first").tolist()[0] == 1.0
    assert np.isnan(found.column("first")[1])
    assert found.column("judged").tolist()[1] == 0.0
    assert found.column("tokens").tolist() == [16.0, 16.0]
    assert np.isnan(found.column("cost")).all()


def test_steps_are_summed_by_outcome():
    found = read(
        rollout("1", "a", truth=True), rollout("2", "a", truth=False, steps=7), rollout("3", "a", steps=8), k=3
    )
    one = {name: found.column(name).tolist() for name in ("tried", "solved", "failed", "solved_steps", "failed_steps")}
    assert one == {"tried": [3], "solved": [1], "failed": [1], "solved_steps": [3], "failed_steps": [7]}
    assert found.column("steps").tolist() == [6.0]


def test_passes_that_turned_are_counted_and_their_last_is_what_others_speak_of():
    refined = rollout("1", "a", truth=False, passes=(False, True, False), human="success")
    found = read(refined)
    assert found.changes == {"a": (1, 1)}
    assert (found.figures["a"].first, found.figures["a"].best) == (0.0, 0.0)
    heard = read(refined, precedence=Precedence(("human", "truth")))
    assert heard.changes == {"a": (1, 0)}
    assert heard.figures["a"].best == 1.0
    assert heard.attempts["a"][0].truth is True


def test_tokens_are_those_of_the_run_by_phase():
    found = read(rollout("1", "a"), rollout("2", "b"))
    assert (found.tokens["act"], found.tokens["judge"], found.tokens["distill"]) == (20, 2, 10)


def test_results_taken_over_are_one_draw():
    found = read(rollout("1", "a"), rollout("2", "b", same_as="1"))
    assert [one.draw for tried in found.attempts.values() for one in tried] == ["1", "1"]


def test_a_split_is_in_the_name_and_others_are_unknown():
    asked = {"memory": "none", "scaling": "none", "label": "judge", "label_noise": 0.0, "split": "0.5"}
    assert arm_name(asked, RUN, False) == "none test tasks"
    assert arm_name(asked, RUN, False, "train") == "none train tasks"
    with pytest.raises(UsageError, match="choose test, train, all"):
        tasks_of(RUN, RunRows([], []), split="half")
