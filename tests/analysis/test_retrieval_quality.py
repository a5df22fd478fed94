"""Recall, nDCG, reciprocal rank, margin, coverage and concentration of rankings."""

from math import log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rb_studio.analysis.retrieval_quality import gini, retrieval_quality

ITEMS = "abcdef"


def test_values_by_hand():
    found = retrieval_quality(
        {"q": ["b", "a", "c"], "r": ["d", "e"]},
        {"q": {"a": 2, "f": 1}, "r": {"d": 1}},
        {"q": [0.9, 0.7, 0.1], "r": [0.5]},
        items=ITEMS,
        ks=(1, 2),
    )
    first, second = found.queries
    assert (first.recall, second.recall) == ({1: 0, 2: 0.5}, {1: 1, 2: 1})
    assert first.reciprocal == 0.5
    assert first.ndcg[2] == pytest.approx((3 / log2(3)) / (3 + 1 / log2(3)))
    assert (first.margin, second.margin) == (pytest.approx(0.2), None)
    assert found.recall[2].value == 0.75
    assert found.hit[1].value == 0.5
    assert found.mrr.value == 0.75
    assert found.recall[2].low <= 0.75 <= found.recall[2].high
    assert (found.margin.n, found.cases) == (1, 2)
    assert found.coverage == pytest.approx(4 / 6)


def test_paraphrases_of_one_task_are_one_case():
    ranked = {"q": ["a"], "q2": ["b"], "r": ["a"]}
    labels = {query: {"a": 1} for query in ranked}
    apart = retrieval_quality(ranked, labels, {})
    together = retrieval_quality(ranked, labels, {}, family={"q": "q", "q2": "q", "r": "r"})
    assert (apart.cases, together.cases) == (3, 2)
    assert together.recall[1].value == 0.75


def test_repetitions_and_foreign_queries_do_not_count():
    found = retrieval_quality({"q": ["b", "b", "a"]}, {"q": {"a": 1}, "r": {"a": 0}}, {}, ks=(2,))
    assert found.recall[2].value == 1
    assert len(found.queries) == 1


def test_a_query_that_finds_nothing_counts_as_nothing_found():
    found = retrieval_quality({}, {"q": {"a": 1}}, {}, items=ITEMS)
    assert (found.mrr.value, found.recall[10].value, found.coverage, found.gini) == (0, 0, 0, 0)


def test_without_labels_nothing_is_known():
    found = retrieval_quality({}, {}, {}, items=ITEMS)
    assert (found.cases, found.mrr, found.recall[1], found.coverage) == (0, None, None, None)


@given(
    st.dictionaries(st.sampled_from("qrst"), st.lists(st.sampled_from(ITEMS), max_size=12), max_size=4),
    st.dictionaries(st.sampled_from("qrst"), st.dictionaries(st.sampled_from(ITEMS), st.integers(0, 3)), max_size=4),
)
def test_every_measure_stays_within_its_bounds_and_recall_grows_with_k(ranked, relevant):
    found = retrieval_quality(ranked, relevant, {}, items=ITEMS)
    for one in found.queries:
        assert all(0 <= value <= 1 + 1e-12 for values in (one.recall, one.ndcg) for value in values.values())
        assert list(one.recall.values()) == sorted(one.recall.values())
        assert 0 <= one.reciprocal <= 1
    assert found.gini is None or 0 <= found.gini < 1


def test_gini_is_0_when_all_are_equal_and_high_when_one_has_all():
    assert gini([3, 3, 3]) == pytest.approx(0)
    assert gini([0, 0, 0, 8]) == pytest.approx(0.75)
    assert gini([0, 0]) == 0
