"""The policies: how many rollouts the next task may get, from nothing but what is known before it runs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rb_studio.analysis.beta import next_success
from rb_studio.method.allocate import complexity
from rb_studio.method.allocate.complexity import Traits
from rb_studio.method.allocate.past import SLACK, allowance, neighbours, prior, surplus
from rb_studio.method.allocate.terms import Terms
from rb_studio.records.allocation import FLOOR, Allocation

# The share of what was left over, or spent too much, that the next task makes up for.
CORRECTION = 0.25


@dataclass(frozen=True, slots=True)
class Share:
    """At most `limit` rollouts, and fewer when the policy `stops` at a judged success."""

    limit: int
    stops: bool
    reason: str
    a: float = FLOOR
    b: float = FLOOR
    score: float | None = None


def decide(terms: Terms, seen: Traits, past: Sequence[Allocation]) -> Share:
    """The share of the next task, a pure function of what it looks like and of the tasks before it."""
    return _POLICIES[terms.policy](terms, seen, past)


def _uniform(terms: Terms, seen: Traits, past: Sequence[Allocation]) -> Share:
    return Share(terms.k, False, f"every task gets {terms.k}")


def _first_success(terms: Terms, seen: Traits, past: Sequence[Allocation]) -> Share:
    most = allowance(terms.mean, past, terms.k)
    return Share(most, True, f"until one is judged a success, at most {most}{_held_back(most, terms.k)}")


def _difficulty(terms: Terms, seen: Traits, past: Sequence[Allocation]) -> Share:
    """Score -> place among the scores so far -> k, so that evenly spread places cost the budget on average."""
    near = neighbours(past, seen.similar)
    values = complexity.parts(seen, near, past)
    score = complexity.score(values)
    place = quantile(score, [one.score for one in past if one.score is not None])
    mean = _mean(terms)
    wanted = rounded(target(place, terms.k, mean) + CORRECTION * surplus(mean, past), terms.k)
    k = min(wanted, allowance(mean, past, terms.k))
    a, b = prior(near)
    told = ", ".join(f"{name} {value:.2f}" for name, value in values.items())
    reason = f"complexity {score:.2f}, place {place:.2f} among {len(past) + 1}: {k} of 1 to {terms.k}"
    return Share(k, False, f"{reason}{_held_back(k, wanted)} ({told})", a, b, score)


def _greedy(terms: Terms, seen: Traits, past: Sequence[Allocation]) -> Share:
    near = neighbours(past, seen.similar)
    a, b = prior(near)
    mean = _mean(terms)
    offers = [*((one.a, one.b) for one in past), (a, b)]
    wanted = granted(offers, terms.k, mean * len(offers) + surplus(mean, past))
    most = min(wanted, allowance(mean, past, terms.k))
    worth = ", ".join(f"{next_success(a, b, j):.2f}" for j in range(most))
    known = f"from {len(near)} neighbour{'' if len(near) == 1 else 's'}" if near else "no neighbour is known"
    reason = f"Beta({a:.2f}, {b:.2f}) {known}: at most {most}, worth {worth}{_held_back(most, wanted)}"
    return Share(most, True, reason, a, b)


_POLICIES: Mapping[str, Callable[[Terms, Traits, Sequence[Allocation]], Share]] = {
    "uniform": _uniform,
    "first-success": _first_success,
    "difficulty": _difficulty,
    "greedy": _greedy,
}


def quantile(score: float, before: Sequence[float]) -> float:
    """Where a score stands among those before it and itself, in 0..1, ties in their middle; 0.5 for the first."""
    below = sum(other < score for other in before)
    equal = sum(other == score for other in before) + 1
    return (below + equal / 2) / (len(before) + 1)


def target(place: float, k: int, mean: float) -> float:
    """k in [1, k] that grows with the place and whose average over evenly spread places is `mean`.

    1 + (k - 1) * place ** g has the average 1 + (k - 1) / (g + 1).
    """
    if mean <= 1:
        return 1.0
    return float(1 + (k - 1) * place ** ((k - 1) / (mean - 1) - 1))


def rounded(value: float, k: int) -> int:
    """The nearest whole number in [1, k], halves up."""
    return max(1, min(k, int(np.floor(value + 0.5 + SLACK))))


def granted(priors: Sequence[tuple[float, float]], k: int, budget: float) -> int:
    """How many rollouts the last of several tasks is granted when they compete for a budget.

    Every task has one. A further rollout, needed once j have failed, then succeeds with chance a / (a + b + j), and
    that is its gain for each rollout it really costs: the rollout happens only in the share of cases in which
    all before it failed. The largest go first, among equals the earlier task, until the expected cost
    fills the budget.
    """
    a, b = (np.array(values, dtype=np.float64)[:, None] for values in zip(*priors, strict=True))
    j = np.arange(1, k)
    gains = (a / (a + b + j)).round(12)
    needed = np.cumprod((b + j - 1) / (a + b + j - 1), axis=1)
    tasks, tries = np.indices(gains.shape)
    order = np.lexsort((tasks.ravel(), tries.ravel(), -gains.ravel()))
    within = np.cumsum(needed.ravel()[order]) <= budget - len(priors) + SLACK
    return 1 + int((tasks.ravel()[order][within] == len(priors) - 1).sum())


def _mean(terms: Terms) -> float:
    assert terms.mean is not None
    return terms.mean


def _held_back(most: int, wanted: int) -> str:
    return f", cut from {wanted} by the budget" if most < wanted else ""
