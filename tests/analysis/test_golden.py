"""Known values of the estimators, computed independently."""

import pytest

from rb_studio.analysis.bestofk import best_of_k, best_of_k_limit, best_of_k_model
from rb_studio.analysis.beta import marginal_gain, next_success
from rb_studio.analysis.intervals import sample_size, wilson
from rb_studio.analysis.judge_quality import JudgeTable, judge_quality
from rb_studio.analysis.passk import pass_at_k, pass_hat_k
from rb_studio.analysis.rogan_gladen import rogan_gladen
from rb_studio.analysis.voting import enough_votes, leader_confidence


def near(values, digits=4):
    return pytest.approx(values, abs=0.5 * 10**-digits)


def test_pass_at_k_golden_values():
    assert [pass_at_k(5, 2, k) for k in range(1, 6)] == near([0.4, 0.7, 0.9, 1.0, 1.0])
    assert [pass_at_k(8, 1, k) for k in (1, 2, 4, 8)] == near([0.125, 0.25, 0.5, 1.0])


def test_pass_at_k_is_undefined_beyond_the_rollouts_there_are():
    assert pass_at_k(2, 1, 3) is None
    assert pass_hat_k(2, 2, 3) is None


def test_pass_hat_k_golden_values():
    assert [pass_hat_k(5, 4, k) for k in range(1, 6)] == near([0.8, 0.6, 0.4, 0.2, 0.0])


def test_best_of_k_by_score_golden_values():
    values = [best_of_k([0.1, 0.5, 0.5, 0.9, 0.2], [0, 1, 0, 0, 1], k) for k in (1, 2, 3)]
    assert values == near([0.40, 0.35, 0.20])


def test_best_of_k_with_a_binary_judge_golden_values():
    values = [best_of_k([1, 0, 1, 1, 0, 0], [1, 0, 0, 1, 1, 0], k) for k in (1, 2, 3)]
    assert values == near([0.50, 0.60, 0.65])


def test_best_of_k_model_golden_values():
    ks = (1, 2, 3, 5, 10)
    assert [best_of_k_model(0.4, 0.9, 0.1, k) for k in ks] == near([0.4, 0.592, 0.7034, 0.8054, 0.8537])
    assert best_of_k_limit(0.4, 0.9, 0.1) == near(0.8571)
    assert [best_of_k_model(0.4, 0.75, 0.25, k) for k in ks] == near([0.4, 0.52, 0.586, 0.6423, 0.6654])
    assert best_of_k_limit(0.4, 0.75, 0.25) == near(0.6667)


def test_adaptive_consistency_golden_values():
    counts = [(2, 0), (3, 0), (4, 0), (5, 1), (6, 1), (7, 2)]
    assert [leader_confidence(*pair) for pair in counts] == near([0.875, 0.9375, 0.9688, 0.9375, 0.9648, 0.9453])


@pytest.mark.parametrize(
    ("first", "second", "stop"),
    [(2, 0, False), (3, 0, False), (4, 0, True), (5, 1, False), (6, 1, True), (7, 2, False)],
)
def test_adaptive_consistency_stops_where_it_should(first, second, stop):
    assert enough_votes(["a"] * first + ["b"] * second) is stop


def test_beta_marginals_golden_values():
    gains = [marginal_gain(1, 1, j) for j in range(5)]
    assert gains == near([0.5, 0.1667, 0.0833, 0.05, 0.0333])
    assert sum(gains) == near(0.8333)
    assert next_success(1, 1, 2) == near(0.25)


def test_rogan_gladen_golden_value():
    assert rogan_gladen(0.60, 0.90, 0.85) == near(0.60)


@pytest.mark.parametrize(
    ("successes", "n", "bounds"),
    [(45, 90, (0.3988, 0.6012)), (3, 3, (0.4385, 1)), (19, 19, (0.8318, 1)), (0, 3, (0, 0.5615))],
)
def test_wilson_golden_values(successes, n, bounds):
    assert wilson(successes, n) == near(bounds)


def test_kappa_golden_values():
    quality = judge_quality(JudgeTable(tp=40, fp=10, fn=5, tn=45))
    assert (quality.accuracy.value, quality.kappa) == near((0.85, 0.70))
    quality = judge_quality(JudgeTable(tp=88, fp=7, fn=2, tn=3))
    assert (quality.accuracy.value, quality.kappa) == near((0.91, 0.357), 3)


def test_sample_size_golden_values():
    assert [sample_size(difference) for difference in (0.05, 0.10, 0.15, 0.20)] == [1570, 392, 174, 98]
