"""Rollouts spread over tasks offline: what the first k are worth, and spreads that spend the same."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rb_studio.analysis.allocation import (
    any_correct,
    evenly,
    inverse,
    judge_selected,
    oracle,
    shuffled,
    worth,
)

bits = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=8)
spreads = st.lists(st.integers(1, 9), min_size=1, max_size=12)


def test_the_judge_chooses_among_what_it_accepts_and_among_all_where_it_accepts_nothing():
    judged, right = (False, True, True, False), (True, False, True, True)
    assert judge_selected(judged, right, 4).tolist() == [1.0, 0.0, 0.5, 0.5]
    assert any_correct(right, 4).tolist() == [1.0] * 4
    assert judge_selected((False, False), (False, True), 2).tolist() == [0.0, 0.5]


@given(bits)
def test_what_the_judge_selects_is_never_better_than_any_correct_rollout(pairs):
    judged, right = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    most = len(pairs)
    assert (judge_selected(judged, right, most) <= any_correct(right, most)).all()


@given(bits)
def test_a_perfect_judge_reaches_any_correct(pairs):
    right = [pair[1] for pair in pairs]
    assert judge_selected(right, right, len(right)).tolist() == any_correct(right, len(right)).tolist()


def test_more_than_is_stored_is_refused():
    with pytest.raises(ValueError, match="2 rollouts tell nothing about 3"):
        judge_selected((True, False), (True, False), 3)
    with pytest.raises(ValueError, match="1 rollouts tell nothing about 2"):
        any_correct((True,), 2)


@given(st.integers(1, 40), st.integers(0, 300))
def test_an_even_spread_spends_the_total_and_differs_by_one_at_most(tasks, total):
    ks = evenly(tasks, total).tolist()
    assert (len(ks), sum(ks)) == (tasks, total)
    assert max(ks) - min(ks) <= 1


@given(spreads, st.integers(0, 2**31))
def test_controls_give_the_same_numbers_to_other_tasks(ks, seed):
    assert sorted(inverse(ks).tolist()) == sorted(ks)
    assert sorted(shuffled(len(ks), seed).tolist()) == list(range(len(ks)))
    assert shuffled(len(ks), seed).tolist() == shuffled(len(ks), seed).tolist()


@given(spreads)
def test_the_inverse_gives_most_to_whoever_had_least(ks):
    turned = inverse(ks)
    assert all(turned[a] >= turned[b] for a, b in product(range(len(ks)), repeat=2) if ks[a] < ks[b])


rates = st.lists(st.sampled_from([0.0, 0.1, 0.3, 0.5, 0.8, 1.0]), min_size=1, max_size=4)


@given(rates, st.integers(0, 8), st.integers(1, 4))
def test_no_spread_of_the_same_total_solves_more_than_the_oracles(p, extra, most):
    total = min(len(p) + extra, most * len(p))
    ks = oracle(p, most)[total - len(p)].tolist()
    assert (sum(ks), min(ks) >= 1, max(ks) <= most) == (total, True, True)

    def solved(spread):
        return sum(1 - (1 - rate) ** k for rate, k in zip(p, spread, strict=True))

    others = (one for one in product(range(1, most + 1), repeat=len(p)) if sum(one) == total)
    assert all(solved(other) <= solved(ks) + 1e-9 for other in others)


def test_a_row_is_worth_its_value_at_k():
    assert worth(np.array([[0.1, 0.2], [0.3, 0.4]]), [2, 1]).tolist() == [0.2, 0.3]
