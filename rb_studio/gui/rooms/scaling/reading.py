"""What the room shows, computed on a query's thread."""

import sqlite3
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from rb_studio.gui.plots.looks import Arms
from rb_studio.gui.rooms.scaling.figures import FIGURES, OVER, usual_but_hidden
from rb_studio.gui.rooms.scaling.options import BOTH, Options
from rb_studio.jobs.arm_looks import arm_looks, places_of, renamed
from rb_studio.jobs.curves import JUDGED, METRICS, PASS_HAT_K, TRUE
from rb_studio.jobs.figure_words import METRIC_NAMES
from rb_studio.jobs.paper import reported
from rb_studio.jobs.pool_cache import PoolCache
from rb_studio.jobs.pools import Pool, pooled
from rb_studio.jobs.recipe import figure_of, left_out, source_of
from rb_studio.jobs.run_tasks import run_tasks
from rb_studio.jobs.streams import arm_name
from rb_studio.models.whose import whose_word
from rb_studio.records.curve import CurveSet
from rb_studio.records.errors import UsageError
from rb_studio.records.recipe import CURVES, OF_ONE_K, Recipe, RunsFrom
from rb_studio.store import runs
from rb_studio.store.arm_looks import Look

POOLED, APART = "pooled", "apart"
NOTHING = CurveSet((), ())
NOWHERE = RunsFrom()
COSTLY = frozenset({PASS_HAT_K})  # lines that are made only when they are drawn


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
    """What the figures of one source are made from.

    `arms` are in the order of their first runs, with the places of their colours, which no other arm takes.
    """

    source: str
    origin: Origin = Origin()
    pools: tuple[Pool, ...] = ()
    arms: Arms = Arms((), {})  # noqa: RUF009 - it never changes
    ks: Sequence[int] = ()

    @property
    def simulated(self) -> bool:
        return any(pool.simulated for pool in self.pools)

    def k(self, wanted: int | None) -> int:
        """The k of figures at one: the one wanted, or else of those that most arms have the largest."""
        if wanted is not None and wanted in self.ks:
            return wanted
        arms = Counter(k for pool in self.pools for k in pool.ks)
        return max(self.ks, key=lambda k: (arms[k], k), default=1)


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


def load(conn: sqlite3.Connection, cache: PoolCache, source: str | None) -> tuple[list[Source], Figures]:
    """The sources there are, and what one of them is of; the newest where none, or one that is gone, is named."""
    known = sources(conn)
    chosen = chosen_runs(conn, source)
    if chosen:
        known.insert(0, Source(str(source), f"{len(chosen)} chosen run{'' if len(chosen) == 1 else 's'}"))
    if source is None or source not in {one.key for one in known}:
        source = newest_source(conn)
    sweep = int(source.partition(":")[2]) if source.startswith("sweep:") else None
    apart = source == APART or bool(chosen)
    precedence = whose_word()
    if chosen:
        pools = pooled(((row, run_tasks(conn, row, precedence)) for row in chosen), apart=True, precedence=precedence)
    else:
        pools = cache.read(conn, sweep=sweep, apart=apart, precedence=precedence) if known else []
    if not pools:
        return known, Figures(source)
    looks = arm_looks(conn, pools)
    made_from = source_of(conn, pools, sweep, apart=apart)
    origin = Origin(made_from, looks, {pool.key: pool.name for pool in pools})
    return known, of_pools(source, renamed(pools, looks), origin)


def of_pools(source: str, pools: Sequence[Pool], origin: Origin) -> Figures:
    """What figures of pools that were read are made from."""
    drawn = [pool.name for pool in pools if pool.tried_tasks or pool.known_tasks]
    ks = sorted({k for pool in pools for k in pool.ks})
    return Figures(source, origin, tuple(pools), Arms(drawn, places_of(pools, origin.looks)), ks)


def chosen_runs(conn: sqlite3.Connection, source: str | None) -> list[runs.RunRow]:
    """The runs a source of chosen ones names, as far as they are there."""
    kind, _, names = (source or "").partition(":")
    wanted = {int(name) for name in names.split(",") if name.isdecimal()} if kind == "runs" else set()
    return [row for row in runs.runs(conn) if row.id in wanted] if wanted else []


def figure(now: Figures, name: str, options: Options, skipped: Collection[str] = ()) -> CurveSet:
    """A figure with every arm and all lines but those skipped; one without any curve says what it takes."""
    recipe = recipe_of(now, name, replace(options, paper=False), hidden_lines=skipped)
    try:
        return figure_of(now.pools, recipe, buckets=False)
    except UsageError:
        return CurveSet((), (), x=options.x if name in OVER else "k", caption=FIGURES[name].nothing)


def recipe_of(
    now: Figures, name: str, options: Options, hidden_arms: Collection[str] = (), hidden_lines: Collection[str] = ()
) -> Recipe:
    """What rebuilds a figure, as far as it is not hidden."""
    keys = {pool.name: pool.key for pool in now.pools}
    over = options.x if name in OVER else "k"
    return Recipe(
        now.origin.runs,
        figure=name,
        x=over,
        k=now.k(options.k) if name in OF_ONE_K else None,
        log2=options.log2 and name in OVER,
        metrics=_metrics(name, options.truth, hidden_lines),
        arms=tuple(keys.values()),
        hidden=tuple(keys[arm] for arm in now.arms if arm in hidden_arms),
        names={key: name for name, key in keys.items() if name != now.origin.own_names.get(key)},
        places={key: look.place for key, look in now.origin.looks.items() if key in keys.values()},
        truth=options.truth if name == CURVES else BOTH,
        precedence=now.pools[0].precedence,
        paper=options.paper and name == CURVES and over == "k",
        split=now.pools[0].split,
        preset=options.preset,
        panels=options.panels,
    )


def shown(
    now: Figures, name: str, curves: CurveSet, options: Options, hidden_arms: Collection[str], hidden: Collection[str]
) -> CurveSet:
    """The part of a figure that is shown, and in its caption what is not."""
    series = [one for one in curves.series if arm_name(one) not in hidden_arms and one.metric not in hidden]
    gone = [arm for arm in now.arms if arm in hidden_arms]
    lines = [METRIC_NAMES[line] for line in usual_but_hidden(set(hidden), name)]
    there = [pool.arm for pool in now.pools if pool.name not in hidden_arms]
    paper = reported(there) if options.paper and name == CURVES and curves.x == "k" else ()
    return replace(
        curves,
        series=tuple(series),
        paper=tuple(one for one in paper if one.metric not in hidden),
        simulated=any(one.simulated for one in series),
        caption=f"{curves.caption}{left_out(gone, lines)}" if curves.series else curves.caption,
    )


def _metrics(name: str, truth: str, hidden: Collection[str]) -> tuple[str, ...]:
    """The lines of a figure that are drawn, as recipes name them."""
    if name != CURVES:
        return tuple(one for one in FIGURES[name].metrics if one not in hidden)
    truths = (TRUE, JUDGED) if truth == BOTH else (truth,)
    return tuple(one for one, (metric, whose, _) in METRICS.items() if whose in truths and metric not in hidden)


def _suite(sweep: runs.SweepRow) -> str:
    return str(sweep.config.get("base", {}).get("suite", ""))


def _runs(count: int) -> str:
    return f"{count} run{'' if count == 1 else 's'}"


def _standing(status: str) -> str:
    return "" if status == "finished" else f", {status}"
