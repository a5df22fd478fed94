"""The allocation lab: every policy at one budget, and at all usual ones, over a pool of stored rollouts."""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from rb_studio.analysis import allocation as spreads
from rb_studio.jobs.allocation import PERMUTATIONS, Prepared
from rb_studio.jobs.allocation_draws import drawn
from rb_studio.jobs.allocation_pools import Draw, DrawPool
from rb_studio.jobs.allocation_stage import Stage
from rb_studio.jobs.frontier import frontier, task_outcomes, usual_budgets
from rb_studio.records.judgement import Status
from rb_studio.records.task import Task
from tests.benchmarks.figure import Figure

TASKS, K, DIMENSIONS = 120, 5, 16
PROMISE = 0.1


def measure(folder: Path) -> list[Figure]:
    """Seconds from a pool that is prepared to what is shown; every budget is asked for the first time."""
    pool = made_pool(TASKS)
    budgets = iter(usual_budgets(pool)[4:])
    size = f"{TASKS} tasks of {K} rollouts, {PERMUTATIONS} orders"
    return [
        _figure(
            f"every allocation at one budget, {size}", lambda: frontier(pool, [next(budgets)], controls=()), PROMISE
        ),
        _figure("why each task got its k", lambda: task_outcomes(pool, "greedy", next(budgets))),
        _figure("every allocation at all usual budgets", lambda: _all(pool)),
    ]


def _all(pool: Prepared) -> object:
    pool.kept.clear()
    return frontier(pool, usual_budgets(pool), controls=())


def _figure(name: str, ask: Callable[[], object], promise: float | None = None) -> Figure:
    ask()
    begun = time.perf_counter()
    ask()
    seconds = time.perf_counter() - begun
    wanted = "" if promise is None else f"at most {1000 * promise:.0f} ms"
    return Figure(name, wanted, f"{1000 * seconds:.0f} ms", None if promise is None else seconds <= promise)


def made_pool(tasks: int) -> Prepared:
    """Rollouts in memory, the same ones each time."""
    dice = np.random.default_rng(1)
    keys = [f"made/{number}" for number in range(tasks)]
    draws = [[_draw(rate, dice) for _ in range(K)] for rate in dice.random(tasks)]
    vectors = dice.normal(size=(tasks, DIMENSIONS))
    vectors /= np.linalg.norm(vectors, axis=1)[:, None]
    texts = [Task(key, "find the 3 most recent orders before 2022-04-01", 0, key) for key in keys]
    stage = Stage(keys, draws, texts, (vectors @ vectors.T).round(6), K)
    return Prepared(
        pool=DrawPool("made", None, draws=dict(zip(keys, draws, strict=True))),
        stage=stage,
        drawn=drawn(keys, draws, K, 0, PERMUTATIONS),
        lacking=(),
        notes=(),
        shuffles=np.stack([spreads.shuffled(tasks, number) for number in range(PERMUTATIONS)]),
        oracle=spreads.oracle(stage.rates, K),
    )


def _draw(rate: float, dice: np.random.Generator) -> Draw:
    right = bool(dice.random() < rate)
    judged = Status.SUCCESS if right != (dice.random() < 0.1) else Status.FAILURE
    return Draw(judged, right, int(dice.integers(3, 20)))
