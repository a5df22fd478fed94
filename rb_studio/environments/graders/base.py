"""The protocol of a grader, and the frame that the comparing ones share."""

import unicodedata
from collections.abc import Callable
from typing import Any, Protocol

from rb_studio.records.judgement import Truth
from rb_studio.records.task import Task


class Grader(Protocol):
    """Compares an answer (None: none was given) with the expected value of a task.

    Never raises for a bad answer or a bad expected value: what cannot be graded is unknown
    (`success` None) with a sentence in `detail`.
    """

    def __call__(self, answer: str | None, expected: Any, task: Task) -> Truth: ...


class CannotGrade(ValueError):
    """The expected value does not suit the grader; the message becomes the truth's detail."""


Comparison = Callable[[str, Any], tuple[bool, str]]


def comparing(name: str, compare: Comparison) -> Grader:
    """A grader around `compare(answer, expected) -> (right, detail)`.

    Without an expected value the truth is unknown; without an answer it is a failure.
    """

    def grade(answer: str | None, expected: Any, task: Task) -> Truth:
        if expected is None:
            return unknown(name, f"the task {task.key} has no expected answer")
        if answer is None:
            return Truth(False, 0.0, source=name, detail="no answer was given")
        try:
            right, detail = compare(answer, expected)
        except CannotGrade as fault:
            return unknown(name, str(fault))
        return Truth(right, float(right), source=name, detail=detail)

    return grade


def unknown(source: str, detail: str, report_only: bool = False) -> Truth:
    """A truth nobody knows, with the reason."""
    return Truth(None, None, source=source, detail=detail, report_only=report_only)


def normalised(text: str) -> str:
    """Canonical Unicode, white space collapsed to single blanks, ends trimmed."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def as_text(value: Any) -> str:
    """An expected scalar as text; raises `CannotGrade` for anything else."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool | int | float):
        return str(value)
    raise CannotGrade(f"the expected value must be text or a number, not {type(value).__name__}")
