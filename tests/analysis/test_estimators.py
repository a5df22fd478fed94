"""Laws the estimators keep for any input."""

from itertools import combinations, pairwise
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rb_studio.analysis.bestofk import best_of_k, best_of_k_limit, best_of_k_model
from rb_studio.analysis.beta import marginal_gain, next_success
from rb_studio.analysis.intervals import few_tasks_warning, paired_sample_size, proportion, sample_size, wilson
from rb_studio.analysis.mcnemar import discordant, mcnemar
from rb_studio.analysis.passk import pass_at_k, pass_at_k_values, pass_hat_k, pass_hat_k_values
from rb_studio.analysis.voting import enough_votes, leader_confidence, majority, majority_at_k

rollouts = st.lists(st.tuples(st.sampled_from([0.0, 0.5, 1.0]), st.booleans()), min_size=1, max_size=7)
rates = st.floats(0, 1)


@given(st.integers(1, 8), st.data())
def test_pass_at_k_and_pass_hat_k_equal_counting_all_subsets(n, data):
    c, k = data.draw(st.integers(0, n)), data.draw(st.integers(1, n))
    subsets = list(combinations([True] * c + [False] * (n - c), k))
    assert pass_at_k(n, c, k) == pytest.approx(sum(map(any, subsets)) / len(subsets))
    assert pass_hat_k(n, c, k) == pytest.approx(sum(map(all, subsets)) / len(subsets))


@given(
    st.lists(st.integers(0, 12).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))), min_size=1),
    st.integers(1, 9),
)
def test_the_vector_form_of_pass_at_k_equals_the_scalar_one(counts, k):
    n, c = zip(*counts, strict=True)
    expected = [np.nan if (value := pass_at_k(*pair, k)) is None else value for pair in counts]
    np.testing.assert_allclose(pass_at_k_values(n, c, k), expected, atol=1e-12)


def test_pass_at_k_does_not_overflow():
    assert 0 < pass_at_k(100_000, 3, 1_000) < 1


@given(rollouts, st.data())
def test_best_of_k_equals_choosing_from_all_subsets_and_stays_below_pass_at_k(pairs, data):
    scores, correct = zip(*pairs, strict=True)
    k = data.draw(st.integers(1, len(pairs)))
    value = best_of_k(scores, correct, k)
    assert value == pytest.approx(np.mean([_chosen(subset) for subset in combinations(pairs, k)]))
    assert -1e-12 <= value <= pass_at_k(len(pairs), sum(correct), k) + 1e-12


def _chosen(subset):
    top = max(score for score, _ in subset)
    return np.mean([outcome for score, outcome in subset if score == top])


@given(rollouts, st.randoms(), st.integers(1, 7))
def test_best_of_k_does_not_depend_on_the_order_of_rollouts(pairs, random, k):
    shuffled = random.sample(pairs, len(pairs))
    one, two = (best_of_k(*zip(*order, strict=True), k) for order in (pairs, shuffled))
    assert one == pytest.approx(two)
    assert (one is None) is (k > len(pairs))


@given(rates, rates, rates, st.integers(1, 40))
def test_the_model_of_best_of_k_is_a_probability_and_starts_at_the_success_rate(p, t, f, k):
    assert -1e-9 <= best_of_k_model(p, t, f, k) <= 1 + 1e-9
    assert best_of_k_model(p, t, f, 1) == pytest.approx(p, abs=1e-9)


def test_a_judge_that_accepts_nothing_has_no_limit():
    assert best_of_k_limit(0.5, 0, 0) is None
    assert best_of_k_model(0.5, 0, 0, 3) == pytest.approx(0.5)
    assert best_of_k_model(0.5, 1, 1, 3) == pytest.approx(0.5)


@pytest.mark.parametrize(
    "call",
    [
        lambda: pass_at_k(3, 4, 1),
        lambda: pass_at_k(3, 1, 0),
        lambda: pass_hat_k(3, -1, 1),
        lambda: pass_at_k_values([3], [1], 0),
        lambda: best_of_k([1], [1], 0),
        lambda: best_of_k([1], [1, 0], 1),
        lambda: majority_at_k(["a"], "a", 0),
        lambda: leader_confidence(1, 2),
        lambda: marginal_gain(0, 1, 0),
        lambda: next_success(1, 1, -1),
        lambda: wilson(4, 3),
        lambda: sample_size(0),
        lambda: mcnemar(-1, 2),
    ],
)
def test_impossible_arguments_are_refused(call):
    with pytest.raises(ValueError):
        call()


