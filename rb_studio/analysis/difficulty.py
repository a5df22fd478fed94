"""Difficulty buckets: which tasks can show a difference at all."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Buckets:
    """Task keys by how often they were solved; `unknown` have no graded rollout.

    `tried_again` counts tasks with several graded rollouts: after a single one a task looks always or never solved.
    """

    always: tuple[str, ...]
    mixed: tuple[str, ...]
    never: tuple[str, ...]
    unknown: tuple[str, ...]
    tried_again: int

    @property
    def informative(self) -> float | None:
        """Share of mixed tasks, which alone can move, among those tried again; None where none was."""
        return len(self.mixed) / self.tried_again if self.tried_again else None


def buckets(counts: Mapping[str, tuple[int, int]]) -> Buckets:
    """Sort tasks by their (graded rollouts, successes), keeping the mapping's order."""
    found: dict[str, list[str]] = {"always": [], "mixed": [], "never": [], "unknown": []}
    for key, (n, c) in counts.items():
        found[_bucket(n, c)].append(key)
    tried_again = sum(n > 1 for n, _ in counts.values())
    return Buckets(**{name: tuple(keys) for name, keys in found.items()}, tried_again=tried_again)


def _bucket(n: int, c: int) -> str:
    if not 0 <= c <= n:
        raise ValueError(f"successes must lie between 0 and the rollouts, not {c} of {n}")
    if n == 0:
        return "unknown"
    return "always" if c == n else "mixed" if c else "never"


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many tasks are in each bucket, and the share that can move."""

    always: int
    mixed: int
    never: int
    unknown: int
    informative: float | None


def sizes(rollouts: "NDArray[np.float64]", successes: "NDArray[np.float64]") -> Sizes:
    """The sizes of `buckets` from the graded rollouts and successes of each task: float[tasks] each."""
    tried, again = rollouts > 0, int((rollouts > 1).sum())
    always, never = tried & (successes == rollouts), tried & (successes == 0)
    mixed = int((tried & ~always & ~never).sum())
    return Sizes(int(always.sum()), mixed, int(never.sum()), int((~tried).sum()), mixed / again if again else None)
