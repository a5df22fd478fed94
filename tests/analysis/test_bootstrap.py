"""Intervals and comparisons by resampling tasks."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rb_studio.analysis.bootstrap import mean_intervals, paired_difference, resampled_means, task_weights
from rb_studio.analysis.curves import best_of_k_table, curve, curves, pass_at_k_table

unit = st.one_of(st.just(float("nan")), st.floats(0, 1))


def test_every_resample_draws_as_many_tasks_as_there_are():
    weights = task_weights(7, resamples=50, seed=3)
    assert weights.shape == (50, 7)
    assert (weights.sum(1) == 7).all()
    assert (weights >= 0).all()


def test_a_seed_decides_the_draws():
    values = np.linspace(0, 1, 20)[:, None]
    np.testing.assert_array_equal(resampled_means(values, 100, 5), resampled_means(values, 100, 5))
    assert (resampled_means(values, 100, 5) != resampled_means(values, 100, 6)).any()


def test_all_columns_share_the_same_draws():
    column = np.linspace(0, 1, 20)
    means = resampled_means(np.column_stack([column, column, 1 - column]), 100)
    np.testing.assert_allclose(means[:, 0], means[:, 1])
    np.testing.assert_allclose(means[:, 0] + means[:, 2], 1)


def test_the_interval_of_a_mean_covers_like_the_normal_one():
    values = (np.arange(200) % 2).astype(float)[:, None]
    mean, low, high = (bound[0] for bound in mean_intervals(values))
    assert mean == 0.5
    assert low == pytest.approx(0.5 - 1.96 * 0.5 / 200**0.5, abs=0.01)
    assert high == pytest.approx(0.5 + 1.96 * 0.5 / 200**0.5, abs=0.01)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(unit, unit), min_size=1, max_size=12))
def test_intervals_hold_the_mean_and_stay_within_the_values(rows):
    values = np.array(rows)
    means, lows, highs = mean_intervals(values, resamples=60)
    for column, mean, low, high in zip(values.T, means, lows, highs, strict=True):
        known = column[~np.isnan(column)]
        if not len(known):
            assert np.isnan([mean, low, high]).all()
            continue
        assert mean == pytest.approx(known.mean())
        assert known.min() - 1e-9 <= low <= mean <= high <= known.max() + 1e-9


def test_no_tasks_give_no_interval():
    assert np.isnan(np.concatenate(mean_intervals(np.empty((0, 3))))).all()


def test_values_must_be_a_table():
    with pytest.raises(ValueError, match="table"):
        mean_intervals(np.zeros(3))


def test_an_arm_compared_with_itself_shows_nothing():
    values = np.arange(40) % 2
    result = paired_difference(values, values)
    assert (result.n, result.difference, result.low, result.high, result.p) == (40, 0, 0, 0, 1)


def test_a_paired_difference_uses_only_tasks_both_arms_have():
    a = [1, 1, 1, float("nan"), 1, 0]
    b = [0, 1, 0, 1, float("nan"), 0]
    result = paired_difference(a, b)
    assert result.n == 4
    assert result.difference == pytest.approx(0.5)


def test_a_clear_difference_has_a_small_p_and_swapping_arms_mirrors_it():
    a, b = np.ones(60), (np.arange(60) % 3 == 0).astype(float)
    one, two = paired_difference(a, b), paired_difference(b, a)
    assert one.p == pytest.approx(2 / 2001)
    assert one.low > 0.5
    assert (two.difference, two.low, two.high) == pytest.approx((-one.difference, -one.high, -one.low))


def test_p_values_of_equal_arms_are_spread_evenly():
    dice = np.random.default_rng(1)
    values = [paired_difference(*dice.integers(0, 2, (2, 80)), resamples=400, seed=i).p for i in range(200)]
    assert 0.005 <= np.mean(np.array(values) < 0.05) <= 0.10


def test_without_shared_tasks_a_difference_is_unknown():
    result = paired_difference([float("nan"), 1], [1, float("nan")])
    assert (result.n, result.difference, result.p) == (0, None, None)
    with pytest.raises(ValueError, match="one value per task"):
        paired_difference([1, 0], [1])


def test_a_curve_has_null_points_where_rollouts_are_too_few():
    table = pass_at_k_table([[True, False, None], [False, False, True]], [1, 2, 3, 4])
    np.testing.assert_allclose(table, [[0.5, 1, np.nan, np.nan], [1 / 3, 2 / 3, 1, np.nan]])
    points = curve(table, [1, 2, 3, 4])
    assert [point.n for point in points] == [2, 2, 1, 0]
    assert points[1].value == pytest.approx(5 / 6)
    assert points[3].value is None
    assert points[3].low is None


def test_curves_drawn_together_equal_curves_drawn_alone():
    dice = np.random.default_rng(0)
    tables = [dice.random((30, 3)) for _ in range(4)]
    xs = [10.0, 20.0, 40.0]
    together = curves(tables, [1, 2, 4], xs, resamples=200)
    assert together == [curve(table, [1, 2, 4], xs, resamples=200) for table in tables]
    assert [point.x for point in together[2]] == xs
    assert curves([], [1]) == []


def test_no_tasks_make_a_curve_without_values():
    assert [point.value for point in curve(pass_at_k_table([], [1, 2]), [1, 2])] == [None, None]


@given(st.lists(st.lists(st.tuples(st.sampled_from([0.0, 1.0]), st.booleans()), max_size=5), max_size=6))
def test_best_of_k_tables_stay_below_pass_at_k_tables(tasks):
    scores = [[score for score, _ in task] for task in tasks]
    correct = [[outcome for _, outcome in task] for task in tasks]
    best, any_right = best_of_k_table(scores, correct, [1, 2, 3]), pass_at_k_table(correct, [1, 2, 3])
    np.testing.assert_array_equal(np.isnan(best), np.isnan(any_right))
    assert (np.nan_to_num(best) <= np.nan_to_num(any_right) + 1e-12).all()


@pytest.mark.bench
def test_sixty_arms_of_five_points_over_200_tasks_take_at_most_300_ms():
    dice = np.random.default_rng(0)
    tables = [dice.random((200, 5)) for _ in range(60)]
    seconds = []
    for _ in range(3):
        began = time.perf_counter()
        curves(tables, [1, 2, 3, 4, 5])
        seconds.append(time.perf_counter() - began)
    assert min(seconds) <= 0.3
