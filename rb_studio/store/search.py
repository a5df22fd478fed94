"""Search over memory items: words and meaning, fused by reciprocal rank."""

import sqlite3
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rb_studio.store.vectors import ItemIndex

if TYPE_CHECKING:
    from rb_studio.records.memory import Vector

SEARCHED = ("candidate", "active", "excluded", "archived")


@dataclass(frozen=True, slots=True)
class SearchHit:
    """One found item; ranks start at 1 and are None where that side did not find it."""

    item_id: int
    score: float
    word_rank: int | None
    meaning_rank: int | None
    cosine: float | None


def search_items(
    conn: sqlite3.Connection,
    index: ItemIndex,
    text: str,
    query_vector: "Vector | None" = None,
    *,
    embedder: str | None = None,
    limit: int = 50,
    states: Collection[str] = SEARCHED,
) -> list[SearchHit]:
    """Items of the index's bank by words and, with a query vector, by meaning.

    Any text is a valid query. `embedder` names the identity the query vector comes from; another one
    than the index's is refused.

    Raises
    ------
    WorkspaceError
        The query vector comes from another embedder than the stored ones.
    """
    raise NotImplementedError
