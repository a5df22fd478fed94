"""What stands beside figures: rank correlation, posteriors, rates, the sign test, leaks."""

from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rb_studio.analysis.bayes import posterior_mean_rate, posterior_rate
from rb_studio.analysis.bootstrap import paired_difference, paired_differences
from rb_studio.analysis.contamination import Exposure, RetrievedPair, contamination
from rb_studio.analysis.leak import answers, holds, telling
from rb_studio.analysis.mcnemar import sign_test
from rb_studio.analysis.rates import rates
from rb_studio.analysis.spearman import difficulty_correlation, spearman

values = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=2, max_size=20)


def test_rank_correlation_of_known_values():
    assert spearman([1, 2, 3, 4], [10, 20, 30, 40]) == 1
    assert spearman([1, 2, 3, 4], [4, 3, 2, 1]) == -1
    assert spearman([106, 100, 86, 101, 99, 103, 97, 113, 112, 110], [7, 27, 2, 50, 28, 29, 20, 12, 6, 17]) == (
        pytest.approx(-29 / 165)
    )
    assert spearman([1, 1, 1], [1, 2, 3]) is spearman([], []) is spearman([1], [2]) is None


@given(values)
def test_rank_correlation_is_scipys(pairs):
    from scipy.stats import spearmanr

    x, y = zip(*pairs, strict=True)
    found = spearman(x, y)
    if len(set(x)) == 1 or len(set(y)) == 1:
        assert found is None
    else:
        assert found == pytest.approx(spearmanr(x, y).statistic)
        assert found == pytest.approx(spearman(y, x))


def test_more_rollouts_for_harder_tasks_correlate_and_unknown_ones_are_left_out():
    rates_without = {"a": 1.0, "b": 0.5, "c": 0.0, "d": None, "e": 0.2}
    assert difficulty_correlation({"a": 1, "b": 2, "c": 5, "d": 9}, rates_without) == 1
    assert difficulty_correlation({"a": 5, "b": 2, "c": 1}, rates_without) == -1
    assert difficulty_correlation({"a": 3, "b": 3, "c": 3}, rates_without) is None
    with pytest.raises(ValueError, match="pairs"):
        spearman([1], [1, 2])


def test_bayes_golden_values():
    found = posterior_rate(3, 3, a=2, b=2, level=0.9)
    assert (round(found.value, 2), round(found.low, 2)) == (0.71, 0.42)
    assert posterior_rate(0, 0).value == 0.5
    assert posterior_rate(7, 10).value == pytest.approx(8 / 12)


@given(st.integers(0, 30).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))))
def test_a_posterior_lies_between_its_bounds_and_shrinks_towards_the_prior(pair):
    n, successes = pair
    found = posterior_rate(successes, n)
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert abs(found.value - 0.5) <= (abs(successes / n - 0.5) if n else 0) + 1e-12


def test_the_posterior_mean_over_tasks_pools_their_variances():
    found = posterior_mean_rate([(10, 7)])
    assert (found.value, found.n) == (pytest.approx(8 / 12), 1)
    assert found.high - found.value == pytest.approx(1.959964 * (8 * 4 / (12**2 * 13)) ** 0.5)
    many = posterior_mean_rate([(10, 7)] * 100)
    assert many.value == pytest.approx(found.value)
    assert many.high - many.value == pytest.approx((found.high - found.value) / 10)
    assert posterior_mean_rate([]) is None
    for wrong in ((4, 3), (-1, 3)):
        with pytest.raises(ValueError, match="successes"):
            posterior_rate(*wrong)


def test_rates_have_every_denominator():
    found = rates(4, {"a": [True], "b": [False], "c": [True]}, {"a": [True], "c": [True]})
    assert (found.end_to_end.value, found.graded.value, found.answered.value) == (0.5, pytest.approx(2 / 3), 1.0)
    assert (found.end_to_end.n, found.graded.n, found.answered.n) == (4, 3, 2)
    assert (round(found.answered.low, 4), found.answered.high) == (0.3424, 1.0)
    several = rates(2, {"a": [True, False], "b": [True, True]}, {})
    assert (several.graded.value, several.graded.low, several.graded.high) == (0.75, 0.5, 1.0)
    assert several.answered is None
    assert rates(0, {}, {}).end_to_end is None
    with pytest.raises(ValueError, match="asked for"):
        rates(1, {"a": [True], "b": [True]}, {})


