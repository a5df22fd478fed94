"""What the room shows, computed on a query's thread."""

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from rb_studio.gui.plots.looks import Arms
from rb_studio.gui.plots.names import arms_of, metric_of
from rb_studio.jobs.arm_looks import arm_looks, places_of, renamed
from rb_studio.jobs.curves import curves_of
from rb_studio.jobs.pools import Pool, pooled, read_pools
from rb_studio.jobs.recipe import source_of
from rb_studio.jobs.run_tasks import run_tasks
from rb_studio.jobs.streams import arm_name, steps_set, stream_set
from rb_studio.models.whose import whose_word
from rb_studio.records.curve import CurveSet
from rb_studio.records.recipe import RunsFrom
from rb_studio.store import runs
from rb_studio.store.arm_looks import Look

POOLED, APART = "pooled", "apart"
NOTHING = CurveSet((), ())
NOWHERE = RunsFrom()
CURVES, STREAM, STEPS = "curves", "stream", "steps"
FIGURES = (CURVES, STREAM, STEPS)


@dataclass(frozen=True, slots=True)
class Source:
    """Something whose curves can be shown; `key` is `sweep:ID`, `pooled`, `apart` or `runs:ID,ID`."""

    key: str
    label: str


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the pools of a figure come from, told so that a recipe finds them again, and how all arms look.

    `own_names` are the names arms have of themselves, by their keys.
    """

    runs: RunsFrom = NOWHERE
    looks: Mapping[str, Look] = field(default_factory=dict)
    own_names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Figures:
    """All figures of one source. `arms` gives the colours; `ks` the numbers of rollouts streams exist for."""

    source: str
    origin: Origin = Origin()
    pools: tuple[Pool, ...] = ()
    x: str = "k"
    k: int = 1
    curves: CurveSet = NOTHING
    stream: CurveSet = NOTHING
    steps: CurveSet = NOTHING

    @property
    def arms(self) -> Arms:
        """In the order of their first runs, with the places of their colours, which no other arm takes."""
        drawn = {arm for name in FIGURES for arm in arms_of(self.figure(name))}
        names = dict.fromkeys(pool.name for pool in self.pools if pool.name in drawn)
        return Arms(names, places_of(self.pools, self.origin.looks))

    @property
    def ks(self) -> list[int]:
        return sorted({k for pool in self.pools for k in pool.ks})

    def figure(self, name: str) -> CurveSet:
        """One of `FIGURES` by name."""
        return {CURVES: self.curves, STREAM: self.stream, STEPS: self.steps}[name]


def sources(conn: sqlite3.Connection) -> list[Source]:
    """Everything that can be chosen, newest sweep first."""
    rows = runs.runs(conn)
    counted = {sweep.id: sum(row.sweep == sweep.id for row in rows) for sweep in runs.sweeps(conn)}
    found = [
        Source(
            f"sweep:{sweep.id}",
            f"Sweep {sweep.id}: {_suite(sweep)}, {_runs(counted[sweep.id])}{_standing(sweep.status)}",
        )
        for sweep in reversed(runs.sweeps(conn))
    ]
    single = sum(row.sweep is None for row in rows)
    if single:
        found.append(Source(POOLED, f"Single runs, pooled ({single})"))
        found.append(Source(APART, f"Single runs, one by one ({single})"))
    return found


def newest_source(conn: sqlite3.Connection) -> str:
    """The source the newest run belongs to."""
    row = conn.execute("SELECT sweep FROM run WHERE purpose = 'arm' ORDER BY id DESC LIMIT 1").fetchone()
    return POOLED if row is None or row[0] is None else f"sweep:{row[0]}"


def load(conn: sqlite3.Connection, source: str | None, x: str, k: int | None) -> tuple[list[Source], Figures]:
    """The sources there are, and the figures of one; of the newest where none, or one that is gone, is named."""
    known = sources(conn)
    chosen = chosen_runs(conn, source)
    if chosen:
        known.insert(0, Source(str(source), f"{len(chosen)} chosen run{'' if len(chosen) == 1 else 's'}"))
    if source is None or source not in {one.key for one in known}:
        source = newest_source(conn)
    sweep = int(source.partition(":")[2]) if source.startswith("sweep:") else None
    apart = source == APART or bool(chosen)
    whose = whose_word()
    if chosen:
        pools = pooled(((row, run_tasks(conn, row, whose)) for row in chosen), apart=True, precedence=whose)
    else:
        pools = read_pools(conn, sweep=sweep, apart=apart, precedence=whose) if known else []
    if not pools:
        return known, Figures(source)
    looks = arm_looks(conn, pools)
    made_from = source_of(conn, pools, sweep, apart=apart)
    origin = Origin(made_from, looks, {pool.key: pool.name for pool in pools})
    return known, figures(source, renamed(pools, looks), x, k, origin)


def chosen_runs(conn: sqlite3.Connection, source: str | None) -> list[runs.RunRow]:
    """The runs a source of chosen ones names, as far as they are there."""
    kind, _, names = (source or "").partition(":")
    wanted = {int(name) for name in names.split(",") if name.isdecimal()} if kind == "runs" else set()
    return [row for row in runs.runs(conn) if row.id in wanted] if wanted else []


def figures(source: str, pools: Sequence[Pool], x: str, k: int | None, origin: Origin) -> Figures:
    """The figures of pools that are read already."""
    ks = sorted({k for pool in pools for k in pool.ks})
    shown = k if k in ks else ks[0]
    return Figures(
        source=source,
        origin=origin,
        pools=tuple(pools),
        x=x,
        k=shown,
        curves=curves_of(pools, x=x, repeated=source == POOLED, compare=False),
        stream=stream_set(pools, shown),
        steps=steps_set(pools, x),
    )


def chosen(curves: CurveSet, hidden_arms: Collection[str], hidden_metrics: Collection[str]) -> CurveSet:
    """The part of a figure that is shown."""
    series = [one for one in curves.series if arm_name(one) not in hidden_arms and metric_of(one) not in hidden_metrics]
    return replace(curves, series=tuple(series), simulated=any(one.simulated for one in series))


def _suite(sweep: runs.SweepRow) -> str:
    return str(sweep.config.get("base", {}).get("suite", ""))


def _runs(count: int) -> str:
    return f"{count} run{'' if count == 1 else 's'}"


def _standing(status: str) -> str:
    return "" if status == "finished" else f", {status}"
