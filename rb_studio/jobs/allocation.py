"""Allocations offline: any policy replayed over stored rollouts, against controls that spend the same."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import ceil
from statistics import fmean, median_low
from typing import TYPE_CHECKING, Any

import numpy as np

from rb_studio.analysis import allocation as spreads
from rb_studio.analysis.bootstrap import mean_intervals, paired_difference
from rb_studio.analysis.intervals import few_tasks_warning
from rb_studio.analysis.spearman import difficulty_correlation
from rb_studio.jobs.allocation_pools import Draw, DrawPool, read_draws
from rb_studio.jobs.allocation_stage import Stage, orders_of, similarity, stream
from rb_studio.method.allocate import Terms
from rb_studio.records.arm import ALLOCATIONS
from rb_studio.records.errors import UsageError
from rb_studio.records.identity import call_seed
from rb_studio.records.judgement import Status
from rb_studio.records.task import Task
from rb_studio.store import suites

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Table = NDArray[np.float64]

MOST_K = 5  # the usual most rollouts a task may get in a replay
PERMUTATIONS = 100
CONTROLS = ("uniform", "shuffled", "inverse", "oracle")


@dataclass(frozen=True, slots=True)
class Value:
    """A mean over tasks and draws: [low, high] over tasks drawn again, [draws_low, draws_high] over the draws alone."""

    value: float
    low: float
    high: float
    draws_low: float
    draws_high: float


@dataclass(frozen=True, slots=True)
class TaskShare:
    """What a task got over all draws, and the reason in the first of them."""

    task: str
    k: float
    least: int
    most: int
    pass_rate: float
    reason: str


@dataclass(frozen=True, slots=True)
class Control:
    """The same rollouts in all, spread another way."""

    name: str
    mean_rollouts: float
    best_of_k: Value
    pass_at_k: Value


@dataclass(frozen=True, slots=True)
class Replayed:
    """One policy over one pool.

    `spend` is the mean total of rollouts, `spent` its least and most. `correlation` is Spearman's of k with
    1 - pass rate. `gain` is best_of_k minus that of the uniform control, paired by task.
    """

    policy: str
    spend: float
    spent: tuple[int, int]
    mean_rollouts: float
    best_of_k: Value
    pass_at_k: Value
    correlation: float | None
    gain: Mapping[str, float | int | None]
    controls: tuple[Control, ...]
    tasks: tuple[TaskShare, ...]


@dataclass(frozen=True, slots=True)
class Replay:
    """All policies over the stored rollouts of one arm.

    `tasks` carry the figures; `not_estimable` have fewer stored rollouts than a policy may ask for.
    """

    name: str
    memory: str | None
    simulated: bool
    runs: tuple[int, ...]
    k: int
    budget: float
    tasks: int
    not_estimable: tuple[str, ...]
    rollouts: int
    permutations: int
    policies: tuple[Replayed, ...]
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class ReplayRequest:
    """What to replay: policies, the most rollouts a task may get, the mean budget; None takes what the data allow."""

    policies: tuple[str, ...] = ALLOCATIONS
    k: int | None = None
    budget: float | None = None
    permutations: int = PERMUTATIONS
    seed: int = 0
    embedder: str | None = None

    def check(self) -> None:
        """Raise `UsageError` for what makes no sense whatever is stored."""
        for policy in self.policies:
            bounded = "difficulty" if policy == "uniform" else policy  # here an even spread has a budget, too
            Terms(bounded, MOST_K if self.k is None else self.k, self.budget).check()
        if self.permutations < 1:
            raise UsageError(f"{self.permutations} permutations draw nothing: give 1 or more")


def replays(
    conn: sqlite3.Connection, request: ReplayRequest, *, chosen: Sequence[int] = (), sweep: int | None = None
) -> tuple[list[Replay], list[str]]:
    """Replay policies over the stored rollouts of runs or a sweep; also notes on what was left out.

    Raises
    ------
    UsageError
        There is no such run, or terms that make no sense.
    """
    request.check()
    pools, notes = read_draws(conn, chosen=chosen, sweep=sweep)
    found = []
    for pool in pools:
        k = request.k or min(MOST_K, median_low(len(draws) for draws in pool.draws.values()))
        least = max(2, k, ceil(request.budget or 1))
        most = max(map(len, pool.draws.values()))
        if most < least or k < least:
            notes.append(f"{pool.name}: {most} stored rollouts a task at most, too few to draw {least} from")
            continue
        found.append(_replay(conn, pool, request, k))
    return found, notes


def _replay(conn: sqlite3.Connection, pool: DrawPool, request: ReplayRequest, k: int) -> Replay:
    budget = (1 + k) / 2 if request.budget is None else request.budget
    keys = [key for key, draws in pool.draws.items() if len(draws) >= k]
    lacking = tuple(key for key in pool.draws if key not in set(keys))
    tasks = [suites.task(conn, key) or Task(key, "", 0, key) for key in keys]
    compares = any(Terms(policy, k, budget).compares for policy in request.policies)
    similar, notes = (
        similarity(conn, pool, tasks, request.embedder) if compares else (np.zeros((len(keys), len(keys))), [])
    )
    stage = Stage(keys, [pool.draws[key] for key in keys], tasks, similar, k)
    stage.rates = [fmean(draw.correct for draw in draws) for draws in stage.draws]
    orders = [orders_of(stage, request.seed, number) for number in range(request.permutations)]
    terms = [Terms(policy, k, budget if policy == "uniform" else request.budget) for policy in request.policies]
    policies = tuple(_policy(stage, one, orders, request.seed) for one in terms)
    if lacking:
        notes.append(f"{len(lacking)} of {len(pool.draws)} tasks have fewer than {k} stored rollouts: not estimable")
    few = few_tasks_warning(len(keys))
    return Replay(
        name=pool.name,
        memory=pool.memory,
        simulated=pool.simulated,
        runs=tuple(pool.runs),
        k=k,
        budget=budget,
        tasks=len(keys),
        not_estimable=lacking,
        rollouts=sum(map(len, stage.draws)),
        permutations=request.permutations,
        policies=policies,
        notes=(*notes, *([few] if few else [])),
    )


def _policy(stage: Stage, terms: Terms, orders: Sequence[Sequence[Sequence[Draw]]], seed: int) -> Replayed:
    """One policy over all permutations, with its controls at the spend it had in each."""
    runs = [stream(stage, terms, order) for order in orders]
    ks = [[one.k for one in run] for run in runs]
    best, reached = _tables(orders, stage.k)
    own = _values(best, ks), _values(reached, ks)
    controls = [_control(name, stage, ks, (best, reached), seed) for name in CONTROLS]
    uniform = _values(best, [_spread("uniform", stage, k, 0) for k in ks])
    gap = paired_difference(own[0].mean(0), uniform.mean(0))
    totals = [sum(k) for k in ks]
    means = {key: fmean(k[place] for k in ks) for place, key in enumerate(stage.keys)}
    return Replayed(
        policy=terms.policy,
        spend=fmean(totals),
        spent=(min(totals), max(totals)),
        mean_rollouts=fmean(totals) / len(stage.keys),
        best_of_k=_value(own[0]),
        pass_at_k=_value(own[1]),
        correlation=difficulty_correlation(means, dict(zip(stage.keys, stage.rates, strict=True))),
        gain=asdict(gap),
        controls=tuple(controls),
        tasks=tuple(
            TaskShare(
                key, means[key], min(k[place] for k in ks), max(k[place] for k in ks), rate, runs[0][place].reason
            )
            for place, (key, rate) in enumerate(zip(stage.keys, stage.rates, strict=True))
        ),
    )


def _tables(orders: Sequence[Sequence[Sequence[Draw]]], most: int) -> "tuple[list[Table], list[Table]]":
    """For every permutation float64[tasks, most]: the judge's best of the first k, and whether any is right."""
    best, reached = [], []
    for order in orders:
        right = [[draw.correct for draw in draws] for draws in order]
        judged = [[draw.status is Status.SUCCESS for draw in draws] for draws in order]
        pairs = zip(judged, right, strict=True)
        best.append(np.stack([spreads.judge_selected(labels, correct, most) for labels, correct in pairs]))
        reached.append(np.stack([spreads.any_correct(correct, most) for correct in right]))
    return best, reached


