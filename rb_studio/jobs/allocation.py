"""Allocations offline: any policy replayed over stored rollouts, against controls that spend the same."""

import math
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from statistics import median_low
from typing import TYPE_CHECKING, Any

import numpy as np

from rb_studio.analysis import allocation as spreads
from rb_studio.analysis.bootstrap import mean_intervals, paired_difference
from rb_studio.analysis.intervals import few_tasks_warning
from rb_studio.analysis.spearman import difficulty_correlation
from rb_studio.jobs.allocation_draws import Drawn, drawn
from rb_studio.jobs.allocation_many import ks_of
from rb_studio.jobs.allocation_pools import DrawPool, read_draws
from rb_studio.jobs.allocation_stage import Stage, similarity, stream
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
    Counts = NDArray[np.int64]

MOST_K = 5  # the usual most rollouts a task may get in a replay
PERMUTATIONS = 100
MOST_KEPT = 12
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
    ready, notes = prepared(conn, request, chosen=chosen, sweep=sweep)
    return [replay(one, request) for one in ready], notes


def prepared(
    conn: sqlite3.Connection, request: ReplayRequest, *, chosen: Sequence[int] = (), sweep: int | None = None
) -> "tuple[list[Prepared], list[str]]":
    """Pools to replay policies over, as for `replays`."""
    request.check()
    pools, notes = read_draws(conn, chosen=chosen, sweep=sweep)
    compares = any(Terms(policy, 2).compares for policy in request.policies)
    found = []
    for pool in pools:
        k = request.k or default_k(pool)
        least = max(2, k, math.ceil(request.budget or 1))
        most = max(map(len, pool.draws.values()))
        if most < least or k < least:
            notes.append(f"{pool.name}: {most} stored rollouts a task at most, too few to draw {least} from")
            continue
        found.append(
            prepare(
                conn,
                pool,
                k,
                compares=compares,
                permutations=request.permutations,
                seed=request.seed,
                embedder=request.embedder,
            )
        )
    return found, notes


@dataclass(frozen=True)
class Prepared:
    """One pool ready for any budget: its stage, all orders of draws and the oracle's spreads of every total.

    `shuffles[orders, tasks]` tells whose number of rollouts each task gets in the shuffled control.
    """

    pool: DrawPool
    stage: Stage
    drawn: Drawn
    lacking: tuple[str, ...]
    notes: tuple[str, ...]
    shuffles: "Counts"
    oracle: "Counts"
    kept: "dict[tuple[str | float, ...], Counts]" = field(init=False, default_factory=dict, compare=False, repr=False)

    @property
    def tasks(self) -> int:
        return len(self.stage.keys)

    def ks(self, policy: str, means: Sequence[float]) -> "Counts":
        """int64[means, orders, tasks]: what a policy gives at these mean budgets, infinite for none.

        The last few are kept: a policy, its controls and its tasks are asked for one after the other.
        """
        key: tuple[str | float, ...] = (policy, *means)
        found = self.kept.get(key)
        if found is None:
            orders = self.drawn.orders
            rows = np.repeat(np.asarray(means, np.float64), orders)
            found = ks_of(policy, self.stage, self.drawn, rows, np.tile(np.arange(orders), len(means)))
            found = found.reshape(len(means), orders, self.tasks)
            if len(self.kept) >= MOST_KEPT:
                self.kept.clear()
            self.kept[key] = found
        return found

    def spread(self, control: str, ks: "Counts") -> "Counts":
        """int64[..., orders, tasks]: the same totals another way; only the oracle goes by the truth."""
        totals = ks.sum(-1)
        if control == "shuffled":
            return np.take_along_axis(ks, np.broadcast_to(self.shuffles, ks.shape), -1)
        if control == "inverse":
            return spreads.inverse(ks)
        if control == "oracle":
            given: Counts = self.oracle[np.minimum(totals - self.tasks, len(self.oracle) - 1)]
            return given
        return spreads.evenly(self.tasks, totals)


def default_k(pool: DrawPool) -> int:
    """The most rollouts a task may get where nobody says: what half of the tasks have stored, and not many."""
    return min(MOST_K, median_low(len(draws) for draws in pool.draws.values()))


