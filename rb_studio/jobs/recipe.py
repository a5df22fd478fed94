"""Figures rebuilt from their recipes: the same runs, found by what they are, give the same numbers."""

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from rb_studio.interchange.carried import carried
from rb_studio.jobs.along import buckets_set, difficulty_set, phases_set, positions_set
from rb_studio.jobs.arm_looks import arm_looks
from rb_studio.jobs.comparisons import comparisons_of
from rb_studio.jobs.curves import DRAWN, JUDGED, METRICS, TRUE, caption, curves_of
from rb_studio.jobs.figure_words import METRIC_NAMES
from rb_studio.jobs.frontier_figure import frontier_pools, places_of, ready_pool, replayed_set
from rb_studio.jobs.panels import FIXES, REGRESSIONS, changes_set, gain_set, loss_set
from rb_studio.jobs.paper import reported
from rb_studio.jobs.pools import Pool, pool_rows, pooled
from rb_studio.jobs.run_tasks import run_tasks
from rb_studio.jobs.streams import steps_set, stream_set
from rb_studio.records.curve import CurveSet, Series
from rb_studio.records.errors import UnreadableInput, UsageError
from rb_studio.records.identity import canonical_json, digest
from rb_studio.records.recipe import (
    BUCKETS,
    CHANGES,
    COMPARISONS,
    CURVES,
    DIFFICULTY,
    FRONTIER,
    GAIN,
    LOSS,
    PHASES,
    POSITIONS,
    STEPS,
    STREAM,
    Recipe,
    RunsFrom,
)
from rb_studio.store import runs

FIGURE_FILES = (".png", ".svg", ".pdf", ".tex")
Draw = Callable[[Sequence[Pool], Sequence[Pool], Recipe], CurveSet]  # of the arms shown, beside every one there is
USUAL_LINES = {CURVES: ("best_of_k", "pass_at_k", "pass_at_1"), STEPS: ("steps",), CHANGES: (FIXES, REGRESSIONS)}
NAMED_HIDDEN = 3  # of more hidden arms a caption gives the number only


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """A figure made from a recipe, with what is not as it was; `places` are the colours of its arms by their names."""

    curves: CurveSet
    notes: tuple[str, ...]
    places: Mapping[str, int]


def read_recipe(path: Path) -> Recipe:
    """A recipe from its file, or from the figure that carries it: PNG, SVG, PDF or LaTeX.

    Raises
    ------
    UnreadableInput
        There is no such file, it is no JSON, or a figure without a recipe.
    UsageError
        It is no recipe, or one that cannot be followed.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UnreadableInput(f"the recipe {path} cannot be read ({error.strerror})") from error
    text = carried(data)
    try:
        return Recipe.from_json(json.loads(data if text is None else text))
    except (ValueError, RecursionError) as error:
        if path.suffix.lower() in FIGURE_FILES:
            raise UnreadableInput(
                f"the figure {path} carries no recipe: it is not of this program, or another one wrote it anew"
            ) from error
        raise UnreadableInput(f"{path} is no recipe: it is no JSON ({error})") from error


def recipe_text(recipe: Recipe) -> str:
    """What stands in a recipe's file."""
    return json.dumps(recipe.to_json(), ensure_ascii=False, indent=2) + "\n"


def carried_text(recipe: Recipe) -> str:
    """The recipe as a figure's file carries it: one line of ASCII."""
    return json.dumps(recipe.to_json(), ensure_ascii=True, separators=(",", ":"))


def source_of(conn: sqlite3.Connection, pools: Sequence[Pool], sweep: int | None, *, apart: bool = False) -> RunsFrom:
    """Where pools come from that were read of a sweep, or of all single and imported runs."""
    results = _results(pools)
    if sweep is not None:
        row = runs.sweep(conn, sweep)
        if row is None:
            raise UsageError(f"there is no sweep {sweep} in this workspace")
        return RunsFrom(sweep=row.hash, made=row.created_at, results=results)
    drawn = {run.run for pool in pools for run in pool.runs}
    keys = (run_key(row) for row in runs.runs(conn) if row.id in drawn)
    return RunsFrom(runs=tuple(keys), apart=apart, results=results)


def run_key(row: runs.RunRow) -> str:
    """What a run is called in any file that holds it: a foreign run by its name, another by its arm and its start."""
    if row.foreign_key is not None:
        return row.foreign_key
    arm = row.arm.hash if row.arm else ""
    return digest(canonical_json([arm, row.start_state, row.pass_number, row.created_at]))


