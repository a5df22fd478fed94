"""`rb-studio curves`: scaling curves with intervals."""

import argparse
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from rb_studio.analysis.intervals import FEW_TASKS
from rb_studio.analysis.positions import SHUFFLES
from rb_studio.cli import pictures
from rb_studio.cli.options import add_workspace, integer, open_workspace, words
from rb_studio.cli.output import Output, percent, table
from rb_studio.jobs.arm_looks import arm_looks, places_of, renamed
from rb_studio.jobs.comparisons import few
from rb_studio.jobs.curves import AXES, to_json
from rb_studio.jobs.figure_files import write_csv, write_latex, write_recipe
from rb_studio.jobs.figure_words import COUNTED, count_text
from rb_studio.jobs.paper import NOTE
from rb_studio.jobs.places import name_at
from rb_studio.jobs.pools import Pool, read_pools
from rb_studio.jobs.recipe import read_recipe, rebuild, source_of
from rb_studio.jobs.report import Report, report
from rb_studio.jobs.statistics import audit_sentence
from rb_studio.models import settings
from rb_studio.records.curve import BOTH, SAME, Comparison, CurveSet, Difficulty, OfK, Point, PositionGain, Series
from rb_studio.records.errors import UsageError
from rb_studio.records.precedence import Precedence
from rb_studio.records.recipe import PRESETS, Recipe
from rb_studio.store import runs

DIGITS = {"": 1, "steps": 2, "tokens": 0, "dollars": 4, "seconds": 2}
FEW_ORDERS = (
    f"** fewer than {SHUFFLES} orders: positions show the tasks that happen to stand there; "
    "sweep with --order shuffle:1,shuffle:2,shuffle:3,shuffle:4,shuffle:5"
)
FEW = " *"
FEW_NOTE = f"* fewer than {FEW_TASKS} tasks: such differences are mostly noise"


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    add_workspace(parser, created=False)
    add = parser.add_argument
    newest = "one sweep; without it pools of runs over the same tasks, or the newest sweep where there are only sweeps"
    add("--sweep", type=integer(1), metavar="ID", help=newest)
    add("--x", default="k", metavar="k|tokens|cost|time", help=f"horizontal axis: {', '.join(AXES)} (default: k)")
    add("--paper", action="store_true", help="show the paper's own figures beside, in grey and with their sources")
    for kind in pictures.KINDS:
        add(f"--{kind}", type=Path, metavar="F", help=f"draw the curves into a file ({kind.upper()})")
    add("--csv", type=Path, metavar="F", help="write every drawn number")
    add("--latex", type=Path, metavar="F", help="write the same as a table for LaTeX (booktabs)")
    add_looks(add)
    carried = "draw the figure that a recipe tells of, from the same runs; a figure's own file carries its recipe"
    add("--recipe", type=Path, metavar="F", help=carried)
    add("--save-recipe", type=Path, metavar="F", help="write what rebuilds this figure to the same numbers")


def add_looks(add: Callable[..., object]) -> None:
    """Options of how a figure looks in files."""
    sizes = "size of pictures: as drawn, a column or the width of a paper in mm, or a slide (default: drawn)"
    add("--preset", choices=PRESETS, metavar="|".join(PRESETS), help=sizes)
    add("--log2", action="store_true", help="an axis that doubles from tick to tick")
    add("--panels", action="store_true", help="small multiples: a panel for each memory and scaling")
    whose = "whose word is success, the first who knows: some of truth, human, judge (default: as set, else truth)"
    add("--precedence", type=words, metavar="A,B", help=whose)


def execute(args: argparse.Namespace) -> Output:
    """Compute, draw and print the curves."""
    if args.recipe:
        return _rebuilt(args)
    with open_workspace(args.workspace, write=False) as workspace:
        conn = workspace.reader()
        sweep, note = chosen_sweep(conn, args.sweep)
        pools, recipe, places = figure_source(conn, sweep, args)
        found = report(conn, pools, repeated=sweep is None, x=args.x, paper=args.paper)
    curves = found.curves
    written = _written(pictures.Drawing(curves, places, recipe), args)
    if args.save_recipe:
        write_recipe(recipe, args.save_recipe)
        written.append(args.save_recipe)
    data = {**found.to_json(), "sweep": sweep, "notes": note, "written": [str(path) for path in written]}
    return Output(data, "\n".join([describe(curves), *_beside(found), *note, *(f"wrote {path}" for path in written)]))


def figure_source(
    conn: sqlite3.Connection, sweep: int | None, args: argparse.Namespace
) -> tuple[list[Pool], Recipe, dict[str, int]]:
    """The pools of a figure by the names given to them, its recipe, and the places of its arms by name."""
    precedence = Precedence(args.precedence or settings.load().precedence)
    pools = read_pools(conn, sweep=sweep, precedence=precedence)
    looks = arm_looks(conn, pools)
    named = renamed(pools, looks)
    recipe = Recipe(
        source_of(conn, pools, sweep),
        x=args.x,
        log2=args.log2,
        paper=args.paper,
        preset=args.preset or "",
        panels=args.panels,
        precedence=precedence,
        arms=tuple(pool.key for pool in pools),
        names={one.key: one.name for one, own in zip(named, pools, strict=True) if one.name != own.name},
        places={pool.key: looks[pool.key].place for pool in pools},
    )
    return named, recipe, places_of(named, looks)


