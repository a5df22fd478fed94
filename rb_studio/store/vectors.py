"""Vectors of texts, by embedder identity and content hash.

A vector belongs to a text, not to a row: an edited item needs a new one, an undone edit finds its old one again,
and forks share them.
"""

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

from rb_studio.records.errors import WorkspaceError
from rb_studio.records.item_text import ItemText, embedded_text
from rb_studio.store.blobs import content_hash
from rb_studio.store.rows import clean
from rb_studio.store.temporal import chain, visible

if TYPE_CHECKING:
    from sqlite_utils import Database

    from rb_studio.records.memory import Vector

TASK_RECIPE = "task text"
ITEM_RECIPE = "title, description, content"


def store_vectors(db: "Database", embedder: str, recipe: str, vectors: "Mapping[str, Vector]") -> int:
    """Keep vectors by the text they stand for; returns how many were new.

    Raises
    ------
    WorkspaceError
        A vector is empty, not finite, or of another dimension than this embedder's others.
    """
    if not vectors:
        return 0
    rows = [(content_hash(text), *_packed(embedder, vector)) for text, vector in vectors.items()]
    dimensions = {row[1] for row in rows} | _dimensions(db.conn, embedder)
    if len(dimensions) > 1:
        given = " and ".join(str(value) for value in sorted(dimensions))
        raise WorkspaceError(f"{embedder} gave vectors of {given} numbers: embed everything with one model")
    before = db.conn.total_changes
    db.conn.executemany(
        "INSERT INTO vector (text_hash, dimension, data, embedder, recipe) VALUES (?,?,?,?,?) ON CONFLICT DO NOTHING",
        [(*row, clean(embedder), recipe) for row in rows],
    )
    return db.conn.total_changes - before


def load_vectors(
    conn: sqlite3.Connection, embedder: str, recipe: str, hashes: Iterable[bytes]
) -> "dict[bytes, Vector]":
    """Stored vectors of one embedder by content hash."""
    import numpy as np

    wanted = set(hashes)
    query = "SELECT text_hash, data FROM vector WHERE text_hash = ? AND embedder = ? AND recipe = ?"
    rows = (conn.execute(query, (key, embedder, recipe)).fetchone() for key in wanted)
    return {row[0]: np.frombuffer(row[1], np.float32) for row in rows if row}


def item_embedding_text(title: str, description: str, content: str) -> str:
    """The text an item is embedded by (recipe `ITEM_RECIPE`)."""
    return embedded_text(ItemText(title, description, content))


def items_without_vector(
    conn: sqlite3.Connection,
    bank_id: int,
    embedder: str,
    limit: int | None = None,
    items: Collection[int] | None = None,
) -> dict[int, str]:
    """Texts still to embed, by item id, for a bank (of these items alone where given) and an embedder identity."""
    texts, params = visible("item_version", chain(conn, bank_id))
    chosen, wanted = (
        ("", []) if items is None else ("item IN (SELECT value FROM json_each(?)) AND", [json.dumps(list(items))])
    )
    rows = conn.execute(
        f"SELECT item, title, description, content FROM ({texts}) v WHERE {chosen} NOT EXISTS "
        "(SELECT 1 FROM vector x WHERE x.text_hash = v.text_hash AND x.embedder = ? AND x.recipe = ?) LIMIT ?",
        [*params, *wanted, embedder, ITEM_RECIPE, -1 if limit is None else limit],
    )
    return {row[0]: item_embedding_text(*row[1:]) for row in rows}


def _packed(embedder: str, vector: "Vector") -> tuple[int, bytes]:
    import numpy as np

    values = np.ascontiguousarray(vector, np.float32)
    if values.ndim != 1 or not values.size or not np.isfinite(values).all():
        raise WorkspaceError(f"{embedder} gave a vector that is empty or not finite: check the embedding model")
    return values.size, values.tobytes()


def _dimensions(conn: sqlite3.Connection, embedder: str) -> set[int]:
    row = conn.execute("SELECT dimension FROM vector WHERE embedder = ? LIMIT 1", (embedder,)).fetchone()
    return {row[0]} if row else set()
