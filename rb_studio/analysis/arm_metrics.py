"""The figures of one arm, from flat rows of its rollouts and calls."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import fsum
from typing import TypeVar

from rb_studio.analysis.passk import pass_at_k
from rb_studio.records.judgement import Status

Number = TypeVar("Number", int, float)
ROLE_NAMES = {
    "actor": "act",
    "judge": "judge",
    "grader": "grade",
    "selector": "select",
    "distiller": "distill",
    "consolidator": "consolidate",
    "embedder": "embed",
}


@dataclass(frozen=True, slots=True)
class RolloutRow:
    """One rollout as the metrics see it.

    `k` is the number of rollouts its task was given (where a policy stops early, those it started).
    `success` is the truth of its last state. For a sequential rollout `passes` holds the truth after
    each pass, the first one included, and `ends` the number of the last step of each; else they are empty.
    """

    task_key: str
    k: int = 1
    valid: bool = True
    success: bool | None = None
    judged: Status = Status.UNKNOWN
    selected: bool = False
    steps: int = 0
    passes: tuple[bool | None, ...] = ()
    ends: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Spend:
    """What calls cost: a role of `ROLE_NAMES`, tokens and US dollars, None where unknown.

    The distiller's calls that consolidate are those of a `consolidator`.
    """

    role: str
    tokens: int | None
    cost: float | None = None


@dataclass(frozen=True, slots=True)
class ArmMetrics:
    """Figures of an arm; None is undefined or unknown.

    `pass_at_1` is over the `n` tasks with a graded rollout; `best_of_k` and `pass_at_k` are over the
    `complete` tasks, all of whose k rollouts are valid and graded, so that best_of_k <= pass_at_k always.
    `mean_rollouts` counts a refinement pass like a rollout: both are what k counts.
    `invalid` and `ungraded` count rollouts. `fixes` and `regressions` count passes that turned
    wrong to right and right to wrong; one of unknown truth is neither, nor is the one after it.
    Tokens and cost hold everything spent, invalid rollouts too.
    """

    tasks: int
    n: int
    complete: int
    pass_at_1: float | None
    best_of_k: float | None
    pass_at_k: float | None
    judged_success: float | None
    mean_rollouts: float | None
    mean_steps: float | None
    mean_steps_solved: float | None
    mean_steps_failed: float | None
    invalid: int
    ungraded: int
    fixes: int
    regressions: int
    tokens: Mapping[str, int | None] = field(default_factory=dict)
    cost: float | None = None


@dataclass(frozen=True, slots=True)
class TaskFigures:
    """The same figures for one task; None where undefined. `best` and `any` are best_of_k and pass_at_k.

    `judged`, `judged_best` and `judged_any` are the first three as the judge saw them.
    """

    first: float | None
    best: float | None
    any: float | None
    judged: float | None
    judged_best: float | None = None
    judged_any: float | None = None


def arm_metrics(rollouts: Iterable[RolloutRow], spends: Iterable[Spend] = ()) -> ArmMetrics:
    """Pass rates, steps, tokens and cost of one arm (method.md, "Metrics").

    Invalid rollouts enter no rate and are counted; so are valid ones without truth.
    """
    rows, calls = list(rollouts), list(spends)
    figures = list(task_figures(rows).values())
    valid = [row for row in rows if row.valid]
    changes = [change for row in valid for change in zip(row.passes, row.passes[1:], strict=False)]
    return ArmMetrics(
        tasks=len(figures),
        n=sum(task.first is not None for task in figures),
        complete=sum(task.any is not None for task in figures),
        pass_at_1=_mean(task.first for task in figures),
        best_of_k=_best(figures),
        pass_at_k=_mean(task.any for task in figures),
        judged_success=_mean(task.judged for task in figures),
        mean_rollouts=sum(len(row.passes) or 1 for row in valid) / len(figures) if figures else None,
        mean_steps=_mean(row.steps or None for row in valid),
        mean_steps_solved=_mean(row.steps or None for row in valid if row.success is True),
        mean_steps_failed=_mean(row.steps or None for row in valid if row.success is False),
        invalid=len(rows) - len(valid),
        ungraded=sum(row.success is None for row in valid),
        fixes=changes.count((False, True)),
        regressions=changes.count((True, False)),
        tokens=tokens_by_role(calls),
        cost=known_sum([call.cost for call in calls]),
    )


def task_figures(rollouts: Iterable[RolloutRow]) -> dict[str, TaskFigures]:
    """Figures of each task, in the order tasks first occur; the values paired comparisons use."""
    by_task: dict[str, list[RolloutRow]] = {}
    for row in rollouts:
        by_task.setdefault(row.task_key, []).append(row)
    return {key: _task(rows) for key, rows in by_task.items()}


def tokens_by_role(spends: Iterable[Spend]) -> dict[str, int | None]:
    """Tokens per role and in total; a role with one unknown call is unknown, and so is the total."""
    by_role: dict[str, list[int | None]] = {name: [] for name in ROLE_NAMES.values()}
    for spend in spends:
        by_role.setdefault(ROLE_NAMES.get(spend.role, spend.role), []).append(spend.tokens)
    sums = {name: known_sum(tokens) for name, tokens in by_role.items()}
    return {**sums, "total": known_sum(list(sums.values()))}


def _task(rows: Sequence[RolloutRow]) -> TaskFigures:
    valid = [row for row in rows if row.valid]
    asked = max(row.k for row in rows)
    judged = _of_k(tuple([(_said(row.judged), row.selected) for row in valid]), asked)
    if any(row.passes for row in valid):
        return _sequential(valid, judged[0])
    return TaskFigures(*_of_k(tuple([(row.success, row.selected) for row in valid]), asked), *judged)


@lru_cache(maxsize=4096)  # few rollouts, each one of few kinds: most tasks come out like one before
def _of_k(
    outcomes: tuple[tuple[bool | None, bool], ...], asked: int
) -> tuple[float | None, float | None, float | None]:
    """Mean, of the selected, and of any, from (success, selected); the last two need all rollouts asked for known."""
    known = [(success, selected) for success, selected in outcomes if success is not None]
    first, k = _mean(success for success, _ in known), max(len(known), asked)
    if len(known) < k:
        return first, None, None
    chosen = [success for success, selected in known if selected or k == 1]
    return first, _mean(chosen), pass_at_k(len(known), sum(success for success, _ in known), k)


def _said(judged: Status) -> bool | None:
    return None if judged is Status.UNKNOWN else judged is Status.SUCCESS


def _sequential(rows: Sequence[RolloutRow], judged: float | None) -> TaskFigures:
    """First pass, last pass and any pass; the last two need all passes graded. Only the last pass is judged."""
    passed = [row.passes for row in rows if row.passes]
    graded = [passes for passes in passed if None not in passes]
    whole = len(graded) == len(passed)
    return TaskFigures(
        first=_mean(passes[0] for passes in passed),
        best=_mean(passes[-1] for passes in graded) if whole else None,
        any=_mean(any(passes) for passes in graded) if whole else None,
        judged=judged,
        judged_best=judged,
    )


def _best(figures: Sequence[TaskFigures]) -> float | None:
    """Mean over the complete tasks; undefined when one of them has no selected rollout."""
    complete = [task.best for task in figures if task.any is not None]
    return None if None in complete else _mean(complete)


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fsum(known) / len(known) if known else None


def known_sum(values: Sequence[Number | None]) -> Number | None:
    """A sum that is unknown as soon as one part of it is."""
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None
