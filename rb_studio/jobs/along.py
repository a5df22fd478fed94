"""Figures along something else than rollouts: how hard tasks are, phases of a run, positions of a stream."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from rb_studio.analysis.ledger import PHASES
from rb_studio.analysis.positions import SHUFFLES
from rb_studio.jobs.comparisons import task_counts
from rb_studio.jobs.curves import TRUE, USUAL_BOOTSTRAP, Line, caption, series_of
from rb_studio.jobs.places import BUCKET, LEVELS, PHASE, STRETCH
from rb_studio.jobs.pools import Pool
from rb_studio.jobs.report import position_gains
from rb_studio.jobs.run_tasks import RunTasks
from rb_studio.records.curve import CurveSet, Point, PositionGain, Series
from rb_studio.records.recipe import Bootstrap

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Column = NDArray[np.float64]

BUCKET_SUCCESS, BUCKET_SHARE = "bucket_success", "bucket_share"
PHASE_TOKENS = "phase_tokens"
POSITION_GAIN = "position_gain"
OFTEN = (1 / 3, 2 / 3)  # rarely below, mostly above
SEEDS = "bars reach from the lowest to the highest run"


def difficulty_set(
    pools: Sequence[Pool], k: int, every: Sequence[Pool], bootstrap: Bootstrap = USUAL_BOOTSTRAP
) -> CurveSet:
    """Best-of-k success of each arm at one k over how often a task was solved in the rollouts of `every` arm.

    Tasks that are never or always solved carry no difference between arms; the others do.
    """
    level_of = task_levels(every)
    shown = [pool for pool in pools if k in pool.ks]
    lines = [_line(pool, BUCKET_SUCCESS, _by_level(pool.column("best", k), _levels(pool, level_of)), k)
             for pool in shown]  # fmt: skip
    return _set(shown, lines, f"k={k}; {_sizes(list(level_of.values()))}; {bootstrap.sentence()}", bootstrap)


def buckets_set(pools: Sequence[Pool], bootstrap: Bootstrap = USUAL_BOOTSTRAP) -> CurveSet:
    """Which share of an arm's tasks was solved how often, by the arm's own rollouts at every k."""
    levels = [_levels(pool, task_levels([pool])) for pool in pools]
    lines = [_line(pool, BUCKET_SHARE, _shares(own), max(pool.ks)) for pool, own in zip(pools, levels, strict=True)]
    again = sum(int((tried > 1).sum()) for tried, _ in map(task_counts, pools))
    mixed = sum(int(((own > 1) & (own < len(LEVELS))).sum()) for own in levels)
    told = f"; {mixed} of {again} tasks of arms with several rollouts can carry a difference" if again else ""
    return _set(pools, lines, f"tasks by an arm's own rollouts{told}; {bootstrap.sentence()}", bootstrap)


def task_levels(pools: Sequence[Pool]) -> dict[str, int]:
    """The place in `LEVELS`, from 1, of each graded task by the rollouts of all these arms."""
    tried: dict[str, float] = {}
    solved: dict[str, float] = {}
    for pool in pools:
        counts = (column.tolist() for column in task_counts(pool))
        for key, n, c in zip(pool.tasks, *counts, strict=True):
            tried[key], solved[key] = tried.get(key, 0.0) + n, solved.get(key, 0.0) + c
    return {key: _level(solved[key] / n) for key, n in tried.items() if n}


def phases_set(pools: Sequence[Pool], k: int) -> CurveSet:
    """Tokens per task of each arm at one k by phase; the value is over all runs, the bounds are those of the runs."""
    shown = [pool for pool in pools if k in pool.ks]
    drawn = [(pool, _phases(pool, k)) for pool in shown]
    series = tuple(
        Series(f"{pool.name} · {PHASE_TOKENS}", PHASE_TOKENS, pool.arm, TRUE, points, pool.simulated)
        for pool, points in drawn
        if any(point.value is not None for point in points)
    )
    told = caption(shown, f"k={k}; {SEEDS}", shown_of=lambda pool: pool.tried_tasks)
    return CurveSet(series, (), x=PHASE, simulated=any(one.simulated for one in series), caption=told)


def positions_set(pools: Sequence[Pool], k: int, every: Sequence[Pool]) -> CurveSet:
    """What each arm with memory gains along the stream over the arm of `every` without, at one k."""
    names = {pool.name: pool for pool in pools}
    found = [(one, names[one.arm]) for one in position_gains(every, k) if one.arm in names]
    series = tuple(
        Series(f"{pool.name} · {POSITION_GAIN}", POSITION_GAIN, pool.arm, TRUE, _stretches(one), pool.simulated)
        for one, pool in found
    )
    few = any(not one.enough for one, _ in found)
    told = f"; fewer than {SHUFFLES} orders: a position shows the tasks that stand there" if few else ""
    bars = f"k={k}; minus no memory on the same tasks; bars are 95 % intervals over whole tasks{told}"
    shown = [pool for _, pool in found] or pools
    return CurveSet(series, (), x=STRETCH, simulated=any(one.simulated for one in series), caption=caption(shown, bars))


def _set(pools: Sequence[Pool], lines: Sequence[Line], told: str, bootstrap: Bootstrap) -> CurveSet:
    series = series_of(lines, bootstrap)
    return CurveSet(series, (), x=BUCKET, simulated=any(one.simulated for one in series), caption=caption(pools, told))


def _line(pool: Pool, metric: str, table: "Column", k: int) -> Line:
    places = range(1, len(LEVELS) + 1)
    return Line(pool, metric, TRUE, table, [k] * len(LEVELS), [float(place) for place in places])


def _levels(pool: Pool, level_of: dict[str, int]) -> "Column":
    """The level of each of a pool's tasks, NaN where it was never graded: float[tasks]."""
    return np.array([level_of.get(key, np.nan) for key in pool.tasks], np.float64)


