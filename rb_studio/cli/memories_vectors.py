"""Vectors of items for commands that go by meaning: embedded when missing, and kept."""

import sys
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from rb_studio.cli.output import count
from rb_studio.models.protocol import Embedder
from rb_studio.records.errors import WorkspaceError
from rb_studio.store.blobs import content_hash
from rb_studio.store.items import ItemRow
from rb_studio.store.vectors import (
    ITEM_RECIPE,
    item_embedding_text,
    items_without_vector,
    load_vectors,
    store_vectors,
)
from rb_studio.store.workspace import Workspace

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BATCH = 64
WORTH_SAYING = 200


def keep_missing(workspace: Workspace, bank_id: int, embedder: Embedder) -> list[str]:
    """Embed and store what items of a bank still lack; returns a note where that was not possible.

    What is stored stays when this is interrupted.
    """
    missing = sorted(set(items_without_vector(workspace.reader(), bank_id, embedder.identity).values()))
    if not missing:
        return []
    try:
        with Workspace.open(workspace.path, write=True) as writer:
            _keep(writer, missing, embedder)
    except WorkspaceError as error:
        return [
            f"{count(len(missing), 'text')} without a vector could not be stored, so meaning leaves them out: {error}"
        ]
    return []


def item_vectors(workspace: Workspace, rows: Sequence[ItemRow], embedder: Embedder) -> "NDArray[np.float32]":
    """float32[items, d] unit vectors in the order of the rows; those that are not stored are computed."""
    import numpy as np

    texts = [item_embedding_text(row.title, row.description, row.content) for row in rows]
    hashes = [content_hash(text) for text in texts]
    found = load_vectors(workspace.reader(), embedder.identity, ITEM_RECIPE, hashes)
    missing = {key: text for key, text in zip(hashes, texts, strict=True) if key not in found}
    found |= dict(zip(missing, embedder.embed(list(missing.values())), strict=True))
    if not rows:
        return np.zeros((0, embedder.dimension), np.float32)
    return np.stack([found[key] for key in hashes])


def _keep(writer: Workspace, texts: Sequence[str], embedder: Embedder) -> None:
    for start in range(0, len(texts), BATCH):
        batch = texts[start : start + BATCH]
        vectors = dict(zip(batch, embedder.embed(batch), strict=True))
        writer.run(partial(store_vectors, embedder=embedder.identity, recipe=ITEM_RECIPE, vectors=vectors))
        if len(texts) >= WORTH_SAYING:
            sys.stderr.write(f"embedded {start + len(batch):,} of {len(texts):,} items\n")
