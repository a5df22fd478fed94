"""Grader `llm`: a model compares the answer with the reference. It reports only and never labels."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from rb_studio.environments.graders.base import Grader, unknown
from rb_studio.records.calls import Reply
from rb_studio.records.identity import canonical_json
from rb_studio.records.judgement import Truth
from rb_studio.records.task import Task

Ask = Callable[[Mapping[str, str]], Reply]
_STATUS = re.compile(
    r"^[\s*_#>]*status[\s*_]*:[\s*_\"'`]*(correct|incorrect)\b[\s*_\"'`.!]*$", re.IGNORECASE | re.MULTILINE
)


def llm_grader(ask: Ask) -> Grader:
    """A grader that hands `task`, `reference` and `answer` to `ask`, which puts them to a model.

    Every truth is marked `report_only`. A failed call or a reply without a clear status is unknown.
    """

    def grade(answer: str | None, expected: Any, task: Task) -> Truth:
        if expected is None:
            return unknown("llm", f"the task {task.key} has no reference to compare with", report_only=True)
        if answer is None:
            return Truth(False, 0.0, source="llm", detail="no answer was given", report_only=True)
        reference = expected if isinstance(expected, str) else canonical_json(expected)
        reply = ask({"task": task.text, "reference": reference, "answer": answer})
        if reply.failure is not None:
            return unknown("llm", f"the grader's call failed: {reply.failure.message}", report_only=True)
        return _truth(reply.text)

    return grade


def _truth(text: str) -> Truth:
    found = {status.lower() for status in _STATUS.findall(text)}
    if len(found) != 1:
        return unknown("llm", f"the grader's reply has no clear status: {text[:200]!r}", report_only=True)
    right = found == {"correct"}
    return Truth(right, float(right), source="llm", detail=text.strip(), report_only=True)
