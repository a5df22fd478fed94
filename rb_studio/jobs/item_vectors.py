"""Vectors of items, for searching by meaning and for duplicates: embedded when missing."""

import sqlite3
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from rb_studio.models.protocol import Embedder
from rb_studio.store.blobs import content_hash
from rb_studio.store.items import ItemRow
from rb_studio.store.temporal import chain, visible
from rb_studio.store.vectors import (
    ITEM_RECIPE,
    item_embedding_text,
    items_without_vector,
    load_vectors,
    store_vectors,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BATCH = 64
Told = Callable[[int, int], None]


def missing_texts(conn: sqlite3.Connection, bank_id: int, embedder: Embedder) -> list[str]:
    """Texts of a bank's items that have no vector of this embedder yet, each once."""
    return sorted(set(items_without_vector(conn, bank_id, embedder.identity).values()))


def other_embedders(conn: sqlite3.Connection, bank_id: int, embedder: str) -> tuple[str, ...]:
    """Other models whose vectors items of a bank have."""
    texts, params = visible("item_version", chain(conn, bank_id))
    rows = conn.execute(
        f"SELECT DISTINCT x.embedder FROM ({texts}) v JOIN vector x ON x.text_hash = v.text_hash "
        "WHERE x.recipe = ? AND x.embedder <> ? ORDER BY x.embedder",
        [*params, ITEM_RECIPE, embedder],
    )
    return tuple(row[0] for row in rows)


def keep_vectors(
    run: Callable[[Callable[..., Any]], Any], texts: Sequence[str], embedder: Embedder, told: Told
) -> None:
    """Embed texts and store their vectors batch by batch; what is stored stays when this is interrupted.

    Parameters
    ----------
    run
        Carries out an operation of the store, as `Workspace.run` does.
    told
        Called after each batch with how many texts are done, and of how many; it may raise to stop.
    """
    for start in range(0, len(texts), BATCH):
        batch = texts[start : start + BATCH]
        vectors = dict(zip(batch, embedder.embed(batch), strict=True))
        run(partial(store_vectors, embedder=embedder.identity, recipe=ITEM_RECIPE, vectors=vectors))
        told(start + len(batch), len(texts))


def item_vectors(conn: sqlite3.Connection, rows: Sequence[ItemRow], embedder: Embedder) -> "NDArray[np.float32]":
    """float32[items, d] unit vectors in the order of the rows; those that are not stored are computed."""
    import numpy as np

    texts = [item_embedding_text(row.title, row.description, row.content) for row in rows]
    hashes = [content_hash(text) for text in texts]
    found = load_vectors(conn, embedder.identity, ITEM_RECIPE, hashes)
    missing = {key: text for key, text in zip(hashes, texts, strict=True) if key not in found}
    found |= dict(zip(missing, embedder.embed(list(missing.values())), strict=True))
    if not rows:
        return np.zeros((0, embedder.dimension), np.float32)
    return np.stack([found[key] for key in hashes])
