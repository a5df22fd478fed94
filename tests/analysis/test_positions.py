"""Gain by position: known gains are found where they are, whatever the tasks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rb_studio.analysis.positions import SHUFFLES, Placed, gain_by_position, placed


def shuffles(count, tasks, gain):
    """Streams in random orders; `gain` maps a position to what memory adds there."""
    dice = np.random.default_rng(1)
    hard = {f"t{n}": float(n % 2) / 2 for n in range(tasks)}
    streams = []
    for number in range(count):
        keys = [str(key) for key in dice.permutation(list(hard))]
        streams.append(placed(f"shuffle:{number}", [(key, hard[key] + gain(i)) for i, key in enumerate(keys)], hard))
    return streams


def test_a_gain_that_grows_along_the_stream_is_found_and_tasks_do_not_matter():
    found = gain_by_position(shuffles(6, 50, lambda place: place / 100))
    assert [part.gain for part in found.parts] == pytest.approx([0.045, 0.145, 0.245, 0.345, 0.445])
    assert [(part.first, part.last, part.n) for part in found.parts] == [
        (10 * i + 1, 10 * i + 10, 60) for i in range(5)
    ]
    assert found.trend.gain == pytest.approx(0.4)
    assert 0.35 < found.trend.low <= found.trend.high < 0.45
    assert found.enough


def test_arms_that_are_alike_gain_nothing_anywhere():
    found = gain_by_position(shuffles(5, 20, lambda place: 0.0))
    assert {(part.gain, part.low, part.high) for part in (*found.parts, found.trend)} == {(0.0, 0.0, 0.0)}


def test_fewer_than_five_orders_are_told():
    assert SHUFFLES == 5
    assert not gain_by_position(shuffles(4, 10, lambda place: 0.1)).enough
    same = [Placed("id", stream.gains) for stream in shuffles(5, 10, lambda place: 0.1)]
    assert gain_by_position(same).orders == 1


def test_what_is_unknown_in_either_arm_is_no_outcome():
    stream = placed("id", [("a", 1.0), ("b", None), ("c", 1.0), ("d", 0.0)], {"a": 0.0, "b": 1.0, "c": None, "d": 1.0})
    assert stream.gains == (("a", 1.0), ("b", None), ("c", None), ("d", -1.0))
    found = gain_by_position([stream], parts=2)
    assert [(part.n, part.gain) for part in found.parts] == [(1, 1.0), (1, -1.0)]
    assert gain_by_position([]).parts == ()
    assert gain_by_position([placed("id", [("a", None)], {})]).parts[0].gain is None


gains = st.lists(st.one_of(st.none(), st.sampled_from([-1.0, 0.0, 1.0])), max_size=12)


@given(st.lists(gains, max_size=5), st.integers(1, 6))
def test_parts_cover_every_position_once_and_hold_every_known_outcome(streams, parts):
    made = [Placed(str(n), tuple((f"t{i}", g) for i, g in enumerate(stream))) for n, stream in enumerate(streams)]
    found = gain_by_position(made, parts, resamples=50)
    covered = [place for part in found.parts for place in range(part.first, part.last + 1)]
    assert covered == list(range(1, max(map(len, streams), default=0) + 1))
    assert sum(part.n for part in found.parts) == sum(g is not None for stream in streams for g in stream)
    for part in found.parts:
        assert (part.gain is None) is (part.n == 0)
        assert part.gain is None or part.low <= part.gain <= part.high