@given(st.lists(st.sampled_from("abc"), max_size=9))
def test_a_majority_is_among_the_most_frequent_answers(answers):
    result = majority(answers)
    assert (result is None) is (not answers)
    if result:
        assert result[1] == answers.count(result[0]) == max(map(answers.count, answers))


def test_majority_at_k_votes_over_all_subsets_and_shares_ties():
    answers = ["r", "r", "w"]
    assert majority_at_k(answers, "r", 1) == pytest.approx(2 / 3)
    assert majority_at_k(answers, "r", 2) == pytest.approx((1 + 0.5 + 0.5) / 3)
    assert majority_at_k(answers, "r", 3) == 1
    assert majority_at_k(answers, "r", 4) is None


def test_majority_at_k_over_many_answers_is_seeded_and_close():
    answers = ["r"] * 30 + ["w"] * 20
    value = majority_at_k(answers, "r", 9, seed=1)
    assert value == majority_at_k(answers, "r", 9, seed=1)
    assert value == pytest.approx(0.745, abs=0.03)


def test_votes_are_never_enough_before_there_are_any():
    assert not enough_votes([])
    assert leader_confidence(0, 0) == 0.5


@given(st.floats(0.1, 20), st.floats(0.1, 20))
def test_marginal_gains_fall_and_sum_below_one(a, b):
    gains = [marginal_gain(a, b, j) for j in range(50)]
    assert all(one >= two - 1e-12 for one, two in pairwise(gains))
    assert sum(gains) <= 1 + 1e-9
    assert gains[0] == pytest.approx(next_success(a, b, 0))


@given(st.integers(0, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_holds_the_proportion_within_zero_and_one(pair):
    estimate = proportion(*pair)
    assert (estimate is None) is (pair[1] == 0)
    if estimate:
        assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1


@given(st.integers(0, 40), st.integers(0, 40))
def test_mcnemar_is_a_symmetric_probability_equal_to_the_binomial_test(a, b):
    p = mcnemar(a, b)
    heads = sum(comb(a + b, i) for i in range(a + b + 1) if abs(2 * i - a - b) >= abs(a - b))
    assert p == pytest.approx(mcnemar(b, a))
    assert p == pytest.approx(heads / 2 ** (a + b), abs=1e-9)


def test_mcnemar_stands_many_tasks():
    assert 0 < mcnemar(49_000, 51_000) < 1e-5


def test_discordant_pairs_leave_unknown_tasks_out():
    assert discordant([True, True, False, None, False], [True, False, True, True, None]) == (1, 1)


def test_few_tasks_are_warned_about():
    assert "only 29 tasks" in few_tasks_warning(29)
    assert "only 1 task:" in few_tasks_warning(1)
    assert few_tasks_warning(30) is None


@given(st.lists(st.tuples(st.integers(0, 6), st.floats(0, 1)), min_size=1, max_size=6), st.integers(1, 6))
def test_pass_hat_k_of_many_tasks_is_that_of_each(tasks, k):
    counts = [(n, round(share * n)) for n, share in tasks]
    values = pass_hat_k_values(*zip(*counts, strict=True), k)
    for value, (n, c) in zip(values, counts, strict=True):
        assert np.isnan(value) if n < k else value == pytest.approx(pass_hat_k(n, c, k))


def test_a_paired_sample_grows_with_the_spread_and_shrinks_with_the_difference():
    assert paired_sample_size(0.1, 0.5) == round((2.8015852 * 5) ** 2)
    assert paired_sample_size(0.2, 0.5) < paired_sample_size(0.1, 0.5) < paired_sample_size(0.1, 0.6)
    assert paired_sample_size(0.5, 0) == 2
    assert paired_sample_size(2, 10) == paired_sample_size(0.1, 0.5)
    with pytest.raises(ValueError, match="above 0"):
        paired_sample_size(0, 0.5)
