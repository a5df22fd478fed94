"""Arms are compared on the same tasks and the same seeds."""

from dataclasses import replace
from itertools import product

import pytest

from rb_studio.analysis.arm_metrics import TaskFigures
from rb_studio.jobs.curves import curves_of
from rb_studio.jobs.pools import Pool
from rb_studio.jobs.run_tasks import Attempt, RunTasks


def played(seed: int, results: dict[str, float], steps: int = 3, k: int = 1) -> RunTasks:
    """One run whose tasks came to these results."""
    figures = {key: TaskFigures(value, value, value, None) for key, value in results.items()}
    attempts = {key: (Attempt(f"{seed}-{key}", value > 0, steps, True),) for key, value in results.items()}
    return RunTasks(seed, k, seed, False, figures, attempts, {})


def pool(memory: str, *runs: RunTasks) -> Pool:
    return Pool(memory, {"memory": memory, "scaling": "none", "allocation": "uniform", "source": "s"}, list(runs))


def compared(*pools: Pool):
    """(metric: comparison), and the warnings about seeds."""
    found = curves_of(pools)
    return {one.metric: one for one in found.comparisons}, [text for text in found.warnings if "seeds" in text]


def test_only_the_seeds_both_arms_have_for_a_task_are_averaged():
    """Seed 1 is hard and only the arm without memory met it."""
    none = pool("none", played(0, {"a": 1, "b": 0}), played(1, {"a": 0, "b": 0}, steps=9))
    memory = pool("reasoningbank", played(0, {"a": 1, "b": 0}))
    found, warnings = compared(none, memory)
    assert (found["pass_at_1"].difference, found["pass_at_1"].n) == (0.0, 2)
    assert found["steps"].difference == 0.0
    assert warnings == [
        "none · k=1 and reasoningbank · k=1 are compared over the seeds both have for a task; "
        "2 other results are left out"
    ]


def test_seeds_drop_out_task_by_task():
    none = pool("none", played(0, {"a": 0}), played(1, {"a": 0, "b": 1}))
    memory = pool("reasoningbank", played(0, {"a": 1, "b": 1}), played(1, {"a": 0}))
    found, warnings = compared(none, memory)
    assert (found["pass_at_1"].difference, found["pass_at_1"].n) == (0.5, 1)
    assert "2 other results" in warnings[0]


def test_with_every_seed_in_both_nothing_is_said():
    none = pool("none", played(0, {"a": 0, "b": 1}), played(1, {"a": 1, "b": 1}))
    memory = pool("reasoningbank", played(0, {"a": 1, "b": 1}), played(1, {"a": 1, "b": 1}))
    found, warnings = compared(none, memory)
    assert found["pass_at_1"].difference == pytest.approx(0.25)
    assert warnings == []


def test_more_rollouts_are_compared_with_one_over_the_same_seeds_too():
    arm = pool("none", played(0, {"a": 0}), played(0, {"a": 1}, k=3), played(1, {"a": 0}, k=3))
    found, warnings = compared(arm)
    assert (found["best_of_k"].difference, found["best_of_k"].n) == (1.0, 1)
    assert "none · k=1 and none · k=3" in warnings[0]


def test_a_repeated_seed_counts_once():
    none = pool("none", played(0, {"a": 0}), played(0, {"a": 1}), played(1, {"a": 1}))
    memory = pool("reasoningbank", played(0, {"a": 1}), played(1, {"a": 1}))
    found, _ = compared(none, memory)
    assert found["pass_at_1"].difference == pytest.approx(0.25)


def test_arms_that_spread_k_alike_are_compared():
    def spread(run: int, memory: str, allocation: str) -> Pool:
        arm = {"memory": memory, "scaling": "parallel", "allocation": allocation, "source": "s"}
        return Pool(f"{memory} {allocation}", arm, [replace(played(0, {"a": 1}, k=3), run=run)])

    arms = product(("none", "reasoningbank"), ("greedy", "uniform"))
    pools = [spread(run, memory, allocation) for run, (memory, allocation) in enumerate(arms)]
    pairs = {(one.a, one.b) for one in curves_of(pools).comparisons if one.kind == "memory"}
    assert pairs == {(f"none {a} · k=3", f"reasoningbank {a} · k=3") for a in ("greedy", "uniform")}
