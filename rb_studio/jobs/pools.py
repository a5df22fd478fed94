"""Runs grouped into arms: what a curve, a stream or a comparison is computed from."""

import itertools
import re
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from rb_studio.analysis.arm_metrics import TaskFigures, task_figures
from rb_studio.jobs.results import RunRows, asked_for, in_test_split, metric_rows, results_of, run_rows
from rb_studio.method.prompts import PromptSet
from rb_studio.records.arm import ArmConfig
from rb_studio.records.errors import UsageError
from rb_studio.records.identity import canonical_json
from rb_studio.records.own_method import short
from rb_studio.store import rollouts, runs
from rb_studio.store.experiments import experiment_runs

_MOOT = ArmConfig("")
ALL_PROMPTS = 9  # a k at which an arm sends every prompt of its scaling


@dataclass(frozen=True, slots=True)
class Attempt:
    """One valid rollout in short; `truth` None is unknown."""

    uid: str
    truth: bool | None
    steps: int
    selected: bool


@dataclass(frozen=True, slots=True)
class RunTasks:
    """One run's tasks by key, in the order they were committed; of a split those of the test part.

    `run` holds the results. `costs` tells tokens, dollars and seconds, None where unknown. `order` is that of the
    stream, `templates` holds the template of each task that has one. `spent` counts valid rollouts, and passes of a
    sequential one like them; `invalid` counts tasks that a fault outside the agent hit.
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


@dataclass
class Pool:
    """Runs that make up one curve: the same arm but for k, seed and order, or imported runs over the same tasks.

    `model` is the actor's identity, empty for imported runs; `sources` are the names of those. `reworded` are the
    prompts whose text is not the packaged one, `method` the identity of a memory method of one's own.
    """

    name: str
    arm: Mapping[str, Any]
    runs: list[RunTasks] = field(default_factory=list)
    model: str = ""
    sources: list[str] = field(default_factory=list)
    reworded: tuple[str, ...] = ()
    method: str = ""

    @property
    def ks(self) -> list[int]:
        return sorted({run.k for run in self.runs})

    @property
    def tasks(self) -> list[str]:
        return sorted({key for run in self.runs for key in run.figures})

    @property
    def tried_tasks(self) -> set[str]:
        """Tasks with a valid rollout."""
        return {key for run in self.runs for key in run.attempts}

    @property
    def known_tasks(self) -> set[str]:
        """Tasks with a known outcome, true or judged: the others are in no point of a curve."""
        found = (task for run in self.runs for task in run.figures.items())
        return {key for key, task in found if task.first is not None or task.judged is not None}

    @property
    def seeds(self) -> list[int]:
        return sorted({run.seed for run in self.runs})

    @property
    def simulated(self) -> bool:
        return any(run.simulated for run in self.runs)

    @property
    def imported(self) -> bool:
        return self.arm["memory"] is None

    @property
    def repeat(self) -> bool:
        """Whether this arm only repeats another one with other seeds."""
        return bool(self.arm.get("repeat"))

    def distinct(self) -> list[RunTasks]:
        """The runs that are draws of their own: the practice model repeats a seed to the letter.

        The order of tasks makes another draw only of an arm that learns.
        """

        def draw(run: RunTasks) -> tuple[int, str]:
            return run.seed, "" if self.arm["memory"] == "none" else run.order

        first = {draw(run): run for run in reversed(self.runs)}
        return [run for run in self.runs if not run.simulated or run is first[draw(run)]]

    def mean_rollouts(self, k: int) -> float:
        """What a task of the runs with this k really got: where an allocation decides, k is but the most."""
        members = [run for run in self.runs if run.k == k]
        return sum(run.spent for run in members) / sum(len(run.figures) for run in members)

    def attempts(self, k: int, *, selected: bool = False, task: str | None = None) -> list[Attempt]:
        """Valid rollouts of the runs with this k, of one task where named; only the selected ones where asked."""
        found = [one for run in self.runs if run.k == k for key in _keys(run, task) for one in run.attempts[key]]
        return [one for one in found if one.selected] if selected and k > 1 else found


def read_pools(conn: sqlite3.Connection, *, sweep: int | None = None, apart: bool = False) -> list[Pool]:
    """Runs with results, grouped into curves in the order they first occur.

    Parameters
    ----------
    sweep
        One sweep; None takes all single and imported runs but those of experiments, which have pairs of their own.
    apart
        Every run makes a curve of its own, also where another run asked for the same.

    Raises
    ------
    UsageError
        There is no such sweep.
    """
    return pooled(((row, run_tasks(conn, row)) for row in _rows(conn, sweep)), apart=apart)


def pooled(found: Iterable[tuple[runs.RunRow, RunTasks]], *, apart: bool = False) -> list[Pool]:
    """As `read_pools`, of runs read before."""
    pools: dict[str, Pool] = {}
    imported: list[Pool] = []
    for row, tasks in found:
        if not tasks.figures:
            continue
        if row.arm is None:
            _join(imported, tasks, row, apart=apart)
            continue
        asked = asked_for(row)
        model, reworded = row.arm.models.get("actor", ""), _reworded(row.arm)
        pool = Pool(_arm_name(asked, row, apart), _arm(asked), model=model, reworded=reworded, method=row.arm.method)
        pools.setdefault(_key(row.arm, asked, row, apart), pool).runs.append(tasks)
    return _named_apart([*pools.values(), *imported])


def known_sum(values: Iterable[float | None]) -> float | None:
    """A sum that is unknown as soon as one part of it is."""
    known = list(values)
    return None if None in known else float(sum(value for value in known if value is not None))


def _keys(run: RunTasks, task: str | None) -> Iterable[str]:
    return run.attempts if task is None else [task] if task in run.attempts else []


def _rows(conn: sqlite3.Connection, sweep: int | None) -> list[runs.RunRow]:
    if sweep is None:
        of_experiments = experiment_runs(conn)
        return [row for row in runs.runs(conn) if row.sweep is None and row.id not in of_experiments]
    if runs.sweep(conn, sweep) is None:
        known = ", ".join(str(row.id) for row in runs.sweeps(conn)) or "none"
        raise UsageError(f"there is no sweep {sweep} in this workspace; it holds {known}")
    return runs.runs(conn, sweep=sweep)


def _arm(asked: Mapping[str, Any]) -> dict[str, Any]:
    arm = {name: asked[name] for name in ("memory", "scaling", "allocation")} | {"source": asked["suite"]}
    own = asked.get("method_identities", {}).get(asked["memory"])
    arm |= {"method": own} if own else {}
    return arm if asked.get("repeat_of") is None else {**arm, "repeat": True}


def _reworded(arm: ArmConfig) -> tuple[str, ...]:
    packaged = _packaged()
    return tuple(name for name, text in arm.own_prompts(arm.prompts).items() if packaged.get(name) != text)


@cache
def _packaged() -> Mapping[str, str]:
    return PromptSet.with_overrides().hashes()


def _key(arm: ArmConfig, asked: Mapping[str, Any], row: runs.RunRow, apart: bool) -> str:
    """What runs of one curve have in common: everything but k, seed, order, how often and how far.

    The arm counts as its canonical form does where every prompt of its scaling is sent, so that neither what is moot
    without memory nor prompts that came later keep runs apart.
    """
    whole = replace(arm, scaling=asked["scaling"], k=ALL_PROMPTS).canonical()
    moot = {name: getattr(_MOOT, name) for name in ("k", "seed", "order", "repeat", "limit", "tasks", "start")}
    common = replace(whole, scaling=asked["scaling"], **moot)
    repeats = asked.get("repeat_of") is not None
    return canonical_json([common.to_json(), row.start_state, row.id if apart else None, repeats])


def _join(imported: list[Pool], tasks: RunTasks, row: runs.RunRow, *, apart: bool) -> None:
    """Put an imported run into the pool it shares tasks with, whatever its model, or into its own."""
    sharing = [] if apart else [pool for pool in imported if set(pool.tasks) & set(tasks.figures)]
    if not sharing:
        arm = {"memory": None, "scaling": None, "allocation": None, "source": "imported"}
        sharing = [Pool(row.name if apart else "", arm)]
        imported += sharing
    pool = sharing[0]
    pool.runs.append(tasks)
    pool.sources.append(row.name)
    if not apart:
        pool.name = f"imported {family_name(pool.sources)}".rstrip()


def family_name(names: Sequence[str]) -> str:
    """What runs are called together: the words they all begin with, else the first one and how many more."""
    if len(set(names)) == 1:
        return names[0]
    words = [re.split(r"(?<=[-_./: ])", name) for name in names]
    shared = [same[0] for same in itertools.takewhile(lambda same: len(set(same)) == 1, zip(*words, strict=False))]
    return "".join(shared).strip("-_./: ") or f"{names[0]} and {len(names) - 1} more"


def _arm_name(asked: Mapping[str, Any], row: runs.RunRow, apart: bool) -> str:
    number = f"run {row.id}: " if apart else ""
    scaling = "" if asked["scaling"] == "none" else f" {asked['scaling']}"
    frozen = " frozen" if row.start_state == "frozen" else ""
    again = f" pass {row.pass_number}" if row.pass_number > 1 else ""
    label = "" if asked["label"] == "judge" else f" labels {asked['label']}"
    noise = f" noise {asked['label_noise']:g}" if asked["label_noise"] else ""
    return f"{number}{asked['memory']}{scaling}{_choices(asked)}{label}{noise}{frozen}{again}"


def _choices(asked: Mapping[str, Any]) -> str:
    """What of memory and tasks is not as usual."""
    policy = asked.get("consolidation", "append")
    unit, scope = asked.get("retrieve_unit", "experience"), asked.get("scope", "global")
    parts = (
        asked.get("allocation", "uniform") if asked.get("allocation", "uniform") != "uniform" else "",
        policy if policy != "append" and asked["memory"] != "none" else "",
        f"by {unit}" if unit != "experience" and asked["memory"] != "none" else "",
        f"within the {scope}" if scope != "global" and asked["memory"] != "none" else "",
        "" if asked.get("most_items") is None else f"at most {asked['most_items']} items",
        *(_kept_back(asked) if asked["memory"] != "none" else ()),
        "test tasks" if asked.get("split") else "",
        "repeated" if asked.get("repeat_of") is not None else "",
    )
    return "".join(f" {part}" for part in parts if part)


def _kept_back(asked: Mapping[str, Any]) -> tuple[str, ...]:
    """What of its memory an arm did without."""
    left_out = asked.get("without", ())
    return (
        f"withholding {100 * asked['withhold']:g} %" if asked.get("withhold") else "",
        f"without {len(left_out)} item{'s' if len(left_out) > 1 else ''}" if left_out else "",
        f"review {asked['review']}" if asked.get("review", "off") != "off" and asked.get("learn", True) else "",
    )


def _named_apart(pools: list[Pool]) -> list[Pool]:
    """Pools of one name get what they differ in: suite, model, a method's version, prompts, else a number."""
    differences: list[Callable[[Pool], str]] = [
        lambda pool: "" if pool.imported else f" on {pool.arm['source']}",
        lambda pool: "" if pool.imported else f" by {pool.model}",
        lambda pool: f" ({short(pool.method)})" if pool.method else "",
        lambda pool: f" with another {', '.join(pool.reworded)}" if pool.reworded else "",
    ]
    for difference in differences:
        for members in _by_name(pools):
            if len({difference(pool) for pool in members}) > 1:
                for pool in members:
                    pool.name += difference(pool)
    for members in _by_name(pools):
        for number, pool in enumerate(members[1:], 2):
            pool.name = f"{pool.name} ({number})"
    return pools


