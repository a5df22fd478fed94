"""Values of options: what is wrong with one is said in plain words."""

import re

import pytest

from tests.cli.conftest import Run


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("memories", "w.rbank", "state", "1", "--to", "bogus"), "'bogus' is unknown; choose candidate, active,"),
        (("memories", "w.rbank", "list", "--polarity", "x"), "'x' is unknown; choose success, failure, contrast"),
        (("run", "w.rbank", "--suite", "practice", "-k", "x"), "'x' is not a whole number"),
        (("run", "w.rbank", "--suite", "practice", "-k", "0"), "0 is out of range: give 1 or more"),
        (("run", "w.rbank", "--suite", "practice", "--seed", "x"), "'x' is not a whole number"),
        (("run", "w.rbank", "--suite", "practice", "--learn", "x"), "'x' is unknown; choose on, off"),
        (("demo", "--seed", "1.5"), "'1.5' is not a whole number"),
        (("run", "w.rbank", "--suite", "practice", "--seed", "9" * 30), "-999,999,999 to 999,999,999"),
    ],
)
def test_a_value_of_the_wrong_kind_is_told_in_plain_words(run: Run, arguments: tuple[str, ...], said: str) -> None:
    ran = run(*arguments)
    assert ran.code == 2
    assert said in ran.err
    assert not re.search(r"invalid \w+ value|<\w+\.\w+|invalid choice", ran.err)
