"""The plane a bank is shown in, and subjects over a stream."""

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rb_studio.analysis import projection
from rb_studio.analysis import themes as themes_module
from rb_studio.analysis.projection import principal_axes, umap_axes
from rb_studio.analysis.themes import themes


def units(seed, count, dimension=8, centres=4, spread=0.4):
    dice = np.random.default_rng(seed)
    rows = dice.normal(size=(centres, dimension))[dice.integers(0, centres, count)]
    rows = rows + spread * dice.normal(size=(count, dimension))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def test_axes_hold_most_variance_and_always_point_the_same_way():
    vectors = units(1, 60)
    axes = principal_axes(vectors)
    assert axes.points.shape == (60, 2)
    centred = vectors - vectors.mean(0)
    singular = np.linalg.svd(centred, compute_uv=False)
    assert axes.shares == pytest.approx(tuple((singular[:2] ** 2 / (singular**2).sum()).tolist()), rel=1e-4)
    assert axes.points.var(0)[0] >= axes.points.var(0)[1]
    assert np.abs(axes.points.mean(0)).max() < 1e-5
    assert (principal_axes(vectors).points == axes.points).all()
    turned = principal_axes(vectors[::-1])
    assert turned.points[::-1] == pytest.approx(axes.points, abs=1e-4)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_few_points_stay_in_their_place(count):
    axes = principal_axes(units(0, count))
    assert axes.points.shape == (count, 2)
    assert np.isfinite(axes.points).all()
    assert not principal_axes(np.ones((5, 3), np.float32)).points.any()


def test_without_the_package_there_is_no_umap(monkeypatch):
    monkeypatch.setitem(sys.modules, "umap", None)
    monkeypatch.setattr(projection, "find_spec", lambda name: None)
    assert umap_axes(units(0, 20)) is None


def by_hand(vectors, order, cut):
    """One row after the other, against the first row of every theme."""
    leaders, members = [], []
    for row in np.argsort(order, kind="stable").tolist():
        scores = [float(vectors[leader] @ vectors[row]) for leader in leaders]
        if scores and max(scores) >= cut:
            members[int(np.argmax(scores))].append(row)
        else:
            leaders.append(row)
            members.append([row])
    return members


@settings(deadline=None)
@given(st.integers(0, 500), st.integers(0, 60), st.integers(1, 9), st.floats(0.2, 0.95))
def test_themes_are_those_found_one_row_after_the_other(seed, count, block, cut):
    vectors, order = units(seed, count), np.random.default_rng(seed).permutation(count)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(themes_module, "BLOCK", block)
        found = themes(vectors, order, cut=cut)
    assert [list(theme.members) for theme in found] == by_hand(vectors, order, cut)
    for theme in found:
        assert theme.medoid in theme.members
        assert theme.span == (min(order[list(theme.members)]), max(order[list(theme.members)]))


@given(st.integers(0, 500), st.integers(1, 40), st.integers(0, 40))
def test_what_comes_later_moves_nothing_that_was_there(seed, count, more):
    vectors = units(seed, count + more)
    before = themes(vectors[:count], np.arange(count))
    after = themes(vectors, np.arange(count + more))
    for early, late in zip(before, after, strict=False):
        assert late.members[: len(early.members)] == early.members
