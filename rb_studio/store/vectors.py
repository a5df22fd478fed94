"""Vectors of texts, and the in-memory matrix that is searched."""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from sqlite_utils import Database

    Vector = NDArray[np.float32]

TASK_RECIPE = "task text"
ITEM_RECIPE = "title, description, content"


def store_vectors(db: "Database", embedder: str, recipe: str, vectors: "Mapping[str, Vector]") -> int:
    """Keep vectors by the text they stand for; returns how many were new. Raises WorkspaceError."""
    raise NotImplementedError


def item_embedding_text(title: str, description: str, content: str) -> str:
    """The text an item is embedded by (recipe `ITEM_RECIPE`)."""
    raise NotImplementedError


def items_without_vector(
    conn: sqlite3.Connection, bank_id: int, embedder: str, limit: int | None = None
) -> dict[int, str]:
    """Texts still to embed, by item id, for a bank and an embedder identity."""
    raise NotImplementedError


class ItemIndex:
    """The searchable picture of a bank: ids, states and a float32 matrix, kept up to date in place."""

    def __init__(self, bank_id: int, embedder: str) -> None:
        raise NotImplementedError

    def refresh(self, conn: sqlite3.Connection) -> int:
        """Take in what changed since the last call; returns the number of rows touched."""
        raise NotImplementedError

    def nearest(self, query: "Vector", allowed: Sequence[int] | None, limit: int) -> list[tuple[int, float]]:
        """(item id, cosine) best first. Raises WorkspaceError for a vector of another dimension."""
        raise NotImplementedError