def rebuilt_drawing(conn: sqlite3.Connection, args: argparse.Namespace) -> tuple[pictures.Drawing, tuple[str, ...]]:
    """The figure of a recipe, at another size where one is given, and what is not as it was."""
    recipe = read_recipe(args.recipe)
    recipe = replace(recipe, preset=args.preset or recipe.preset)
    found = rebuild(conn, recipe)
    return pictures.Drawing(found.curves, found.places, recipe), found.notes


def _rebuilt(args: argparse.Namespace) -> Output:
    """The figure of a recipe, which says itself what is drawn of which runs."""
    refuse_beside_recipe(args, {"--save-recipe": args.save_recipe})
    with open_workspace(args.workspace, write=False) as workspace:
        drawing, notes = rebuilt_drawing(workspace.reader(), args)
    written = _written(drawing, args)
    data = {
        **to_json(drawing.curves),
        "recipe": drawing.recipe.to_json() if drawing.recipe else None,
        "notes": list(notes),
        "written": [str(path) for path in written],
    }
    lines = [describe(drawing.curves), *notes, *(f"wrote {path}" for path in written)]
    return Output(data, "\n".join(lines))


def refuse_beside_recipe(args: argparse.Namespace, more: Mapping[str, object]) -> None:
    """Raises UsageError where something is said that the recipe says itself; only the size may be another."""
    given = {"--sweep": args.sweep, "--x": args.x != "k", "--paper": args.paper, "--log2": args.log2}
    given |= {"--panels": args.panels, "--precedence": args.precedence}
    said = [name for name, value in {**given, **more}.items() if value]
    if said:
        raise UsageError(f"--recipe says what is drawn: leave {', '.join(said)} out")


def _written(drawing: pictures.Drawing, args: argparse.Namespace) -> list[Path]:
    """The files of a figure that were asked for."""
    written = pictures.save(drawing, {kind: getattr(args, kind) for kind in pictures.KINDS})
    if args.csv:
        write_csv(drawing.curves, args.csv)
    if args.latex:
        write_latex(drawing.curves, args.latex, drawing.recipe)
    return [*written, *(path for path in (args.csv, args.latex) if path)]


def chosen_sweep(conn: sqlite3.Connection, asked: int | None) -> tuple[int | None, list[str]]:
    """The sweep to draw, None for single and imported runs; and what there is beside it, where nobody asked."""
    sweeps = [row.id for row in runs.sweeps(conn)]
    if asked is not None or not sweeps:
        return asked, []
    if any(row.sweep is None and row.status != "planned" for row in runs.runs(conn)):
        return None, [f"sweeps are drawn by themselves: add --sweep {' or '.join(map(str, sweeps))}"]
    others = f"; add --sweep N for another of {', '.join(map(str, sweeps))}" if len(sweeps) > 1 else ""
    return sweeps[-1], [f"drawn from sweep {sweeps[-1]}{others}"]


def describe(curves: CurveSet) -> str:
    """The same numbers as text."""
    rows = [
        (series.name, point.k, point.n, *_values(series, point), _x(curves.x, point.x))
        for series in curves.series
        for point in series.points
    ]
    headers = ("series", "k", "tasks", "value", "95 % interval", curves.x)
    columns = len(headers) - (curves.x == "k")  # k has its column already
    parts = [table(headers[:columns], [row[:columns] for row in rows]), ""] if rows else []
    if curves.comparisons:
        parts += [difficulty_text(curves.difficulty), ""] if curves.difficulty else []
        parts.append(comparisons_text(curves.comparisons))
        parts += [FEW_NOTE] if any(map(few, curves.comparisons)) else []
        parts += [*noise_lines(curves.comparisons), ""]
    parts += [curves.caption, *curves.warnings]
    parts += ["Simulated: produced by the practice model, not by a language model."] if curves.simulated else []
    return "\n".join(parts)


def _beside(found: Report) -> list[str]:
    """Gains by position, siblings, the audit, and what the paper reports: whatever there is."""
    several = [one for one in found.of_k if one.k > 1]
    lines = ["", of_k_text(several)] if several else []
    lines += ["", positions_text(found.positions)] if found.positions else []
    lines += [FEW_ORDERS] if any(not one.enough for one in found.positions) else []
    lines += [f"siblings: {text}" for text in dict.fromkeys(one.siblings.sentence() for one in found.streams)]
    lines += [f"{arm}: {audit_sentence(audited)}" for arm, audited in found.audits]
    return [*lines, *(["", paper_text(found.curves.paper), NOTE] if found.curves.paper else [])]


