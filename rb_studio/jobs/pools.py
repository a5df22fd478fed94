"""Runs grouped into arms: what a curve, a stream or a comparison is computed from."""

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from rb_studio.analysis.tables import known_means, places, rows, stacked
from rb_studio.jobs.pool_names import arm_name, family_name, named_apart
from rb_studio.jobs.results import asked_for
from rb_studio.jobs.run_tasks import TEST, Attempt, RunTasks, run_tasks
from rb_studio.method.prompts import PromptSet
from rb_studio.records.arm import ArmConfig
from rb_studio.records.errors import UsageError
from rb_studio.records.identity import canonical_json, digest
from rb_studio.records.precedence import USUAL, Precedence
from rb_studio.store import runs
from rb_studio.store.experiments import experiment_runs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Column = NDArray[np.float64]
    Places = NDArray[np.intp]
    Table = NDArray[np.float64]

_MOOT = ArmConfig("")
ALL_PROMPTS = 9  # a k at which an arm sends every prompt of its scaling


@dataclass
class Pool:
    """Runs that make up one curve: the same arm but for k, seed and order, or imported runs over the same tasks.

    `model` is the actor's identity, empty for imported runs; `sources` are the names of those. `reworded` are the
    prompts whose text is not the packaged one, `method` the identity of a memory method of one's own. `key` tells the
    arm apart from every other one, in this file and in others. `precedence` and `split` are what the runs were read by.
    """

    name: str
    arm: Mapping[str, Any]
    runs: list[RunTasks] = field(default_factory=list)
    model: str = ""
    sources: list[str] = field(default_factory=list)
    reworded: tuple[str, ...] = ()
    method: str = ""
    key: str = ""
    precedence: Precedence = USUAL
    split: str = TEST
    _tables: "dict[tuple[str, int], Any]" = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def ks(self) -> list[int]:
        return sorted({run.k for run in self.runs})

    @property
    def tasks(self) -> list[str]:
        """Keys of all tasks, in order: the rows of a table."""
        found: list[str] = self._kept("tasks", lambda: sorted({key for run in self.runs for key in run.figures}))
        return found

    @property
    def tried_tasks(self) -> set[str]:
        """Tasks with a valid rollout."""
        return {key for run in self.runs for key in run.attempts}

    @property
    def known_tasks(self) -> set[str]:
        """Tasks with a known outcome, true or judged: the others are in no point of a curve."""
        known = ~np.isnan(np.hstack([self.table("first"), self.table("judged")])).all(1)
        tasks = self.tasks
        return {tasks[row] for row in np.flatnonzero(known).tolist()}

    def table(self, name: str) -> "Table":
        """A figure of every task in every run, NaN where it is unknown: float[tasks, runs]."""
        found: Table = self._kept(name, lambda: self._stacked(name))
        return found

    def members(self, k: int) -> list[int]:
        """Places of the runs with this k."""
        return [place for place, run in enumerate(self.runs) if run.k == k]

    def column(self, name: str, k: int) -> "Column":
        """A figure's mean over the runs of one k, NaN where none has a value: float[tasks]."""
        return known_means(self.table(name)[:, self.members(k)])

    def rows_of(self, keys: Sequence[str]) -> "Places":
        """The rows of tasks in its tables, -1 for one it has not: int[keys]."""
        found: Places = self._kept("all rows", lambda: np.arange(len(self.tasks)))
        return found if keys == self.tasks else places(keys, self._kept("row of", lambda: rows(self.tasks)))

    def _stacked(self, name: str) -> "Table":
        where = self._kept("rows of runs", lambda: [self.rows_of([*run.figures]) for run in self.runs])
        columns = [(rows, run.column(name)) for rows, run in zip(where, self.runs, strict=True)]
        return stacked(len(self.tasks), columns)

    def _kept(self, name: str, make: Callable[[], Any]) -> Any:
        """What was made for these runs before; made anew after another one joined."""
        wanted = (name, len(self.runs))
        if wanted not in self._tables:
            self._tables[wanted] = make()
        return self._tables[wanted]

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


