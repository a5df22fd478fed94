"""Frontiers as a figure: success over rollouts, tokens or dollars, a line a policy and a mark at one budget."""

import sqlite3
from collections.abc import Mapping, Sequence

from rb_studio.jobs.allocation import CONTROLS, Prepared, default_k, prepare
from rb_studio.jobs.allocation_pools import DrawPool, read_draws
from rb_studio.jobs.frontier import AS_DECIDED, FrontierPoint, frontier, usual_budgets
from rb_studio.jobs.frontier_names import ANY, AT_ANY, AT_BEST, BEST, SPENT
from rb_studio.models.registry import DEFAULT_EMBEDDER
from rb_studio.records.arm import ALLOCATIONS
from rb_studio.records.curve import CurveSet, Point, Series
from rb_studio.records.errors import UsageError
from rb_studio.records.precedence import USUAL, Precedence
from rb_studio.records.recipe import Bootstrap, Recipe
from rb_studio.records.replayed import Replayed

EQUAL_SPEND = tuple(name for name in CONTROLS if name != "uniform")  # an even spread is a policy of its own
AXES = ("k", "tokens", "cost")
METRICS = {"best_of_k": (BEST, AT_BEST), "pass_at_k": (ANY, AT_ANY)}
PLACES: Mapping[str, int] = {name: place for place, name in enumerate((*ALLOCATIONS, *EQUAL_SPEND))}
FEWEST = 2  # rollouts of a task, to spread any
NO_POOL = (
    "it takes at least two stored rollouts of each task to spread them. Run or sweep these tasks with k = 3 or more, "
    "or with several seeds"
)


def frontier_pools(
    conn: sqlite3.Connection, runs: Sequence[int], precedence: Precedence = USUAL
) -> tuple[list[DrawPool], list[str]]:
    """Pools of these runs with enough stored rollouts to spread, and notes on what is left out."""
    pools, notes = read_draws(conn, chosen=runs, precedence=precedence) if runs else ([], [])
    rich = [pool for pool in pools if default_k(pool) >= FEWEST]
    poor = [f"{pool.name}: one stored rollout a task, nothing to spread" for pool in pools if pool not in rich]
    return rich, [*notes, *poor]


def ready_pool(conn: sqlite3.Connection, pool: DrawPool, recipe: Recipe) -> Prepared:
    """A pool prepared for a frontier; texts no arm embedded are compared by the packaged embedder."""
    k, terms = recipe.k or default_k(pool), recipe.replayed or Replayed()
    if max(map(len, pool.draws.values())) < k or k < FEWEST:
        raise UsageError(f"no task of {pool.name} has {k} stored rollouts, and {NO_POOL}")
    return prepare(conn, pool, k, permutations=terms.permutations, seed=terms.seed, otherwise=DEFAULT_EMBEDDER)


def replayed_set(pool: Prepared, recipe: Recipe) -> CurveSet:
    """The figure of a recipe."""
    terms = recipe.replayed or Replayed()
    budgets = terms.budgets or usual_budgets(pool)
    at = () if terms.at is None else (terms.at,)
    points, marks = (drawn_points(pool, each, terms, recipe.bootstrap) for each in (budgets, at))
    return frontier_set(pool, points, marks, recipe)


def drawn_points(
    pool: Prepared, budgets: Sequence[float], terms: Replayed, bootstrap: Bootstrap
) -> tuple[FrontierPoint, ...]:
    """The policies of a recipe at these budgets, with the controls of the one it names."""
    own = frontier(pool, budgets, policies=terms.policies, controls=(), bootstrap=bootstrap)
    beside = [terms.controls_of] if terms.controls_of else []
    controls = frontier(pool, budgets, policies=beside, controls=EQUAL_SPEND, bootstrap=bootstrap)
    return (*own, *(one for one in controls if one.spread != AS_DECIDED))


def frontier_set(
    pool: Prepared, points: Sequence[FrontierPoint], marks: Sequence[FrontierPoint], recipe: Recipe
) -> CurveSet:
    """Lines through points, and marks at the budget chosen; a point's `k` is its budget in rollouts of all tasks."""
    line, mark = METRICS[recipe.metrics[0] if recipe.metrics else "best_of_k"]
    named = dict.fromkeys(one.name for one in (*points, *marks))
    series = [
        _series(pool, [one for one in some if one.name == name], metric, recipe.x)
        for some, metric in ((points, line), (marks, mark))
        for name in named
    ]
    return CurveSet(
        series=tuple(one for one in series if one.points),
        comparisons=(),
        x=SPENT if recipe.x == "k" else recipe.x,
        simulated=pool.pool.simulated,
        caption=_caption(pool, recipe, marks, oracle=any(one.spread == "oracle" for one in (*points, *marks))),
        warnings=(*pool.notes, *_unplaced(series, recipe.x)),
    )


def _unplaced(series: Sequence[Series], x: str) -> list[str]:
    lacking = any(point.x is None for one in series for point in one.points)
    return [f"not every rollout tells its {x}: what it is unknown for is not drawn"] if lacking else []


def places_of(curves: CurveSet) -> dict[str, int]:
    """The colours of a frontier's curves by their names: a policy and a control keep theirs."""
    return {one.name.rpartition(" · ")[0]: PLACES[str(one.arm["spread"])] for one in curves.series}


def _series(pool: Prepared, points: Sequence[FrontierPoint], metric: str, x: str) -> Series:
    first = points[0] if points else None
    name = "" if first is None else first.name
    spread = "" if first is None else first.policy if first.spread == AS_DECIDED else first.spread
    placed = sorted((_point(pool, one, metric, x) for one in points), key=lambda point: (point.x or 0.0, point.k))
    arm = {"memory": pool.pool.memory, "scaling": None, "allocation": first and first.policy, "spread": spread}
    return Series(f"{name} · {metric}", metric, arm, "true", tuple(placed), pool.pool.simulated)


def _point(pool: Prepared, one: FrontierPoint, metric: str, x: str) -> Point:
    bounds = (one.value, one.low, one.high)
    if metric in (ANY, AT_ANY):
        bounds = (one.reached, one.reached_low, one.reached_high)
    at = one.spend if x == "k" else one.tokens if x == "tokens" else one.cost
    return Point(at, round(one.budget * pool.tasks), pool.tasks, *bounds)


def _caption(pool: Prepared, recipe: Recipe, marks: Sequence[FrontierPoint], *, oracle: bool) -> str:
    draws, seeds = sum(map(len, pool.stage.draws)), len(pool.pool.seeds)
    of = f" of {seeds} seed{'' if seeds == 1 else 's'}" if seeds else ""
    told = [
        f"allocations replayed over the stored rollouts of {pool.pool.name}",
        f"{pool.tasks} tasks, {draws:,} rollouts{of} drawn in {pool.drawn.orders} orders",
        f"at most {pool.stage.k} a task",
        recipe.bootstrap.sentence(),
    ]
    told += [] if recipe.precedence.usual else [recipe.precedence.sentence()]
    told += [f"marks at a budget of {round(marks[0].budget * pool.tasks):,} rollouts in all"] if marks else []
    told += ["only the oracle knows the truth"] if oracle else []
    told += [f"{len(pool.lacking)} tasks with fewer rollouts are left out"] if pool.lacking else []
    return "; ".join(told)
