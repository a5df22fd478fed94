"""A bank as our own memory file holds it: with the histories of its items and every vector of its texts."""

import sqlite3
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rb_studio.interchange.memory_jsonl import MemoryExport
from rb_studio.records.item_text import embedded_text
from rb_studio.records.memory import Experience
from rb_studio.store import item_pasts
from rb_studio.store.blobs import content_hash
from rb_studio.store.vectors import ITEM_RECIPE, TASK_RECIPE, load_vectors

if TYPE_CHECKING:
    from rb_studio.records.memory import Vector


def whole(
    conn: sqlite3.Connection,
    bank_id: int,
    experiences: Sequence[Experience],
    *,
    at_operation: int | None = None,
    vectors: bool = True,
) -> MemoryExport:
    """These experiences of a bank with all that is known of them; `vectors` says whether theirs are among it."""
    told = {item.uid for one in experiences for item in one.items}
    pasts = item_pasts.pasts(conn, bank_id, at_operation)
    kept = {uid: past for uid, past in pasts.items() if uid in told}
    if not vectors:
        return MemoryExport(experiences, pasts=kept)
    tasks = {one.uid: one.task_text for one in experiences}
    texts = {item.uid: embedded_text(item) for one in experiences for item in one.items}
    return MemoryExport(
        experiences,
        vectors=_vectors(conn, tasks, TASK_RECIPE),
        pasts=kept,
        item_vectors=_vectors(conn, texts, ITEM_RECIPE),
    )


def _vectors(conn: sqlite3.Connection, texts: Mapping[str, str], recipe: str) -> "dict[str, list[tuple[str, Vector]]]":
    """Vectors of texts by uid, of every model that made some, in order of its name."""
    hashes = {uid: content_hash(text) for uid, text in texts.items()}
    rows = conn.execute("SELECT DISTINCT embedder FROM vector WHERE recipe = ? ORDER BY 1", (recipe,)).fetchall()
    found: defaultdict[str, list[tuple[str, Vector]]] = defaultdict(list)
    for (embedder,) in rows:
        known = load_vectors(conn, embedder, recipe, hashes.values())
        for uid, key in hashes.items():
            if key in known:
                found[uid].append((embedder, known[key]))
    return dict(found)
