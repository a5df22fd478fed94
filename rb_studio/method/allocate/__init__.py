"""Allocation: how many rollouts a task gets, decided when it comes, and the reason.

A task's share depends on its text, the bank and what earlier tasks of the same arm were given and how they were
labelled; all of that is committed with them, so an arm that is resumed decides as it would have. Rollout
i is the same draw under every policy.
"""

from collections.abc import Sequence
from statistics import fmean
from typing import TYPE_CHECKING

from rb_studio.method.allocate.complexity import Traits, traits
from rb_studio.method.allocate.past import cosines
from rb_studio.method.allocate.policies import Share, decide
from rb_studio.method.allocate.terms import Terms, check, most_for
from rb_studio.records.allocation import Allocation
from rb_studio.records.arm import ArmConfig
from rb_studio.records.judgement import Status, Verdict
from rb_studio.records.memory import Bank
from rb_studio.records.task import Task
from rb_studio.records.trajectory import Trajectory

if TYPE_CHECKING:
    from rb_studio.records.memory import Vector

__all__ = [
    "Share",
    "Terms",
    "Traits",
    "check",
    "decide",
    "ending",
    "follows_past",
    "most_for",
    "needs_vector",
    "record",
    "share",
]


def follows_past(arm: ArmConfig) -> bool:
    """Whether a task's share depends on the arm's earlier tasks, so that they go strictly one after another."""
    return Terms.of(arm).follows_past


def needs_vector(arm: ArmConfig) -> bool:
    """Whether an arm embeds its tasks, to retrieve or to find neighbours."""
    return arm.memory != "none" or Terms.of(arm).compares


def share(arm: ArmConfig, task: Task, bank: Bank, vector: "Vector | None") -> Share:
    """The next task's share under the arm's allocation."""
    terms = Terms.of(arm)
    if not terms.compares or vector is None:
        return decide(terms, Traits(), bank.past)
    return decide(terms, traits(task, bank, cosines(bank.past, vector), vector), bank.past)


def record(
    arm: ArmConfig,
    task: Task,
    given: Share,
    k: int,
    rollouts: Sequence[Trajectory],
    verdicts: Sequence[Verdict],
    vector: "Vector | None",
) -> Allocation | None:
    """What the task got and how it was labelled; None where every task gets the same."""
    if arm.allocation == "uniform":
        return None
    known = [verdict.status is Status.SUCCESS for verdict in verdicts if verdict.status is not Status.UNKNOWN]
    lengths = [_first_pass(rollout) for rollout in rollouts if rollout.valid]
    return Allocation(
        policy=arm.allocation,
        task_key=task.key,
        k=k,
        limit=given.limit,
        reason=given.reason + ending(given, k, any(known)),
        labelled=len(known),
        successes=sum(known),
        steps=fmean(lengths) if lengths else None,
        a=given.a,
        b=given.b,
        score=given.score,
        text=task.text,
        vector=vector if Terms.of(arm).compares else None,
    )


def _first_pass(rollout: Trajectory) -> int:
    """Its steps without those of refinement passes, of which k alone decides how many there are."""
    return rollout.passes[0] if rollout.passes else len(rollout.steps)


def ending(given: Share, k: int, succeeded: bool) -> str:
    """How a share that stops at a success came to its end."""
    if not given.stops:
        return ""
    return f"; number {k} was judged a success" if succeeded else f"; none of {k} was judged a success"
