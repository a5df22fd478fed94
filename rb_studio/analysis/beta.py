"""Beta priors on a task's success rate: what the next rollout is worth."""

from math import exp, lgamma


def marginal_gain(a: float, b: float, j: int) -> float:
    """Chance, seen beforehand, that rollout j+1 is the first to succeed: B(a+1, b+j) / B(a, b)."""
    _check(a, b, j)
    return exp(_log_beta(a + 1, b + j) - _log_beta(a, b))


def next_success(a: float, b: float, j: int) -> float:
    """Chance that the next rollout succeeds after j failures were observed: a / (a + b + j)."""
    _check(a, b, j)
    return a / (a + b + j)


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)


def _check(a: float, b: float, j: int) -> None:
    if a <= 0 or b <= 0 or j < 0:
        raise ValueError(f"a and b must be positive and j not negative, not a={a}, b={b}, j={j}")