def rebuild(conn: sqlite3.Connection, recipe: Recipe) -> Rebuilt:
    """The figure a recipe tells of, from the runs of this workspace.

    Raises
    ------
    UsageError
        None of its runs are here, or nothing of it can be drawn.
    """
    rows, notes = source_rows(conn, recipe.source)
    if recipe.figure == FRONTIER:
        return _frontier(conn, [row.id for row in rows], notes, recipe)
    found = ((row, run_tasks(conn, row, recipe.precedence, recipe.split)) for row in rows)
    pools = pooled(found, apart=recipe.source.apart, precedence=recipe.precedence, split=recipe.split)
    now, then = _results(pools), recipe.source.results
    if then is not None and now != then:
        notes.append(f"there are {now} results by now; the recipe was written over {then}, so numbers may differ")
    return Rebuilt(figure_of(pools, recipe), (*notes, *_missing(pools, recipe)), _places(conn, pools, recipe))


def _frontier(conn: sqlite3.Connection, ids: Sequence[int], notes: Sequence[str], recipe: Recipe) -> Rebuilt:
    """Allocations replayed over the draws of one arm."""
    found = frontier_pools(conn, ids, recipe.precedence)[0]
    pools = [pool for pool in found if recipe.arms in ((), (pool.key,))]
    if not pools:
        raise UsageError("the arm whose allocations the recipe replays is not here, or has too few stored rollouts")
    ready = ready_pool(conn, pools[0], recipe)
    now, then = ready.pool.rollouts, recipe.source.results
    grown = [] if then in (None, now) else [f"{now} rollouts are stored by now; the recipe was written over {then}"]
    curves = replayed_set(ready, recipe)
    return Rebuilt(curves, (*notes, *grown), places_of(curves))


def figure_of(pools: Sequence[Pool], recipe: Recipe, *, buckets: bool = True) -> CurveSet:
    """A recipe's figure of pools that were read as it says, whose arms are drawn in its order and by its names.

    Curves come with the `buckets` of difficulty unless nobody looks at them.
    """
    every = [_named(pool, recipe.names) for pool in pools]
    shown = _shown(every, recipe)
    draw = partial(_curves, buckets=buckets) if recipe.figure == CURVES else _FIGURES[recipe.figure]
    curves = draw(shown, every, recipe)
    if not curves.series and not curves.comparisons:
        raise UsageError("the recipe draws nothing of these runs: name other metrics, or none for all")
    hidden = [pool.name for pool in every if pool.key not in {one.key for one in shown}]
    curves = replace(
        curves,
        caption=f"{curves.caption}{left_out(hidden, _lines_left_out(recipe))}",
        warnings=() if recipe.figure != CURVES else curves.warnings,
    )
    return replace(curves, paper=_reported(shown, recipe)) if recipe.paper else curves


def left_out(arms: Sequence[str], metrics: Sequence[str] = ()) -> str:
    """What of its runs is not in a figure, for its caption."""
    return f"{_not_drawn('arm', arms)}{_not_drawn('line', metrics)}"


def _lines_left_out(recipe: Recipe) -> list[str]:
    """The lines such a figure usually has and this one has not."""
    drawn = {METRICS[name][0] if name in METRICS else name for name in recipe.metrics}
    return [METRIC_NAMES[one] for one in USUAL_LINES.get(recipe.figure, ()) if drawn and one not in drawn]


def _reported(shown: Sequence[Pool], recipe: Recipe) -> tuple[Series, ...]:
    """What the paper says of the arms and lines that are shown."""
    every = reported([pool.arm for pool in shown])
    return tuple(one for one in every if not recipe.metrics or one.metric in recipe.metrics)


def _not_drawn(what: str, names: Sequence[str]) -> str:
    if not names:
        return ""
    told = f": {', '.join(names)}" if len(names) <= NAMED_HIDDEN else ""
    return f"; {len(names)} {what}{'' if len(names) == 1 else 's'} not drawn{told}"


def _named(pool: Pool, names: Mapping[str, str]) -> Pool:
    """The pool by the name given to it; one that bears it keeps its tables."""
    return pool if names.get(pool.key, pool.name) == pool.name else replace(pool, name=names[pool.key])


def _places(conn: sqlite3.Connection, pools: Sequence[Pool], recipe: Recipe) -> dict[str, int]:
    """The colours the recipe gives its arms, or else those of this workspace."""
    looks = arm_looks(conn, pools) if any(pool.key not in recipe.places for pool in pools) else {}
    places = {**{key: look.place for key, look in looks.items()}, **recipe.places}
    return {recipe.names.get(pool.key, pool.name): places[pool.key] for pool in pools}


