"""One proportion with its interval, and how many tasks a difference needs."""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

FEW_TASKS = 30


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with the bounds of its interval; `n` is the number of cases behind it."""

    value: float
    low: float
    high: float
    n: int


def wilson(successes: int, n: int, level: float = 0.95) -> tuple[float, float] | None:
    """Wilson score interval of a proportion; None when n is 0."""
    if not 0 <= successes <= n:
        raise ValueError(f"successes must lie between 0 and n, not {successes} of {n}")
    if n == 0:
        return None
    z = critical(level)
    share, scale = successes / n, 1 + z * z / n
    centre = (share + z * z / (2 * n)) / scale
    half = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / scale
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == n else min(1.0, centre + half)
    return low, high


def proportion(successes: int, n: int, level: float = 0.95) -> Estimate | None:
    """A proportion with its Wilson interval; None when n is 0."""
    bounds = wilson(successes, n, level)
    return None if bounds is None else Estimate(successes / n, *bounds, n)


def sample_size(difference: float, p: float = 0.5, power: float = 0.8, level: float = 0.95) -> int:
    """Tasks per arm that show a difference of two unpaired proportions near p, rounded to the nearest."""
    if not 0 < difference < 1:
        raise ValueError("the difference must lie between 0 and 1")
    z = critical(level) + NormalDist().inv_cdf(power)
    return round(2 * z * z * p * (1 - p) / difference**2)


def paired_sample_size(difference: float, spread: float, power: float = 0.8, level: float = 0.95) -> int:
    """Tasks that show a mean paired difference, from the standard deviation of the tasks' differences; at least 2."""
    if not difference > 0 or spread < 0:
        raise ValueError("the difference must be above 0 and its spread cannot be negative")
    z = critical(level) + NormalDist().inv_cdf(power)
    return max(2, round((z * spread / difference) ** 2))


def few_tasks_warning(n: int) -> str | None:
    """A sentence when there are too few tasks for comparisons, else None."""
    if n >= FEW_TASKS:
        return None
    return f"only {n} task{'' if n == 1 else 's'}: with fewer than {FEW_TASKS}, differences are mostly noise"


def critical(level: float) -> float:
    """Two-sided critical value of the normal distribution, 1.96 for 0.95."""
    return NormalDist().inv_cdf((1 + level) / 2)
