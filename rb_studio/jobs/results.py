"""Results of runs and sweeps, computed from what is stored."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from rb_studio.analysis import arm_metrics as metrics
from rb_studio.analysis.arm_metrics import ArmMetrics, Spend, known_sum
from rb_studio.jobs.endings import Endings, endings
from rb_studio.jobs.remarks import remarks
from rb_studio.records.arm import ArmConfig
from rb_studio.records.judgement import Status
from rb_studio.records.precedence import USUAL, Precedence
from rb_studio.store import rollouts, runs


@dataclass(frozen=True, slots=True)
class RunResult:
    """What `rb-studio run` reports; None is unknown or undefined. `Endings` tells of the fields at the end.

    `fixes` and `regressions` count refinement passes that turned wrong to right and right to wrong.
    `dropped` names the request parameters that the endpoint refused. `remarks` counts what went oddly.
    `split` holds the figures of a train and test split apart. `label` is what learning goes by: judge, gt or human.
    """

    run: int
    simulated: bool
    status: str
    tasks: int
    pass_at_1: float | None
    best_of_k: float | None
    pass_at_k: float | None
    judged_success: float | None
    mean_steps: float | None
    mean_steps_solved: float | None
    mean_steps_failed: float | None
    fixes: int
    regressions: int
    tokens: Mapping[str, int | None]
    cost: float | None
    experiences: int
    items: int
    invalid: int
    start_state: str
    pass_number: int
    missing: int
    exit_reasons: Mapping[str, int]
    truth_unknown: int
    truth_reason: str | None
    dropped: tuple[str, ...]
    split: Mapping[str, Mapping[str, Any]] | None
    label: str
    label_noise: float
    remarks: Mapping[str, int]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class ArmResult:
    """One arm of a sweep; `n` counts tasks with a graded rollout, `shared_with` the run it takes its results from."""

    run: int
    memory: str
    scaling: str
    k: int
    allocation: str
    seed: int
    status: str
    simulated: bool
    tasks: int
    pass_at_1: float | None
    best_of_k: float | None
    pass_at_k: float | None
    judged_success: float | None
    mean_rollouts: float | None
    mean_steps: float | None
    mean_steps_solved: float | None
    mean_steps_failed: float | None
    fixes: int
    regressions: int
    tokens: Mapping[str, int | None]
    cost: float | None
    n: int
    invalid: int
    shared_with: int | None
    consolidation: str
    order: str
    start_state: str
    pass_number: int
    split: Mapping[str, Mapping[str, Any]] | None
    label: str
    label_noise: float
    missing: int
    exit_reasons: Mapping[str, int]
    truth_unknown: int
    truth_reason: str | None
    remarks: Mapping[str, int]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class RunRows:
    """What is stored of a run's rollouts and tasks, read once for all that is computed from it."""

    rows: list[rollouts.RolloutRow]
    tasks: list[rollouts.TaskRow]
    _seen: dict[Precedence, list[metrics.RolloutRow]] = field(default_factory=dict, init=False, compare=False)

    def seen(self, precedence: Precedence) -> list[metrics.RolloutRow]:
        """The rollouts as the metrics see them."""
        if precedence not in self._seen:
            self._seen[precedence] = metric_rows(self.rows, self.tasks, precedence)
        return self._seen[precedence]


def run_rows(conn: sqlite3.Connection, row: runs.RunRow) -> RunRows:
    """The rows of a run's results."""
    source = results_of(row)
    return RunRows(rollouts.rollout_rows(conn, run=source), rollouts.task_rows(conn, run=source))


def run_result(conn: sqlite3.Connection, run_id: int, precedence: Precedence = USUAL) -> RunResult:
    """Figures of one run, success as those say whose word counts."""
    row = runs.run(conn, run_id)
    read = run_rows(conn, row)
    figures = run_metrics(read, precedence)
    ended = endings(conn, row, read.rows)
    return RunResult(
        run=row.id,
        simulated=row.simulated,
        tasks=figures.tasks,
        pass_at_1=figures.pass_at_1,
        best_of_k=figures.best_of_k,
        pass_at_k=figures.pass_at_k,
        judged_success=figures.judged_success,
        mean_steps=figures.mean_steps,
        mean_steps_solved=figures.mean_steps_solved,
        mean_steps_failed=figures.mean_steps_failed,
        fixes=figures.fixes,
        regressions=figures.regressions,
        tokens=figures.tokens,
        cost=figures.cost,
        experiences=sum(task.experience_uid is not None for task in read.tasks),
        items=sum(task.items for task in read.tasks),
        invalid=figures.invalid,
        start_state=row.start_state,
        pass_number=row.pass_number,
        **_fields(ended),
        dropped=rollouts.refused_parameters(conn, results_of(row)),
        split=split_figures(row, read, precedence),
        **_labels(row),
        remarks=remarks(conn, results_of(row), read.rows, read.tasks),
    )


def sweep_results(conn: sqlite3.Connection, sweep_id: int) -> list[ArmResult]:
    """Figures of every arm of a sweep, in the order the arms were asked for."""
    return [arm_result(conn, row, run_rows(conn, row)) for row in runs.runs(conn, sweep=sweep_id)]


