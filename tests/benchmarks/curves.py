"""The figures of a large sweep: its curves, its comparisons with one arm, its stream and its steps."""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from rb_studio.analysis.arm_metrics import TaskFigures
from rb_studio.jobs.comparisons import comparisons_of
from rb_studio.jobs.curves import METRICS, curves_of
from rb_studio.jobs.pools import Pool
from rb_studio.jobs.run_tasks import Attempt, RunTasks
from rb_studio.jobs.streams import steps_set, stream_set
from tests.benchmarks.figure import Figure

ARMS, KS, TASKS = 60, (1, 2, 3, 4, 5), 200
PROMISE = 0.3
MEMORIES, SCALINGS = ("none", "reasoningbank", "synapse", "awm"), ("parallel", "sequential", "vanilla")


def measure(folder: Path) -> list[Figure]:
    """Seconds from what is in memory to each figure; the first time, so with every table to be made."""
    size = f"{ARMS} arms, {len(KS)} k, {TASKS} tasks, 2,000 resamples"
    return [
        _figure(f"curves of {size}", lambda pools: curves_of(pools, compare=False), PROMISE),
        _figure("all seven curves of each of them", lambda pools: curves_of(pools, compare=False, metrics=[*METRICS])),
        _figure("each arm against one in best-of-k", _against, PROMISE),
        _figure("success along the stream of each arm", lambda pools: stream_set(pools, KS[-1]), PROMISE),
        _figure("steps of solved and failed of each arm", steps_set),
    ]


def _figure(name: str, draw: Callable[[list[Pool]], object], promise: float | None = None) -> Figure:
    draw(made_pools(2))
    pools = made_pools(ARMS)
    begun = time.perf_counter()
    draw(pools)
    seconds = time.perf_counter() - begun
    wanted = "" if promise is None else f"at most {1000 * promise:.0f} ms"
    return Figure(name, wanted, f"{1000 * seconds:.0f} ms", None if promise is None else seconds <= promise)


def _against(pools: list[Pool]) -> object:
    return comparisons_of(pools, reference=pools[0].name, metrics=("best_of_k",))


def made_pools(arms: int) -> list[Pool]:
    """Arms in memory, the same ones each time."""
    dice = np.random.default_rng(1)
    return [_pool(number, dice) for number in range(arms)]


def _pool(number: int, dice: np.random.Generator) -> Pool:
    memory, scaling = MEMORIES[number % len(MEMORIES)], SCALINGS[number // len(MEMORIES) % len(SCALINGS)]
    arm = {"memory": memory, "scaling": scaling, "allocation": "uniform", "source": "made"}
    name = f"{memory} {scaling} {number}"
    return Pool(name, arm, [_run(number * len(KS) + k, k, dice) for k in KS])


def _run(number: int, k: int, dice: np.random.Generator) -> RunTasks:
    truths, said = dice.random((TASKS, k)) < 0.4, dice.random((TASKS, k)) < 0.5
    figures, attempts, costs = {}, {}, {}
    for task in range(TASKS):
        key, right = f"made/{task}", truths[task]
        figures[key] = TaskFigures(
            float(right.mean()), float(right[0]), float(right.any()),
            float(said[task].mean()), float(said[task][0]), float(said[task].any()),
        )  # fmt: skip
        attempts[key] = tuple(Attempt(f"{number}-{task}-{i}", bool(right[i]), 5 + i, i == 0) for i in range(k))
        costs[key] = {"tokens": 100.0 * k, "cost": None, "time": 1.0}
    return RunTasks(number, k, 0, False, figures, attempts, costs)