def prepare(
    conn: sqlite3.Connection,
    pool: DrawPool,
    k: int,
    *,
    compares: bool = True,
    permutations: int = PERMUTATIONS,
    seed: int = 0,
    embedder: str | None = None,
    otherwise: str | None = None,
) -> Prepared:
    """Everything of a pool that no budget changes.

    Parameters
    ----------
    compares
        Whether neighbours of tasks are looked for, by `embedder`, else by the vectors that the arm left, else by the
        embedder named `otherwise`, the usual one where that is None.
    """
    keys = [key for key, draws in pool.draws.items() if len(draws) >= k]
    lacking = tuple(key for key in pool.draws if key not in set(keys))
    tasks = [suites.task(conn, key) or Task(key, "", 0, key) for key in keys]
    similar, notes = (
        similarity(conn, pool, tasks, embedder, otherwise) if compares else (np.zeros((len(keys), len(keys))), [])
    )
    stage = Stage(keys, [pool.draws[key] for key in keys], tasks, similar, k)
    if lacking:
        notes.append(f"{len(lacking)} of {len(pool.draws)} tasks have fewer than {k} stored rollouts: not estimable")
    if all(draw.status is Status.UNKNOWN for draws in stage.draws for draw in draws):
        notes.append("no stored rollout has a label: what goes by success has nothing to go by")
    few = few_tasks_warning(len(keys))
    seeds = (call_seed(seed, "", number, "shuffled", 0) for number in range(permutations))
    return Prepared(
        pool=pool,
        stage=stage,
        drawn=drawn(keys, stage.draws, k, seed, permutations),
        lacking=lacking,
        notes=(*notes, *([few] if few else [])),
        shuffles=np.stack([spreads.shuffled(len(keys), one) for one in seeds]),
        oracle=spreads.oracle(stage.rates, k),
    )


def replay(ready: Prepared, request: ReplayRequest) -> Replay:
    """Every policy at the budget asked for."""
    pool, k = ready.pool, ready.stage.k
    budget = (1 + k) / 2 if request.budget is None else request.budget
    terms = [Terms(policy, k, budget if policy == "uniform" else request.budget) for policy in request.policies]
    return Replay(
        name=pool.name,
        memory=pool.memory,
        simulated=pool.simulated,
        runs=tuple(pool.runs),
        k=k,
        budget=budget,
        tasks=ready.tasks,
        not_estimable=ready.lacking,
        rollouts=sum(map(len, ready.stage.draws)),
        permutations=ready.drawn.orders,
        policies=tuple(_policy(ready, one) for one in terms),
        notes=ready.notes,
    )


def _policy(ready: Prepared, terms: Terms) -> Replayed:
    """One policy over all permutations, with its controls at the spend it had in each."""
    stage, drawn_ = ready.stage, ready.drawn
    ks = ready.ks(terms.policy, [math.inf if terms.mean is None else terms.mean])[0]
    own = spreads.worth(drawn_.best, ks), spreads.worth(drawn_.reached, ks)
    uniform = spreads.worth(drawn_.best, ready.spread("uniform", ks))
    gap = paired_difference(own[0].mean(0), uniform.mean(0))
    totals = ks.sum(1)
    means = dict(zip(stage.keys, ks.mean(0).tolist(), strict=True))
    return Replayed(
        policy=terms.policy,
        spend=float(totals.mean()),
        spent=(int(totals.min()), int(totals.max())),
        mean_rollouts=float(totals.mean()) / ready.tasks,
        best_of_k=_value(own[0]),
        pass_at_k=_value(own[1]),
        correlation=difficulty_correlation(means, dict(zip(stage.keys, stage.rates, strict=True))),
        gain=asdict(gap),
        controls=tuple(_control(ready, name, ks) for name in CONTROLS),
        tasks=task_shares(ready, terms, ks),
    )


def task_shares(ready: Prepared, terms: Terms, ks: "Counts") -> tuple[TaskShare, ...]:
    """What each task got of int64[orders, tasks], and the reason in the first order."""
    stage = ready.stage
    first = [
        [draws[place] for place in places] for draws, places in zip(stage.draws, ready.drawn.places[0], strict=True)
    ]
    told = stream(stage, terms, first)
    figures = zip(stage.keys, ks.mean(0).tolist(), ks.min(0).tolist(), ks.max(0).tolist(), stage.rates, strict=True)
    return tuple(TaskShare(*figure, one.reason) for figure, one in zip(figures, told, strict=True))


def _value(values: "Table") -> Value:
    mean, low, high = mean_intervals(values.mean(0)[:, None])
    edges = np.quantile(values.mean(1), [0.025, 0.975])
    return Value(float(mean[0]), float(low[0]), float(high[0]), float(edges[0]), float(edges[1]))


def _control(ready: Prepared, name: str, ks: "Counts") -> Control:
    given = ready.spread(name, ks)
    best, reached = (spreads.worth(table, given) for table in (ready.drawn.best, ready.drawn.reached))
    return Control(name, float(given.sum(1).mean()) / ready.tasks, _value(best), _value(reached))
