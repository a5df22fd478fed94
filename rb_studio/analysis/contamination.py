"""Contamination audit: how often retrieval served a task its own or a sibling's experience."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RetrievedPair:
    """One retrieved experience beside the task it was retrieved for."""

    task_key: str
    template: str | None
    source_task_key: str
    source_template: str | None


@dataclass(frozen=True, slots=True)
class Contamination:
    """Counts of retrieved experiences and of tasks that got any of a kind.

    `same_task` should be 0 unless own tasks are allowed; `same_template` leaves out the same task.
    """

    retrieved: int
    same_task: int
    same_template: int
    tasks: int
    tasks_with_same_task: int
    tasks_with_same_template: int

    @property
    def same_template_share(self) -> float | None:
        return self.same_template / self.retrieved if self.retrieved else None


def contamination(pairs: Iterable[RetrievedPair]) -> Contamination:
    """Audit the retrievals of a run."""
    retrieved = list(pairs)
    own = [pair for pair in retrieved if pair.source_task_key == pair.task_key]
    siblings = [pair for pair in retrieved if _siblings(pair)]
    return Contamination(
        retrieved=len(retrieved),
        same_task=len(own),
        same_template=len(siblings),
        tasks=_tasks(retrieved),
        tasks_with_same_task=_tasks(own),
        tasks_with_same_template=_tasks(siblings),
    )


def _siblings(pair: RetrievedPair) -> bool:
    known = pair.template is not None and pair.template == pair.source_template
    return known and pair.source_task_key != pair.task_key


def _tasks(pairs: Iterable[RetrievedPair]) -> int:
    return len({pair.task_key for pair in pairs})
