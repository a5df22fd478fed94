"""Vectors of items for commands that go by meaning: embedded when missing, and kept."""

import sys

from rb_studio.cli.output import count
from rb_studio.jobs.item_vectors import keep_vectors, missing_texts
from rb_studio.models.protocol import Embedder
from rb_studio.records.errors import WorkspaceError
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