def arm_result(conn: sqlite3.Connection, row: runs.RunRow, read: RunRows, precedence: Precedence = USUAL) -> ArmResult:
    """Figures of one arm of a sweep, success as those say whose word counts."""
    figures = run_metrics(read, precedence)
    asked = asked_for(row)
    ended = endings(conn, row, read.rows)
    return ArmResult(
        run=row.id,
        memory=asked["memory"],
        scaling=asked["scaling"],
        k=asked["k"],
        allocation=asked["allocation"],
        seed=asked["seed"],
        simulated=row.simulated,
        tasks=figures.tasks,
        pass_at_1=figures.pass_at_1,
        best_of_k=figures.best_of_k,
        pass_at_k=figures.pass_at_k,
        judged_success=figures.judged_success,
        mean_rollouts=figures.mean_rollouts,
        mean_steps=figures.mean_steps,
        mean_steps_solved=figures.mean_steps_solved,
        mean_steps_failed=figures.mean_steps_failed,
        fixes=figures.fixes,
        regressions=figures.regressions,
        tokens=figures.tokens,
        cost=figures.cost,
        n=figures.n,
        invalid=figures.invalid,
        shared_with=row.shared_with,
        consolidation=asked["consolidation"],
        order=asked.get("order", "id"),
        start_state=row.start_state,
        pass_number=row.pass_number,
        split=split_figures(row, read, precedence),
        **_labels(row),
        **_fields(ended),
        remarks=remarks(conn, results_of(row), read.rows, read.tasks),
    )


def _labels(row: runs.RunRow) -> dict[str, Any]:
    arm = row.arm
    return {"label": arm.label if arm else "", "label_noise": arm.label_noise if arm else 0.0}


def _fields(record: Endings) -> dict[str, Any]:
    return {name: getattr(record, name) for name in Endings.__slots__}


def asked_for(row: runs.RunRow) -> Mapping[str, Any]:
    """The configuration as it was asked for: an arm equal to another keeps its own scaling and k."""
    request = row.config.get("request")
    if request is not None:
        return dict(request)
    return row.arm.to_json() if row.arm else {}


def results_of(row: runs.RunRow) -> int:
    """The run whose rows hold a run's results."""
    return row.shared_with if row.shared_with is not None else row.id


def run_metrics(read: RunRows, precedence: Precedence = USUAL) -> ArmMetrics:
    """All figures of a run's arm."""
    return metrics.arm_metrics(read.seen(precedence), spends(read.rows, read.tasks))


def split_figures(row: runs.RunRow, read: RunRows, precedence: Precedence = USUAL) -> dict[str, dict[str, Any]] | None:
    """`train` and `test` apart: tasks, pass@1, best-of-k and mean steps of each; None for a run without a split."""
    if row.arm is None or not row.arm.held_out:
        return None
    rows, tasks = read.rows, read.tasks
    tested = in_test_split(row.arm, rows)
    parts = {}
    for name, wanted in (("train", False), ("test", True)):
        part = [r for r in rows if (r.task_key in tested) is wanted]
        figures = metrics.arm_metrics(metric_rows(part, tasks, precedence), [])
        parts[name] = {key: getattr(figures, key) for key in ("tasks", "pass_at_1", "best_of_k", "mean_steps")}
    return parts


def in_test_split(arm: ArmConfig, rows: Sequence[rollouts.RolloutRow]) -> set[str]:
    """Keys of the tasks whose template is held out."""
    return {row.task_key for row in rows if (row.template or row.task_key) in arm.held_out}


def metric_rows(
    rows: Sequence[rollouts.RolloutRow], tasks: Sequence[rollouts.TaskRow], precedence: Precedence = USUAL
) -> list[metrics.RolloutRow]:
    """Stored rollouts as the metrics see them, their success as those say whose word counts."""
    ks = {(task.run, task.task_key): task.k for task in tasks}
    return [
        metrics.RolloutRow(
            task_key=row.task_key,
            k=ks.get((row.run, row.task_key), 1),
            valid=row.valid,
            success=(success := decided(row, precedence)),
            judged=Status(row.judged) if row.judged else Status.UNKNOWN,
            selected=row.selected,
            steps=row.steps,
            passes=row.passes if precedence.usual or not row.passes else (*row.passes[:-1], success),
            ends=row.ends,
        )
        for row in rows
    ]


def decided(row: rollouts.RolloutRow, precedence: Precedence) -> bool | None:
    """Whether a rollout succeeded, by those whose word counts; people and judges speak of its last pass."""
    if precedence.usual:
        return row.truth
    human, judge = (Status(said) if said else None for said in (row.human, row.judged))
    return precedence.success(row.truth, human, judge)


def spends(rows: Sequence[rollouts.RolloutRow], tasks: Sequence[rollouts.TaskRow]) -> list[Spend]:
    """Tokens by phase; the cost of rollouts stands with their acting, that of a task with its selection."""
    return [
        Spend("actor", known_sum([row.tokens_act for row in rows]), known_sum([row.cost for row in rows])),
        Spend("judge", known_sum([row.tokens_judge for row in rows]), 0.0),
        Spend("grader", known_sum([row.tokens_grade for row in rows]), 0.0),
        *(Spend("selector", task.tokens_select, task.cost) for task in tasks),
        Spend("distiller", known_sum([task.tokens_distill for task in tasks]), 0.0),
        Spend("consolidator", known_sum([task.tokens_consolidate for task in tasks]), 0.0),
        Spend("embedder", known_sum([task.tokens_embed for task in tasks]), 0.0),
    ]
