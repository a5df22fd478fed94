"""`rb-studio retrieve`: what would be injected for a task."""

import argparse
import sqlite3
from typing import Any

from rb_studio.cli.memories_bank import chosen_bank
from rb_studio.cli.memories_show import short
from rb_studio.cli.options import add_workspace, integer, open_workspace
from rb_studio.cli.output import Output, table
from rb_studio.jobs.embedding import chosen_embedder, quality_notes
from rb_studio.jobs.what_if import embedded_bank, what_if
from rb_studio.records.errors import UsageError
from rb_studio.records.memory import Retrieval
from rb_studio.store.memory_reads import row_ids
from rb_studio.store.temporal import chain


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    add_workspace(parser, created=False)
    add = parser.add_argument
    add("task", metavar="TASK TEXT", help="the task as an agent would get it")
    add("-n", type=integer(0, 10), default=1, metavar="N", help="experiences to inject, 0 to 10 (default: 1)")
    add("--bank", metavar="B[@SNAPSHOT]", help="bank (default: reasoningbank, else the newest with items)")
    add("--exclude-template", metavar="T", help="leave out experiences of this template")
    add("--embedder", metavar="P", help="embedder (default: the one of the settings)")


def execute(args: argparse.Namespace) -> Output:
    """Rank the bank's experiences for a task; the workspace is only read."""
    if not args.task.strip():
        raise UsageError("the task is empty: give its text in quotes")
    with open_workspace(args.workspace, write=False) as workspace:
        conn = workspace.reader()
        bank, operation = chosen_bank(conn, args.bank)
        with chosen_embedder(args.embedder) as embedder:
            value = embedded_bank(conn, bank.id, operation, embedder)
            found = what_if(conn, value, args.task, embedder, n=args.n, leave_out_template=args.exclude_template)
            notes = quality_notes(embedder)
        data = {"bank": args.bank or bank.name, **_data(conn, bank.id, found), "notes": notes}
    return Output(data, _text(data))


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
        (one["id"], one["score"], f"injected, rank {one['rank']}", short(one["task"])) for one in data["experiences"]
    ]
    misses = [(one["id"], one["score"], one["reason"], short(one["task"])) for one in data["near_misses"]]
    if not hits and not misses:
        return "\n".join([f"bank {data['bank']} has nothing to inject", *data["notes"]])
    ranked = table(("experience", "score", "", "task"), [*hits, *misses])
    return "\n".join([f"bank {data['bank']}, {data['embedder']}", ranked, *data["notes"], data["block"]])