def _shown(pools: Sequence[Pool], recipe: Recipe) -> list[Pool]:
    if not pools:
        raise UsageError("there are no finished rollouts to draw: run or import something first")
    if recipe.paper and recipe.x != "k":
        raise UsageError(f"the paper gives its figures over k, not over {recipe.x}: draw without it, or over k")
    order = {key: place for place, key in enumerate(recipe.arms)}
    shown = [pool for pool in pools if pool.key not in recipe.hidden and (not order or pool.key in order)]
    if not shown:
        raise UsageError("none of the recipe's arms is among these runs: make a new one")
    shown.sort(key=lambda pool: order.get(pool.key, 0))
    if len({pool.name for pool in shown}) < len(shown):
        raise UsageError("the recipe calls several arms by one name: give each its own")
    return shown


def _curves(pools: Sequence[Pool], _every: Sequence[Pool], recipe: Recipe, *, buckets: bool = True) -> CurveSet:
    truths = (TRUE, JUDGED) if recipe.truth == "both" else (recipe.truth,)
    metrics = [name for name in recipe.metrics or DRAWN if METRICS.get(name, ("", ""))[1] in truths]
    repeated = recipe.source.sweep is None and not recipe.source.apart
    return curves_of(
        pools,
        x=recipe.x,
        repeated=repeated,
        metrics=metrics,
        compare=False,
        buckets=buckets,
        bootstrap=recipe.bootstrap,
    )


def _comparisons(pools: Sequence[Pool], _every: Sequence[Pool], recipe: Recipe) -> CurveSet:
    """No curves, but the arms beside one of them, or each beside its usual one."""
    names = {pool.key: pool.name for pool in pools}
    if recipe.reference and recipe.reference not in names:
        raise UsageError("the arm that the recipe compares others with is not drawn: name another one")
    reference, metrics = names.get(recipe.reference), recipe.metrics or ("best_of_k",)
    found = comparisons_of(pools, reference=reference, metrics=metrics, bootstrap=recipe.bootstrap)
    return CurveSet(
        series=(),
        comparisons=tuple(one.comparison for one in found),
        simulated=any(pool.simulated for pool in pools),
        caption=caption(pools, recipe.bootstrap.sentence()),
    )


def _k(pools: Sequence[Pool], recipe: Recipe) -> int:
    """The k of a figure at one: the recipe's, or else the smallest."""
    ks = sorted({k for pool in pools for k in pool.ks})
    return recipe.k if recipe.k in ks else ks[0]


def _chosen(curves: CurveSet, recipe: Recipe) -> CurveSet:
    wanted = recipe.metrics or [one.metric for one in curves.series]
    return replace(curves, series=tuple(one for one in curves.series if one.metric in wanted))


def _over_k(draw: Callable[..., CurveSet]) -> Draw:
    return lambda pools, _every, recipe: _chosen(draw(pools, recipe.x, recipe.bootstrap), recipe)


_FIGURES: dict[str, Draw] = {
    CURVES: _curves,
    STREAM: lambda pools, _every, recipe: stream_set(pools, _k(pools, recipe)),
    STEPS: _over_k(steps_set),
    LOSS: _over_k(loss_set),
    GAIN: _over_k(gain_set),
    CHANGES: _over_k(changes_set),
    POSITIONS: lambda pools, every, recipe: positions_set(pools, _k(every, recipe), every),
    DIFFICULTY: lambda pools, every, recipe: difficulty_set(pools, _k(every, recipe), every, recipe.bootstrap),
    BUCKETS: lambda pools, _every, recipe: buckets_set(pools, recipe.bootstrap),
    PHASES: lambda pools, every, recipe: phases_set(pools, _k(every, recipe)),
    COMPARISONS: _comparisons,
}


def source_rows(conn: sqlite3.Connection, source: RunsFrom) -> tuple[list[runs.RunRow], list[str]]:
    """The rows of a source, and what of it is not here."""
    if source.sweep is not None:
        alike = [row for row in runs.sweeps(conn) if row.hash == source.sweep]
        same = [row for row in alike if row.created_at == source.made] or alike
        if not same:
            raise UsageError(f"the sweep {source.sweep[:12]} of the recipe is not in this workspace")
        return pool_rows(conn, same[-1].id), []
    here = {run_key(row): row for row in runs.runs(conn)}  # single ones, or some of a sweep
    missing = [key for key in source.runs if key not in here]
    if len(missing) == len(source.runs):
        raise UsageError("none of the recipe's runs is in this workspace")
    notes = [f"{len(missing)} of the recipe's {len(source.runs)} runs are not here: {', '.join(missing)}"]
    return [here[key] for key in source.runs if key in here], notes if missing else []


def _missing(pools: Sequence[Pool], recipe: Recipe) -> list[str]:
    here = {pool.key for pool in pools}
    gone = [recipe.names.get(key, key[:12]) for key in recipe.arms if key not in here and key not in recipe.hidden]
    return [f"arms of the recipe that are not here: {', '.join(gone)}"] if gone else []


def _results(pools: Sequence[Pool]) -> int:
    return sum(len(run.figures) for pool in pools for run in pool.runs)