def _values(tables: "Sequence[Table]", ks: Sequence[Sequence[int]]) -> "Table":
    """float64[permutations, tasks]: what every task came to with its k."""
    return np.stack([spreads.worth(table, k) for table, k in zip(tables, ks, strict=True)])


def _value(values: "Table") -> Value:
    mean, low, high = mean_intervals(values.mean(0)[:, None])
    edges = np.quantile(values.mean(1), [0.025, 0.975])
    return Value(float(mean[0]), float(low[0]), float(high[0]), float(edges[0]), float(edges[1]))


def _control(
    name: str, stage: Stage, ks: Sequence[Sequence[int]], tables: "tuple[list[Table], list[Table]]", seed: int
) -> Control:
    given = [_spread(name, stage, k, call_seed(seed, "", number, name, 0)) for number, k in enumerate(ks)]
    spent = fmean(map(sum, given)) / len(stage.keys)
    return Control(name, spent, _value(_values(tables[0], given)), _value(_values(tables[1], given)))


def _spread(name: str, stage: Stage, ks: Sequence[int], seed: int) -> list[int]:
    """The same total another way."""
    if name == "shuffled":
        return spreads.shuffled(ks, seed)
    if name == "inverse":
        return spreads.inverse(ks)
    if name == "oracle":
        return spreads.oracle(stage.rates, sum(ks), stage.k)
    return spreads.evenly(len(ks), sum(ks))
