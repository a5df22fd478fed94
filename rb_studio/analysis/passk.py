"""pass@k and pass^k from n rollouts with c successes, unbiased over subsets of k."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray


def pass_at_k(n: int, c: int, k: int) -> float | None:
    """Chance that at least one of k rollouts drawn from n succeeds: 1 - C(n-c, k) / C(n, k).

    None when n < k: it cannot be estimated. Product form (Chen et al. 2021), so nothing overflows.
    """
    _check(n, c, k)
    if n < k:
        return None
    none_succeeds = 1.0
    for drawn in range(k):
        none_succeeds *= max(0, n - c - drawn) / (n - drawn)
    return 1.0 - none_succeeds


def pass_hat_k(n: int, c: int, k: int) -> float | None:
    """Chance that all k rollouts drawn from n succeed: C(c, k) / C(n, k); None when n < k."""
    _check(n, c, k)
    if n < k:
        return None
    all_succeed = 1.0
    for drawn in range(k):
        all_succeed *= max(0, c - drawn) / (n - drawn)
    return all_succeed


def pass_at_k_values(n: "ArrayLike", c: "ArrayLike", k: int) -> "NDArray[np.float64]":
    """`pass_at_k` of many tasks at once: float[tasks], NaN where n < k."""
    import numpy as np

    rollouts, successes = np.asarray(n, np.float64), np.asarray(c, np.float64)
    if k < 1:
        raise ValueError("k must be at least 1")
    drawn = np.arange(k)[:, None]
    left = np.where(rollouts >= k, rollouts, np.nan) - drawn
    values: NDArray[np.float64] = 1.0 - np.prod(np.maximum(0.0, rollouts - successes - drawn) / left, axis=0)
    return values


def pass_hat_k_values(n: "ArrayLike", c: "ArrayLike", k: int) -> "NDArray[np.float64]":
    """`pass_hat_k` of many tasks at once: float[tasks], NaN where n < k."""
    import numpy as np

    rollouts, successes = np.asarray(n, np.float64), np.asarray(c, np.float64)
    if k < 1:
        raise ValueError("k must be at least 1")
    drawn = np.arange(k)[:, None]
    left = np.where(rollouts >= k, rollouts, np.nan) - drawn
    values: NDArray[np.float64] = np.prod(np.maximum(0.0, successes - drawn) / left, axis=0)
    return values


def _check(n: int, c: int, k: int) -> None:
    if k < 1 or not 0 <= c <= n:
        raise ValueError(f"k must be at least 1 and successes between 0 and n, not n={n}, c={c}, k={k}")
