"""Grader `llm`: a model compares the answer with the reference. It reports only and never labels."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from rb_studio.environments.graders.base import Grader, unknown
from rb_studio.records.calls import CallSettings, Message, Reply
from rb_studio.records.identity import call_seed, canonical_json
from rb_studio.records.judgement import Truth
from rb_studio.records.resources import root
from rb_studio.records.task import Task

Ask = Callable[[Sequence[Message], CallSettings, int], Reply]
SETTINGS = CallSettings(temperature=0.0)
_SECTION = re.compile(r"^\[(system|user)\]\n", re.MULTILINE)
_STATUS = re.compile(
    r"^[\s*_#>]*status[\s*_]*:[\s*_\"'`]*(correct|incorrect)\b[\s*_\"'`.!]*$", re.IGNORECASE | re.MULTILINE
)


def llm_grader(ask: Ask) -> Grader:
    """A grader that asks a model through `ask` (a ChatModel's `reply`).

    Every truth is marked `report_only`. A failed call or a reply without a clear status is unknown.
    """

    def grade(answer: str | None, expected: Any, task: Task) -> Truth:
        if expected is None:
            return unknown("llm", f"the task {task.key} has no reference to compare with", report_only=True)
        if answer is None:
            return Truth(False, 0.0, source="llm", detail="no answer was given", report_only=True)
        reply = ask(_messages(answer, expected, task), SETTINGS, call_seed(0, task.key, 0, "grader", 0))
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


def _messages(answer: str, expected: Any, task: Task) -> tuple[Message, ...]:
    reference = expected if isinstance(expected, str) else canonical_json(expected)
    values = {"{{task}}": task.text, "{{reference}}": reference, "{{answer}}": answer}
    parts = _SECTION.split((root() / "prompts" / "grade.md").read_text("utf-8"))[1:]
    return tuple(
        Message(role, _filled(text, values).strip()) for role, text in zip(parts[::2], parts[1::2], strict=True)
    )


def _filled(text: str, values: dict[str, str]) -> str:
    """Fill all fields in one pass, so that a value holding a field's name stays as it is."""
    return re.sub("|".join(map(re.escape, values)), lambda match: values[match[0]], text)
