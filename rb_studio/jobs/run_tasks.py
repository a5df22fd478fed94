"""What one run's tasks came to: their outcomes, attempts and costs, as figures see them."""

import sqlite3
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from operator import attrgetter
from typing import TYPE_CHECKING

import numpy as np

from rb_studio.analysis.arm_metrics import RolloutRow, TaskFigures, task_figures, tokens_by_role
from rb_studio.jobs.results import (
    RunRows,
    asked_for,
    decided,
    in_test_split,
    results_of,
    run_rows,
    spends,
)
from rb_studio.records.errors import UsageError
from rb_studio.records.precedence import USUAL, Precedence
from rb_studio.store import rollouts, runs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Column = NDArray[np.float64]

TEST, TRAIN, ALL = SPLITS = ("test", "train", "all")


@dataclass(frozen=True, slots=True)
class Attempt:
    """One valid rollout in short; `truth` None is unknown. `draw` is the same for results taken over from another."""

    uid: str
    truth: bool | None
    steps: int
    selected: bool
    draw: str = ""


@dataclass(frozen=True, slots=True)
class RunTasks:
    """One run's tasks by key, in the order they were committed; of a split those of the test part.

    `run` holds the results. `costs` tells tokens, dollars and seconds, None where unknown. `order` is that of the
    stream, `templates` holds the template of each task that has one. `spent` counts valid rollouts, and passes of a
    sequential one like them; `invalid` counts tasks that a fault outside the agent hit. `tokens` are those of the whole
    run by phase. `changes` holds (fixes, regressions) of each task with several passes.
    """

    run: int
    k: int
    seed: int
    simulated: bool
    figures: Mapping[str, TaskFigures]
    attempts: Mapping[str, tuple[Attempt, ...]]
    costs: Mapping[str, Mapping[str, float | None]]
    order: str = "id"
    templates: Mapping[str, str] = field(default_factory=dict)
    spent: int = 0
    invalid: int = 0
    tokens: Mapping[str, int | None] = field(default_factory=dict)
    changes: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    _columns: "dict[str, Column]" = field(default_factory=dict, init=False, repr=False, compare=False)

    def column(self, name: str) -> "Column":
        """One figure of all tasks in their order, NaN where it is unknown: float[tasks].

        `name` is one of `TaskFigures`, of `costs` or of `ATTEMPTS`, or fixes or regressions.
        """
        if name not in self._columns:
            self._columns.update(_columns(self, name))
        return self._columns[name]

    def in_columns(self) -> "RunTasks":
        """The same in a fraction of the room: its columns, without the attempts and costs of single tasks."""
        for name in (*FIGURES, *COSTS, *CHANGES, *ATTEMPTS):
            self.column(name)
        figures = {sys.intern(key): one for key, one in self.figures.items()}
        templates = {sys.intern(key): sys.intern(one) for key, one in self.templates.items()}
        kept = replace(self, figures=figures, templates=templates, attempts={}, costs={})
        kept._columns.update(self._columns)
        return kept


FIGURES = tuple(one.name for one in fields(TaskFigures))
COSTS = ("tokens", "cost", "time")
CHANGES = ("fixes", "regressions")
_KINDS = ("tried", "solved", "failed")
ATTEMPTS = ("steps", *_KINDS, *(f"{kind}_{what}" for kind in _KINDS for what in ("stepped", "steps")))


def _columns(run: RunTasks, name: str) -> "dict[str, Column]":
    if name in ATTEMPTS:
        return _of_attempts(run)
    values: Iterable[float | None]
    if name in COSTS:
        values = (run.costs.get(key, {}).get(name) for key in run.figures)
    elif name in CHANGES:
        place = CHANGES.index(name)
        values = (run.changes[key][place] if key in run.changes else None for key in run.figures)
    else:
        values = map(attrgetter(name), run.figures.values())
    return {name: np.array([*values], np.float64)}


def _of_attempts(run: RunTasks) -> "dict[str, Column]":
    """Mean steps of each task's rollouts; how many there are, how many succeeded and failed, and their steps in all.

    Of each kind those are counted, too, whose steps are stored: a report tells of rollouts and not of their steps.
    """
    tried = [run.attempts.get(key, ()) for key in run.figures]
    task = np.repeat(np.arange(len(tried)), [*map(len, tried)])
    truth = np.array([one.truth for several in tried for one in several], np.float64)
    steps = np.array([one.steps for several in tried for one in several], np.float64)
    found: dict[str, Column] = {}
    for name, chosen in zip(_KINDS, (np.ones(len(truth)), truth == 1, truth == 0), strict=True):
        found[name] = _summed(task, np.asarray(chosen, np.float64), len(tried))
        found[f"{name}_stepped"] = _summed(task, chosen * (steps > 0), len(tried))
        found[f"{name}_steps"] = _summed(task, chosen * steps, len(tried))
    found["steps"] = np.full(len(tried), np.nan)
    np.divide(found["tried_steps"], found["tried_stepped"], out=found["steps"], where=found["tried_stepped"] > 0)
    return found


