"""Duplicates among 100,000 items, and the thresholds by labelled pairs (`python -m tests.benchmarks.duplicates`)."""

import random
import time
from pathlib import Path

import numpy as np

from rb_studio.jobs import operating_point
from rb_studio.jobs.duplicates import find_aside
from rb_studio.models.minilm import shared
from rb_studio.records.memory import Experience, MemoryItem
from rb_studio.records.resources import root
from rb_studio.store import banks
from rb_studio.store.item_import import import_items
from rb_studio.store.vectors import ITEM_RECIPE, item_embedding_text, store_vectors
from rb_studio.store.workspace import Workspace
from tests.benchmarks.figure import Figure

ITEMS, LESSONS, SECONDS = 100_000, 8_000, 60.0


def measure(folder: Path) -> list[Figure]:
    """Groups among 100,000 items whose vectors are stored, in a process of their own."""
    path = folder / "duplicates.rbank"
    bank = build(path)
    begun = time.perf_counter()
    found = find_aside(path, bank)
    seconds = time.perf_counter() - begun
    name = f"duplicate groups among {ITEMS:,} items, {len(found.groups):,} found"
    return [Figure(name, f"at most {SECONDS:.0f} s", f"{seconds:.1f} s", seconds <= SECONDS)]


def build(path: Path, items: int = ITEMS) -> int:
    """A bank of so many items around a few thousand lessons; returns its id.

    The vectors lie as those of real items do: lessons of one domain share a direction, and every twentieth item says
    again what an earlier one said.
    """
    dice, numbers = random.Random(1), np.random.default_rng(1)
    identity, dimension = shared().identity, shared().dimension
    domains = numbers.standard_normal((12, dimension), dtype=np.float32)
    lessons = domains[numbers.integers(0, 12, LESSONS)] + numbers.standard_normal((LESSONS, dimension), np.float32)
    vectors = lessons[numbers.integers(0, LESSONS, items)]
    vectors = vectors + 0.9 * numbers.standard_normal((items, dimension), np.float32)
    texts = [_text(n, dice) for n in range(items)]
    for again in range(20, items, 20):
        first = dice.randrange(again)
        vectors[again] = vectors[first] + 0.1 * numbers.standard_normal(dimension, np.float32)
        texts[again] = (*texts[first][:2], f"{texts[first][2]} again {again}")
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    known = {item_embedding_text(*text): vector for text, vector in zip(texts, vectors, strict=True)}
    with Workspace.open(path, write=True, create=True) as workspace:
        bank = workspace.run(lambda db: banks.create_bank(db, "reasoningbank", "reasoningbank"))
        learned = [
            Experience(f"e{n}", f"task/{n}", f"task {n}", (MemoryItem(f"i{n}", *text),)) for n, text in enumerate(texts)
        ]
        workspace.run(lambda db: import_items(db, bank, learned))
        workspace.run(lambda db: store_vectors(db, identity, ITEM_RECIPE, known))
    return bank


def _text(number: int, dice: random.Random) -> tuple[str, str, str]:
    words = [f"{dice.choice('bdfgklmnprst')}{dice.choice('aeiou')}{dice.choice('lmnrst')}" for _ in range(40)]
    return f"{' '.join(words[:5])} {number}", " ".join(words[5:15]), " ".join(words[15:])


def main() -> None:
    """Choose the thresholds anew and write what was measured where the program reads it."""
    found = operating_point.measure(shared())
    operating_point.write(found, root() / "duplicates" / "operating_point.json")
    print(found.chosen)


if __name__ == "__main__":
    main()
