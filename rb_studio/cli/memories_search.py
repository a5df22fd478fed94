"""`memories search`: items by words, by meaning, or by both."""

import argparse
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace

from rb_studio.cli.memories_read import current_bank, effect_notes, known_effects, shown_effects, states
from rb_studio.cli.memories_show import item_json, short
from rb_studio.cli.memories_vectors import keep_missing
from rb_studio.cli.output import Output, count, table
from rb_studio.jobs.embedding import chosen_embedder, quality_notes
from rb_studio.jobs.item_query import ItemQuery, clauses, parse_query
from rb_studio.models.protocol import Embedder
from rb_studio.records.errors import UsageError
from rb_studio.records.memory import ItemState
from rb_studio.store.index import ItemIndex
from rb_studio.store.item_filter import COMPARISONS, both
from rb_studio.store.items import ItemFilter, ItemRow, item_ids, list_items
from rb_studio.store.search import SearchHit, search_items
from rb_studio.store.workspace import Workspace

LIMIT = 20


def search_verb(workspace: Workspace, args: argparse.Namespace) -> Output:
    """Items of a bank, best first."""
    text = " ".join(args.given)
    query = _query(text, by_meaning=hasattr(args, "meaning"))
    conn = workspace.reader()
    bank = current_bank(conn, getattr(args, "bank", None))
    with chosen_embedder(getattr(args, "embedder", None)) if query.meaning else nullcontext() as chosen:
        notes = [*quality_notes(chosen), *keep_missing(workspace, bank.id, chosen)] if chosen else []
        where = both(replace(query.where, words=()), ItemFilter(states=states(args)))
        hits = _found(workspace, bank.id, replace(query, where=where), query.where.words, chosen, _limit(args))
    rows = _rows(workspace, bank.id, [hit.item_id for hit in hits])
    did = shown_effects(conn, bank.id, rows, args)
    notes += effect_notes(conn, bank.id, query.where)
    data = {
        "bank": bank.name,
        "query": {"text": text, "words": list(query.where.words), "meaning": query.meaning or None},
        "embedder": chosen.identity if chosen else None,
        "items": [{**item_json(row, did.get(row.uid)), **_score(hit)} for row, hit in zip(rows, hits, strict=True)],
        "notes": notes,
    }
    return Output(data, "\n".join([_listed(rows, hits) if rows else f"nothing found in bank {bank.name}", *notes]))


def _limit(args: argparse.Namespace) -> int:
    return int(getattr(args, "limit", LIMIT))


def _query(text: str, *, by_meaning: bool) -> ItemQuery:
    """What is asked for; with `by_meaning` the words count as meaning, too. Raises UsageError."""
    query, parts = parse_query(text), list(clauses(text))
    if by_meaning and not query.meaning:
        said = " ".join(one.value for one in parts if not one.field and not one.negated and one.value)
        query = replace(query, meaning=said or ("" if any(one.field for one in parts) else text.strip()))
    if query.sim and not query.meaning:
        raise UsageError('sim: bounds how near a meaning items are: add one, as in sim:>0.6 ~ "find the largest"')
    if query == ItemQuery():
        raise UsageError("there is nothing to search for: give words, fields, or '~ \"what is meant\"'")
    return query


def _found(
    workspace: Workspace, bank_id: int, query: ItemQuery, words: Sequence[str], embedder: Embedder | None, limit: int
) -> list[SearchHit]:
    """The best by words and meaning among what the rest of the query lets pass; by id where nothing ranks."""
    import numpy as np

    conn = workspace.reader()
    ids = item_ids(conn, bank_id, query.where, effects=known_effects(conn, bank_id, query.where))
    if not words and embedder is None:
        return [SearchHit(item, 0.0, None, None, None) for item in ids[:limit]]
    index = ItemIndex(bank_id, embedder.identity if embedder else "")
    vector = embedder.embed([query.meaning])[0] if embedder else None
    among = np.array(ids, np.int64)
    found = search_items(
        conn,
        index,
        " ".join(words),
        vector,
        limit=len(ids) if query.sim else limit,
        states=tuple(ItemState),
        among=among,
    )
    return [hit for hit in found if _near(hit, query)][:limit]


def _near(hit: SearchHit, query: ItemQuery) -> bool:
    return all(hit.cosine is not None and COMPARISONS[comparison](hit.cosine, bound) for comparison, bound in query.sim)


def _rows(workspace: Workspace, bank_id: int, ids: list[int]) -> list[ItemRow]:
    where = ItemFilter(states=tuple(ItemState), ids=tuple(ids))
    rows = {row.id: row for row in list_items(workspace.reader(), bank_id, where)}
    return [rows[item] for item in ids]


def _score(hit: SearchHit) -> dict[str, float | int | None]:
    return {
        "score": round(hit.score, 6),
        "word_rank": hit.word_rank,
        "meaning_rank": hit.meaning_rank,
        "cosine": None if hit.cosine is None else round(hit.cosine, 6),
    }


def _listed(rows: list[ItemRow], hits: list[SearchHit]) -> str:
    lines = [
        (row.id, row.state, hit.word_rank, None if hit.cosine is None else round(hit.cosine, 3), short(row.title))
        for row, hit in zip(rows, hits, strict=True)
    ]
    return f"{table(('id', 'state', 'words', 'cosine', 'title'), lines)}\n{count(len(rows), 'item')} found"
