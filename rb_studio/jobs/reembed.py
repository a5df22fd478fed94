"""Vectors of everything in a bank by the chosen embedder: what is lacking, and making it in the background.

A batch is stored as soon as it is made, so that nothing is done twice: stopped, killed or started again, the work
goes on with what still lacks a vector.
"""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from rb_studio.jobs.aside import Told, aside, report
from rb_studio.jobs.embedding import chosen_embedder
from rb_studio.models.protocol import Embedder
from rb_studio.store.temporal import chain, visible
from rb_studio.store.vectors import ITEM_RECIPE, TASK_RECIPE, item_embedding_text, store_vectors
from rb_studio.store.workspace import Workspace

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BATCH = 64
Batch = tuple[str, Sequence[str], "NDArray[np.float32]"]


@dataclass(frozen=True, slots=True)
class EmbeddingState:
    """Which of a bank's items and past tasks have a vector of an embedder.

    `others` are the other models that some of them have vectors of, with how many items and tasks.
    """

    embedder: str
    items: int
    items_missing: int
    tasks: int
    tasks_missing: int
    others: tuple[tuple[str, int], ...] = ()

    @property
    def missing(self) -> int:
        return self.items_missing + self.tasks_missing

    def sentence(self) -> str:
        """What a person has to know of it."""
        if not self.missing:
            return f"all {self.items:,} items and {self.tasks:,} tasks have a vector of {self.embedder}"
        known = f"; vectors of {', '.join(name for name, _ in self.others)} are there" if self.others else ""
        return (
            f"{self.items_missing:,} of {self.items:,} items and {self.tasks_missing:,} of {self.tasks:,} tasks have "
            f"no vector of {self.embedder}{known}"
        )


def embedding_state(conn: sqlite3.Connection, bank_id: int, embedder: str) -> EmbeddingState:
    """What a bank lacks of an embedder, by its identity."""
    counts: list[int] = []
    others: dict[str, int] = {}
    for texts, params, recipe in _texts(conn, bank_id, "text_hash"):
        known = "EXISTS (SELECT 1 FROM vector x WHERE x.text_hash = t.text_hash AND x.embedder = ? AND x.recipe = ?)"
        counts += conn.execute(
            f"SELECT count(*), coalesce(sum(NOT {known}), 0) FROM ({texts}) t", [embedder, recipe, *params]
        ).fetchone()
        rows = conn.execute(
            f"SELECT x.embedder, count(*) FROM ({texts}) t JOIN vector x ON x.text_hash = t.text_hash "
            "AND x.recipe = ? AND x.embedder <> ? GROUP BY x.embedder",
            [*params, recipe, embedder],
        )
        for name, count in rows:
            others[name] = others.get(name, 0) + count
    tasks, tasks_missing, items, items_missing = counts
    return EmbeddingState(embedder, items, items_missing, tasks, tasks_missing, tuple(sorted(others.items())))


def reembed(
    workspace: Workspace,
    bank_id: int,
    embedder: str | None = None,
    *,
    told: Told = lambda done, total: None,
    isolated: bool = True,
) -> EmbeddingState:
    """Make and store the vectors a bank lacks; returns how it stands then.

    Parameters
    ----------
    workspace
        Open for writing.
    embedder
        A name as `chosen_embedder` takes it.
    told
        Called with how many texts are done, and of how many; several times a second where `isolated`. It may raise
        to stop: what is stored stays.
    isolated
        Embeds in a process of its own, so that a window is never held up.
    """
    with chosen_embedder(embedder) as chosen:
        texts = lacking(workspace.reader(), bank_id, chosen.identity)
        keeper = _Keeper(workspace, chosen.identity, len(texts), told)
        if isolated and texts:
            aside(_embed_aside, embedder, texts, heard=keeper.keep, tick=keeper.tell)
        elif texts:
            _embed(chosen, texts, keeper.keep)
        return embedding_state(workspace.reader(), bank_id, chosen.identity)


def lacking(conn: sqlite3.Connection, bank_id: int, embedder: str) -> list[tuple[str, str]]:
    """(recipe, text) of everything in a bank without a vector of an embedder, each once: past tasks, then items."""
    found: list[tuple[str, str]] = []
    for texts, params, recipe in _texts(
        conn, bank_id, "text_hash, task_text", "title, description, content, text_hash"
    ):
        rows = conn.execute(
            f"SELECT * FROM ({texts}) t WHERE NOT EXISTS "
            "(SELECT 1 FROM vector x WHERE x.text_hash = t.text_hash AND x.embedder = ? AND x.recipe = ?)",
            [*params, embedder, recipe],
        )
        if recipe == TASK_RECIPE:
            found += dict.fromkeys((recipe, row["task_text"]) for row in rows)
        else:
            columns = ("title", "description", "content")
            found += dict.fromkeys((recipe, item_embedding_text(*(row[name] for name in columns))) for row in rows)
    return found


def _texts(
    conn: sqlite3.Connection, bank_id: int, columns: str, item_columns: str = ""
) -> tuple[tuple[str, list[object], str], tuple[str, list[object], str]]:
    """Queries for a bank's past tasks and items, with their recipes."""
    layers = chain(conn, bank_id)
    presence, of_tasks = visible("experience_presence", layers)
    versions, of_items = visible("item_version", layers)
    tasks = f"SELECT {columns} FROM experience WHERE id IN (SELECT experience FROM ({presence}))"
    items = f"SELECT {item_columns or columns} FROM ({versions})"
    return (tasks, of_tasks, TASK_RECIPE), (items, of_items, ITEM_RECIPE)


class _Keeper:
    """Stores batches as they come and tells how far that is."""

    def __init__(self, workspace: Workspace, embedder: str, total: int, told: Told) -> None:
        self._workspace, self._embedder = workspace, embedder
        self._done, self._total, self._told = 0, total, told

    def keep(self, batch: Batch) -> None:
        recipe, texts, vectors = batch
        found = dict(zip(texts, vectors, strict=True))
        self._workspace.run(partial(store_vectors, embedder=self._embedder, recipe=recipe, vectors=found))
        self._done += len(texts)
        self.tell()

    def tell(self) -> None:
        self._told(self._done, self._total)


def _embed_aside(embedder: str | None, texts: Sequence[tuple[str, str]]) -> None:
    with chosen_embedder(embedder) as chosen:
        _embed(chosen, texts, report)


def _embed(embedder: Embedder, texts: Sequence[tuple[str, str]], made: Callable[[Batch], None]) -> None:
    for recipe in (TASK_RECIPE, ITEM_RECIPE):
        wanted = [text for kind, text in texts if kind == recipe]
        for start in range(0, len(wanted), BATCH):
            batch = wanted[start : start + BATCH]
            made((recipe, batch, embedder.embed(batch)))
