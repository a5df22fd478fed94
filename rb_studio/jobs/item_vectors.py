"""Vectors of items, for searching by meaning and for duplicates: embedded when missing."""

import json
import sqlite3
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from rb_studio.models.protocol import Embedder
from rb_studio.store.temporal import chain, visible
from rb_studio.store.vectors import (
    ITEM_RECIPE,
    item_embedding_text,
    items_without_vector,
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


@dataclass(frozen=True, slots=True)
class EmbeddedItems:
    """Items with their stored vectors: ids ascending, texts, float32[n, d] (zeros where not `known`, bool[n])."""

    ids: list[int]
    texts: list[str]
    vectors: "NDArray[np.float32]"
    known: "NDArray[np.bool_]"


def embedded_items(
    conn: sqlite3.Connection, bank_id: int, states: Collection[str], embedder: Embedder
) -> EmbeddedItems:
    """Items of a bank in these states with the vectors that are stored of an embedder."""
    import numpy as np

    layers = chain(conn, bank_id)
    shown, state_params = visible("item_state", layers)
    versions, text_params = visible("item_version", layers)
    rows = conn.execute(
        f"SELECT s.item, v.title, v.description, v.content, x.data FROM ({shown}) s JOIN ({versions}) v "
        "ON v.item = s.item LEFT JOIN vector x ON x.text_hash = v.text_hash AND x.embedder = ? AND x.recipe = ? "
        "WHERE s.state IN (SELECT value FROM json_each(?)) ORDER BY s.item",
        [*state_params, *text_params, embedder.identity, ITEM_RECIPE, json.dumps([str(state) for state in states])],
    ).fetchall()
    known = np.array([row[4] is not None for row in rows], np.bool_)
    vectors = np.zeros((len(rows), embedder.dimension), np.float32)
    stored = np.frombuffer(b"".join(row[4] for row in rows if row[4] is not None), np.float32)
    vectors[known] = stored.reshape(-1, embedder.dimension)
    texts = [item_embedding_text(row[1], row[2], row[3]) for row in rows]
    return EmbeddedItems([row[0] for row in rows], texts, vectors, known)
