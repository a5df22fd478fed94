"""`rb-studio export`: memories, trajectories, verdicts, notes or the workspace into files."""

import argparse
import logging
import sqlite3
from collections.abc import Mapping
from pathlib import Path

from rb_studio.cli import pictures
from rb_studio.cli.curves import add_looks, chosen_sweep, figure_source, rebuilt_drawing, refuse_beside_recipe
from rb_studio.cli.memories_bank import chosen_bank
from rb_studio.cli.options import add_workspace, integer, open_workspace, words
from rb_studio.cli.output import Output, count
from rb_studio.jobs.curves import AXES, check_axis
from rb_studio.jobs.embedding import chosen_embedder
from rb_studio.jobs.exporting import EXPORTS, Choice
from rb_studio.jobs.figure_files import write_csv, write_latex
from rb_studio.jobs.recipe import figure_of
from rb_studio.records.errors import UsageError
from rb_studio.records.memory import ItemState
from rb_studio.store import banks, runs
from rb_studio.store.workspace import Workspace

log = logging.getLogger(__name__)
CURVES = "curves"
FIGURES = ("csv", *pictures.KINDS, "latex")
NOUNS = {
    "memories": "item",
    "trajectories": "trajectory",
    "verdicts": "verdict",
    "annotations": "note",
    "card": "arm",
    CURVES: "curve",
    "workspace": "file",
}
PLURALS = {"trajectory": "trajectories"}
FOLDERS = ("mini-swe-agent", "official-autoeval")
# Formats that replace only their own part of a file.
KEEPING = ("agents-md",)
LATER: Mapping[str, tuple[str, ...]] = {"trajectories": ("atif", "html")}


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    add_workspace(parser, created=False)
    add = parser.add_argument
    formats = _formats()
    add("what", metavar="WHAT", help=f"{', '.join(formats)}")
    add("--format", metavar="F", help="; ".join(f"{what}: {', '.join(names)}" for what, names in formats.items()))
    add(
        "-o",
        "--output",
        required=True,
        type=Path,
        metavar="FILE",
        help=f"file, or folder for {' and '.join(FOLDERS)}",
    )
    add("--force", action="store_true", help="write over what is there")
    add("--bank", metavar="NAME[@SNAPSHOT]", help="memories: which bank")
    add(
        "--state",
        type=words,
        default=(),
        metavar="S1,S2",
        help="memories: only these states (default: all but deleted; official formats and agents-md: active)",
    )
    add("--embedder", metavar="P", help="official-embeddings: whose vectors, where the bank has several models'")
    add("--without-vectors", action="store_true", help="memories as jsonl: leave out the vectors of their texts")
    add(
        "--run",
        type=integer(1),
        metavar="N",
        help="trajectories, verdicts, annotations: only this run; card: of this run",
    )
    add("--sweep", type=integer(1), metavar="N", help="card, curves: of this sweep (default of a card: the newest)")
    add("--x", default="k", metavar="k|tokens|cost|time", help=f"curves: horizontal axis, {', '.join(AXES)}")
    add("--paper", action="store_true", help="curves: with the paper's own figures in grey")
    add("--recipe", type=Path, metavar="F", help="curves: the figure of a recipe, or of a file that carries one")
    add_looks(add)


def execute(args: argparse.Namespace) -> Output:
    """Write the file whole, or not at all."""
    name = _format(args.what, args.format)
    _check_states(args.state)
    _check_looks(args)
    force = args.force or name in KEEPING
    _refuse_overwriting(args.output, args.workspace, force=force, folder=name in FOLDERS)
    with open_workspace(args.workspace, write=False) as workspace:
        if args.what == CURVES:
            written, noun = _figure(workspace.reader(), name, args)
        else:
            written, noun = EXPORTS[args.what][name](workspace, args.output, _choice(workspace, args)), NOUNS[args.what]
    told = f"{written:,} {PLURALS.get(noun, noun + 's')}" if written != 1 else count(1, noun)
    return Output(
        {"written": str(args.output), "count": written, "what": args.what, "format": name},
        f"{told} written to {args.output}",
    )