def _summed(task: "NDArray[np.intp]", values: "Column", tasks: int) -> "Column":
    return np.bincount(task, values, tasks).astype(np.float64)


def run_tasks(
    conn: sqlite3.Connection, row: runs.RunRow, precedence: Precedence = USUAL, split: str = TEST
) -> RunTasks:
    """What a run's tasks came to.

    Parameters
    ----------
    precedence
        Whose word a rollout's success is.
    split
        Which tasks of a train and test split are read, one of `SPLITS`; without a split all are.
    """
    return tasks_of(row, run_rows(conn, row), precedence, split)


def tasks_of(row: runs.RunRow, read: RunRows, precedence: Precedence = USUAL, split: str = TEST) -> RunTasks:
    """As `run_tasks`, from rows read before."""
    if split not in SPLITS:
        raise UsageError(f"the split {split} is unknown: choose {', '.join(SPLITS)}")
    rows, tasks, seen = read.rows, read.tasks, read.seen(precedence)
    if row.arm is not None and row.arm.held_out and split != ALL:
        tested = in_test_split(row.arm, rows)
        rows = [r for r in rows if (r.task_key in tested) is (split == TEST)]
        kept = {r.task_key for r in rows}
        tasks = [t for t in tasks if t.task_key in kept]
        seen = [one for one in seen if one.task_key in kept]
    asked = asked_for(row)
    return RunTasks(
        run=results_of(row),
        k=int(asked.get("k", 1)),
        seed=int(asked.get("seed", 0)),
        simulated=row.simulated,
        figures=task_figures(seen),
        attempts=_attempts_of(rows, precedence),
        costs=_costs(rows, tasks),
        order=str(asked.get("order", "id")),
        templates={rollout.task_key: rollout.template for rollout in rows if rollout.template},
        spent=sum(len(rollout.passes) or 1 for rollout in rows if rollout.valid),
        invalid=len({r.task_key for r in rows if not r.valid} | {t.task_key for t in tasks if not t.valid}),
        tokens=tokens_by_role(spends(rows, tasks)),
        changes=_changes(seen),
    )


def known_sum(values: Iterable[float | None]) -> float | None:
    """A sum that is unknown as soon as one part of it is."""
    known = list(values)
    return None if None in known else float(sum(value for value in known if value is not None))


def _attempts_of(rows: Sequence[rollouts.RolloutRow], precedence: Precedence) -> dict[str, tuple[Attempt, ...]]:
    found: dict[str, list[Attempt]] = {}
    for row in rows:
        if row.valid:
            attempt = Attempt(row.uid, decided(row, precedence), row.steps, row.selected, row.same_as or row.uid)
            found.setdefault(row.task_key, []).append(attempt)
    return {key: tuple(values) for key, values in found.items()}


def _changes(rows: Iterable[RolloutRow]) -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    for row in rows:
        if row.valid and len(row.passes) > 1:
            fixes, regressions = found.get(row.task_key, (0, 0))
            turns = [*zip(row.passes, row.passes[1:], strict=False)]
            found[row.task_key] = fixes + turns.count((False, True)), regressions + turns.count((True, False))
    return found


def _costs(
    rows: Sequence[rollouts.RolloutRow], tasks: Sequence[rollouts.TaskRow]
) -> dict[str, dict[str, float | None]]:
    """Tokens, dollars and seconds of each task, selection and distillation included."""
    parts: dict[str, dict[str, list[float | None]]] = {}
    for row in rows:
        part = parts.setdefault(row.task_key, {"tokens": [], "cost": [], "time": []})
        part["tokens"] += [row.tokens_act, row.tokens_judge, row.tokens_grade]
        part["cost"].append(row.cost)
        part["time"].append(row.seconds)
    for task in tasks:
        part = parts.setdefault(task.task_key, {"tokens": [], "cost": [], "time": []})
        part["tokens"] += [task.tokens_select, task.tokens_distill, task.tokens_consolidate, task.tokens_embed]
        part["cost"].append(task.cost)
    return {key: {name: known_sum(values) for name, values in part.items()} for key, part in parts.items()}
