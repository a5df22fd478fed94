"""Queues: each item once, nothing lost, the same order of the same seed."""

from hypothesis import given, settings
from hypothesis import strategies as st

from rb_studio.gui.review.queue import Queue, Standing, name_of, rollout_in


def test_a_seed_makes_the_same_order_everywhere_and_none_keeps_the_given_one() -> None:
    names = [f"r{number}" for number in range(8)]
    assert Queue.begin(names).items == tuple(names)
    assert Queue.begin(names, 7).items == ("r6", "r7", "r2", "r4", "r0", "r3", "r1", "r5")


def test_onward_passes_what_is_settled_and_begins_again_after_the_last() -> None:
    queue = Queue.begin("abcd").settle("b", Standing.DONE).at("a")
    assert queue.onward() == "c"
    assert queue.at("d").onward() == "a"
    assert queue.at("c").before() == "b"
    assert queue.at("a").before() is None
    over = queue.settle("a", Standing.DONE).settle("c", Standing.SKIPPED).settle("d", Standing.DONE)
    assert over.over
    assert over.onward() is None
    assert over.progress() == "3 of 4 reviewed, 1 skipped"
    assert over.again().onward() == "c"


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.text(max_size=5), min_size=1, max_size=12),
    st.none() | st.integers(0, 2**32),
    st.lists(st.tuples(st.integers(0, 11), st.sampled_from(list(Standing))), max_size=20),
)
def test_whatever_is_done_every_item_stands_somewhere_and_comes_back_from_json(names, seed, acts) -> None:
    queue = Queue.begin(names, seed)
    assert sorted(queue.items) == sorted(set(names))
    for place, standing in acts:
        item = queue.items[place % len(queue.items)]
        queue = queue.at(item).settle(item, standing)
    assert sum(map(queue.count, Standing)) == len(queue.items)
    assert Queue.from_plain(queue.to_plain()) == queue
    assert (queue.onward() is None) == queue.over


def test_what_is_damaged_is_no_queue() -> None:
    whole = Queue.begin("ab").to_plain()
    for damaged in (None, [], {}, {**whole, "settled": {"a": "gone"}}, {**whole, "seed": "x"}, {**whole, "items": []}):
        assert Queue.from_plain(damaged) is None


def test_a_rollout_is_named_by_run_and_uid() -> None:
    assert rollout_in(name_of(3, "a/b")) == (3, "a/b")
    assert rollout_in("no rollout") is None
    assert rollout_in("x/uid") is None
