"""Dense tables of tasks and runs say what lists of values say."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rb_studio.analysis.bootstrap import mean_intervals
from rb_studio.analysis.curves import curve, points
from rb_studio.analysis.difficulty import buckets, sizes
from rb_studio.analysis.tables import known_means, places, rows, stacked, taken

values = st.one_of(st.none(), st.sampled_from([0.0, 0.25, 1.0]))
tables = st.integers(1, 4).flatmap(lambda width: st.lists(st.lists(values, min_size=width, max_size=width), min_size=1))


@given(tables)
@settings(max_examples=40)
def test_means_are_over_what_is_known(table):
    found = known_means(np.array(table, np.float64))
    for mean, row in zip(found, table, strict=True):
        known = [value for value in row if value is not None]
        assert np.isnan(mean) if not known else mean == pytest.approx(sum(known) / len(known))


def test_columns_stand_at_their_keys_and_rows_can_be_taken_in_another_order():
    where = places(["b", "d"], rows(["a", "b", "c"]))
    assert where.tolist() == [1, -1]
    table = stacked(3, [(np.array([1, 0]), np.array([5.0, 6.0]))])
    assert np.array_equal(table, [[6], [5], [np.nan]], equal_nan=True)
    assert np.array_equal(taken(table, where), [[5], [np.nan]], equal_nan=True)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)).filter(lambda pair: pair[1] <= pair[0])))
@settings(max_examples=40)
def test_sizes_of_buckets_are_those_of_their_keys(counts):
    by_key = buckets({str(number): pair for number, pair in enumerate(counts)})
    n, c = np.array(counts, np.float64).reshape(-1, 2).T
    found = sizes(n, c)
    parts = (by_key.always, by_key.mixed, by_key.never, by_key.unknown)
    assert (found.always, found.mixed, found.never, found.unknown) == tuple(map(len, parts))
    assert found.informative == by_key.informative


def test_curves_drawn_together_are_those_drawn_alone():
    dice = np.random.default_rng(3)
    first, second = dice.integers(0, 2, (12, 2)).astype(float), dice.random((7, 3))
    second[2, 1] = np.nan
    drawn = [(first, [1, 2], [1, 2]), (second, [1, 2, 3], [1, 2, 3]), (first, [1, 2], [1, 2])]
    alone = [curve(table, ks, xs, resamples=200) for table, ks, xs in drawn]
    assert points(drawn, resamples=200) == alone


def test_equal_columns_have_equal_intervals_and_others_their_own():
    column = np.random.default_rng(4).random(9)
    table = np.column_stack([column, 1 - column, column, np.full(9, np.nan)])
    means, lows, highs = mean_intervals(table, resamples=300)
    assert (means[0], lows[0], highs[0]) == (means[2], lows[2], highs[2])
    assert lows[1] == pytest.approx(1 - highs[0])
    assert np.isnan(means[3])
