"""Contamination audit: what memory held for a task, what it was served, and whether that gave the answer away."""

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
class Exposure:
    """What one task met: experiences in the bank before it, and what was injected.

    `own` and `siblings` of the `eligible` experiences come from the task itself and from others of its template.
    `leak` tells whether an injected item holds the task's answer word for word; None where that cannot be told: nothing
    was injected, the task has no answer in words, or it is too short or stands in the task's own text.
    """

    task_key: str
    eligible: int = 0
    own: int = 0
    siblings: int = 0
    leak: bool | None = None


@dataclass(frozen=True, slots=True)
class Contamination:
    """Counts of retrieved experiences and of tasks that got any of a kind.

    `same_task` should be 0 unless own tasks are allowed; `same_template` leaves out the same task.
    `tasks` counts those that retrieved anything, `exposed` all that were looked at. `with_own_eligible` and
    `with_sibling_eligible` count tasks for which the bank held such an experience; `expected_siblings` is how many
    of the retrieved ones would be a sibling's if they had been drawn blindly. `leaks` of `leak_known` tasks had
    their answer word for word in an injected item: fewer than there may be.
    """

    retrieved: int
    same_task: int
    same_template: int
    tasks: int
    tasks_with_same_task: int
    tasks_with_same_template: int
    exposed: int = 0
    eligible: int = 0
    with_own_eligible: int = 0
    with_sibling_eligible: int = 0
    expected_siblings: float | None = None
    leaks: int = 0
    leak_known: int = 0

    @property
    def same_template_share(self) -> float | None:
        return self.same_template / self.retrieved if self.retrieved else None


def contamination(pairs: Iterable[RetrievedPair], exposures: Iterable[Exposure] = ()) -> Contamination:
    """Audit the retrievals of a run; `exposures` tells of every task that could retrieve."""
    retrieved, met = list(pairs), list(exposures)
    own = [pair for pair in retrieved if pair.source_task_key == pair.task_key]
    siblings = [pair for pair in retrieved if _siblings(pair)]
    return Contamination(
        retrieved=len(retrieved),
        same_task=len(own),
        same_template=len(siblings),
        tasks=_tasks(retrieved),
        tasks_with_same_task=_tasks(own),
        tasks_with_same_template=_tasks(siblings),
        exposed=len(met),
        eligible=sum(one.eligible for one in met),
        with_own_eligible=sum(one.own > 0 for one in met),
        with_sibling_eligible=sum(one.siblings > 0 for one in met),
        expected_siblings=_expected(retrieved, met),
        leaks=sum(one.leak is True for one in met),
        leak_known=sum(one.leak is not None for one in met),
    )


def _expected(retrieved: Iterable[RetrievedPair], met: Iterable[Exposure]) -> float | None:
    """Siblings among the retrieved if any experience of another task were as likely as the next."""
    shares = {one.task_key: one.siblings / (one.eligible - one.own) for one in met if one.eligible > one.own}
    return sum(shares.get(pair.task_key, 0.0) for pair in retrieved) if shares else None


def _siblings(pair: RetrievedPair) -> bool:
    known = pair.template is not None and pair.template == pair.source_template
    return known and pair.source_task_key != pair.task_key


def _tasks(pairs: Iterable[RetrievedPair]) -> int:
    return len({pair.task_key for pair in pairs})
