"""What comparing arms shows, computed on a query's thread: the pairs, the floor, flipped tasks, tasks needed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rb_studio.jobs.arm_pairs import distinct, pairs
from rb_studio.jobs.comparisons import SUCCESS, Paired, comparisons_of, floors, side_of
from rb_studio.jobs.curves import left_out
from rb_studio.jobs.flips import Flip, flips_of
from rb_studio.jobs.panels import TasksNeeded, tasks_needed
from rb_studio.jobs.pools import Pool
from rb_studio.records.curve import SAME, Comparison

if TYPE_CHECKING:
    from numpy.typing import NDArray

USUAL = ""
POWER = 0.8


@dataclass(frozen=True, slots=True)
class Compared:
    """Arms beside a reference in one metric.

    `reference` is the key of an arm, or `USUAL` where each stands beside the one it is usually compared with, which is
    offered where there are such pairs (`usual`). `floor` is how far arms may differ that differ by their seeds only,
    None where none was repeated.
    """

    reference: str
    metric: str
    arms: tuple[tuple[str, str], ...] = ()
    usual: bool = True
    rows: tuple[Paired, ...] = ()
    floor: float | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Detail:
    """Behind one comparison: the tasks that came out otherwise, and how many would show a difference."""

    comparison: Comparison
    flips: tuple[Flip, ...]
    needed: TasksNeeded


def compared_arms(pools: Sequence[Pool], hidden: frozenset[str], reference: str | None, metric: str) -> Compared:
    """The pairs of the arms that are drawn; `reference` None, or one that is gone, leaves the choice open."""
    shown = [pool for pool in pools if pool.name not in hidden or pool.key == reference]
    usual = next(pairs(distinct(shown)), None) is not None
    if reference not in {pool.key for pool in shown}:
        reference = USUAL if usual or len(shown) < 2 else weakest(shown).key
    name = next((pool.name for pool in shown if pool.key == reference), None)
    rows = comparisons_of(shown, reference=name, metrics=[metric])
    again = comparisons_of(pools, reference=None, metrics=[metric], only=SAME)
    return Compared(
        reference=reference,
        metric=metric,
        arms=tuple((pool.key, pool.name) for pool in pools),
        usual=usual,
        rows=rows,
        floor=floors(one.comparison for one in again).get(metric),
        warnings=tuple(left_out(rows)),
    )


def weakest(pools: Sequence[Pool]) -> Pool:
    """The arm that solves least at its smallest k: what others are sensibly compared with."""
    rates = [np.nan_to_num(_mean(pool.column("first", pool.ks[0])), nan=2.0) for pool in pools]
    return pools[int(np.argmin(rates))]


def detail(pools: Sequence[Pool], comparison: Comparison, difference: float) -> Detail:
    """What is behind a comparison; `difference` is a share for success, else in the metric's unit."""
    flips = flips_of(pools, comparison) if comparison.metric in SUCCESS else []
    return Detail(comparison, tuple(flips), tasks_needed(pools, comparison, difference, POWER))


def rollouts_of(pools: Sequence[Pool], comparison: Comparison, flip: Flip) -> list[tuple[int, str]]:
    """Run and uid of the first two rollouts of a task that differ; none where no two of one seed do."""
    found = []
    for _, before, after in flip.rollouts[:1]:
        for name, uid in ((comparison.a, before), (comparison.b, after)):
            side = side_of(pools, name)
            runs = (side.pool.runs[place] for place in side.pool.members(side.k))
            tried = (run.run for run in runs if any(one.uid == uid for one in run.attempts.get(flip.task_key, ())))
            found += [(run, uid) for run in [*tried][:1]]
    return found


def _mean(values: "NDArray[np.float64]") -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")
