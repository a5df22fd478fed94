"""`rb-studio retrieve`: what would be injected for a task."""

import argparse
import sqlite3
from dataclasses import replace
from typing import Any

from rb_studio.cli.memories_bank import chosen_bank
from rb_studio.cli.memories_show import short
from rb_studio.cli.options import SCOPE_HELP, UNIT_HELP, add_workspace, integer, one_of, open_workspace
from rb_studio.cli.output import Output, table
from rb_studio.jobs.embedding import anew_notes, chosen_embedder, quality_notes
from rb_studio.jobs.what_if import embedded_bank, held_out_of, what_if
from rb_studio.records.arm import SCOPES, UNITS
from rb_studio.records.errors import UsageError
from rb_studio.records.memory import Retrieval
from rb_studio.records.task import Task
from rb_studio.store import suites
from rb_studio.store.banks import embedders
from rb_studio.store.memory_reads import row_ids
from rb_studio.store.temporal import chain


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    add_workspace(parser, created=False)
    add = parser.add_argument
    add("text", metavar="TASK TEXT", nargs="?", help="the task as an agent would get it; left out with --task")
    add("-n", type=integer(0, 10), default=1, metavar="N", help="experiences or items to inject, 0 to 10 (default: 1)")
    add("--bank", metavar="B[@SNAPSHOT]", help="bank (default: reasoningbank, else the newest with items)")
    add("--task", metavar="KEY", help="ask for a stored task, which is never shown what was learned from itself")
    add("--retrieve-unit", type=one_of(*UNITS), default="experience", metavar="U", help=UNIT_HELP)
    add("--most-items", type=integer(1), metavar="N", help="memory items injected at most, over all experiences")
    add("--scope", type=one_of(*SCOPES), default="global", metavar="S", help=SCOPE_HELP)
    add(
        "--suite", metavar="S", help="the task's suite, which --scope suite and --split go by (default: that of --task)"
    )
    add("--site", metavar="S", help="the task's site, which --scope site goes by (default: that of --task)")
    add("--exclude-template", metavar="T", help="leave out experiences of this template")
    add("--split", metavar="SHARE[:SEED]", help="leave out the templates this split of the whole suite holds out")
    add("--embedder", metavar="P", help="embedder (default: the one of the settings)")


def execute(args: argparse.Namespace) -> Output:
    """Rank the bank's experiences for a task; the workspace is only read."""
    if (args.text is None) == (args.task is None):
        raise UsageError("give the TASK TEXT in quotes, or --task KEY for a stored task, one of them")
    if args.text is not None and not args.text.strip():
        raise UsageError("the task is empty: give its text in quotes")
    with open_workspace(args.workspace, write=False) as workspace:
        conn = workspace.reader()
        bank, operation = chosen_bank(conn, args.bank)
        task = _task(conn, args)
        held_out = held_out_of(conn, task.suite, args.split)
        with chosen_embedder(args.embedder) as embedder:
            notes = [*quality_notes(embedder), *anew_notes(embedders(conn, bank.id), bank.name, embedder.identity)]
            value = embedded_bank(conn, bank.id, operation, embedder, items=args.retrieve_unit == "item")
            found = what_if(
                conn,
                value,
                task.text,
                embedder,
                n=args.n,
                unit=args.retrieve_unit,
                scope=args.scope,
                suite=task.suite,
                site=task.site,
                most_items=args.most_items,
                leave_out_template=args.exclude_template,
                leave_out_task=args.task,
                held_out=held_out,
            )
        about = {"bank": args.bank or bank.name, "unit": args.retrieve_unit, "scope": args.scope}
        data = {**about, "held_out": list(held_out), **_data(conn, bank.id, found), "notes": notes}
    return Output(data, _text(data))


def _task(conn: sqlite3.Connection, args: argparse.Namespace) -> Task:
    """What is asked for, with the suite and site that the options need. Raises `UsageError` where they lack one."""
    stored = None if args.task is None else suites.task(conn, args.task)
    if args.task is not None and stored is None:
        raise UsageError(f"there is no task {args.task} in this workspace: its key is SUITE/NUMBER, as in practice/1")
    task = stored or Task("", "", 0, args.text)
    task = replace(task, suite=args.suite or task.suite, site=args.site or task.site)
    if not task.suite and (args.scope == "suite" or args.split):
        option = "--split" if args.split else "--scope suite"
        raise UsageError(f"{option} needs to know the task's suite: give --suite S, or --task KEY of a stored task")
    if task.site is None and args.scope == "site":
        raise UsageError("--scope site needs to know the task's site: give --site S, or --task KEY of one that has one")
    return task


def _data(conn: sqlite3.Connection, bank_id: int, found: Retrieval) -> dict[str, Any]:
    layers = chain(conn, bank_id)
    uids = [*(hit.uid for hit in found.hits), *(miss.uid for miss in found.near_misses)]
    ids = row_ids(conn, "experience", layers, uids)
    item_ids = row_ids(conn, "memory_item", layers, [uid for hit in found.hits for uid in hit.item_uids])
    return {
        "embedder": found.embedder,
        "experiences": [
            {
                "id": ids[hit.uid],
                "uid": hit.uid,
                "score": hit.score,
                "rank": hit.rank,
                "task": hit.task_text,
                "task_key": hit.task_key,
                "items": [item_ids[uid] for uid in hit.item_uids],
            }
            for hit in found.hits
        ],
        "near_misses": [
            {
                "id": ids[miss.uid],
                "uid": miss.uid,
                "score": miss.score,
                "task": miss.task_text,
                "task_key": miss.task_key,
                "reason": miss.reason,
            }
            for miss in found.near_misses
        ],
        "block": found.block,
    }


def _text(data: dict[str, Any]) -> str:
    hits = [
        (
            one["id"],
            one["score"],
            f"injected, rank {one['rank']}",
            ", ".join(map(str, one["items"])),
            short(one["task"]),
        )
        for one in data["experiences"]
    ]
    misses = [(one["id"], one["score"], one["reason"], None, short(one["task"])) for one in data["near_misses"]]
    if not hits and not misses:
        return "\n".join([f"bank {data['bank']} has nothing to inject", *data["notes"]])
    ranked = table(("experience", "score", "", "items", "task"), [*hits, *misses])
    return "\n".join([f"bank {data['bank']}, {data['embedder']}", ranked, *data["notes"], data["block"]])
