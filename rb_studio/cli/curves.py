"""`rb-studio curves`: scaling curves with intervals."""

import argparse
import csv
from collections.abc import Sequence
from pathlib import Path

from rb_studio.analysis.intervals import FEW_TASKS
from rb_studio.cli import pictures
from rb_studio.cli.options import add_workspace, integer, open_workspace
from rb_studio.cli.output import Output, percent, table
from rb_studio.interchange.atomic import writing
from rb_studio.jobs.comparisons import few
from rb_studio.jobs.curves import AXES, csv_rows, curve_set, to_json
from rb_studio.records.curve import BOTH, SAME, Comparison, CurveSet

DIGITS = {"": 1, "steps": 2, "tokens": 0, "dollars": 4, "seconds": 2}
FEW = " *"
FEW_NOTE = f"* fewer than {FEW_TASKS} tasks: such differences are mostly noise"


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    add_workspace(parser, created=False)
    add = parser.add_argument
    add("--sweep", type=integer(1), metavar="ID", help="one sweep; without it, pools of runs over the same tasks")
    add("--x", default="k", metavar="k|tokens|cost|time", help=f"horizontal axis: {', '.join(AXES)} (default: k)")
    add("--png", type=Path, metavar="F", help="draw the curves into a PNG file")
    add("--svg", type=Path, metavar="F", help="draw the curves into an SVG file")
    add("--csv", type=Path, metavar="F", help="write every drawn number")


def execute(args: argparse.Namespace) -> Output:
    """Compute, draw and print the curves."""
    with open_workspace(args.workspace, write=False) as workspace:
        curves = curve_set(workspace.reader(), sweep=args.sweep, x=args.x)
    written = pictures.save(curves, png=args.png, svg=args.svg) if args.png or args.svg else []
    if args.csv:
        write_csv(curves, args.csv)
        written.append(args.csv)
    data = {**to_json(curves), "written": [str(path) for path in written]}
    return Output(data, describe(curves, written))


def write_csv(curves: CurveSet, path: Path) -> None:
    """Every drawn number as CSV."""
    with writing(path) as file:
        csv.writer(file).writerows(csv_rows(curves))


def describe(curves: CurveSet, written: Sequence[Path] = ()) -> str:
    """The same numbers as text."""
    rows = [
        (series.name, point.k, point.n, percent(point.value), _interval(point.low, point.high), _x(curves.x, point.x))
        for series in curves.series
        for point in series.points
    ]
    headers = ("series", "k", "tasks", "value", "95 % interval", curves.x)
    columns = len(headers) - (curves.x == "k")  # k has its column already
    parts = [table(headers[:columns], [row[:columns] for row in rows])]
    if curves.comparisons:
        parts += ["", difficulty_text(curves), "", comparisons_text(curves.comparisons)]
        parts += [FEW_NOTE] if any(map(few, curves.comparisons)) else []
        parts += noise_lines(curves.comparisons)
    parts += ["", curves.caption, *curves.warnings]
    parts += ["Simulated: produced by the practice model, not by a language model."] if curves.simulated else []
    parts += [f"wrote {path}" for path in written]
    return "\n".join(parts)


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
    ]
    return table(("paired difference", "metric", "tasks", "difference", "95 % interval", "p", "McNemar"), rows)


def noise_lines(comparisons: Sequence[Comparison]) -> list[str]:
    """What an arm's repetition says of all other differences."""
    repeated = [one for one in comparisons if one.kind == SAME and not one.unit and one.low is not None]
    return [
        f"A/A: {one.a} and the same arm with other seeds differ by {_difference(one, one.difference)} in {one.metric}, "
        f"95 % interval {_bounds(one)}: a difference within these bounds may be nothing but chance"
        for one in repeated
    ]


def difficulty_text(curves: CurveSet) -> str:
    """How hard the tasks are: only those solved sometimes can show a difference."""
    rows = [
        (one.arm, one.always, one.mixed, one.never, one.unknown, percent(one.informative)) for one in curves.difficulty
    ]
    return table(("tasks solved by", "always", "sometimes", "never", "not known", "can carry a difference"), rows)


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


def _interval(low: float | None, high: float | None) -> str:
    return "-" if low is None or high is None else f"[{100 * low:.1f}, {100 * high:.1f}]"


def _x(axis: str, value: float | None) -> str:
    return "-" if value is None else f"{value:g}" if axis == "k" else f"{value:,.4g}"
