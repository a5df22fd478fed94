"""Arms compared in pairs on the same tasks and seeds: success, steps, tokens, cost and time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from rb_studio.analysis.bootstrap import paired_differences
from rb_studio.analysis.difficulty import buckets
from rb_studio.analysis.intervals import FEW_TASKS
from rb_studio.analysis.mcnemar import sign_test
from rb_studio.jobs.pools import Pool, RunTasks
from rb_studio.records.curve import BOTH, MEMORY, ROLLOUTS, SAME, SCALING, UNITS, Comparison, Difficulty

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Table = NDArray[np.float64]

SUCCESS = {"pass_at_1": "first", "best_of_k": "best", "pass_at_k": "any"}
REFERENCE = "reasoningbank"
ALL_ARMS = "all arms"
Values = dict[str, dict[int, float]]


@dataclass(frozen=True, slots=True)
class Paired:
    """A comparison and how many results of its tasks it leaves out because only one arm has their seed."""

    comparison: Comparison
    left_out: int


@dataclass(frozen=True, slots=True)
class _Side:
    """An arm at one k."""

    pool: Pool
    k: int

    @property
    def name(self) -> str:
        return f"{self.pool.name} · k={self.k}"


def compared(pools: Sequence[Pool], only: str | None = None) -> list[Paired]:
    """Every comparison there is to make, in metrics from success to time.

    Memory against none at equal k; the other memories against ReasoningBank at their smallest common k; scalings
    of one memory against each other at their largest common k; the most rollouts against one within each arm; an arm
    against its own repetition. `only` makes those of one kind.
    """
    return [one for a, b, kind in _pairs(_distinct(pools)) if only in (None, kind) for one in _compare(a, b, kind)]


def difficulty(pools: Sequence[Pool]) -> tuple[Difficulty, ...]:
    """How hard the tasks are, over all arms together first: only mixed ones can show a difference."""
    counts = {pool.name: _counts(pool) for pool in pools}
    total: dict[str, tuple[int, int]] = {}
    for found in counts.values():
        for key, (n, c) in found.items():
            before = total.get(key, (0, 0))
            total[key] = before[0] + n, before[1] + c
    return tuple(_difficulty(name, found) for name, found in {ALL_ARMS: total, **counts}.items())


def without_memory(pools: Sequence[Pool], pool: Pool, k: int) -> Pool | None:
    """The arm without memory to compare with at k: same suite and model.

    Of several one with the same seeds, with k spread over tasks alike and with the same scaling, in this order.
    """
    bases = [
        base
        for base in pools
        if base.arm["memory"] == "none" and not base.repeat and _alike(base, pool) and k in base.ks
    ]
    seeds = set(pool.seeds)
    return min(
        bases,
        key=lambda base: (
            seeds.isdisjoint(base.seeds),
            base.arm["allocation"] != pool.arm["allocation"],
            base.arm["scaling"] != pool.arm["scaling"],
        ),
        default=None,
    )


def between(
    before: Sequence[RunTasks], after: Sequence[RunTasks], names: tuple[str, str], kind: str
) -> list[Comparison]:
    """Runs of one k against others on the same tasks and seeds, in metrics from success to time."""
    a, b = (
        _Side(Pool(name, {}, list(members)), members[0].k) for name, members in zip(names, (before, after), strict=True)
    )
    return [one.comparison for one in _compare(a, b, kind)]


def few(comparison: Comparison) -> bool:
    """Whether a comparison stands on too few tasks to say much."""
    return comparison.n < FEW_TASKS


def _pairs(pools: Sequence[Pool]) -> Iterator[tuple[_Side, _Side, str]]:
    for pool in pools:
        if pool.repeat:
            yield from _repetition(pools, pool)
            continue
        yield from _against_none(pools, pool)
        yield from _against_reference(pools, pool)
        if len(pool.ks) > 1:
            yield _Side(pool, pool.ks[0]), _Side(pool, pool.ks[-1]), ROLLOUTS
    yield from _scalings(pools)


def _distinct(pools: Sequence[Pool]) -> list[Pool]:
    """Pools without those that show the very runs of an earlier one: equal cells of a sweep run once."""
    first: dict[tuple[object, ...], Pool] = {}
    for pool in pools:
        first.setdefault((pool.arm["memory"], *sorted((run.k, run.run) for run in pool.runs)), pool)
    return list(first.values())


def _against_none(pools: Sequence[Pool], pool: Pool) -> Iterator[tuple[_Side, _Side, str]]:
    for k in pool.ks if pool.arm["memory"] not in (None, "none") else []:
        base = without_memory(pools, pool, k)
        if base is not None:
            yield _Side(base, k), _Side(pool, k), MEMORY


def _against_reference(pools: Sequence[Pool], pool: Pool) -> Iterator[tuple[_Side, _Side, str]]:
    """ReasoningBank against another memory where all else is the same."""
    if pool.arm["memory"] in (None, "none", REFERENCE):
        return
    for other in pools:
        if _but(other, "memory", REFERENCE) == _but(pool, "memory") and _alike(other, pool):
            ks = set(pool.ks) & set(other.ks)
            if ks:
                yield _Side(pool, min(ks)), _Side(other, min(ks)), MEMORY
            return


def _scalings(pools: Sequence[Pool]) -> Iterator[tuple[_Side, _Side, str]]:
    """Scalings of one memory beside each other, where several rollouts were made."""
    families: dict[tuple[object, ...], list[Pool]] = {}
    for pool in pools:
        if pool.arm["memory"] is not None and not pool.repeat:
            key = (_but(pool, "scaling"), pool.arm["source"], pool.arm["allocation"], pool.model)
            families.setdefault(key, []).append(pool)
    for members in families.values():
        for one, other in pairwise(members):
            ks = {k for k in set(one.ks) & set(other.ks) if k > 1}
            if ks and one.arm["scaling"] != other.arm["scaling"]:
                yield _Side(one, max(ks)), _Side(other, max(ks)), SCALING


def _repetition(pools: Sequence[Pool], pool: Pool) -> Iterator[tuple[_Side, _Side, str]]:
    arm = {name: value for name, value in pool.arm.items() if name != "repeat"}
    original = next((one for one in pools if one.arm == arm and one.model == pool.model), None)
    for k in pool.ks if original else []:
        if original is not None and k in original.ks:
            yield _Side(original, k), _Side(pool, k), SAME


def _but(pool: Pool, axis: str, value: str | None = None) -> str | None:
    """A pool's name without one axis, None where it must have a value there and has another."""
    own = str(pool.arm[axis])
    return pool.name.replace(own, "", 1).strip() if value in (None, own) else None


