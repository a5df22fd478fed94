"""`rb-studio export`: memories, trajectories, verdicts, notes or the workspace into files."""

import argparse
import sqlite3
from collections.abc import Mapping
from pathlib import Path

from rb_studio.cli.memories_bank import chosen_bank
from rb_studio.cli.options import add_workspace, integer, open_workspace, words
from rb_studio.cli.output import Output, count
from rb_studio.jobs.embedding import chosen_embedder
from rb_studio.jobs.exporting import EXPORTS, Choice
from rb_studio.records.errors import UsageError
from rb_studio.records.memory import ItemState
from rb_studio.store import banks, runs
from rb_studio.store.workspace import Workspace

NOUNS = {
    "memories": "item",
    "trajectories": "trajectory",
    "verdicts": "verdict",
    "annotations": "note",
    "card": "arm",
    "workspace": "file",
}
PLURALS = {"trajectory": "trajectories"}
FOLDERS = ("mini-swe-agent", "official-autoeval")
# Formats that replace only their own part of a file.
KEEPING = ("agents-md",)
LATER: Mapping[str, tuple[str, ...]] = {"trajectories": ("atif", "html")}
CURVES = "curves are drawn by their own command: rb-studio curves WS --png FILE, --svg FILE or --csv FILE"


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    add_workspace(parser, created=False)
    add = parser.add_argument
    add("what", metavar="WHAT", help=f"{', '.join(EXPORTS)}")
    add("--format", metavar="F", help="; ".join(f"{what}: {', '.join(formats)}" for what, formats in EXPORTS.items()))
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
    add("--sweep", type=integer(1), metavar="N", help="card: of this sweep (default: the newest)")


def execute(args: argparse.Namespace) -> Output:
    """Write the file whole, or not at all."""
    name = _format(args.what, args.format)
    _check_states(args.state)
    force = args.force or name in KEEPING
    _refuse_overwriting(args.output, args.workspace, force=force, folder=name in FOLDERS)
    with open_workspace(args.workspace, write=False) as workspace:
        choice = _choice(workspace, args)
        written = EXPORTS[args.what][name](workspace, args.output, choice)
    noun = NOUNS[args.what]
    told = f"{written:,} {PLURALS.get(noun, noun + 's')}" if written != 1 else count(1, noun)
    return Output(
        {"written": str(args.output), "count": written, "what": args.what, "format": name},
        f"{told} written to {args.output}",
    )


def _format(what: str, given: str | None) -> str:
    """The format asked for; without one the only or first there is."""
    if what == "curves":
        raise UsageError(CURVES)
    if what not in EXPORTS:
        raise UsageError(f"{what!r} cannot be exported; choose {', '.join(EXPORTS)}")
    formats = tuple(EXPORTS[what])
    if given is None or given in formats:
        return given or formats[0]
    why = "is not in this version" if given in LATER.get(what, ()) else "is unknown"
    raise UsageError(f"the format {given!r} for {what} {why}; choose {', '.join(formats)}")


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
