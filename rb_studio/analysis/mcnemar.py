"""McNemar's exact test: two arms on the same tasks, success or failure each."""

from collections.abc import Sequence
from math import exp, lgamma, log


def discordant(a: Sequence[bool | None], b: Sequence[bool | None]) -> tuple[int, int]:
    """(tasks only a solved, tasks only b solved); tasks unknown in either arm are left out."""
    known = [(x, y) for x, y in zip(a, b, strict=True) if x is not None and y is not None]
    return sum(x and not y for x, y in known), sum(y and not x for x, y in known)


def sign_test(a: Sequence[float | None], b: Sequence[float | None]) -> float | None:
    """McNemar's exact p over tasks, one value each; where a task's value is a mean, better or worse is what counts.

    Tasks unknown in either arm are left out; None when no task is known to both.
    """
    known = [(x, y) for x, y in zip(a, b, strict=True) if x is not None and y is not None]
    return mcnemar(sum(x > y for x, y in known), sum(y > x for x, y in known)) if known else None


def mcnemar(only_a: int, only_b: int) -> float:
    """Two-sided exact p: under no difference the discordant tasks fall to either side like a coin."""
    if only_a < 0 or only_b < 0:
        raise ValueError("counts cannot be negative")
    n, fewer = only_a + only_b, min(only_a, only_b)
    return min(1.0, 2 * sum(_half_binomial(n, i) for i in range(fewer + 1)))


def _half_binomial(n: int, i: int) -> float:
    return exp(lgamma(n + 1) - lgamma(i + 1) - lgamma(n - i + 1) - n * log(2))
