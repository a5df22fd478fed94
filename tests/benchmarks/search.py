"""Search and edits in a bank of 100,000 items."""

import random
import statistics
import time
from pathlib import Path

import numpy as np

from rb_studio.records.item_text import ItemText
from rb_studio.records.memory import Experience, MemoryItem
from rb_studio.store import banks, curation, items
from rb_studio.store.index import ItemIndex
from rb_studio.store.item_import import import_items
from rb_studio.store.search import search_items
from rb_studio.store.vectors import ITEM_RECIPE, item_embedding_text, store_vectors
from rb_studio.store.workspace import Workspace
from tests.benchmarks.figure import Figure

ITEMS, DIMENSION, EMBEDDER = 100_000, 384, "benchmark:384:text"
QUERIES = (
    "sort before comparing prices",
    "read every page of the table",
    "save the form and check it",
    "filter orders by status",
    "exact product name",
    "date range of the report",
    "expand all reviews first",
    "customer address change",
    "when nothing is found say so",
    "last orders are not the whole history",
)
VOCABULARY = (
    "sort filter page table order report customer product review price date range save form "
    "check open search list total count status exact name history account address stock column "
    "value result answer goal step before after every first last next none empty error "
    "retry read write compare verify confirm select expand collapse scroll link button "
)
WORDS = VOCABULARY.split()


def measure(folder: Path) -> list[Figure]:
    """Words plus meaning against a bare dot product, and the time one change takes to commit."""
    dice = random.Random(1)
    vectors = _vectors(ITEMS)
    with Workspace.open(folder / "search.rbank", write=True, create=True) as workspace:
        bank = workspace.run(lambda db: banks.create_bank(db, "reasoningbank", "reasoningbank"))
        _fill(workspace, bank, dice, vectors)
        index = ItemIndex(bank, EMBEDDER)
        index.refresh(workspace.reader())
        return [*_searching(workspace, index, vectors), *_changing(workspace, bank)]


def _fill(workspace: Workspace, bank: int, dice: random.Random, vectors: np.ndarray) -> None:
    texts = [_item_text(dice) for _ in range(ITEMS)]
    experiences = [
        Experience(
            uid=f"experience-{n}",
            task_key=f"benchmark/{n}",
            task_text=f"task {n}",
            items=(MemoryItem(f"item-{n}", text.title, text.description, text.content),),
        )
        for n, text in enumerate(texts)
    ]
    workspace.run(lambda db: import_items(db, bank, experiences))
    by_text = {
        item_embedding_text(text.title, text.description, text.content): vector
        for text, vector in zip(texts, vectors, strict=True)
    }
    workspace.run(lambda db: store_vectors(db, EMBEDDER, ITEM_RECIPE, by_text))


def _searching(workspace: Workspace, index: ItemIndex, vectors: np.ndarray) -> list[Figure]:
    queries = [f"{QUERIES[n % len(QUERIES)]} {WORDS[n % len(WORDS)]}" for n in range(50)]
    probes = _vectors(len(queries), seed=2)
    ours = [
        _milliseconds(lambda q=q, v=v: search_items(workspace.reader(), index, q, v))
        for q, v in zip(queries, probes, strict=True)
    ]
    bare = [_milliseconds(lambda v=v: np.argpartition(vectors @ v, -10)[-10:]) for v in probes]
    ratio = statistics.median(ours) / statistics.median(bare)
    measured = f"{ratio:.1f}x ({statistics.median(ours):.1f} ms against {statistics.median(bare):.1f} ms)"
    return [
        Figure("search of 100,000 items, words + meaning, median of 50", "at most 5x a bare dot", measured, ratio <= 5)
    ]


def _changing(workspace: Workspace, bank: int) -> list[Figure]:
    ids = items.item_ids(workspace.reader(), bank)[:20]
    edits = [
        _milliseconds(
            lambda i=i: workspace.run(
                lambda db: curation.edit_item(db, bank, i, ItemText(f"new {i}", "said anew", "x"))
            )
        )
        for i in ids
    ]
    adds = [
        _milliseconds(
            lambda n=n: workspace.run(
                lambda db: curation.add_item(
                    db, bank, MemoryItem(f"added-{n}", f"added {n}", "d", "c"), task_text=f"t {n}"
                )
            )
        )
        for n in range(20)
    ]
    return [
        Figure(
            f"one item {what} at 100,000, median of 20",
            "at most 20 ms",
            f"{statistics.median(times):.1f} ms",
            statistics.median(times) <= 20,
        )
        for what, times in (("edited", edits), ("added", adds))
    ]


def _item_text(dice: random.Random) -> ItemText:
    return ItemText(
        " ".join(dice.choices(WORDS, k=5)),
        " ".join(dice.choices(WORDS, k=12)),
        " ".join([*dice.choices(WORDS, k=25), f"case{dice.randrange(5000)}"]),
    )


def _vectors(count: int, seed: int = 1) -> np.ndarray:
    dice = np.random.default_rng(seed)
    rows = dice.standard_normal((count, DIMENSION), dtype=np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def _milliseconds(call) -> float:
    begun = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - begun)