def _by_name(pools: Sequence[Pool]) -> list[list[Pool]]:
    by_name: dict[str, list[Pool]] = {}
    for pool in pools:
        by_name.setdefault(pool.name, []).append(pool)
    return list(by_name.values())


def run_tasks(conn: sqlite3.Connection, row: runs.RunRow) -> RunTasks:
    """What a run's tasks came to."""
    return tasks_of(row, run_rows(conn, row))


def tasks_of(row: runs.RunRow, read: RunRows) -> RunTasks:
    """As `run_tasks`, from rows read before."""
    rows, tasks = read.rows, read.tasks
    if row.arm is not None and row.arm.held_out:
        tested = in_test_split(row.arm, rows)
        rows, tasks = [r for r in rows if r.task_key in tested], [t for t in tasks if t.task_key in tested]
    attempts: dict[str, list[Attempt]] = {}
    for rollout in rows:
        if rollout.valid:
            attempt = Attempt(rollout.uid, rollout.truth, rollout.steps, rollout.selected)
            attempts.setdefault(rollout.task_key, []).append(attempt)
    asked = asked_for(row)
    return RunTasks(
        run=results_of(row),
        k=int(asked.get("k", 1)),
        seed=int(asked.get("seed", 0)),
        simulated=row.simulated,
        figures=task_figures(metric_rows(rows, tasks)),
        attempts={key: tuple(values) for key, values in attempts.items()},
        costs=_costs(rows, tasks),
        order=str(asked.get("order", "id")),
        templates={rollout.task_key: rollout.template for rollout in rows if rollout.template},
        spent=sum(len(rollout.passes) or 1 for rollout in rows if rollout.valid),
        invalid=len({r.task_key for r in rows if not r.valid} | {t.task_key for t in tasks if not t.valid}),
    )


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
