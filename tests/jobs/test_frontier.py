"""Allocations over many orders and budgets at once: the decisions an arm makes task by task, and what they reach."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rb_studio.analysis import allocation as spreads
from rb_studio.jobs.allocation import Prepared, ReplayRequest, replay
from rb_studio.jobs.allocation_draws import drawn
from rb_studio.jobs.allocation_many import rounded
from rb_studio.jobs.allocation_pools import Draw, DrawPool
from rb_studio.jobs.allocation_stage import Stage, stream
from rb_studio.jobs.frontier import AS_DECIDED, frontier, rollouts_taken, task_outcomes, usual_budgets
from rb_studio.method.allocate import Terms
from rb_studio.records.arm import ALLOCATIONS
from rb_studio.records.errors import UsageError
from rb_studio.records.judgement import Status
from rb_studio.records.task import Task

ORDERS = 6
LABELS = (Status.SUCCESS, Status.FAILURE, Status.UNKNOWN)


def prepared(seed: int, tasks: int, k: int, *, alike: float = 0.3) -> Prepared:
    """A pool of made-up rollouts; some tasks are copies of each other, so that there are ties."""
    dice = np.random.default_rng(seed)
    keys = [f"t{number}" for number in range(tasks)]
    draws = [
        [
            Draw(LABELS[dice.choice(3, p=(0.4, 0.4, 0.2))], bool(dice.random() < rate), int(dice.integers(1, 9)),
                 f"{key}-{number}", 100 * number, 0.5)
            for number in range(k + int(dice.integers(3)))
        ]
        for key, rate in zip(keys, dice.random(tasks), strict=True)
    ]  # fmt: skip
    vectors = dice.normal(size=(tasks, 5)) + alike
    vectors[tasks // 2 :] = vectors[: tasks - tasks // 2]
    vectors /= np.linalg.norm(vectors, axis=1)[:, None]
    texts = [Task(key, "find 2 of the 'best'" if place % 2 else "look", 0, key) for place, key in enumerate(keys)]
    stage = Stage(keys, draws, texts, (vectors @ vectors.T).round(6), k)
    return Prepared(
        pool=DrawPool("made up", None, draws=dict(zip(keys, draws, strict=True))),
        stage=stage,
        drawn=drawn(keys, draws, k, seed, ORDERS),
        lacking=(),
        notes=(),
        shuffles=np.stack([spreads.shuffled(tasks, number) for number in range(ORDERS)]),
        oracle=spreads.oracle(stage.rates, k),
    )


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 14), st.integers(2, 6), st.sampled_from([1.0, 1.4, 2.0, 3.7, math.inf]))
@pytest.mark.parametrize("policy", ["first-success", "difficulty", "greedy"])
def test_many_arms_at_once_decide_as_each_does_task_by_task(policy, seed, tasks, k, mean):
    pool = prepared(seed, tasks, k)
    mean = min(mean, k) if policy != "first-success" else mean
    found = pool.ks(policy, [mean])[0]
    terms = Terms(policy, k, None if math.isinf(mean) else mean)
    for number, ks in enumerate(found.tolist()):
        order = [
            [draws[place] for place in places]
            for draws, places in zip(pool.stage.draws, pool.drawn.places[number], strict=True)
        ]
        assert ks == [one.k for one in stream(pool.stage, terms, order)]


@given(st.lists(st.floats(0, 5), min_size=1, max_size=9) | st.lists(st.integers(0, 4_000_000), min_size=1, max_size=9))
def test_decimals_are_rounded_as_python_rounds_them(values):
    table = np.array([value / 2_000_000 if isinstance(value, int) else value for value in values])
    assert rounded(table, 6).tolist() == [round(value, 6) for value in table.tolist()]


def test_a_frontier_is_what_allocate_says_at_each_of_its_budgets():
    pool = prepared(3, 12, 4)
    points = frontier(pool, (1.5, 3.0))
    for budget in (1.5, 3.0):
        told = replay(pool, ReplayRequest(k=4, budget=budget))
        for policy in told.policies:
            at = {one.spread: one for one in points if (one.policy, one.budget) == (policy.policy, budget)}
            own = at[AS_DECIDED]
            assert (own.spend, own.correlation) == (policy.spend, policy.correlation)
            named = [(own, policy), *((at[one.name], one) for one in policy.controls)]
            for point, said in named:
                assert point.spend == pytest.approx(said.mean_rollouts * 12)
                assert (point.value, point.low, point.high) == pytest.approx(
                    (said.best_of_k.value, said.best_of_k.low, said.best_of_k.high)
                )
                assert (point.reached, point.reached_low, point.reached_high) == pytest.approx(
                    (said.pass_at_k.value, said.pass_at_k.low, said.pass_at_k.high)
                )
    assert own.cost == pytest.approx(own.spend / 12 * 0.5)


def test_only_the_oracle_goes_by_the_truth():
    pool = prepared(5, 10, 3)
    turned = [[replace(one, correct=not one.correct) for one in draws] for draws in pool.stage.draws]
    stage = Stage(pool.stage.keys, turned, pool.stage.tasks, pool.stage.similar, 3)
    other = replace(
        pool, stage=stage, drawn=drawn(stage.keys, turned, 3, 5, ORDERS), oracle=spreads.oracle(stage.rates, 3)
    )
    for policy in ALLOCATIONS:
        ks = pool.ks(policy, [2.0])
        assert (ks == other.ks(policy, [2.0])).all()
        for control in ("uniform", "shuffled", "inverse"):
            assert (pool.spread(control, ks) == other.spread(control, ks)).all()
    assert (pool.spread("oracle", ks) != other.spread("oracle", ks)).any()


def test_every_task_says_what_it_got_why_and_which_rollouts_they_were():
    pool = prepared(7, 9, 4)
    rows = task_outcomes(pool, "greedy", 2.0)
    assert [row.task for row in rows] == pool.stage.keys
    for row in rows:
        assert len(row.rollouts) == row.k
        assert all(uid.startswith(f"{row.task}-") for uid in row.rollouts)
        assert row.reason.startswith("Beta(")
        assert row.value <= row.reached
    assert rollouts_taken(pool, "greedy", 2.0) == [uid for row in rows for uid in row.rollouts]


def test_the_usual_budgets_are_whole_rollouts_from_one_a_task_to_the_most():
    budgets = usual_budgets(prepared(1, 7, 3))
    assert (budgets[0], budgets[-1]) == (1.0, 3.0)
    assert all(budget * 7 == pytest.approx(round(budget * 7)) for budget in budgets)


@pytest.mark.parametrize(("budget", "policies"), [(9.0, ("greedy",)), (0.5, ("uniform",)), (2.0, ("oracle",))])
def test_what_nobody_can_spend_is_refused(budget, policies):
    with pytest.raises(UsageError):
        frontier(prepared(1, 5, 3), [budget], policies=policies)
