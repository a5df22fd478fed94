"""Difficulty buckets and the contamination audit."""

import pytest

from rb_studio.analysis.contamination import RetrievedPair, contamination
from rb_studio.analysis.difficulty import buckets


def test_tasks_fall_into_buckets_by_their_success_counts():
    found = buckets({"a": (3, 3), "b": (3, 0), "c": (3, 1), "d": (0, 0), "e": (1, 1)})
    assert (found.always, found.mixed, found.never, found.unknown) == (("a", "e"), ("c",), ("b",), ("d",))
    assert found.informative == pytest.approx(1 / 3)
    assert buckets({"d": (0, 0)}).informative is None


def test_tasks_tried_once_tell_nothing_of_how_many_can_carry_a_difference():
    found = buckets({"a": (1, 1), "b": (1, 0)})
    assert (found.always, found.never, found.informative) == (("a",), ("b",), None)


def test_impossible_counts_are_refused():
    with pytest.raises(ValueError, match="2 of 1"):
        buckets({"a": (1, 2)})


def test_the_audit_tells_own_experience_from_a_siblings():
    audit = contamination(
        [
            RetrievedPair("t1", "x", "t1", "x"),
            RetrievedPair("t1", "x", "t0", "x"),
            RetrievedPair("t2", "x", "t1", "x"),
            RetrievedPair("t3", None, "t1", None),
            RetrievedPair("t3", "y", "t1", "x"),
        ]
    )
    assert (audit.retrieved, audit.same_task, audit.same_template) == (5, 1, 2)
    assert (audit.tasks, audit.tasks_with_same_task, audit.tasks_with_same_template) == (3, 1, 2)
    assert audit.same_template_share == 0.4


def test_an_audit_of_nothing_has_no_share():
    assert contamination([]).same_template_share is None
