"""Search over memory items: words and meaning, fused by reciprocal rank.

Words go through FTS5. Common words would make it rank a large part of the table for no gain, so each word is
first counted up to a bound, and the rarest ones that fit a budget are ranked; what all words have in common
with thousands of items is left to meaning.
"""

import re
import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rb_studio.records.errors import WorkspaceError
from rb_studio.store.index import ItemIndex
from rb_studio.store.memory_rows import SPACELESS
from rb_studio.store.words import like_pattern, quoted

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rb_studio.records.memory import Vector

SEARCHED = ("candidate", "active", "excluded", "archived")

# Reciprocal rank fusion after Cormack, Clarke and Buettcher (SIGIR 2009): score = sum of 1 / (60 + rank).
_FUSION = 60
_DEPTH = 200
_BUDGET = 3000
_EVERY = 1_000_000
_MAX_WORDS = 24
_WORD = re.compile(r"\w+")


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
    among: "NDArray[np.int64] | None" = None,
) -> list[SearchHit]:
    """Items of the index's bank by words and, with a query vector, by meaning; of these ids alone where given.

    Any text is a valid query. `embedder` names the identity the query vector comes from; another one
    than the index's is refused.

    Raises
    ------
    WorkspaceError
        The query vector comes from another embedder than the stored ones.
    """
    if embedder is not None and embedder != index.embedder:
        raise WorkspaceError(
            f"the items were embedded with {index.embedder}, the query with {embedder}: "
            "search with that model, or embed the items again"
        )
    index.refresh(conn)
    depth = max(limit, _DEPTH)
    words = find_by_words(conn, index, text, states, depth if among is None else _EVERY)
    if among is not None:
        wanted = set(among.tolist())
        words = [item for item in words if item in wanted][:depth]
    near = [] if query_vector is None else index.nearest(query_vector, states, depth, among)
    return _fused(words, near)[:limit]


def find_by_words(
    conn: sqlite3.Connection, index: ItemIndex, text: str, states: Collection[str], limit: int
) -> list[int]:
    """Item ids whose shown text has the words, best first."""
    words = list(dict.fromkeys(_WORD.findall(text.replace("\x00", " "))))[:_MAX_WORDS]
    spaceless = [word for word in words if SPACELESS.search(word)]
    plain = [word for word in words if not SPACELESS.search(word)]
    rare = _rarest(conn, plain)
    hits = (
        _ranked(conn, "item_words", rare, limit)
        if rare
        else _newest(conn, plain, limit if limit == _EVERY else _BUDGET)
    )
    found = index.shown(hits, states)
    for word in spaceless:
        hits = _ranked(conn, "item_trigrams", [word], limit) if len(word) >= 3 else _containing(conn, word)
        found += index.shown(hits, states)
    return list(dict.fromkeys(found))[:limit]


def _rarest(conn: sqlite3.Connection, words: Sequence[str]) -> list[str]:
    """The rarest words that together stay within the budget; none if every word is common."""
    counted = sorted((_count(conn, word), place, word) for place, word in enumerate(words))
    chosen: list[str] = []
    spent = 0
    for count, _, word in counted:
        spent += count
        if spent > _BUDGET and count:
            break
        chosen.append(word)
    return chosen


def _count(conn: sqlite3.Connection, word: str) -> int:
    """How many texts have a word, counted no further than the budget."""
    query = "SELECT count(*) FROM (SELECT 1 FROM item_words WHERE item_words MATCH ? LIMIT ?)"
    return int(conn.execute(query, (quoted(word), _BUDGET + 1)).fetchone()[0])


def _ranked(conn: sqlite3.Connection, table: str, words: Sequence[str], limit: int) -> list[tuple[int, int]]:
    """(item, version) of the best texts with any of the words, titles weighing most."""
    if not words:
        return []
    match = " OR ".join(quoted(word) for word in words)
    rows = conn.execute(
        f"SELECT v.item, v.id FROM (SELECT rowid AS found, bm25({table}, 4.0, 2.0, 1.0) AS score FROM {table} "
        f"WHERE {table} MATCH ? ORDER BY score LIMIT ?) JOIN item_version v ON v.id = found ORDER BY score, v.id",
        (match, 2 * limit),
    )
    return [(row[0], row[1]) for row in rows]


def _newest(conn: sqlite3.Connection, words: Sequence[str], limit: int) -> list[tuple[int, int]]:
    """(item, version) of the newest texts with all of these common words, which ranking could not tell apart."""
    if not words:
        return []
    rows = conn.execute(
        "SELECT v.item, v.id FROM (SELECT rowid AS found FROM item_words WHERE item_words MATCH ? "
        "ORDER BY rowid DESC LIMIT ?) JOIN item_version v ON v.id = found ORDER BY v.id DESC",
        (" AND ".join(quoted(word) for word in words), limit),
    )
    return [(row[0], row[1]) for row in rows]


def _containing(conn: sqlite3.Connection, text: str) -> list[tuple[int, int]]:
    """(item, version) of the texts in scripts without spaces that hold a substring too short for trigrams."""
    pattern = like_pattern(text)
    rows = conn.execute(
        "SELECT item, id FROM item_version WHERE spaceless = 1 AND (title LIKE :p ESCAPE '\\' "
        "OR description LIKE :p ESCAPE '\\' OR content LIKE :p ESCAPE '\\') ORDER BY id",
        {"p": pattern},
    )
    return [(row[0], row[1]) for row in rows]


def _fused(words: Sequence[int], near: Sequence[tuple[int, float]]) -> list[SearchHit]:
    word_ranks = {item: rank for rank, item in enumerate(words, 1)}
    meaning_ranks = {item: rank for rank, (item, _) in enumerate(near, 1)}
    cosines = dict(near)
    hits = [
        SearchHit(
            item,
            sum(1 / (_FUSION + ranks[item]) for ranks in (word_ranks, meaning_ranks) if item in ranks),
            word_ranks.get(item),
            meaning_ranks.get(item),
            cosines.get(item),
        )
        for item in word_ranks | meaning_ranks
    ]
    return sorted(hits, key=lambda hit: (-hit.score, hit.item_id))
