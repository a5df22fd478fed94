"""Vectors of items for commands that go by meaning: embedded when missing, and kept; and `memories embed`."""

import argparse
import sys
from dataclasses import asdict

from rb_studio.cli.memories_read import current_bank
from rb_studio.cli.output import Output, count
from rb_studio.cli.stopping import stopping
from rb_studio.jobs.embedding import chosen_embedder, quality_notes
from rb_studio.jobs.item_vectors import keep_vectors, missing_texts
from rb_studio.jobs.reembed import BATCH, embedding_state, reembed
from rb_studio.models.protocol import Embedder
from rb_studio.records.errors import Cancelled, WorkspaceError
from rb_studio.store.workspace import Workspace

WORTH_SAYING = 200


def keep_missing(workspace: Workspace, bank_id: int, embedder: Embedder) -> list[str]:
    """Embed and store what items of a bank still lack; returns a note where that was not possible.

    What is stored stays when this is interrupted.
    """
    missing = missing_texts(workspace.reader(), bank_id, embedder)
    if not missing:
        return []
    try:
        with Workspace.open(workspace.path, write=True) as writer:
            keep_vectors(writer.run, missing, embedder, _say)
    except WorkspaceError as error:
        return [
            f"{count(len(missing), 'text')} without a vector could not be stored, so meaning leaves them out: {error}"
        ]
    return []


def _say(done: int, total: int) -> None:
    if total >= WORTH_SAYING:
        sys.stderr.write(f"embedded {done:,} of {total:,} items\n")


def embed_verb(workspace: Workspace, args: argparse.Namespace) -> Output:
    """Make the vectors a bank lacks of the chosen embedder, or only tell which are lacking."""
    conn, name = workspace.reader(), getattr(args, "embedder", None)
    bank = current_bank(conn, getattr(args, "bank", None))
    with chosen_embedder(name) as embedder:
        before, notes = embedding_state(conn, bank.id, embedder.identity), quality_notes(embedder)
    if hasattr(args, "dry_run"):
        data = {"bank": bank.name, **asdict(before), "embedded": 0, "notes": notes}
        return Output(data, _stands(before.sentence(), notes))
    with stopping() as stop:
        stop.begun = True

        def told(done: int, total: int) -> None:
            if done % (WORTH_SAYING // 2) < BATCH:
                _say(done, total)
            if stop.cancel.is_set():
                raise Cancelled(f"stopped; {done:,} of {total:,} are kept, give the same command again to go on")

        after = reembed(workspace, bank.id, name, told=told, isolated=False)
    made = before.missing - after.missing
    data = {"bank": bank.name, **asdict(after), "embedded": made, "notes": notes}
    return Output(data, _stands(f"embedded {count(made, 'text')}; {after.sentence()}", notes))


def _stands(sentence: str, notes: list[str]) -> str:
    return "\n".join([sentence, *notes])
