"""Success rates as a posterior: what can be said of few rollouts (Bayes@N; Hariri et al., ICLR 2026)."""

from collections.abc import Iterable
from math import sqrt

from rb_studio.analysis.intervals import Estimate, critical


def posterior_rate(successes: int, n: int, *, a: float = 1.0, b: float = 1.0, level: float = 0.95) -> Estimate:
    """Posterior mean of one success rate under a Beta(a, b) prior, with its equal-tailed credible interval.

    Defined without any rollout too: then it is the prior.
    """
    _check(successes, n, a, b)
    from scipy.stats import beta

    alpha, other = a + successes, b + n - successes
    low, high = beta.ppf([(1 - level) / 2, (1 + level) / 2], alpha, other)
    return Estimate(alpha / (alpha + other), float(low), float(high), n)


def posterior_mean_rate(
    counts: Iterable[tuple[int, int]], *, a: float = 1.0, b: float = 1.0, level: float = 0.95
) -> Estimate | None:
    """Mean rate over tasks from the (rollouts, successes) of each, as Bayes@N; None without tasks.

    Tasks are independent posteriors, so variances add; the interval is normal. It speaks of these very tasks: how
    they were drawn is the bootstrap's matter.
    """
    tasks = list(counts)
    if not tasks:
        return None
    mean = variance = 0.0
    for n, successes in tasks:
        _check(successes, n, a, b)
        alpha, other, total = a + successes, b + n - successes, a + b + n
        mean += alpha / total
        variance += alpha * other / (total * total * (total + 1))
    mean, half = mean / len(tasks), critical(level) * sqrt(variance) / len(tasks)
    return Estimate(mean, max(0.0, mean - half), min(1.0, mean + half), len(tasks))


def _check(successes: int, n: int, a: float, b: float) -> None:
    if not 0 <= successes <= n or a <= 0 or b <= 0:
        raise ValueError(f"successes must lie between 0 and n and the prior be positive, not {successes} of {n}")
