"""`rb-studio tasks`: load suites and list them."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from rb_studio.cli.options import add_workspace, open_workspace
from rb_studio.cli.output import Output, count, percent, table
from rb_studio.interchange.tasks import FIELDS, FORMATS, load, parse_mapping
from rb_studio.jobs.catalog import CatalogEntry, add_suite, catalog, entry


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    add_workspace(parser)
    actions = parser.add_subparsers(dest="action", required=True, metavar="import|list")
    _configure_import(actions.add_parser("import", help="load a suite from a file", allow_abbrev=False))
    listing = actions.add_parser("list", help="the suites of the workspace", allow_abbrev=False)
    listing.add_argument("--suite", metavar="S", help="only this suite")


def _configure_import(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("file", metavar="FILE", type=Path, help="WebArena, SWE-bench, or your own JSON, JSONL or CSV")
    add("--name", metavar="S", help="name of the suite (default: webarena, or the file's)")
    add("--format", metavar="F", help=f"one of {', '.join(FORMATS)} (default: by content)")
    add(
        "--map",
        dest="mapping",
        nargs="+",
        action="extend",
        default=[],
        metavar="FIELD=COLUMN",
        help=f"which column is which of {', '.join(FIELDS)}",
    )
    add("--environment", metavar="E", help="where the tasks run (default: answer)")
    add("--grader", metavar="G", help="exact, contains, number, regex, llm, none, or module:function")


def execute(args: argparse.Namespace) -> Output:
    """Load a suite, or list those there are."""
    return _import(args) if args.action == "import" else _list(args)


def _import(args: argparse.Namespace) -> Output:
    """The file is read before the workspace is opened, so that a bad one leaves no empty workspace behind."""
    content = load(
        args.file,
        name=args.name,
        format=args.format,
        mapping=parse_mapping(args.mapping),
        environment=args.environment,
        grader=args.grader,
    )
    with open_workspace(args.workspace) as workspace:
        added = add_suite(workspace, content)
    data = {"imported": len(content.tasks), "suites": [added.to_json()], "warnings": list(content.warnings)}
    heading = f"{count(len(content.tasks), 'task')} imported as suite {added.suite.name}"
    notes = [f"note: {warning}" for warning in content.warnings]
    return Output(data, "\n".join([heading, *notes, "", describe([added])]))


def _list(args: argparse.Namespace) -> Output:
    with open_workspace(args.workspace, write=False) as workspace:
        conn = workspace.reader()
        found = catalog(conn) if args.suite is None else [entry(conn, args.suite)]
    return Output({"imported": 0, "suites": [one.to_json() for one in found]}, describe(found))


def describe(entries: Sequence[CatalogEntry]) -> str:
    """Suites and their subsets as a table, with the reason where one cannot run."""
    rows: list[tuple[object, ...]] = []
    for one in entries:
        state = "yes" if one.runnable else "no"
        name = one.whole.name + (" (simulated)" if one.suite.simulated else "")
        rows.append((name, one.whole.tasks, one.templates, percent(one.whole.share), one.suite.environment, state))
        rows += [(f"  {part.name}", part.tasks, None, percent(part.share), "", "") for part in one.subsets]
    headers = ("suite", "tasks", "templates", "with earlier sibling", "environment", "runs here")
    reasons = [one.reason for one in entries if one.reason]
    return "\n".join([table(headers, rows), *reasons])
