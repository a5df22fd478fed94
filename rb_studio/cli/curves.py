"""`rb-studio curves`: scaling curves with intervals."""

import argparse
import csv
from collections.abc import Sequence
from pathlib import Path

from rb_studio.cli import pictures
from rb_studio.cli.options import add_workspace, integer, open_workspace
from rb_studio.cli.output import Output, percent, table
from rb_studio.interchange.atomic import writing
from rb_studio.jobs.curves import AXES, csv_rows, curve_set, to_json
from rb_studio.records.curve import Comparison, CurveSet


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
    parts += ["", comparisons_text(curves.comparisons)] if curves.comparisons else []
    parts += ["", curves.caption, *curves.warnings]
    parts += ["Simulated: produced by the practice model, not by a language model."] if curves.simulated else []
    parts += [f"wrote {path}" for path in written]
    return "\n".join(parts)


def comparisons_text(comparisons: Sequence[Comparison]) -> str:
    """Paired differences as a table, success in points, steps in steps."""
    rows = [
        (
            f"{c.b}  minus  {c.a}",
            c.metric,
            c.n,
            _difference(c, c.difference),
            _bounds(c),
            "-" if c.p is None else f"{c.p:.3f}",
        )
        for c in comparisons
    ]
    return table(("paired difference", "metric", "tasks", "difference", "95 % interval", "p"), rows)


def _difference(comparison: Comparison, value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:+.2f}" if comparison.metric == "steps" else f"{100 * value:+.1f} points"


def _bounds(comparison: Comparison) -> str:
    if comparison.low is None or comparison.high is None:
        return "-"
    scale, digits = (1, 2) if comparison.metric == "steps" else (100, 1)
    return f"[{scale * comparison.low:+.{digits}f}, {scale * comparison.high:+.{digits}f}]"


def _interval(low: float | None, high: float | None) -> str:
    return "-" if low is None or high is None else f"[{100 * low:.1f}, {100 * high:.1f}]"


def _x(axis: str, value: float | None) -> str:
    return "-" if value is None else f"{value:g}" if axis == "k" else f"{value:,.4g}"
