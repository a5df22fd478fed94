"""What stands beside a curve over k: what selecting loses, what one more rollout gains, what all k get right."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from rb_studio.analysis.bayes import posterior_mean_rate
from rb_studio.analysis.bootstrap import paired_difference
from rb_studio.analysis.passk import pass_hat_k
from rb_studio.jobs.pools import Pool
from rb_studio.jobs.run_tasks import RunTasks
from rb_studio.records.curve import OfK

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Table = NDArray[np.float64]

UNIFORM = "uniform"
Counts = dict[str, tuple[int, int]]


def of_k(pools: Sequence[Pool]) -> tuple[OfK, ...]:
    """Every arm at every k; figures are of the same tasks, intervals over tasks."""
    return tuple(one for pool in pools for one in _of_pool(pool))


def _of_pool(pool: Pool) -> Iterator[OfK]:
    tables = {k: pool.column("best", k) for k in pool.ks}
    for k, smaller in zip(pool.ks, (None, *pool.ks), strict=False):
        loss = paired_difference(pool.column("any", k), tables[k])
        gain = (None, None, None) if smaller is None else _per_rollout(tables[k], tables[smaller], k - smaller)
        counts = [_counts(run) for run in pool.runs if run.k == k]
        rate = posterior_mean_rate(_together(counts).values())
        whole = pool.arm["allocation"] in (None, UNIFORM)  # else those with k rollouts are not just any tasks
        yield OfK(
            pool.name,
            k,
            loss.n,
            *(loss.difference, loss.low, loss.high),
            *gain,
            _all_right(counts, k) if whole else None,
            *((None, None, None) if rate is None else (rate.value, rate.low, rate.high)),
        )


def _per_rollout(best: "Table", before: "Table", more: int) -> tuple[float | None, float | None, float | None]:
    found = paired_difference(best, before)
    if found.difference is None or found.low is None or found.high is None:
        return None, None, None
    return found.difference / more, found.low / more, found.high / more


def _counts(run: RunTasks) -> Counts:
    """Graded rollouts and successes of each task."""
    graded = {key: [one.truth for one in tried if one.truth is not None] for key, tried in run.attempts.items()}
    return {key: (len(truths), sum(truths)) for key, truths in graded.items() if truths}


def _together(counts: Sequence[Counts]) -> Counts:
    found: Counts = {}
    for one in counts:
        for key, (n, c) in one.items():
            before = found.get(key, (0, 0))
            found[key] = before[0] + n, before[1] + c
    return found


def _all_right(counts: Sequence[Counts], k: int) -> float | None:
    """pass^k over tasks, each averaged over its runs; None where no task has k graded rollouts in a run."""
    by_task: dict[str, list[float]] = {}
    for one in counts:
        for key, (n, c) in one.items():
            value = pass_hat_k(n, c, k)
            if value is not None:
                by_task.setdefault(key, []).append(value)
    return float(np.mean([np.mean(values) for values in by_task.values()])) if by_task else None
