"""What the allocation lab shows, computed on a query's thread."""

import sqlite3
from dataclasses import dataclass

from rb_studio.jobs.allocation import Prepared
from rb_studio.jobs.allocation_pools import DrawPool
from rb_studio.jobs.frontier import (
    FrontierPoint,
    TaskOutcome,
    frontier,
    rollouts_taken,
    task_outcomes,
    usual_budgets,
)
from rb_studio.jobs.frontier_figure import drawn_points, frontier_pools, ready_pool
from rb_studio.jobs.recipe import source_rows
from rb_studio.records.arm import ALLOCATIONS
from rb_studio.records.precedence import USUAL, Precedence
from rb_studio.records.recipe import Bootstrap, Recipe, RunsFrom
from rb_studio.records.replayed import Replayed


@dataclass(frozen=True, slots=True)
class Pools:
    """The pools of one source whose rollouts can be spread, and what is left out."""

    source: RunsFrom
    precedence: Precedence = USUAL
    pools: tuple[DrawPool, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class At:
    """What every policy comes to at one budget in rollouts of all tasks, and why each task got its k under one."""

    total: int
    policy: str
    points: tuple[FrontierPoint, ...]
    tasks: tuple[TaskOutcome, ...]


def read_pools(conn: sqlite3.Connection, source: RunsFrom, precedence: Precedence) -> Pools:
    """The pools of a figure's runs."""
    pools, notes = frontier_pools(conn, [row.id for row in source_rows(conn, source)[0]], precedence)
    return Pools(source, precedence, tuple(pools), tuple(notes))


def prepare_pool(conn: sqlite3.Connection, pool: DrawPool, recipe: Recipe) -> Prepared:
    """The pool ready for any budget."""
    return ready_pool(conn, pool, recipe)


def lines(pool: Prepared) -> tuple[FrontierPoint, ...]:
    """All policies over the usual budgets."""
    return frontier(pool, usual_budgets(pool), controls=())


def controls(pool: Prepared, policy: str) -> tuple[FrontierPoint, ...]:
    """The controls of one policy over the usual budgets."""
    return drawn_points(pool, usual_budgets(pool), Replayed((), policy), Bootstrap())


def at_budget(pool: Prepared, total: int, policy: str, *, controls: bool) -> At:
    """Every policy at one budget, and the tasks under one of them."""
    budget = total / pool.tasks
    terms = Replayed(ALLOCATIONS, policy if controls else "")
    points = drawn_points(pool, [budget], terms, Bootstrap())
    return At(total, policy, points, task_outcomes(pool, policy, budget))


def taken(pool: Prepared, policy: str, total: int) -> list[str]:
    """The rollouts behind a point of the figure."""
    return rollouts_taken(pool, policy, total / pool.tasks)
