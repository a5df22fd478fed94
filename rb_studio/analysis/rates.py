"""Success with every denominator: of all tasks asked for, of those with data, of those that were answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rb_studio.analysis.bootstrap import mean_intervals
from rb_studio.analysis.intervals import Estimate, proportion


@dataclass(frozen=True, slots=True)
class Rates:
    """Success end to end and on condition; None where there is no such task.

    `end_to_end` counts a task without data or truth as not solved: the least that was reached. `graded` is over
    tasks with a graded rollout, as pass_at_1 is. `answered` is over those rollouts alone that ended by an answer.
    """

    end_to_end: Estimate | None
    graded: Estimate | None
    answered: Estimate | None


def rates(asked: int, graded: Mapping[str, Sequence[bool]], answered: Mapping[str, Sequence[bool]]) -> Rates:
    """Rates of an arm; intervals are Wilson's where each task has one rollout, else a bootstrap over tasks.

    Parameters
    ----------
    asked
        Tasks the arm was to do.
    graded, answered
        Truths of each task's graded rollouts, and of those among them that ended by an answer.
    """
    if asked < len(graded):
        raise ValueError(f"{len(graded)} tasks have outcomes and only {asked} were asked for")
    all_of = [truths for truths in graded.values() if truths]
    return Rates(
        end_to_end=_estimate([*all_of, *([[False]] * (asked - len(all_of)))]),
        graded=_estimate(all_of),
        answered=_estimate([truths for truths in answered.values() if truths]),
    )


def _estimate(tasks: Sequence[Sequence[bool]]) -> Estimate | None:
    if all(len(truths) == 1 for truths in tasks):
        return proportion(sum(truths[0] for truths in tasks), len(tasks))
    means = np.array([[sum(truths) / len(truths)] for truths in tasks])
    value, low, high = (float(part[0]) for part in mean_intervals(means))
    return Estimate(value, low, high, len(tasks))
