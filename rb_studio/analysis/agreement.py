"""How far two people agree who labelled the same things: raw, with its interval, and beyond chance."""

from collections import Counter
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from rb_studio.analysis.intervals import Estimate, proportion

Unit = TypeVar("Unit", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Agreement:
    """What two people said of the `n` things that both labelled.

    `raw` is the share of equal labels with its Wilson interval, `kappa` Cohen's for any number of labels; each is
    None where it is undefined. `table` counts pairs of labels; `only_first` and `only_second` are things that one of
    them labelled alone: they enter neither figure.
    """

    n: int
    agreed: int
    raw: Estimate | None
    kappa: float | None
    table: Mapping[tuple[str, str], int]
    only_first: int = 0
    only_second: int = 0


def agreement(first: Mapping[Unit, str], second: Mapping[Unit, str], level: float = 0.95) -> Agreement:
    """Compare two people's labels of things."""
    both = [unit for unit in first if unit in second]
    table = Counter((first[unit], second[unit]) for unit in both)
    agreed = sum(count for (one, other), count in table.items() if one == other)
    return Agreement(
        n=len(both),
        agreed=agreed,
        raw=proportion(agreed, len(both), level),
        kappa=kappa(table),
        table=dict(table),
        only_first=len(first) - len(both),
        only_second=len(second) - len(both),
    )


def kappa(table: Mapping[tuple[str, str], int]) -> float | None:
    """Cohen's kappa of a table of pairs; None for an empty one, and when chance alone would agree fully."""
    n = sum(table.values())
    if n == 0:
        return None
    rows: Counter[str] = Counter()
    columns: Counter[str] = Counter()
    for (one, other), count in table.items():
        rows[one] += count
        columns[other] += count
    # In whole numbers, so that agreement by chance alone is told from nearly so.
    by_chance = sum(rows[label] * columns[label] for label in rows)
    agreed = sum(count for (one, other), count in table.items() if one == other)
    return None if by_chance == n * n else (agreed * n - by_chance) / (n * n - by_chance)