def _format(what: str, given: str | None) -> str:
    """The format asked for; without one the only or first there is."""
    known = _formats()
    if what not in known:
        raise UsageError(f"{what!r} cannot be exported; choose {', '.join(known)}")
    formats = known[what]
    if given is None or given in formats:
        return given or formats[0]
    why = "is not in this version" if given in LATER.get(what, ()) else "is unknown"
    raise UsageError(f"the format {given!r} for {what} {why}; choose {', '.join(formats)}")


def _formats() -> dict[str, tuple[str, ...]]:
    """What can be exported, and as what."""
    return {**{what: tuple(formats) for what, formats in EXPORTS.items()}, CURVES: FIGURES}


def _check_looks(args: argparse.Namespace) -> None:
    given = {"--x": args.x != "k", "--paper": args.paper, "--recipe": args.recipe, "--preset": args.preset}
    said = [name for name, value in {**given, "--log2": args.log2, "--panels": args.panels}.items() if value]
    if said and args.what != CURVES:
        raise UsageError(f"{', '.join(said)} is for curves; leave it out of an export of {args.what}")
    if args.what == CURVES and args.run is not None:
        raise UsageError("curves are of a sweep, or of all single and imported runs: leave --run out")


def _figure(conn: sqlite3.Connection, name: str, args: argparse.Namespace) -> tuple[int, str]:
    """Write the figure that the options or a recipe tell of; returns how many of what it shows."""
    if args.recipe:
        refuse_beside_recipe(args, {})
        drawing, notes = rebuilt_drawing(conn, args)
        for note in notes:
            log.warning("%s", note)
    else:
        check_axis(args.x)
        pools, recipe, places = figure_source(conn, chosen_sweep(conn, args.sweep)[0], args)
        drawing = pictures.Drawing(figure_of(pools, recipe), places, recipe)
    if name == "csv":
        write_csv(drawing.curves, args.output)
    elif name == "latex":
        write_latex(drawing.curves, args.output, drawing.recipe)
    else:
        pictures.save(drawing, {name: args.output})
    shown = drawing.curves
    return (len(shown.series), NOUNS[CURVES]) if shown.series else (len(shown.comparisons), "comparison")


def _check_states(states: tuple[str, ...]) -> None:
    known = [str(state) for state in ItemState]
    for state in states:
        if state not in known:
            raise UsageError(f"there is no state {state!r}; choose {', '.join(known)}")


def _refuse_overwriting(target: Path, workspace: Path, *, force: bool, folder: bool) -> None:
    if target.resolve() == workspace.resolve():
        raise UsageError(f"{target} is the workspace itself; choose another name for the export")
    if folder and target.suffix != ".json":
        if target.is_dir() and any(target.iterdir()) and not force:
            raise UsageError(f"the folder {target} is not empty; choose another one, or add --force to write into it")
        if target.is_file():
            raise UsageError(f"{target} is a file, and this format makes a folder of files; choose another name")
    elif target.is_dir():
        raise UsageError(f"{target} is a folder; name a file in it")
    elif target.exists() and not force:
        raise UsageError(f"{target} exists already; choose another name, or add --force to write over it")


def _choice(workspace: Workspace, args: argparse.Namespace) -> Choice:
    conn = workspace.reader()
    if args.run is not None:
        runs.run(conn, args.run)
    if args.sweep is not None and (args.what != "card" or args.run is not None):
        raise UsageError("--sweep goes with card, and without --run")
    if args.what != "memories":
        return Choice(run=args.run, sweep=args.sweep)
    bank, operation = chosen_bank(conn, args.bank)
    return Choice(
        bank.id,
        operation,
        args.state,
        embedder=_identity(conn, bank.id, args.embedder),
        vectors=not args.without_vectors,
    )


def _identity(conn: sqlite3.Connection, bank: int, name: str | None) -> str | None:
    """The identity the bank knows, or that of an embedder by its usual name."""
    if name is None or name in banks.embedders(conn, bank):
        return name
    with chosen_embedder(name) as embedder:
        return embedder.identity
