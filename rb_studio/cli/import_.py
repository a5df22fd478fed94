"""`rb-studio import`: read trajectories, memories, notes, and reports of other tools."""

import argparse
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from rb_studio.cli.options import add_workspace, open_workspace
from rb_studio.cli.output import Output, count, table
from rb_studio.jobs.embedding import chosen_embedder
from rb_studio.jobs.importing import DEFAULT_BANK, ImportedFile, files_at, not_stored, store_file

SHOWN = 200
TOTALS = ("trajectories", "steps", "truths", "experiences", "items", "vectors", "annotations")


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    add_workspace(parser)
    add = parser.add_argument
    add("paths", metavar="PATH", nargs="+", type=Path, help="files and folders; formats are told by content")
    add("--embedder", metavar="P", help="the model that made an embedding cache's vectors, where you know it")
    add("--bank", default=DEFAULT_BANK, metavar="NAME", help=f"bank for memories (default: {DEFAULT_BANK})")


def execute(args: argparse.Namespace) -> Output:
    """Read every file; exit code 2 when nothing could be read."""
    found = _import(args.workspace, args.paths, args.bank, _identity(args.embedder))
    data = {
        "files": [file.entry for file in found],
        "read": sum(file.read for file in found),
        **{name: sum(file.entry[name] for file in found if file.read) for name in TOTALS},
    }
    if data["read"]:
        return Output(data, describe(found))
    return Output(data, describe(found), 2, _nothing_read(found, args.paths))


def _identity(name: str | None) -> str | None:
    """What vectors of the named embedder are kept under."""
    if name is None:
        return None
    with chosen_embedder(name) as embedder:
        return embedder.identity


def _import(path: Path, sources: Sequence[Path], bank: str, embedder: str | None) -> list[ImportedFile]:
    """Files are read one by one; a workspace that does not exist yet is made for the first that can be stored."""
    found: list[ImportedFile] = []
    with ExitStack() as stack:
        workspace = stack.enter_context(open_workspace(path)) if path.exists() else None
        for file in files_at(sources, embedder):
            if workspace is None and file.anything:
                workspace = stack.enter_context(open_workspace(path))
            found.append(store_file(workspace, file, bank) if workspace else not_stored(file))
    return found


def _nothing_read(found: Sequence[ImportedFile], paths: Sequence[Path]) -> str:
    """The one fault there was, or the first of several."""
    if len(found) == 1:
        return str(found[0].error or found[0].entry["report"])
    first = next((f"; first: {file.error}" for file in found if file.error), "")
    where = ", ".join(map(str, paths[:3])) + (", …" if len(paths) > 3 else "")
    return f"nothing in {where} could be read ({count(len(found), 'file')} looked at){first}"


def describe(found: Sequence[ImportedFile]) -> str:
    """What was read as a table, then what was wrong; files of no known format are only counted."""
    unknown = sum(file.entry["format"] == "unknown" and not file.error for file in found)
    shown = [file for file in found if file.error or file.entry["format"] != "unknown"]
    rows = [(file.entry["path"], "failed" if file.error else file.entry["report"]) for file in shown[:SHOWN]]
    warnings = Counter(warning for file in shown for warning in file.entry["warnings"])
    lines = [
        *([table(("file", "read"), rows)] if rows else []),
        *([f"and {len(shown) - SHOWN} more"] if len(shown) > SHOWN else []),
        *[f"failed: {file.error}" for file in shown if file.error][:SHOWN],
        *[f"note: {text}" + (f" ({times} times)" if times > 1 else "") for text, times in warnings.items()][:SHOWN],
        *([f"{count(unknown, 'file')} of no known format left out"] if unknown else []),
    ]
    return "\n".join(lines) or "nothing was found"
