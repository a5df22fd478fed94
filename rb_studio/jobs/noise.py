"""Best-of-k under a less certain judge, from stored rollouts: the selection is drawn again, nothing is run."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from rb_studio.analysis.bootstrap import mean_intervals
from rb_studio.analysis.noise import LABEL, JudgedTask, NoisePoint, noise_curve
from rb_studio.jobs.pools import Pool
from rb_studio.jobs.run_tasks import RunTasks
from rb_studio.records.judgement import Status
from rb_studio.store.judgement_rows import OWN_STATUS
from rb_studio.store.judgings import judge_sql
from rb_studio.store.rows import select_in

RATES = tuple(step / 20 for step in range(11))
# Scalings whose rollouts of a task are drawn apart from one another.
INDEPENDENT = ("parallel", "vanilla")


@dataclass(frozen=True, slots=True)
class NoiseSeries:
    """One arm at one k: `points` by rate of flipped verdicts, of the selection alone (see `LABEL`).

    `measured` is what the arm's own selection came to, where its labels were flipped at the rate it was run with: there
    memory learned under them too. It belongs beside the points, not among them.
    """

    name: str
    key: str
    k: int
    points: tuple[NoisePoint, ...]
    measured: NoisePoint

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "name": self.name,
            "k": self.k,
            "points": [asdict(point) for point in self.points],
            "measured": asdict(self.measured),
            "label": LABEL,
        }


def noise_series(
    conn: sqlite3.Connection, pools: Sequence[Pool], rates: Sequence[float] = RATES, *, judging: int | None = None
) -> list[NoiseSeries]:
    """Of every arm with independent rollouts, at each of its k above 1, over tasks whose rollouts all have a truth.

    Parameters
    ----------
    judging
        Whose verdicts are flipped, by its first ask; without one those of the runs' own judge.
    """
    chosen = [pool for pool in pools if pool.arm["scaling"] in INDEPENDENT and pool.arm["allocation"] == "uniform"]
    said = _said(conn, sorted({run.run for pool in chosen for run in pool.runs}), judging)
    flipped = _flipped(conn, sorted({run.run for pool in chosen for run in pool.runs}))
    return [_series(pool, k, rates, said, flipped) for pool in chosen for k in pool.ks if k > 1]


def judged_tasks(
    conn: sqlite3.Connection, pools: Sequence[Pool], *, judging: int | None = None
) -> list[tuple[Pool, tuple[tuple[JudgedTask, ...], ...]]]:
    """Of every pool its tasks, and of each what was said in each of the runs with the most rollouts."""
    said = _said(conn, sorted({run.run for pool in pools for run in pool.runs}), judging)
    return [(pool, _tasks(pool, max(pool.ks), said)) for pool in pools]


def measured(conn: sqlite3.Connection, pool: Pool, k: int) -> NoisePoint:
    """What the arm's own selection came to, at the rate its labels were flipped with."""
    return _measured(pool, k, _flipped(conn, [run.run for run in pool.runs]))


def _series(
    pool: Pool, k: int, rates: Sequence[float], said: Mapping[tuple[int, str], Status], flipped: Mapping[int, float]
) -> NoiseSeries:
    points = noise_curve(_tasks(pool, k, said), k, rates)
    return NoiseSeries(pool.name, pool.key, k, tuple(points), _measured(pool, k, flipped))


def _tasks(pool: Pool, k: int, said: Mapping[tuple[int, str], Status]) -> tuple[tuple[JudgedTask, ...], ...]:
    runs = [pool.runs[place] for place in pool.members(k)]
    found = (tuple(one for run in runs if (one := _task(run, key, said)) is not None) for key in pool.tasks)
    return tuple(one for one in found if one)


def _measured(pool: Pool, k: int, flipped: Mapping[int, float]) -> NoisePoint:
    column = pool.column("best", k)[:, None]
    mean, low, high = (float(bound[0]) for bound in mean_intervals(column))
    n = int(np.count_nonzero(~np.isnan(column)))
    run = pool.runs[pool.members(k)[0]].run
    return NoisePoint(flipped[run], k, n, *((mean, low, high) if n else ()))


def _flipped(conn: sqlite3.Connection, runs: Sequence[int]) -> dict[int, float]:
    """The chance with which a run's labels were flipped, by run."""
    query = "SELECT id, json_extract(arm_config, '$.label_noise') AS noise FROM run WHERE id IN ({})"
    return {row["id"]: float(row["noise"] or 0.0) for row in select_in(conn, query, runs)}


def _task(run: RunTasks, key: str, said: Mapping[tuple[int, str], Status]) -> JudgedTask | None:
    """A task's rollouts in one run; None where a truth is unknown, as it would be guessed."""
    tried = run.attempts.get(key, ())
    if not tried or any(one.truth is None for one in tried):
        return None
    statuses = tuple(said.get((run.run, one.uid), Status.UNKNOWN) for one in tried)
    return JudgedTask(statuses, tuple(bool(one.truth) for one in tried))


def _said(conn: sqlite3.Connection, runs: Sequence[int], judging: int | None) -> dict[tuple[int, str], Status]:
    """What the judge itself said, by run and rollout."""
    query = (
        f"SELECT r.run, r.uid, (SELECT {OWN_STATUS} FROM verdict v WHERE v.rollout = r.id AND {judge_sql(judging)} "
        "ORDER BY v.id DESC LIMIT 1) AS said FROM rollout r WHERE r.run IN ({})"
    )
    return {(row["run"], row["uid"]): Status(row["said"]) for row in select_in(conn, query, runs) if row["said"]}
