"""The terms of an allocation: policy, most rollouts a task may get, mean budget; and what makes no sense."""

import math
from dataclasses import dataclass

from rb_studio.records.arm import ALLOCATIONS, ArmConfig
from rb_studio.records.errors import UsageError

BUDGETED = ("difficulty", "greedy")
STOPPING = ("first-success", "greedy")


@dataclass(frozen=True, slots=True)
class Terms:
    """`k` is the most a task may get; `budget` the mean rollouts a task, None for no bound but k.

    Without a budget of its own a policy that needs one spends the middle of 1 and k.
    """

    policy: str
    k: int
    budget: float | None = None

    @classmethod
    def of(cls, arm: ArmConfig) -> "Terms":
        """The terms of an arm."""
        return cls(arm.allocation, arm.k, arm.budget)

    @property
    def mean(self) -> float | None:
        """Mean rollouts a task that may be spent."""
        return (1 + self.k) / 2 if self.budget is None and self.policy in BUDGETED else self.budget

    @property
    def stops(self) -> bool:
        """Whether a task is over at its first judged success."""
        return self.policy in STOPPING

    @property
    def compares(self) -> bool:
        """Whether neighbours of a task are looked for, which takes an embedder."""
        return self.policy in BUDGETED

    @property
    def follows_past(self) -> bool:
        """Whether a task's share depends on the tasks before it, so that they go strictly one after another."""
        return self.mean is not None

    def check(self) -> None:
        """Raise `UsageError` with one sentence where these terms make no sense."""
        if self.policy not in ALLOCATIONS:
            raise UsageError(f"allocation {self.policy!r} is unknown; choose {', '.join(ALLOCATIONS)}")
        if self.policy == "uniform":
            if self.budget is not None:
                raise UsageError("a budget has no use when every task gets k rollouts: leave --budget out, or lower -k")
            return
        if self.budget is not None:
            _check_budget(self.budget)
        if self.k == 1:
            raise UsageError(
                f"allocation {self.policy} has nothing to decide with one rollout a task: give -k 2 or more, "
                "the most a task may get, or --budget B above 1, the mean"
            )
        if self.budget is not None and self.budget > self.k:
            raise UsageError(
                f"a budget of {self.budget:g} rollouts a task cannot be spent with at most {self.k} for each: "
                "raise -k, or lower --budget, which is a mean and no total"
            )


def check(arm: ArmConfig) -> None:
    """Raise `UsageError` with one sentence when an arm's allocation cannot do anything meaningful."""
    terms = Terms.of(arm)
    terms.check()
    if terms.stops and arm.scaling == "sequential":
        raise UsageError(
            f"allocation {arm.allocation} goes by the verdict on each rollout, and sequential scaling has one verdict "
            "after all its passes: use --allocation difficulty, or --scaling parallel"
        )
    if terms.stops and arm.label == "human":
        raise UsageError(
            f"allocation {arm.allocation} needs a label for every rollout, and --label human carries over one from "
            "an earlier rollout: use --label judge"
        )


def most_for(budget: float | None) -> int:
    """The k of which a budget is the middle between 1 and k; 1 where there is no budget above 1."""
    return math.ceil(2 * budget - 1) if budget is not None and 1 < budget < math.inf else 1


def _check_budget(budget: float) -> None:
    if not math.isfinite(budget):
        raise UsageError(f"a budget of {budget:g} is no number of rollouts: give the mean for a task, as in 2.5")
    if budget < 1:
        raise UsageError(
            f"a budget of {budget:g} rollouts a task is smaller than the number of tasks, and every task needs one: "
            "give 1 or more"
        )
