"""Grader `exact`: the answer is the expected text."""

from typing import Any

from rb_studio.environments.graders.base import CannotGrade, as_text, comparing, normalised


def compare_exact(answer: str, expected: Any) -> tuple[bool, str]:
    """Equality after Unicode composition and collapsing white space, upper and lower case alike.

    `expected` is a text or number, a list of which any one may be met, or
    `{"value": ..., "case": true}` where case counts.
    """
    values, case = _alternatives(expected)
    given = _folded(answer, case)
    return any(_folded(as_text(value), case) == given for value in values), ""


def _alternatives(expected: Any) -> tuple[list[Any], bool]:
    case = False
    if isinstance(expected, dict):
        if "value" not in expected:
            raise CannotGrade('an expected object needs the key "value"')
        expected, case = expected["value"], bool(expected.get("case", False))
    values = expected if isinstance(expected, list) else [expected]
    if not values:
        raise CannotGrade("the list of expected answers is empty")
    return values, case


def _folded(text: str, case: bool) -> str:
    return normalised(text) if case else normalised(text).casefold()


exact = comparing("exact", compare_exact)