outcomes = st.lists(st.tuples(*[st.sampled_from([True, False, None])] * 2), max_size=15)


@given(outcomes)
def test_over_single_outcomes_the_sign_test_is_mcnemars(pairs):
    a, b = [x for x, _ in pairs], [y for _, y in pairs]
    only_a, only_b = pairs.count((True, False)), pairs.count((False, True))
    found = sign_test(a, b)
    if all(None in pair for pair in pairs):
        assert found is None
    else:
        n, fewer = only_a + only_b, min(only_a, only_b)
        assert found == pytest.approx(min(1, 2 * sum(comb(n, i) for i in range(fewer + 1)) / 2**n))


def test_of_means_over_seeds_the_direction_counts():
    assert sign_test([0.6] * 6, [0.5] * 6) == pytest.approx(2 / 2**6)
    assert sign_test([0.5], [0.5]) == 1


@given(st.lists(st.tuples(*[st.one_of(st.none(), st.sampled_from([0.0, 0.5, 1.0]))] * 4), max_size=8))
def test_many_metrics_at_once_are_each_compared_as_if_alone(rows):
    table = np.array([[np.nan if cell is None else cell for cell in row] for row in rows]).reshape(len(rows), 2, 2)
    together = paired_differences(table[:, :, 0], table[:, :, 1], resamples=60)
    alone = [paired_difference(table[:, i, 0], table[:, i, 1], resamples=60) for i in range(2)]
    assert together == alone


def test_differences_of_unlike_tables_are_refused():
    with pytest.raises(ValueError, match="same tasks"):
        paired_differences(np.zeros((2, 2)), np.zeros((3, 2)))


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        ("42", ("42",)),
        (7, ("7",)),
        (["a b", "c"], ("a b", "c")),
        ({"answer": {"includes": ["000159"]}}, ("000159",)),
        ({"answer": {"number": "1666.00"}}, ("1666.00",)),
        ({"page": {"path": "/customers/4", "query": {"status": "Pending"}}}, ()),
        (
            {"reference_answers": {"must_include": ["one |OR| two"], "fuzzy_match": None}, "reference_url": "x"},
            ("one", "two"),
        ),
        (None, ()),
        (True, ()),
    ],
)
def test_answers_are_found_in_any_grading_and_nothing_else_is(expected, found):
    assert answers(expected) == found


def test_an_answer_counts_as_given_away_only_word_for_word():
    assert holds("The total was  1666.00 dollars", "1666.00")
    assert holds("ask FELIX42C", "felix42c")
    assert not holds("order 0001599", "000159")
    assert not holds("anything", "")
    assert holds("It came to $1,234.50.", "1234.5")
    assert holds("Ship to Reno, NV (home)", "reno nv")
    assert not holds("written in C, plus more", "c++")
    assert not holds("1,2345 pieces", "12345")
    assert telling(("42", "000159", "Felix"), "Who is felix?") == ("000159",)


def test_the_audit_counts_what_was_eligible_and_what_blind_drawing_would_serve():
    pairs = [RetrievedPair("t1", "x", "t0", "x"), RetrievedPair("t2", "y", "t1", "x")]
    met = [
        Exposure("t0"),
        Exposure("t1", eligible=4, siblings=1, leak=False),
        Exposure("t2", eligible=5, own=1, siblings=2, leak=True),
    ]
    found = contamination(pairs, met)
    assert (found.exposed, found.eligible, found.with_own_eligible, found.with_sibling_eligible) == (3, 9, 1, 2)
    assert found.expected_siblings == pytest.approx(1 / 4 + 2 / 4)
    assert (found.leaks, found.leak_known, found.same_template) == (1, 2, 1)
    assert contamination(pairs).expected_siblings is None
