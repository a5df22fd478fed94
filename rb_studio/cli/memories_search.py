"""`memories search`: items by words, by meaning, or by both."""

import argparse
import re
from contextlib import nullcontext
from dataclasses import asdict, dataclass

from rb_studio.cli.memories_read import current_bank, states
from rb_studio.cli.memories_show import item_json, short
from rb_studio.cli.memories_vectors import keep_missing
from rb_studio.cli.output import Output, count, table
from rb_studio.jobs.embedding import chosen_embedder, quality_notes
from rb_studio.models.protocol import Embedder
from rb_studio.records.errors import UsageError
from rb_studio.records.memory import ItemState
from rb_studio.store.index import ItemIndex
from rb_studio.store.items import ItemFilter, ItemRow, list_items
from rb_studio.store.search import SEARCHED, SearchHit, search_items
from rb_studio.store.workspace import Workspace

LIMIT = 20
_MEANING = re.compile(r'~\s*(?:"(?P<quoted>[^"]*)"|(?P<rest>.*))', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Query:
    """What is searched for: words, and a text whose meaning counts (None: words only)."""

    words: str
    meaning: str | None = None


def parse_query(text: str, *, by_meaning: bool = False) -> Query:
    """Words, and after a `~` the meaning; with `by_meaning` the words count as meaning too. Raises UsageError."""
    match = _MEANING.search(text)
    words, meaning = text, None
    if match is not None:
        words = f"{text[: match.start()]} {text[match.end() :]}"
        meaning = match["quoted"] if match["quoted"] is not None else match["rest"]
    elif by_meaning:
        meaning = text
    query = Query(words.strip(), meaning.strip() if meaning is not None else None)
    if not query.words and not query.meaning:
        raise UsageError("there is nothing to search for: give words, or '~ \"what is meant\"'")
    return query


def search_verb(workspace: Workspace, args: argparse.Namespace) -> Output:
    """Items of a bank, best first."""
    query = parse_query(" ".join(args.given), by_meaning=hasattr(args, "meaning"))
    conn = workspace.reader()
    bank = current_bank(conn, getattr(args, "bank", None))
    wanted = states(args) or SEARCHED
    with chosen_embedder(getattr(args, "embedder", None)) if query.meaning else nullcontext() as chosen:
        notes = [*quality_notes(chosen), *keep_missing(workspace, bank.id, chosen)] if chosen else []
        hits = _found(workspace, bank.id, query, chosen, getattr(args, "limit", LIMIT), wanted)
    rows = _rows(workspace, bank.id, [hit.item_id for hit in hits])
    data = {
        "bank": bank.name,
        "query": asdict(query),
        "embedder": chosen.identity if chosen else None,
        "items": [{**item_json(row), **_score(hit)} for row, hit in zip(rows, hits, strict=True)],
        "notes": notes,
    }
    return Output(data, "\n".join([_listed(rows, hits) if rows else f"nothing found in bank {bank.name}", *notes]))


def _found(
    workspace: Workspace, bank_id: int, query: Query, embedder: Embedder | None, limit: int, wanted: tuple[str, ...]
) -> list[SearchHit]:
    index = ItemIndex(bank_id, embedder.identity if embedder else "")
    vector = embedder.embed([query.meaning])[0] if embedder and query.meaning else None
    return search_items(workspace.reader(), index, query.words, vector, limit=limit, states=wanted)


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
