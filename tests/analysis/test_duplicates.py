"""Duplicate pairs with evidence, and the groups they form."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rb_studio.analysis import near as near_module
from rb_studio.analysis.components import complete_groups
from rb_studio.analysis.duplicates import Thresholds, find_duplicates
from rb_studio.analysis.near import near_pairs
from rb_studio.analysis.overlap import Overlap
from rb_studio.records.errors import Cancelled


def units(*rows):
    vectors = np.array(rows, dtype=np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def at_cosine(*cosines):
    """Vectors whose cosine with the first one is as given."""
    return units([1, 0], *([c, (1 - c * c) ** 0.5] for c in cosines))


def test_near_vectors_with_like_wording_are_a_pair_with_its_evidence():
    texts = ["Sort the table before comparing", "Sort the table before you compare", "Save the form"]
    found = find_duplicates(texts, at_cosine(0.9, 0.1))
    (pair,) = found.pairs
    assert (pair.a, pair.b, pair.cosine) == (0, 1, pytest.approx(0.9))
    assert 0.5 < pair.overlap < 1
    assert found.groups == ((0, 1),)


def test_near_vectors_need_like_wording_unless_they_are_very_near():
    texts = ["Sort the table", "Order all rows first"]
    assert find_duplicates(texts, at_cosine(0.9)).pairs == ()
    assert len(find_duplicates(texts, at_cosine(0.97)).pairs) == 1


def test_identical_wording_is_a_duplicate_whatever_the_vectors():
    found = find_duplicates(["Save  the form", "other", "save the FORM"], at_cosine(0.2, 0.1))
    (pair,) = found.pairs
    assert (pair.a, pair.b, pair.overlap) == (0, 2, 1.0)


def test_a_text_copied_many_times_costs_one_pair_per_copy():
    count = 3_000
    found = find_duplicates(["the same"] * count, np.tile(units([1, 0]), (count, 1)), max_pairs=5)
    assert len(found.pairs) == count - 1
    assert found.groups == (tuple(range(count)),)
    assert not found.truncated


def test_pairs_called_apart_are_left_out():
    texts, vectors = ["abcdef"] * 2 + ["abcdeg"], at_cosine(1, 0.99)
    assert find_duplicates(texts, vectors, apart=[(1, 0)]).groups == ((0, 2),)
    assert find_duplicates(texts, vectors, apart=[(0, 1), (2, 0)]).pairs == ()


def test_a_chain_of_neighbours_is_no_group():
    found = find_duplicates(["a b c", "a b d", "a b e"], at_cosine(0.9, 0.61), thresholds=Thresholds(overlap=0))
    assert [(pair.a, pair.b) for pair in found.pairs] == [(0, 1), (1, 2)]
    assert found.groups == ((0, 1),)


def test_a_copy_goes_where_its_text_goes_unless_somebody_keeps_it_apart():
    texts, vectors = ["one a", "one b", "one a"], at_cosine(0.99, 1)
    assert find_duplicates(texts, vectors).groups == ((0, 1, 2),)
    assert find_duplicates(texts, vectors, apart=[(1, 2)]).groups == ((0, 2),)


def test_beyond_the_limit_the_nearest_pairs_are_kept():
    texts = [f"item number {i}" for i in range(12)]
    found = find_duplicates(texts, at_cosine(*np.linspace(0.999, 0.96, 11)), max_pairs=3)
    assert found.truncated
    assert len(found.pairs) == 3
    everything = find_duplicates(texts, at_cosine(*np.linspace(0.999, 0.96, 11)))
    assert found.pairs == everything.pairs[:3]


def test_nothing_has_no_duplicates_and_counts_must_match():
    assert find_duplicates([], np.empty((0, 4), np.float32)).pairs == ()
    with pytest.raises(ValueError, match="1 texts"):
        find_duplicates(["a"], np.empty((0, 4), np.float32))


def test_progress_rises_to_one_and_may_stop_the_search(monkeypatch):
    monkeypatch.setattr(near_module, "BLOCK", 4)
    dice = np.random.default_rng(0)
    texts, vectors = [str(i) for i in range(10)], units(*dice.normal(size=(10, 3)))
    shares = []
    find_duplicates(texts, vectors, progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0

    def stop(share):
        raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        find_duplicates(texts, vectors, progress=stop)


@given(st.integers(0, 14), st.integers(1, 5), st.integers(0, 1_000))
def test_blocks_find_what_comparing_all_pairs_finds(count, block, seed):
    dice = np.random.default_rng(seed)
    vectors = units(*dice.normal(size=(count, 2))) if count else np.empty((0, 2), np.float32)
    texts = [f"text {i}" for i in range(count)]
    scores = vectors @ vectors.T
    expected = {(a, b) for a in range(count) for b in range(a + 1, count) if scores[a, b] >= 0.85}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(near_module, "BLOCK", block)
        found = find_duplicates(texts, vectors, thresholds=Thresholds(overlap=0))
    border = {pair for pair in expected if abs(scores[pair] - 0.85) < 1e-5}
    assert {(pair.a, pair.b) for pair in found.pairs} - border == expected - border


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=40), st.integers(0, 12))
def test_in_a_group_everything_is_joined_with_everything_and_no_two_groups_could_join(pairs, kinds):
    kind_of = [min(index, kinds) for index in range(13)]
    chosen = [(min(pair), max(pair)) for pair in pairs if pair[0] != pair[1]]
    groups = complete_groups(chosen, kind_of)
    linked = {tuple(sorted((kind_of[a], kind_of[b]))) for a, b in chosen}

    def joined(one, two):
        return all(
            kind_of[a] == kind_of[b] or tuple(sorted((kind_of[a], kind_of[b]))) in linked for a in one for b in two
        )

    members = [index for group in groups for index in group]
    assert len(members) == len(set(members))
    assert all(joined([a], [b]) for group in groups for a in group for b in group if a < b)
    everywhere = [*groups, *((index,) for index in {index for pair in chosen for index in pair} - set(members))]
    touching = [
        (one, two)
        for one in everywhere
        for two in everywhere
        if one < two and any((a, b) in chosen or (b, a) in chosen for a in one for b in two)
    ]
    assert not any(joined(one, two) for one, two in touching)


@pytest.mark.parametrize("spread", [0.02, 0.3, 5.0])
def test_upper_bounds_lose_no_pair_of_long_vectors(monkeypatch, spread):
    """Rows around few centres: nearly all pairs near, some, or none."""
    monkeypatch.setattr(near_module, "BLOCK", 64)
    dice = np.random.default_rng(3)
    centres = dice.normal(size=(6, 160))
    vectors = units(*(centres[n % 6] + spread * dice.normal(size=160) for n in range(300))).astype(np.float32)
    found = near_pairs(vectors, 0.85, 100_000)
    scores = vectors @ vectors.T
    expected = {(a, b) for a in range(300) for b in range(a + 1, 300) if scores[a, b] >= 0.85}
    border = {pair for pair in expected if abs(scores[pair] - 0.85) < 1e-5}
    assert set(zip(found.left.tolist(), found.right.tolist(), strict=True)) - border == expected - border
    assert list(found.cosines) == sorted(found.cosines, reverse=True)


@given(st.text(max_size=30), st.text(max_size=30))
def test_overlap_is_symmetric_and_bounded(one, two):
    overlap = Overlap([one, two])
    assert overlap(0, 1) == overlap(1, 0)
    assert 0 <= overlap(0, 1) <= 1
    assert overlap(0, 0) == 1
