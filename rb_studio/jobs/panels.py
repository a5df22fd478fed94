"""What stands beside the curves: small multiples, what selecting loses, what a rollout gains, sample sizes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rb_studio.analysis.intervals import paired_sample_size, sample_size
from rb_studio.jobs.comparisons import SUCCESS, paired, shared_tasks, side_of
from rb_studio.jobs.curves import TRUE, USUAL_BOOTSTRAP, Line, caption, mean_cost, series_of
from rb_studio.jobs.pools import Pool
from rb_studio.records.curve import Comparison, CurveSet, Series
from rb_studio.records.errors import UsageError
from rb_studio.records.recipe import Bootstrap

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Table = NDArray[np.float64]

SELECTION_LOSS, MARGINAL_GAIN = "selection_loss", "marginal_gain"
FIXES, REGRESSIONS = "fixes", "regressions"


@dataclass(frozen=True, slots=True)
class Grid:
    """Small multiples: the curves of a figure by memory and scaling; a cell that nothing was run for is empty."""

    memories: tuple[str, ...]
    scalings: tuple[str, ...]
    cells: Mapping[tuple[str, str], tuple[Series, ...]]


@dataclass(frozen=True, slots=True)
class TasksNeeded:
    """How many tasks show a difference: with other tasks in either arm, or the same in both; and how many there are.

    `paired` is None where the tasks did not differ at all, or where there is no pair; `unpaired` where no rate is told.
    """

    difference: float
    unpaired: int | None
    paired: int | None
    have: int


def grid(curves: CurveSet) -> Grid:
    """A figure's curves by what its arms remember and how they scale, in the order they come."""
    cells: dict[tuple[str, str], list[Series]] = {}
    for one in curves.series:
        cells.setdefault((_axis(one, "memory"), _axis(one, "scaling")), []).append(one)
    memories, scalings = (tuple(dict.fromkeys(key[place] for key in cells)) for place in (0, 1))
    return Grid(memories, scalings, {key: tuple(found) for key, found in cells.items()})


def loss_set(pools: Sequence[Pool], x: str = "k", bootstrap: Bootstrap = USUAL_BOOTSTRAP) -> CurveSet:
    """What choosing one of k rollouts leaves behind, pass@k minus best-of-k, of each arm over k."""
    return _set(pools, x, [_loss(pool, x) for pool in pools], bootstrap)


def gain_set(pools: Sequence[Pool], x: str = "k", bootstrap: Bootstrap = USUAL_BOOTSTRAP) -> CurveSet:
    """What each rollout beyond the next smaller k added to best-of-k, of each arm over k."""
    return _set(pools, x, [_gain(pool, x) for pool in pools if len(pool.ks) > 1], bootstrap)


def changes_set(pools: Sequence[Pool], x: str = "k", bootstrap: Bootstrap = USUAL_BOOTSTRAP) -> CurveSet:
    """Passes per task that turned wrong to right and right to wrong, of each arm that refines, over k."""
    lines = [_changes(pool, name, x) for pool in pools for name in (FIXES, REGRESSIONS)]
    return _set(pools, x, lines, bootstrap)


def tasks_needed(
    pools: Sequence[Pool], comparison: Comparison, difference: float, power: float = 0.8, level: float = 0.95
) -> TasksNeeded:
    """How many tasks would show a difference between two arms, given how they came out so far.

    The difference is a share for metrics of success, for the others it is in their unit.

    Raises
    ------
    UsageError
        The comparison is of other pools, or the difference is none, or one of shares above 1.
    """
    rates = comparison.metric in SUCCESS
    if difference <= 0 or (rates and difference >= 1):
        raise UsageError("a sample size needs a difference above 0, between 0 and 1 for success")
    a, b = (side_of(pools, name) for name in (comparison.a, comparison.b))
    means = paired(a, b, comparison.metric, shared_tasks(a, b), comparison.kind)
    gaps = means.second - means.first
    known = gaps[~np.isnan(gaps)]
    rate = float(np.nanmean([means.first, means.second])) if len(known) else 0.5
    spread = float(known.std(ddof=1)) if len(known) > 1 else 0.0
    same = paired_sample_size(difference, spread, power, level) if spread else None
    apart = sample_size(difference, rate, power, level) if rates else None
    return TasksNeeded(difference, apart, same, len(known))


def _set(pools: Sequence[Pool], x: str, lines: Sequence[Line], bootstrap: Bootstrap) -> CurveSet:
    return CurveSet(
        series=series_of(lines, bootstrap),
        comparisons=(),
        x=x,
        simulated=any(pool.simulated for pool in pools),
        caption=caption(pools, bootstrap.sentence()),
    )


def _axis(series: Series, name: str) -> str:
    return str(series.arm.get(name) or "imported")


def _loss(pool: Pool, x: str) -> Line:
    return _line(pool, SELECTION_LOSS, [pool.column("any", k) - pool.column("best", k) for k in pool.ks], pool.ks, x)


def _gain(pool: Pool, x: str) -> Line:
    ks = pool.ks
    best = [pool.column("best", k) for k in ks]
    gains = [(best[n] - best[n - 1]) / (ks[n] - ks[n - 1]) for n in range(1, len(ks))]
    return _line(pool, MARGINAL_GAIN, gains, ks[1:], x)


def _changes(pool: Pool, name: str, x: str) -> Line:
    return _line(pool, name, [pool.column(name, k) for k in pool.ks], pool.ks, x)


def _line(pool: Pool, metric: str, columns: "Sequence[Table]", ks: Sequence[int], x: str) -> Line:
    return Line(pool, metric, TRUE, np.column_stack(columns), ks, [mean_cost(pool, k, x) for k in ks])