def read_pools(
    conn: sqlite3.Connection,
    *,
    sweep: int | None = None,
    apart: bool = False,
    precedence: Precedence = USUAL,
    split: str = TEST,
) -> list[Pool]:
    """Runs with results, grouped into curves in the order they first occur.

    Parameters
    ----------
    sweep
        One sweep; None takes all single and imported runs but those of experiments, which have pairs of their own.
    apart
        Every run makes a curve of its own, also where another run asked for the same.
    precedence, split
        Whose word a rollout's success is, and which tasks of a train and test split are read.

    Raises
    ------
    UsageError
        There is no such sweep.
    """
    found = ((row, run_tasks(conn, row, precedence, split)) for row in pool_rows(conn, sweep))
    return pooled(found, apart=apart, precedence=precedence, split=split)


def pooled(
    found: Iterable[tuple[runs.RunRow, RunTasks]],
    *,
    apart: bool = False,
    precedence: Precedence = USUAL,
    split: str = TEST,
) -> list[Pool]:
    """As `read_pools`, of runs read before."""
    pools: dict[str, Pool] = {}
    imported: list[tuple[runs.RunRow, RunTasks]] = []
    for row, tasks in found:
        if not tasks.figures:
            continue
        if row.arm is None:
            imported.append((row, tasks))
            continue
        key = _key(row.arm, asked_for(row), row, apart)
        pools.setdefault(key, _pool(row, row.arm, key, apart, split)).runs.append(tasks)
    families = [[one] for one in imported] if apart else _families(imported)
    every = [*pools.values(), *(_imported(members, apart) for members in families)]
    for pool in every:
        pool.precedence, pool.split = precedence, split
    return named_apart(every)


def pool_rows(conn: sqlite3.Connection, sweep: int | None) -> list[runs.RunRow]:
    """The runs that `read_pools` reads. Raises UsageError where there is no such sweep."""
    if sweep is None:
        of_experiments = experiment_runs(conn)
        return [row for row in runs.runs(conn) if row.sweep is None and row.id not in of_experiments]
    if runs.sweep(conn, sweep) is None:
        known = ", ".join(str(row.id) for row in runs.sweeps(conn)) or "none"
        raise UsageError(f"there is no sweep {sweep} in this workspace; it holds {known}")
    return runs.runs(conn, sweep=sweep)


def arm_key(row: runs.RunRow) -> str:
    """The `Pool.key` of the arm a run is of, empty for an imported one."""
    return "" if row.arm is None else digest(_key(row.arm, asked_for(row), row, apart=False))


def _pool(row: runs.RunRow, arm: ArmConfig, key: str, apart: bool, split: str) -> Pool:
    asked = asked_for(row)
    return Pool(
        arm_name(asked, row, apart, split),
        _arm(asked),
        model=arm.models.get("actor", ""),
        reworded=_reworded(arm),
        method=arm.method,
        key=digest(key),
    )


def _keys(run: RunTasks, task: str | None) -> Iterable[str]:
    return run.attempts if task is None else [task] if task in run.attempts else []


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


def _families(found: Sequence[tuple[runs.RunRow, RunTasks]]) -> list[list[tuple[runs.RunRow, RunTasks]]]:
    """Runs that share tasks, or that others join by sharing tasks with both, whatever order they came in."""
    families: list[tuple[set[str], list[int]]] = []
    for number, (_, tasks) in enumerate(found):
        keys, members = set(tasks.figures), [number]
        sharing = [family for family in families if family[0] & keys]
        for others, earlier in sharing:
            keys |= others
            members += earlier
        families = [family for family in families if family not in sharing] + [(keys, members)]
    return [[found[number] for number in members] for members in sorted(sorted(family) for _, family in families)]


def _imported(members: Sequence[tuple[runs.RunRow, RunTasks]], apart: bool) -> Pool:
    """Imported runs over the same tasks, whatever their models."""
    names = [row.name for row, _ in members]
    return Pool(
        names[0] if apart else f"imported {family_name(names)}".rstrip(),
        {"memory": None, "scaling": None, "allocation": None, "source": "imported"},
        [tasks for _, tasks in members],
        sources=names,
        key=digest(canonical_json(sorted(row.foreign_key or "" for row, _ in members))),
    )
