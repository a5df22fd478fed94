"""Whose word counts."""

import pytest

from rb_studio.records.errors import UsageError
from rb_studio.records.judgement import Status
from rb_studio.records.precedence import USUAL, Precedence


def test_the_first_who_knows_is_heard():
    order = Precedence(("human", "truth", "judge"))
    assert order.success(True, Status.FAILURE, Status.SUCCESS) is False
    assert order.success(True, Status.UNKNOWN, Status.FAILURE) is True
    assert order.success(None, None, Status.FAILURE) is False
    assert order.success(None, None, Status.UNKNOWN) is None


def test_usually_only_the_truth_counts_and_nothing_is_said_of_it():
    assert USUAL.usual
    assert USUAL.sentence() == ""
    assert USUAL.success(None, Status.SUCCESS, Status.SUCCESS) is None
    assert Precedence(("human", "truth")).sentence() == "success as said by a person, else the environment"


@pytest.mark.parametrize("order", [(), ("truth", "truth"), ("truth", "somebody")])
def test_an_order_that_cannot_be_is_refused(order):
    with pytest.raises(UsageError, match="give some of truth, human, judge"):
        Precedence(order)
