"""Streams, steps and the rollouts behind a point, from pools made by hand."""

import pytest

from rb_studio.analysis.arm_metrics import TaskFigures
from rb_studio.jobs.behind import behind
from rb_studio.jobs.pools import Pool
from rb_studio.jobs.run_tasks import Attempt, RunTasks
from rb_studio.jobs.streams import steps_set, stream_set
from rb_studio.records.curve import Series


def run(number: int, seed: int, outcomes: list[bool | None], k: int = 1) -> RunTasks:
    """A run whose tasks each have k rollouts of the same truth, the first one selected."""
    figures, attempts = {}, {}
    for place, truth in enumerate(outcomes):
        value = None if truth is None else float(truth)
        figures[f"t{place}"] = TaskFigures(value, value, value, None)
        attempts[f"t{place}"] = tuple(
            Attempt(f"r{number}-{place}-{index}", truth, 4 if truth else 8, index == 0) for index in range(k)
        )
    costs = {key: {"tokens": 100.0 * k, "cost": None, "time": 1.0} for key in figures}
    return RunTasks(number, k, seed, False, figures, attempts, costs)


def pool(*runs: RunTasks, name: str = "none") -> Pool:
    return Pool(name, {"memory": "none", "scaling": "none", "allocation": "uniform", "source": "s"}, list(runs))


def named(series: tuple[Series, ...], metric: str) -> Series:
    return next(one for one in series if one.metric == metric)


def test_a_stream_is_the_mean_so_far_over_seeds_with_their_range() -> None:
    two = pool(run(1, 0, [True, False, True, True]), run(2, 1, [False, False, True]))
    (series,) = stream_set([two], 1).series
    assert [point.value for point in series.points] == pytest.approx([0.5, 0.25, 0.5, 0.75])
    assert [point.n for point in series.points] == [2, 2, 2, 1]
    assert (series.points[2].low, series.points[2].high) == pytest.approx((1 / 3, 2 / 3))
    assert series.points[3].low is None


def test_a_task_without_truth_repeats_the_value_before() -> None:
    (series,) = stream_set([pool(run(1, 0, [None, True, None, False]))], 1).series
    assert [point.value for point in series.points] == [None, 1.0, 1.0, 0.5]


def test_only_arms_with_that_k_have_a_stream() -> None:
    one, three = pool(run(1, 0, [True])), pool(run(2, 0, [True], k=3), name="memory")
    assert [series.name for series in stream_set([one, three], 3).series] == ["memory · cumulative"]


def test_steps_are_told_apart_by_outcome() -> None:
    series = steps_set([pool(run(1, 0, [True, False, None]))]).series
    assert named(series, "steps_solved").points[0].value == 4
    assert named(series, "steps_failed").points[0].value == 8
    assert named(series, "steps").points[0].value == pytest.approx(20 / 3, abs=1e-9)
    assert named(series, "steps_solved").points[0].n == 1


def test_steps_over_an_unknown_cost_have_no_place() -> None:
    assert named(steps_set([pool(run(1, 0, [True]))], "cost").series, "steps").points[0].x is None
    assert named(steps_set([pool(run(1, 0, [True], k=3))], "tokens").series, "steps").points[0].x == 300


def test_behind_a_point_stand_the_rollouts_it_is_made_of() -> None:
    arm = pool(run(1, 0, [True, False], k=2))
    stream = stream_set([arm], 2).series[0]
    assert behind([arm], stream, stream.points[1]) == ["r1-1-0", "r1-1-1"]
    steps = steps_set([arm]).series
    solved = named(steps, "steps_solved")
    assert behind([arm], solved, solved.points[0]) == ["r1-0-0", "r1-0-1"]
    best = Series("none · best_of_k", "best_of_k", arm.arm, "true", solved.points)
    assert behind([arm], best, solved.points[0]) == ["r1-0-0", "r1-1-0"]
    judged = Series("none (judged) · pass_at_1", "pass_at_1", arm.arm, "judged", solved.points)
    assert len(behind([arm], judged, solved.points[0])) == 4
    assert behind([], best, solved.points[0]) == []