def _alike(one: Pool, other: Pool) -> bool:
    return (one.model, one.arm["source"]) == (other.model, other.arm["source"])


def _compare(a: _Side, b: _Side, kind: str) -> list[Paired]:
    """Arm b minus arm a in every metric, paired by task and seed; whole tasks with all their seeds are drawn again.

    A task's value in either arm is the mean over the seeds both have for it. Repetitions share no seed: of these
    all seeds of a task are averaged.
    """
    shared = sorted(set(a.pool.tasks) & set(b.pool.tasks))
    metrics = _metrics(a.k, b.k)
    first = {metric: _values(a, metric, by_seed=kind != SAME) for metric in metrics}
    second = {metric: _values(b, metric, by_seed=kind != SAME) for metric in metrics}
    pairs = np.array([[_pair(first[m][key], second[m][key]) for m in metrics] for key in shared])
    pairs = pairs.reshape(len(shared), len(metrics), 2)
    results = paired_differences(pairs[:, :, 1], pairs[:, :, 0])
    found = []
    for place, (metric, result) in enumerate(zip(metrics, results, strict=True)):
        bounds = (result.difference, result.low, result.high, result.p, result.n)
        exact = _exact(pairs[:, place]) if metric in SUCCESS else None
        missing = sum(len(first[metric][key].keys() ^ second[metric][key].keys()) for key in shared)
        comparison = Comparison(a.name, b.name, metric, *bounds, mcnemar=exact, kind=kind)
        found.append(Paired(comparison, 0 if metric.endswith(BOTH) else missing))
    return found


def _metrics(k_a: int, k_b: int) -> list[str]:
    """At one rollout each the three rates are one; else the rate that scaling claims stand on comes first."""
    rates = ["pass_at_1"] if k_a == k_b == 1 else ["best_of_k", "pass_at_1", "pass_at_k"]
    return [*rates, *(f"{name}{ending}" for name in UNITS for ending in ("", BOTH))]


def _exact(pairs: "Table") -> float | None:
    columns = [[None if np.isnan(value) else float(value) for value in column] for column in pairs.T]
    return sign_test(*columns)


def _pair(first: Mapping[int, float], second: Mapping[int, float]) -> tuple[float, float]:
    """Two arms' means over the seeds both have, NaN without any."""
    seeds = sorted(first.keys() & second.keys())
    if not seeds:
        return np.nan, np.nan
    return float(np.mean([first[seed] for seed in seeds])), float(np.mean([second[seed] for seed in seeds]))


def _values(side: _Side, metric: str, *, by_seed: bool) -> Values:
    """Each task's value by seed; runs that repeat a seed are averaged. Without `by_seed` all runs are."""
    found: dict[str, dict[int, list[float]]] = {key: {} for key in side.pool.tasks}
    for run in side.pool.runs:
        for key in run.figures if run.k == side.k else []:
            value = _value(run, key, metric)
            if value is not None:
                found[key].setdefault(run.seed if by_seed else 0, []).append(value)
    return {key: {seed: float(np.mean(all_)) for seed, all_ in by.items()} for key, by in found.items()}


def _value(run: RunTasks, key: str, metric: str) -> float | None:
    """A task's figure in one run; of metrics over tasks both solved only where this run solved it."""
    if metric in SUCCESS:
        return figure(run, key, SUCCESS[metric])
    if metric.endswith(BOTH) and figure(run, key, "best") != 1:
        return None
    name = metric.removesuffix(BOTH)
    return _mean_steps(run, key) if name == "steps" else run.costs.get(key, {}).get(name)


def figure(run: RunTasks, key: str, attribute: str) -> float | None:
    """One of the figures of a task, None where it has none."""
    value: float | None = getattr(run.figures.get(key), attribute, None)
    return value


def _mean_steps(run: RunTasks, key: str) -> float | None:
    steps = [one.steps for one in run.attempts.get(key, ())]
    return float(np.mean(steps)) if steps else None


def _counts(pool: Pool) -> dict[str, tuple[int, int]]:
    """Graded rollouts and successes of each task."""
    found = dict.fromkeys(pool.tasks, (0, 0))
    for run in pool.runs:
        for key, attempts in run.attempts.items():
            graded = [one.truth for one in attempts if one.truth is not None]
            n, c = found.get(key, (0, 0))
            found[key] = n + len(graded), c + sum(graded)
    return found


def _difficulty(name: str, counts: Mapping[str, tuple[int, int]]) -> Difficulty:
    found = buckets(counts)
    sizes = (len(found.always), len(found.mixed), len(found.never), len(found.unknown))
    return Difficulty(name, *sizes, found.informative)
