"""Everything `rb-studio curves` tells: the figure, gains by position, streams with their siblings, the audit."""

import sqlite3
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from rb_studio.analysis.contamination import Contamination
from rb_studio.analysis.positions import Placed, gain_by_position, placed
from rb_studio.analysis.streams import cumulative_success, siblings_along
from rb_studio.analysis.tables import known_means, taken
from rb_studio.jobs.arm_pairs import without_memory
from rb_studio.jobs.curves import check_axis, curves_of, to_json
from rb_studio.jobs.of_k import of_k
from rb_studio.jobs.paper import reported, sources
from rb_studio.jobs.pools import Pool
from rb_studio.jobs.run_tasks import RunTasks
from rb_studio.jobs.statistics import Siblings, audit, audit_json
from rb_studio.records.curve import CurveSet, OfK, PositionGain
from rb_studio.records.errors import UsageError
from rb_studio.store import runs

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class StreamResult:
    """Success so far along one run's stream, with the share of its tasks that had an earlier sibling."""

    arm: str
    run: int
    k: int
    seed: int
    order: str
    cumulative: tuple[float | None, ...]
    siblings: Siblings


@dataclass(frozen=True, slots=True)
class Report:
    """A figure and what stands beside it; `audits` holds one per arm with memory."""

    curves: CurveSet
    positions: tuple[PositionGain, ...]
    streams: tuple[StreamResult, ...]
    audits: tuple[tuple[str, Contamination], ...]
    of_k: tuple[OfK, ...]

    def to_json(self) -> dict[str, Any]:
        """The object of `rb-studio curves --json`; what the paper reports only where it was asked for."""
        streams = [{**asdict(one), "siblings": one.siblings.to_json()} for one in self.streams]
        paper = {"paper": sources()} if self.curves.paper else {}
        return {
            **to_json(self.curves),
            "of_k": [asdict(one) for one in self.of_k],
            "positions": [asdict(one) for one in self.positions],
            "streams": streams,
            "audit": [{"arm": arm, **(audit_json(found) or {})} for arm, found in self.audits],
            **paper,
        }


def report(
    conn: sqlite3.Connection, pools: Sequence[Pool], *, repeated: bool, x: str = "k", paper: bool = False
) -> Report:
    """The report on pools that were read of one sweep, or of all single and imported runs.

    Parameters
    ----------
    repeated
        As in `curves_of`: single runs of one rollout a task each count as repeated rollouts.

    Raises
    ------
    UsageError
        There is nothing to report, no such axis, or the paper is asked for on an axis it says nothing about.
    """
    check_axis(x)
    if paper and x != "k":
        raise UsageError(f"--paper needs --x k: the paper gives its figures over k, not over {x}")
    curves = curves_of(pools, x=x, repeated=repeated)
    return Report(
        curves=replace(curves, paper=reported([pool.arm for pool in pools])) if paper else curves,
        positions=tuple(position_gains(pools)),
        streams=tuple(_stream(pool, run) for pool in pools if _streaming(pool) for run in pool.runs),
        audits=tuple(_audits(conn, pools)),
        of_k=of_k(pools),
    )


def position_gains(pools: Sequence[Pool], only: int | None = None) -> list[PositionGain]:
    """What each arm with memory gains by position over none, at each k where there is an arm without memory.

    Cells that show the runs of another arm are told once. `only` is the one k that is looked at.
    """
    found = []
    seen: set[tuple[int, ...]] = set()
    for pool in pools:
        learning = _streaming(pool) and pool.arm["memory"] != "none"
        for k in [k for k in pool.ks if learning and only in (None, k)]:
            base, members = without_memory(pools, pool, k), [run for run in pool.runs if run.k == k]
            shown = tuple(run.run for run in members)
            if base is not None and shown not in seen:
                seen.add(shown)
                found += _gains(pool, base, k, members)
    return found


def _gains(pool: Pool, base: Pool, k: int, members: Sequence[RunTasks]) -> list[PositionGain]:
    streams = [_placed(run, base, k) for run in members]
    if all(gain is None for one in streams for _, gain in one.gains):
        return []
    gains = gain_by_position(streams)
    return [PositionGain(pool.name, base.name, k, gains.orders, gains.enough, gains.parts, gains.trend)]


def _streaming(pool: Pool) -> bool:
    return not pool.imported


def _placed(run: RunTasks, base: Pool, k: int) -> Placed:
    """A stream beside the same tasks without memory: under the same seed where there is one, else over all."""
    members = base.members(k)
    same = [place for place in members if base.runs[place].seed == run.seed] or members
    keys = [*run.figures]
    without = taken(known_means(base.table("best")[:, same]), base.rows_of(keys))
    outcomes = zip(keys, _known(run.column("best")), strict=True)
    return placed(run.order, [*outcomes], dict(zip(keys, _known(without), strict=True)))


def _known(values: "NDArray[np.float64]") -> list[float | None]:
    return [None if value != value else value for value in values.tolist()]


def _stream(pool: Pool, run: RunTasks) -> StreamResult:
    values = cumulative_success(run.column("best").tolist())
    found, total = siblings_along(run.templates.get(key) for key in run.figures)
    return StreamResult(
        arm=pool.name,
        run=run.run,
        k=run.k,
        seed=run.seed,
        order=run.order,
        cumulative=tuple(None if np.isnan(value) else round(float(value), 10) for value in values),
        siblings=Siblings(total, found),
    )


def _audits(conn: sqlite3.Connection, pools: Sequence[Pool]) -> list[tuple[str, Contamination]]:
    found = []
    for pool in pools:
        if _streaming(pool) and pool.arm["memory"] != "none":
            audited = audit(conn, [runs.run(conn, run.run) for run in pool.runs])
            found += [(pool.name, audited)] if audited else []
    return found
