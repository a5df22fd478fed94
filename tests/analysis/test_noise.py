"""A judge made less certain: the exact expectation against counting every case."""

from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rb_studio.analysis.bestofk import best_of_k
from rb_studio.analysis.noise import Flips, JudgedTask, noise_curve, noisy_best_of_k
from rb_studio.records.judgement import Status

ROLLOUTS = st.lists(st.tuples(st.sampled_from(Status), st.booleans()), min_size=1, max_size=5)
RATES = st.sampled_from((0.0, 0.1, 0.5, 1.0))


def _task(rollouts: list[tuple[Status, bool]]) -> JudgedTask:
    said, correct = zip(*rollouts, strict=True)
    return JudgedTask(said, correct)


def _counted(rollouts: list[tuple[Status, bool]], flips: Flips, k: int) -> float:
    """Every draw, every pattern of flips."""
    total, draws = 0.0, list(combinations(rollouts, k))
    for draw in draws:
        known = [place for place, (status, _) in enumerate(draw) if status is not Status.UNKNOWN]
        for pattern in product((False, True), repeat=len(known)):
            chance = 1.0
            accepted = [False] * k
            for place, flipped in zip(known, pattern, strict=True):
                rate = flips.missed if draw[place][0] is Status.SUCCESS else flips.passed
                chance *= rate if flipped else 1 - rate
                accepted[place] = (draw[place][0] is Status.SUCCESS) != flipped
            among = [one for one, taken in zip(draw, accepted, strict=True) if taken] or draw
            total += chance * sum(correct for _, correct in among) / len(among)
    return total / len(draws)


@given(ROLLOUTS, st.builds(Flips, RATES, RATES), st.integers(1, 5))
@settings(max_examples=60)
def test_the_expectation_is_what_counting_every_case_gives(rollouts, flips, k) -> None:
    found = noisy_best_of_k(_task(rollouts), flips, k)
    if len(rollouts) < k:
        assert found is None
    else:
        assert found == pytest.approx(_counted(rollouts, flips, k))


@given(ROLLOUTS)
@settings(max_examples=60)
def test_without_noise_it_is_the_best_by_a_binary_judge(rollouts) -> None:
    task, k = _task(rollouts), len(rollouts)
    scores = [float(status is Status.SUCCESS) for status in task.said]
    assert noisy_best_of_k(task, Flips(0.0, 0.0), k) == pytest.approx(best_of_k(scores, task.correct, k))


def test_a_judge_at_chance_chooses_no_better_than_one_rollout() -> None:
    task = _task([(Status.SUCCESS, True), (Status.FAILURE, False), (Status.FAILURE, False)])
    assert noisy_best_of_k(task, Flips(0.5, 0.5), 3) == pytest.approx(1 / 3)
    assert noisy_best_of_k(task, Flips(0.0, 0.0), 3) == 1.0
    assert noisy_best_of_k(task, Flips(1.0, 1.0), 3) == 0.0


def test_a_curve_is_the_mean_over_tasks_with_its_interval() -> None:
    good = _task([(Status.SUCCESS, True), (Status.FAILURE, False)])
    bad = _task([(Status.SUCCESS, False), (Status.FAILURE, True)])
    few = _task([(Status.SUCCESS, True)])
    points = noise_curve([[good, good], [bad], [few]], 2, [0.0, 0.5])
    assert [(one.n, one.value) for one in points] == [(2, pytest.approx(0.5))] * 2
    assert (points[0].low, points[0].high) == (0.0, 1.0)
    assert [one.value for one in noise_curve([[few]], 2, [0.1])] == [None]


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="rate"):
        noisy_best_of_k(_task([(Status.SUCCESS, True)]), Flips(0.0, 1.5), 1)
