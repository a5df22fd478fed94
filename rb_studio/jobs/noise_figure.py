"""Best-of-k over k as it would be under a less certain judge: a figure drawn again for every way to flip verdicts."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rb_studio.analysis.bootstrap import RESAMPLES
from rb_studio.analysis.noise import LABEL, Flips, JudgedTask, noisy_means
from rb_studio.jobs.noise import INDEPENDENT, judged_tasks, measured
from rb_studio.jobs.pools import Pool
from rb_studio.records.curve import CurveSet, Point, Series
from rb_studio.records.judgement import Status
from rb_studio.records.precedence import USUAL, Precedence

CLEAR, NOISY, MEASURED = "clear_best", "noisy_best", "measured_best"
SINGLY = 8  # every k up to here has a point
UNFLIPPED = Flips(0.0, 0.0)


@dataclass(frozen=True, slots=True)
class NoiseArm:
    """What stored rollouts of one arm tell: by task what was said in each run with the most rollouts, `k` of them.

    `clear` is best-of-k by the judge as it was, over k; `run` what the arm's own selection came to, where its labels
    were flipped at `rate`.
    """

    name: str
    arm: Mapping[str, Any]
    k: int
    tasks: tuple[tuple[JudgedTask, ...], ...]
    clear: tuple[Point, ...]
    run: tuple[Point, ...]
    rate: float
    simulated: bool
    whose: Precedence = USUAL


def noise_arms(conn: sqlite3.Connection, pools: Sequence[Pool]) -> list[NoiseArm]:
    """The arms with several independent rollouts a task that a judge knew of; read once, for any number of figures."""
    chosen = [pool for pool in pools if pool.arm["scaling"] in INDEPENDENT and pool.arm["allocation"] == "uniform"]
    found = judged_tasks(conn, [pool for pool in chosen if max(pool.ks) > 1])
    return [_arm(conn, pool, tasks) for pool, tasks in found if _judged(tasks)]


def noise_figure(arms: Iterable[NoiseArm], flips: Flips) -> CurveSet:
    """Over k: best-of-k under `flips` and as judged; arms that ran under flipped labels as points where they stand."""
    arms = list(arms)
    series = [one for arm in arms for one in _curves(arm, flips)]
    told = [
        f"{_percent(flips.passed)} of failures called a success and {_percent(flips.missed)} of successes a failure",
        LABEL,
        f"95\u00a0% intervals from {RESAMPLES:,} resamples of tasks",
        *dict.fromkeys(note for arm in arms for note in arm.whose.notes()),
    ]
    return CurveSet(tuple(series), (), simulated=any(arm.simulated for arm in arms), caption="; ".join(told))


def _judged(tasks: Iterable[Iterable[JudgedTask]]) -> bool:
    return any(status is not Status.UNKNOWN for of_runs in tasks for task in of_runs for status in task.said)


def _arm(conn: sqlite3.Connection, pool: Pool, tasks: tuple[tuple[JudgedTask, ...], ...]) -> NoiseArm:
    most = max(pool.ks)
    points = [measured(conn, pool, k) for k in pool.ks if k > 1]
    own = tuple(Point(one.k, one.k, one.n, one.value, one.low, one.high) for one in points)
    clear = _points(tasks, most, UNFLIPPED)
    return NoiseArm(pool.name, pool.arm, most, tasks, clear, own, points[0].rate, pool.simulated, pool.precedence)


def _percent(rate: float) -> str:
    return f"{100 * rate:.0f}\u00a0%"


def _curves(arm: NoiseArm, flips: Flips) -> list[Series]:
    """Of an arm that ran under flipped labels only what it came to: its rollouts learned under them."""
    found = {MEASURED: arm.run} if arm.rate else {NOISY: _points(arm.tasks, arm.k, flips), CLEAR: arm.clear}
    return [
        Series(f"{arm.name} \u00b7 {metric}", metric, arm.arm, "true", points, arm.simulated)
        for metric, points in found.items()
    ]


def _points(tasks: Sequence[Sequence[JudgedTask]], most: int, flips: Flips) -> tuple[Point, ...]:
    ks = sorted({*range(1, min(most, SINGLY) + 1), most})
    return tuple(Point(k, k, *noisy_means(tasks, k, [flips])[0]) for k in ks)
