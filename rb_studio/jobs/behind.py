"""The rollouts a point of a figure stands on."""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain

from rb_studio.analysis.positions import edges_of
from rb_studio.jobs.along import BUCKET_SHARE, BUCKET_SUCCESS, POSITION_GAIN, task_levels
from rb_studio.jobs.pools import Pool
from rb_studio.jobs.run_tasks import Attempt, RunTasks
from rb_studio.jobs.streams import CUMULATIVE, OUTCOMES, arm_name
from rb_studio.records.curve import Point, Series

SELECTED = ("best_of_k",)


def behind(pools: Sequence[Pool], series: Series, point: Point) -> list[str]:
    """Uids of the rollouts a point stands on: of best-of-k the selected ones, of a place those done there.

    `pools` are all there are, for what is hard is told by all of them.
    """
    pool = next((one for one in pools if one.name == arm_name(series)), None)
    if pool is None:
        return []
    found = _FOUND.get(series.metric, _over_k)(pools, pool, series, point)
    return [one.uid for one in found]


def _over_k(_pools: Sequence[Pool], pool: Pool, series: Series, point: Point) -> list[Attempt]:
    k = point.k if point.k in pool.ks else min(pool.ks)
    attempts = pool.attempts(k, selected=series.metric in SELECTED)
    wanted = OUTCOMES.get(series.metric)
    return [one for one in attempts if wanted is None or one.truth is wanted]


def _at_position(_pools: Sequence[Pool], pool: Pool, _series: Series, point: Point) -> list[Attempt]:
    place = int(point.x or 0)
    return [one for run in _runs(pool, point.k) for one in _done(run, place - 1, place)]


def _in_stretch(_pools: Sequence[Pool], pool: Pool, _series: Series, point: Point) -> list[Attempt]:
    members = _runs(pool, point.k)
    edges = edges_of(max((len(run.figures) for run in members), default=0))
    first, last = next((edge for edge in edges if edge[0] < (point.x or 0) <= edge[1]), (0, 0))
    return [one for run in members for one in _done(run, first, last)]


def _of_level(pools: Sequence[Pool], pool: Pool, _series: Series, point: Point, *, own: bool) -> list[Attempt]:
    level_of = task_levels([pool] if own else pools)
    ks = pool.ks if own else [point.k]
    wanted = (task for task in pool.tasks if level_of.get(task) == point.x)
    return [one for task in wanted for k in ks for one in pool.attempts(k, task=task)]


def _runs(pool: Pool, k: int) -> list[RunTasks]:
    return [run for run in pool.runs if run.k == k]


def _done(run: RunTasks, first: int, last: int) -> list[Attempt]:
    """The rollouts of a run's tasks from one position, counted from 0, to another."""
    keys = [*run.figures][max(0, first) : last]
    return [*chain.from_iterable(run.attempts.get(key, ()) for key in keys)]


_FOUND: dict[str, Callable[[Sequence[Pool], Pool, Series, Point], list[Attempt]]] = {
    CUMULATIVE: _at_position,
    POSITION_GAIN: _in_stretch,
    BUCKET_SUCCESS: partial(_of_level, own=False),
    BUCKET_SHARE: partial(_of_level, own=True),
}