def of_k_text(found: Sequence[OfK]) -> str:
    """What selecting loses, what one more rollout gains, what all k get right."""
    headers = ("of k rollouts", "k", "tasks", "selection loss", "95 % interval", "gain per further rollout",
               "95 % interval", "all k right")  # fmt: skip
    rows = [
        (
            one.arm,
            one.k,
            one.n,
            _points(one.selection_loss),
            _interval(one.loss_low, one.loss_high),
            _points(one.gain),
            _interval(one.gain_low, one.gain_high),
            percent(one.all_of_k),
        )
        for one in found
    ]
    return table(headers, rows)


def _points(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:+.1f} points"


def positions_text(positions: Sequence[PositionGain]) -> str:
    """What memory gains along the stream, in points of success."""
    rows = []
    for one in positions:
        named = [(f"tasks {part.first} to {part.last}", part) for part in one.parts]
        for place, part in [*named, ("last part minus first", one.trend)]:
            value = _points(part.gain)
            bounds = (
                "-" if part.low is None or part.high is None else f"[{100 * part.low:+.1f}, {100 * part.high:+.1f}]"
            )
            orders = f"{one.orders}{'' if one.enough else ' **'}"
            rows.append((f"{one.arm} minus {one.base}", one.k, orders, place, part.n, value, bounds))
    return table(("gain by position", "k", "orders", "position", "outcomes", "gain", "95 % interval"), rows)


def paper_text(series: Sequence[Series]) -> str:
    """The paper's points over k."""
    rows = [(one.name, point.k, point.n, percent(point.value)) for one in series for point in one.points]
    return table(("reported, not measured", "k", "tasks", "value"), rows)


def comparisons_text(comparisons: Sequence[Comparison]) -> str:
    """Paired differences as a table, success in points, all else in its own unit."""
    rows = [
        (
            f"{c.b}  minus  {c.a}",
            c.metric.replace(BOTH, ", both solved"),
            _tasks(c),
            _difference(c, c.difference),
            _bounds(c),
            _p(c.p),
            _p(c.mcnemar),
        )
        for c in comparisons
        if not _free(c)
    ]
    return table(("paired difference", "metric", "tasks", "difference", "95 % interval", "p", "McNemar"), rows)


def noise_lines(comparisons: Sequence[Comparison]) -> list[str]:
    """What an arm's repetition says of all other differences: which of the two seeds is drawn first is chance as well,
    so the farther bound holds either way.
    """
    return [
        f"A/A: {one.a} and the same arm with other seeds differ by {_difference(one, one.difference)} in {one.metric}, "
        f"95 % interval {_bounds(one)}: up to {100 * max(abs(one.low), abs(one.high)):.1f} points either way may be "
        "nothing but chance"
        for one in comparisons
        if one.kind == SAME and not one.unit and one.low is not None and one.high is not None
    ]


def difficulty_text(difficulty: Sequence[Difficulty]) -> str:
    """How hard the tasks are: only those solved sometimes can show a difference."""
    rows = [(one.arm, one.always, one.mixed, one.never, one.unknown, percent(one.informative)) for one in difficulty]
    return table(("tasks solved by", "always", "sometimes", "never", "not known", "can carry a difference"), rows)


def _free(comparison: Comparison) -> bool:
    """Whether two arms are compared in a cost that neither has."""
    return comparison.unit == "dollars" and comparison.difference == comparison.low == comparison.high == 0


def _tasks(comparison: Comparison) -> str:
    """The number of tasks, marked where they are few."""
    return f"{comparison.n}{FEW if few(comparison) else ''}"


def _p(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _difference(comparison: Comparison, value: float | None) -> str:
    if value is None:
        return "-"
    return _signed(comparison, value) if comparison.unit else f"{_signed(comparison, value)} points"


def _bounds(comparison: Comparison) -> str:
    if comparison.low is None or comparison.high is None:
        return "-"
    return f"[{_signed(comparison, comparison.low)}, {_signed(comparison, comparison.high)}]"


def _signed(comparison: Comparison, value: float) -> str:
    return f"{value if comparison.unit else 100 * value:+,.{DIGITS[comparison.unit]}f}"


def _values(series: Series, point: Point) -> tuple[str, str]:
    """A point's value and interval: success in per cent, counts as they are."""
    metric = series.metric
    if metric not in COUNTED:
        return percent(point.value), _interval(point.low, point.high)
    bounds = [count_text(metric, one) for one in (point.low, point.high) if one is not None]
    value = "-" if point.value is None else count_text(metric, point.value)
    return value, f"[{', '.join(bounds)}]" if len(bounds) == 2 else "-"


def _interval(low: float | None, high: float | None) -> str:
    return "-" if low is None or high is None else f"[{100 * low:.1f}, {100 * high:.1f}]"


def _x(axis: str, value: float | None) -> str:
    named = name_at(axis, value)
    return named or ("-" if value is None else f"{value:g}" if axis == "k" else f"{value:,.4g}")
