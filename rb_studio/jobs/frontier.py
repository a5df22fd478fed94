"""What a budget buys: every allocation replayed at many budgets, success over what it spent."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from rb_studio.analysis import allocation as spreads
from rb_studio.analysis.bootstrap import mean_intervals
from rb_studio.analysis.spearman import difficulty_correlation
from rb_studio.jobs.allocation import CONTROLS, Prepared, task_shares
from rb_studio.method.allocate import Terms
from rb_studio.records.arm import ALLOCATIONS
from rb_studio.records.recipe import Bootstrap

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Counts = NDArray[np.int64]
    Table = NDArray[np.float64]

AS_DECIDED = "as decided"
STOPS = 16  # of a frontier that nobody gives budgets for, counted between its ends
USUAL = Bootstrap()


@dataclass(frozen=True, slots=True)
class FrontierPoint:
    """One policy, or a control that spends what it spent (`spread`), at one budget.

    `budget` is the mean number of rollouts a task may get, `spend` how many all tasks together did get, the mean over
    the orders of draws; `tokens` and `cost` (US dollars) are those of a task, None where not known. `value` is
    best-of-k, `reached` pass@k, each with its interval over tasks. `correlation` is Spearman's of k with 1 - pass rate.
    """

    policy: str
    spread: str
    budget: float
    spend: float
    tokens: float | None
    cost: float | None
    value: float
    low: float
    high: float
    reached: float
    reached_low: float
    reached_high: float
    correlation: float | None

    @property
    def name(self) -> str:
        return self.policy if self.spread == AS_DECIDED else f"{self.policy}, {self.spread}"


@dataclass(frozen=True, slots=True)
class Frontier:
    """The points of one pool, policy by policy, each from the smallest budget to the largest."""

    name: str
    memory: str | None
    simulated: bool
    runs: tuple[int, ...]
    k: int
    tasks: int
    not_estimable: tuple[str, ...]
    permutations: int
    points: tuple[FrontierPoint, ...]
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class TaskOutcome:
    """What a policy gave one task in the first order of draws, why, and what came of it.

    `value` is best-of-k: 1 where what the judge selects is right, 0 where it is wrong, between where it chooses among
    both. `mean` is the k over all orders, `rate` how often any one rollout of the task succeeds. `rollouts` are the
    uids of those it got.
    """

    task: str
    text: str
    k: int
    mean: float
    reason: str
    value: float
    reached: bool
    rate: float
    rollouts: tuple[str, ...] = field(repr=False)


def frontier(
    pool: Prepared,
    budgets: Sequence[float],
    *,
    policies: Sequence[str] = ALLOCATIONS,
    controls: Sequence[str] = CONTROLS,
    bootstrap: Bootstrap = USUAL,
) -> tuple[FrontierPoint, ...]:
    """Every policy at every budget, followed by its controls at what it spent there.

    The numbers are those of `allocate` at the same budget.

    Raises
    ------
    UsageError
        A policy is unknown, or a budget cannot be spent with at most k rollouts a task.
    """
    for policy in policies:
        for budget in budgets:
            Terms("difficulty" if policy == "uniform" else policy, pool.stage.k, budget).check()
    if not budgets:
        return ()
    found = [one for policy in policies for one in _spreads(pool, policy, budgets, controls)]
    return tuple(_points(pool, found, bootstrap))


def usual_budgets(pool: Prepared) -> tuple[float, ...]:
    """Budgets from one rollout a task to the most, each a whole number of rollouts in all."""
    totals = np.linspace(pool.tasks, pool.tasks * pool.stage.k, STOPS + 1).round()
    return tuple((np.unique(totals) / pool.tasks).tolist())


def frontier_of(pool: Prepared, points: Sequence[FrontierPoint]) -> Frontier:
    """The points with what they were drawn from."""
    return Frontier(
        name=pool.pool.name,
        memory=pool.pool.memory,
        simulated=pool.pool.simulated,
        runs=tuple(pool.pool.runs),
        k=pool.stage.k,
        tasks=pool.tasks,
        not_estimable=pool.lacking,
        permutations=pool.drawn.orders,
        points=tuple(points),
        notes=pool.notes,
    )


def task_outcomes(pool: Prepared, policy: str, budget: float) -> tuple[TaskOutcome, ...]:
    """Why each task got its k at one budget, in the order of the stream."""
    ks = pool.ks(policy, [budget])[0]
    shares = task_shares(pool, Terms(policy, pool.stage.k, budget), ks)
    best, reached = (spreads.worth(table[0], ks[0]) for table in (pool.drawn.best, pool.drawn.reached))
    return tuple(
        TaskOutcome(
            task=share.task,
            text=pool.stage.tasks[place].text or share.task,
            k=int(ks[0, place]),
            mean=share.k,
            reason=share.reason,
            value=float(best[place]),
            reached=bool(reached[place]),
            rate=share.pass_rate,
            rollouts=_taken(pool, place, int(ks[0, place])),
        )
        for place, share in enumerate(shares)
    )


def rollouts_taken(pool: Prepared, policy: str, budget: float) -> list[str]:
    """Uids of all rollouts a policy takes at a budget, in the first order of draws."""
    ks = pool.ks(policy, [budget])[0, 0].tolist()
    return [uid for place, k in enumerate(ks) for uid in _taken(pool, place, k)]


@dataclass(frozen=True, slots=True)
class _Spread:
    """One curve before its values: int64[budgets, orders, tasks]."""

    policy: str
    spread: str
    budgets: Sequence[float]
    ks: "Counts"


def _spreads(pool: Prepared, policy: str, budgets: Sequence[float], controls: Sequence[str]) -> list[_Spread]:
    ks = pool.ks(policy, budgets)
    own = _Spread(policy, AS_DECIDED, budgets, ks)
    return [own, *(_Spread(policy, name, budgets, pool.spread(name, ks)) for name in controls)]


def _points(pool: Prepared, found: Sequence[_Spread], bootstrap: Bootstrap) -> list[FrontierPoint]:
    """All intervals are drawn at once."""
    if not found:
        return []
    columns = [_means(table, one.ks) for table in (pool.drawn.best, pool.drawn.reached) for one in found]
    drawn = mean_intervals(np.concatenate(columns).T, bootstrap.level, bootstrap.resamples, bootstrap.seed)
    best, reached = np.split(np.stack(drawn, axis=1), 2)
    rows = zip(best.tolist(), reached.tolist(), strict=True)
    return [point for one in found for point in _curve(pool, one, [next(rows) for _ in one.budgets])]


def _curve(
    pool: Prepared, one: _Spread, bounds: Sequence[tuple[Sequence[float], Sequence[float]]]
) -> Iterator[FrontierPoint]:
    """The points of one curve, whose values and bounds are known."""
    costs = {name: _means(sums, one.ks).mean(1).tolist() for name, sums in pool.drawn.costs.items()}
    spends, means = one.ks.sum(-1).mean(1).tolist(), one.ks.mean(1)
    for place, (budget, (best, reached)) in enumerate(zip(one.budgets, bounds, strict=True)):
        yield FrontierPoint(
            policy=one.policy,
            spread=one.spread,
            budget=budget,
            spend=spends[place],
            tokens=_known(costs["tokens"][place]),
            cost=_known(costs["cost"][place]),
            value=best[0],
            low=best[1],
            high=best[2],
            reached=reached[0],
            reached_low=reached[1],
            reached_high=reached[2],
            correlation=_correlation(pool, means[place]) if one.spread == AS_DECIDED else None,
        )


def _means(table: "Table", ks: "Counts") -> "Table":
    """float64[budgets, tasks]: what every task came to, the mean over the orders."""
    return np.stack([spreads.worth(table, one).mean(0) for one in ks])


def _known(value: float) -> float | None:
    return None if np.isnan(value) else value


def _correlation(pool: Prepared, means: "Table") -> float | None:
    keys = pool.stage.keys
    return difficulty_correlation(
        dict(zip(keys, means.tolist(), strict=True)), dict(zip(keys, pool.stage.rates, strict=True))
    )


def _taken(pool: Prepared, place: int, k: int) -> tuple[str, ...]:
    """Uids of the first rollouts of a task in the first order of draws."""
    draws = pool.stage.draws[place]
    return tuple(draws[one].uid for one in pool.drawn.places[0, place, :k].tolist())
