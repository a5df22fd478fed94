"""Two points in a bank's history, and which parts of the room can do something with such a pair."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

NOW = "now"


@dataclass(frozen=True, slots=True)
class Points:
    """The earlier and the later point: what they are called, and their operations; None is the bank as it stands."""

    bank: int
    before: str
    before_operation: int
    after: str = NOW
    after_operation: int | None = None


@runtime_checkable
class ComparesAnswers(Protocol):
    """A part that asks the same task of both points."""

    def compare_answers(self, points: Points) -> None: ...


@runtime_checkable
class TestsCuration(Protocol):
    """A part that runs the same tasks from both points."""

    def test_curation(self, points: Points) -> None: ...


def comparing(parts: Iterable[object]) -> ComparesAnswers | None:
    """The part of the room that compares answers, if there is one."""
    return next((part for part in parts if isinstance(part, ComparesAnswers)), None)


def testing(parts: Iterable[object]) -> TestsCuration | None:
    """The part of the room that tests curations, if there is one."""
    return next((part for part in parts if isinstance(part, TestsCuration)), None)