def _by_level(values: "Column", levels: "Column") -> "Column":
    """Each value in the column of its task's level, NaN elsewhere: float[tasks, levels]."""
    here = levels[:, None] == np.arange(1, len(LEVELS) + 1)
    return np.where(here, values[:, None], np.nan)


def _shares(levels: "Column") -> "Column":
    """1 in the column of a task's level and 0 in the others, NaN for a task of none: float[tasks, levels]."""
    here = np.asarray(levels[:, None] == np.arange(1, len(LEVELS) + 1), np.float64)
    here[np.isnan(levels)] = np.nan
    return here


def _level(share: float) -> int:
    if share in (0, 1):
        return 1 if share == 0 else len(LEVELS)
    return 2 + sum(share > edge for edge in OFTEN) if share not in OFTEN else 3


def _sizes(levels: Sequence[int]) -> str:
    """How many tasks each level has, hardest first."""
    counted = (f"{levels.count(place)} {name}" for place, name in enumerate(LEVELS, 1))
    return f"tasks solved in all arms' rollouts: {', '.join(counted)}"


def _phases(pool: Pool, k: int) -> tuple[Point, ...]:
    members = [pool.runs[place] for place in pool.members(k)]
    n = len({key for run in members for key in run.figures})
    return tuple(_phase(members, phase, float(place), k, n) for place, phase in enumerate(PHASES, 1))


def _phase(members: Sequence[RunTasks], phase: str, x: float, k: int, n: int) -> Point:
    spent = [run.tokens.get(phase) for run in members]
    known = [one for one in spent if one is not None]
    if len(known) < len(spent):
        return Point(x, k, n, None, None, None)
    each = [one / len(run.figures) for one, run in zip(known, members, strict=True)]
    value = sum(known) / sum(len(run.figures) for run in members)
    return Point(x, k, n, round(value, 6), *((min(each), max(each)) if len(each) > 1 else (None, None)))


def _stretches(found: PositionGain) -> tuple[Point, ...]:
    return tuple(
        Point((part.first + part.last) / 2, found.k, part.n, part.gain, part.low, part.high) for part in found.parts
    )
