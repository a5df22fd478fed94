"""Tasks and suites. The reference answer lives in Grading, apart from Task: no prompt builder sees it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rb_studio.records.quick import Quick


@dataclass(frozen=True, slots=True)
class Task(Quick):
    """What an agent is asked to do.

    `key` is unique over all suites of a workspace (`practice/17`). `setup` is what the environment
    needs to reset (start URL, folder, shop seed) and never holds an expected answer.
    """

    key: str
    suite: str
    ordinal: int
    text: str
    site: str | None = None
    template: str | None = None
    setup: Mapping[str, Any] = field(default_factory=dict)


def plain(text: str) -> str:
    """A task's text without what does not make it another task: letter case and white space."""
    return " ".join(text.casefold().split())


@dataclass(frozen=True, slots=True)
class Grading(Quick):
    """How one task is graded: a grader's name and what it compares with. Ground truth."""

    task_key: str
    grader: str
    expected: Any = None


@dataclass(frozen=True, slots=True)
class Suite:
    """An ordered set of tasks with the environment and the grader they share.

    `reason` says why the suite cannot run yet; it is None when `runnable`.
    """

    name: str
    environment: str
    grader: str
    source: str = ""
    simulated: bool = False
    runnable: bool = True
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Subset:
    """A named part of a suite, e.g. `webarena/shopping`: the ordinals of its tasks."""

    name: str
    suite: str
    ordinals: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SuiteContent:
    """A suite as an importer or a generator hands it over: tasks and gradings in the same order."""

    suite: Suite
    tasks: tuple[Task, ...]
    gradings: tuple[Grading, ...]
    subsets: tuple[Subset, ...] = ()
    warnings: tuple[str, ...] = ()
