"""How an episode in the shop is graded: by the final message, the final page or the books."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from rb_studio.environments.errors import EnvironmentFailure
from rb_studio.environments.practice.urls import parse_url
from rb_studio.records.judgement import Truth
from rb_studio.records.task import Grading

GRADER = "practice"
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}\b)")
_ABSENCE = re.compile(
    r"\bn/?a\b|\bno (such|matching|customer|product|order|result|one)\b|\bnone\b|\bnobody\b"
    r"|\b(not|n't|never) (exist|found|find|be found|available|listed|there|in the shop)\b|\bdoes not have\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Ending:
    """What of an episode is graded."""

    url: str
    edits: Mapping[str, Mapping[str, str]]
    answered: str | None


def grade_ending(grading: Grading, ending: Ending) -> Truth:
    """Compare an ending with the expectation.

    Expectations are one of `{"edits": …}` (all changes of the episode, no others), `{"page": {path, query}}`
    (the page at the end, with at least this query) and `{"answer": …}` (see `answer_fits`).
    """
    expected = grading.expected
    if not isinstance(expected, Mapping) or not expected.keys() & _KINDS.keys():
        raise EnvironmentFailure(f"the grading of {grading.task_key} is not one of the shop; reload the suite")
    kind = next(iter(expected.keys() & _KINDS.keys()))
    success, detail = _KINDS[kind](expected[kind], ending)
    return Truth(success=success, reward=float(success), source="environment", detail=detail)


def answer_fits(expected: Mapping[str, Any], answer: str) -> bool:
    """Whether a message states what was asked for.

    `exact`: this text alone, whatever the case and spacing; `number`: this number and no other;
    `includes`: all these words, and none of `excludes`; `absent`: it says that there is none.
    """
    if "absent" in expected:
        return bool(_ABSENCE.search(answer))
    if "exact" in expected:
        return _plain(answer) == _plain(expected["exact"])
    if "number" in expected:
        found = {Decimal(text) for text in _NUMBER.findall(_THOUSANDS.sub("", answer))}
        return found == {Decimal(expected["number"])}
    return all(_says(answer, part) for part in expected["includes"]) and not any(
        _says(answer, part) for part in expected.get("excludes", ())
    )


def _answer(expected: Mapping[str, Any], ending: Ending) -> tuple[bool, str]:
    if ending.answered is None:
        return False, "no message was sent"
    fits = answer_fits(expected, ending.answered)
    return fits, "the message states the answer" if fits else "the message does not state the answer"


def _page(expected: Mapping[str, Any], ending: Ending) -> tuple[bool, str]:
    path, query = parse_url(ending.url)
    fits = path == expected["path"] and all(query.get(name, "") == value for name, value in expected["query"].items())
    return fits, "the page asked for is open" if fits else f"the open page is {ending.url}"


def _edits(expected: Mapping[str, Any], ending: Ending) -> tuple[bool, str]:
    if ending.edits == expected:
        return True, "the books hold the change and no other"
    if not ending.edits:
        return False, "nothing was saved"
    return False, f"other changes were saved than asked for: {', '.join(sorted(ending.edits))}"


_KINDS: dict[str, Callable[[Mapping[str, Any], Ending], tuple[bool, str]]] = {
    "answer": _answer,
    "page": _page,
    "edits": _edits,
}


def _plain(text: str) -> str:
    return re.sub(r"\s*([,;:])\s*", r"\1", " ".join(text.split())).strip(" .").casefold()


def _says(answer: str, part: str) -> bool:
    return re.search(rf"(?<![\w.@-]){re.escape(part)}(?![\w@-])", answer, re.IGNORECASE) is not None
