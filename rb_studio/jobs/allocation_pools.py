"""Stored rollouts to draw from again: which runs make a pool, and what is left out of it."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from rb_studio.jobs.results import decided, results_of
from rb_studio.method.allocate import Terms
from rb_studio.records.arm import ArmConfig
from rb_studio.records.errors import UsageError
from rb_studio.records.identity import canonical_json, digest
from rb_studio.records.judgement import Status
from rb_studio.records.precedence import USUAL, Precedence
from rb_studio.store import rollouts, runs

_MOOT = ArmConfig("")
_SPREAD = ("k", "seed", "order", "repeat", "limit", "tasks", "allocation", "budget")


@dataclass(frozen=True, slots=True)
class Draw:
    """One stored rollout: its label as the policies see it, its success as results do, its length in steps.

    `tokens` are those of acting and judging, `cost` is in US dollars; None is unknown.
    """

    status: Status
    correct: bool
    steps: int
    uid: str = ""
    tokens: int | None = None
    cost: float | None = None


@dataclass
class DrawPool:
    """The stored rollouts of one arm by task, in the order of its stream, over all its seeds.

    `k` is the most rollouts a run gave a task, `embedder` the identity of the arm's, where it had one. `key` is what
    the arm is, whatever file it is in.
    """

    name: str
    memory: str | None
    k: int = 1
    runs: list[int] = field(default_factory=list)
    simulated: bool = False
    embedder: str | None = None
    draws: dict[str, list[Draw]] = field(default_factory=dict)
    key: str = ""
    seeds: set[int] = field(default_factory=set)

    @property
    def rollouts(self) -> int:
        """How many are stored."""
        return sum(map(len, self.draws.values()))


def read_draws(
    conn: sqlite3.Connection,
    *,
    chosen: Sequence[int] = (),
    sweep: int | None = None,
    precedence: Precedence = USUAL,
) -> tuple[list[DrawPool], list[str]]:
    """Pools of the runs asked for and notes on what cannot be drawn from; by `precedence` a rollout is right or not.

    Raises
    ------
    UsageError
        There is no such run or sweep.
    """
    usable, notes = _usable(rows_of(conn, chosen, sweep))
    largest: dict[str, int] = {}
    for row in usable:
        largest[_arm(row)] = max(largest.get(_arm(row), 1), _k(row))
    pools: dict[str, DrawPool] = {}
    seen: set[object] = set()
    for row in usable:
        if _learns(row) and _k(row) < largest[_arm(row)]:
            continue
        own = DrawPool(_name(row), row.arm.memory if row.arm else None, key=digest(_arm(row)))
        pool = pools.setdefault(_arm(row), own)
        _add(conn, pool, row, seen, precedence)
    return [pool for pool in pools.values() if pool.draws], notes


def rows_of(conn: sqlite3.Connection, chosen: Sequence[int], sweep: int | None) -> list[runs.RunRow]:
    """The runs asked for, all of a sweep, or all single runs. Raises `UsageError`."""
    if chosen:
        return [runs.run(conn, run) for run in dict.fromkeys(chosen)]
    if sweep is None:
        return [row for row in runs.runs(conn) if row.sweep is None and row.arm is not None]
    if runs.sweep(conn, sweep) is None:
        known = ", ".join(str(row.id) for row in runs.sweeps(conn)) or "none"
        raise UsageError(f"there is no sweep {sweep} in this workspace; it holds {known}")
    return runs.runs(conn, sweep=sweep)


def _usable(rows: Sequence[runs.RunRow]) -> tuple[list[runs.RunRow], list[str]]:
    """Runs whose rollouts are independent draws; equal cells count once."""
    usable: list[runs.RunRow] = []
    stopped: list[int] = []
    passes: list[int] = []
    for row in rows:
        if row.shared_with is not None:
            continue
        if row.arm is not None and row.arm.k > 1 and Terms.of(row.arm).stops:
            stopped.append(row.id)
        elif row.arm is not None and row.arm.k > 1 and row.arm.scaling == "sequential":
            passes.append(row.id)
        else:
            usable.append(row)
    notes = []
    if stopped:
        notes.append(
            f"{_runs(stopped)} stopped at a success: drawing from what is left again would be biased, left out"
        )
    if passes:
        notes.append(f"{_runs(passes)} made passes over one rollout, which are no independent draws: left out")
    return usable, notes


def _runs(ids: Sequence[int]) -> str:
    return f"run{'' if len(ids) == 1 else 's'} {', '.join(map(str, ids))}"


def _arm(row: runs.RunRow) -> str:
    """What draws of one pool have in common: all of the arm but seed, order and how many there are.

    Without memory it is nothing to a rollout under which scaling its task got others.
    """
    if row.arm is None:
        return "imported"
    arm = row.arm.canonical()
    moot = {name: getattr(_MOOT, name) for name in _SPREAD}
    return canonical_json(replace(arm, **moot, scaling="" if arm.memory == "none" else arm.scaling).to_json())


def _k(row: runs.RunRow) -> int:
    return row.arm.k if row.arm else 1


def _learns(row: runs.RunRow) -> bool:
    """Whether other rollouts of a task change what is learned from it, and so the rollouts of later ones."""
    return row.arm is not None and row.arm.memory != "none" and row.arm.learn


def _name(row: runs.RunRow) -> str:
    if row.arm is None:
        return "imported"
    if row.arm.memory == "none":
        return "none"
    return f"{row.arm.memory}{f' {row.arm.scaling}' if row.arm.k > 1 else ''}"


def _add(conn: sqlite3.Connection, pool: DrawPool, row: runs.RunRow, seen: set[object], precedence: Precedence) -> None:
    """Valid, graded rollouts of a run that are draws of their own."""
    pool.runs.append(row.id)
    pool.k = max(pool.k, _k(row))
    pool.simulated = pool.simulated or row.simulated
    if row.arm is not None:
        pool.seeds.add(row.arm.seed)
    if row.arm is not None and pool.embedder is None:
        pool.embedder = row.arm.models.get("embedder")
    for one in rollouts.rollout_rows(conn, run=results_of(row)):
        draw = draw_of(row, one)
        right = decided(one, precedence)
        if not one.valid or right is None or draw in seen:
            continue
        seen.add(draw)
        label = one.label or one.judged
        status = Status(label) if label else Status.UNKNOWN
        found = Draw(status, right, one.steps, one.uid, _tokens(one), one.cost)
        pool.draws.setdefault(one.task_key, []).append(found)


def _tokens(one: rollouts.RolloutRow) -> int | None:
    """Of a rollout that was never judged those of acting."""
    return None if one.tokens_act is None else one.tokens_act + (one.tokens_judge or 0)


def draw_of(row: runs.RunRow, one: rollouts.RolloutRow) -> object:
    """What tells draws apart: a rollout taken over is the one it was taken from, a simulated seed repeats itself."""
    if row.simulated and row.arm is not None:
        order = row.arm.order if _learns(row) else ""
        return _arm(row), order, row.arm.seed, one.task_key, one.rollout_index
    return one.same_as or one.uid
