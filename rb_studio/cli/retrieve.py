"""`rb-studio retrieve`: what would be injected for a task."""

import argparse
import sqlite3
from dataclasses import replace
from typing import Any

from rb_studio.cli.embedding import chosen_embedder, quality_notes
from rb_studio.cli.memories_bank import chosen_bank
from rb_studio.cli.memories_show import short
from rb_studio.cli.options import add_workspace, integer, open_workspace
from rb_studio.cli.output import Output, table
from rb_studio.method.prompts import PromptSet
from rb_studio.method.retrieve import retrieve
from rb_studio.models.protocol import Embedder
from rb_studio.records.errors import UsageError
from rb_studio.records.memory import Bank, Retrieval
from rb_studio.records.task import Task
from rb_studio.store import banks, prompts
from rb_studio.store.memory_reads import row_ids
from rb_studio.store.temporal import chain

# No stored task has this key, so that no experience is left out as the task's own.
ASKED = "retrieve:asked"


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    add_workspace(parser)
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
            found = retrieve(
                value,
                Task(ASKED, "", 0, args.task, template=args.exclude_template),
                embedder,
                PromptSet.with_overrides(prompts.prompt_texts(conn)),
                n=args.n,
                exclude_template=args.exclude_template is not None,
            )
            notes = quality_notes(embedder)
        data = {"bank": args.bank or bank.name, **_data(conn, bank.id, found), "notes": notes}
    return Output(data, _text(data))


def embedded_bank(conn: sqlite3.Connection, bank_id: int, operation: int | None, embedder: Embedder) -> Bank:
    """The bank's value with a vector for every experience that can be retrieved; new ones are not stored."""
    value = banks.bank_value(conn, bank_id, at_operation=operation, embedder=embedder.identity)
    missing = [experience for experience in banks.missing_vectors(value) if experience.active_items]
    rows = embedder.embed([experience.task_text for experience in missing])
    vectors = {experience.uid: row for experience, row in zip(missing, rows, strict=True)}
    return replace(value, vectors={**value.vectors, **vectors})


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
