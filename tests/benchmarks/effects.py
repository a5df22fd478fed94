"""The effects of all items of a large bank from their uses."""

import time
from pathlib import Path

import numpy as np

from rb_studio.analysis.effect import item_effects
from rb_studio.records.effect import ItemUse
from tests.benchmarks.figure import Figure

ITEMS, GROUPS, TASKS, SEEDS, TOGETHER = 5_000, 10_000, 2_000, 20, 5
PROMISE = 2.0


def measure(folder: Path) -> list[Figure]:
    """Seconds from the uses to every item's effect."""
    uses = _uses()
    item_effects(uses[:1_000], {})
    begun = time.perf_counter()
    found = item_effects(uses, {(f"task {task}", "arm"): [(5, 2.0)] * 5 for task in range(TASKS)})
    seconds = time.perf_counter() - begun
    assert len(found) > 0.9 * ITEMS, "nearly every item must have been used"
    name = f"effects of {ITEMS:,} items from {round(len(uses), -3):,} uses"
    return [Figure(name, f"at most {PROMISE:g} s", f"{seconds:.2f} s", seconds <= PROMISE)]


def _uses() -> list[ItemUse]:
    """Items near the task's place among them, most injected and some withheld."""
    dice = np.random.default_rng(1)
    homes, uses = dice.integers(0, ITEMS, TASKS), []
    for run in range(GROUPS):
        task = int(dice.integers(TASKS))
        near = np.unique(np.clip(homes[task] + dice.integers(-20, 20, TOGETHER), 0, ITEMS - 1))
        solved, steps = float(dice.integers(0, 6)), float(dice.integers(5, 20))
        for item in near:
            out = bool(dice.random() < 0.1)
            use = ItemUse(f"{item}", 1, run, "arm", f"task {task}", run % SEEDS, not out, out, None, 5, solved, steps)
            uses.append(use)
    return uses
