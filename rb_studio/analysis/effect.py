"""What an item does to the tasks it is injected at: success and steps against the baseline of those same tasks.

Corrected for: how hard the tasks are (every task has its own rate, so only differences within a task count), the other
items in the block (regression, see `effect_fit`), tasks that vary more than chance (cluster-robust by task), few tasks
(Student's t), one item among many (the shrunk value beside, and a wider interval for the flag than for showing).

Not corrected for: what differs between rollouts of a task besides its items - another model or suite must come as
another comparable arm -, items that are never apart (their intervals lean on what items of this bank do on average), a
task that changed, the choice of the best among many items. Where effects differ from task to task, the estimate is
their mean, weighted by what each task tells. Only a lot makes the comparison an experiment; without one it is an
observation.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isnan
from typing import TYPE_CHECKING, Literal

import numpy as np

from rb_studio.analysis.effect_fit import FEWEST_TASKS, PRIOR_SPREAD, Cells, Fit, fit, sums
from rb_studio.records.effect import EffectEstimate, Evidence, ItemUse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

Flag = Literal["", "helps", "harms"]
FLAG_LEVEL = 0.96
"""Level of the interval that must leave out zero before an item is flagged."""
LOT_SHARE = 0.1
"""Share of the information in an estimate that must come from lots before its evidence is called held out."""


def item_effects(
    uses: Sequence[ItemUse],
    baselines: Mapping[tuple[str, str], Sequence[tuple[int, float]]],
    *,
    level: float = 0.90,
    comparable: Mapping[str, str] | None = None,
    told: Collection[str] | None = None,
) -> dict[str, EffectEstimate]:
    """Effect of every item that was used, by uid.

    Parameters
    ----------
    uses
        All uses of the bank: where only some items' uses are given, the others count as not having been there. Texts
        of one item (its versions) are items of their own; the effect told is that of the newest text that was used.
    baselines
        By task key and comparable-arm key, (rollouts, successes) of attempts at which nothing was retrieved: of an arm
        without memory, or of a bank that was still empty.
    level
        Of the interval.
    comparable
        Comparable-arm key by arm hash, for arms that differ in nothing but their memory (same actor and suite); an arm
        that is not named is comparable with itself only.
    told
        The items that are told of, of all that were seen; all of them unless named.
    """
    seen = _read(uses, baselines, comparable or {})
    success, steps = fit(seen.success, len(seen.items)), fit(seen.steps, len(seen.items))
    places = [place for place, (uid, _) in enumerate(seen.items) if told is None or uid in told]
    success, steps = success.of(places), steps.of(places)
    rates = _rates(seen.success, seen.withheld, len(seen.items))
    parts = zip(
        [seen.items[place] for place in places],
        _intervals(success, level),
        _intervals(steps, level),
        map(_number, success.shrunk),
        _flags(success),
        [rates[place] for place in places],
        strict=True,
    )
    newest = sorted(parts, key=lambda part: part[0][1])
    return {uid: _estimate(*rest) for (uid, _), *rest in newest}


def paired_effect(
    with_: Mapping[tuple[str, int], float], without: Mapping[tuple[str, int], float], *, level: float = 0.90
) -> EffectEstimate:
    """Success with minus without something, from rates by (task key, seed) that were run both ways.

    Tasks count alike, each with the mean of its seeds; `n_with` and `n_without` count the pairs. The interval is
    Student's over tasks, after one more pair in either direction, each counted half, at the finest step the rates
    show: tasks that all came out the same prove nothing exactly. Below two tasks it is not estimable.
    """
    gaps: dict[str, list[float]] = {}
    for key in sorted(with_.keys() & without.keys()):
        gaps.setdefault(key[0], []).append(with_[key] - without[key])
    pairs, tasks = sum(map(len, gaps.values())), len(gaps)
    shared = [key for key in with_ if key in without]
    first, second = (sum(side[key] for key in shared) / pairs if pairs else None for side in (with_, without))
    if tasks < FEWEST_TASKS:
        return EffectEstimate(None, None, None, first, second, None, pairs, pairs, tasks)
    means = np.array([sum(values) / len(values) for values in gaps.values()])
    step = _step([side[key] for side in (with_, without) for key in shared]) * tasks / pairs
    difference = float(means.mean())
    variance = float(((means - difference) ** 2).sum() + step**2) / tasks**2
    spread = PRIOR_SPREAD**2 / 4
    found = Fit(*(np.array([value]) for value in (difference, variance, tasks - 1.0, np.nan)))
    return _estimate(
        _intervals(found, level)[0],
        _Interval(),
        difference * spread / (spread + variance),
        _flags(found)[0],
        _Rates(first, second, pairs, pairs, tasks, 0.0),
        "left out",
    )


def _step(rates: Sequence[float]) -> float:
    """The smallest difference between two of the rates, or one of them and 0 or 1."""
    known = sorted({0.0, 1.0, *rates})
    return min(above - below for below, above in pairwise(known))


@dataclass(frozen=True, slots=True)
class _Interval:
    value: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class _Rates:
    """Of the tasks with and without an item: rollouts, plain rates, and the lots' share of the information."""

    with_rate: float | None
    baseline: float | None
    n_with: int
    n_without: int
    tasks: int
    by_lot: float


@dataclass(frozen=True, slots=True)
class _Seen:
    """Items as (uid, version), what was seen of success and of steps, and who was withheld where: (cell, item)."""

    items: list[tuple[str, int]]
    success: Cells
    steps: Cells
    withheld: "tuple[Ints, Ints]"


def _estimate(
    success: _Interval,
    steps: _Interval,
    shrunk: float | None,
    flag: Flag,
    rates: _Rates,
    evidence: Evidence | None = None,
) -> EffectEstimate:
    evidence = evidence or ("held out" if rates.by_lot >= LOT_SHARE else "observed")
    return EffectEstimate(
        difference=success.value,
        low=None if success.low is None else max(-1.0, success.low),
        high=None if success.high is None else min(1.0, success.high),
        with_rate=rates.with_rate,
        baseline=rates.baseline,
        shrunk=shrunk,
        n_with=rates.n_with,
        n_without=rates.n_without,
        tasks=rates.tasks,
        steps_difference=steps.value,
        steps_low=steps.low,
        steps_high=steps.high,
        evidence="none" if success.value is None else evidence,
        flagged=flag,
    )


def _read(
    uses: Sequence[ItemUse],
    baselines: Mapping[tuple[str, str], Sequence[tuple[int, float]]],
    comparable: Mapping[str, str],
) -> _Seen:
    """Cells are what one run did at one task, and one for every attempt of a baseline."""
    items: dict[tuple[str, int], int] = {}
    cells: dict[tuple[int, str, str, int], int] = {}
    strata: dict[tuple[str, str], int] = {}
    facts: list[tuple[int, float, float, float]] = []
    injected: dict[tuple[int, int], None] = {}
    withheld: dict[tuple[int, int], None] = {}
    for use in uses:
        item = items.setdefault((use.item_uid, use.version), len(items))
        if use.n <= 0:
            continue
        cell = cells.setdefault((use.run, use.arm_hash, use.task_key, use.seed), len(cells))
        if cell == len(facts):
            arm = comparable.get(use.arm_hash, use.arm_hash)
            stratum = strata.setdefault((use.task_key, arm), len(strata))
            facts.append((stratum, use.n, use.successes / use.n, np.nan if use.steps is None else use.steps))
        if use.injected:
            injected[cell, item] = None
        elif use.withheld:
            withheld[cell, item] = None
    for key, stratum in strata.items():
        facts += [(stratum, n, successes / n, np.nan) for n, successes in baselines.get(key, ()) if n > 0]
    table = np.array(facts, np.float64).reshape(-1, 4)
    pairs, task = _pairs(injected), _places([key[0] for key in strata])
    with_steps = ~np.isnan(table[:, 3])
    return _Seen(
        list(items),
        _cells(table[:, [0, 1, 2]], pairs, task, binary=True),
        _cells(table[with_steps][:, [0, 1, 3]], _kept(pairs, with_steps), task, binary=False),
        _pairs(withheld),
    )


def _cells(table: "Floats", pairs: "tuple[Ints, Ints]", task: "Ints", *, binary: bool) -> Cells:
    """From float[cells, (stratum, rollouts, mean outcome)].

    Half a rollout that came out otherwise is added to binary outcomes over all: none having failed proves no certainty.
    """
    stratum, n, y = table[:, 0].astype(np.int64), table[:, 1], table[:, 2]
    total = sums(stratum, n, len(task))
    count = total if binary else np.bincount(stratum, minlength=len(task)).astype(np.float64)
    mean = sums(stratum, n * y, len(task)) / np.maximum(total, 1.0)
    apart = (
        total * mean * (1 - mean) + 0.5 / max(len(task), 1)
        if binary
        else sums(stratum, n * (y - mean[stratum]) ** 2, len(task))
    )
    return Cells(stratum, task, n, y, *pairs, np.maximum(apart, 0.0), np.maximum(count - 1, 0.0), binary)


def _rates(cells: Cells, withheld: "tuple[Ints, Ints]", items: int) -> list[_Rates]:
    """What was seen of each item at the tasks with and without it; of all its tasks, where it was never absent."""
    strata = len(cells.task)
    total = sums(cells.stratum, cells.n, strata)
    rate = sums(cells.stratum, cells.n * cells.y, strata)
    key = cells.stratum[cells.cell] * items + cells.item
    keys, place = np.unique(key, return_inverse=True)
    n = sums(place, cells.n[cells.cell], len(keys))
    solved = sums(place, (cells.n * cells.y)[cells.cell], len(keys))
    stratum, item = keys // max(items, 1), keys % max(items, 1)
    left = total[stratum] - n
    lots = _at(keys, cells.stratum[withheld[0]] * items + withheld[1], cells.n[withheld[0]])
    both = left > 0
    other = np.divide(rate[stratum] - solved, left, out=np.zeros(len(keys)), where=both)

    def summed(values: "Floats", where: "NDArray[np.bool_]") -> list[float]:
        found: list[float] = sums(item[where], values[where], items).tolist()
        return found

    every = np.ones(len(keys), bool)
    rows = zip(
        summed(n, every),
        summed(solved, every),
        summed(n, both),
        summed(solved, both),
        summed(left, both),
        summed(n * other, both),
        summed(n * left / np.maximum(total[stratum], 1.0), both),
        summed(n * lots / np.maximum(n + lots, 1.0), both),
        _tasks(cells.task[stratum[both]], item[both], items),
        strict=True,
    )
    return [_rate_of(*row) for row in rows]


def _rate_of(
    all_n: float, all_solved: float, n: float, solved: float, left: float, expected: float, told: float, lots: float,
    tasks: int,
) -> _Rates:  # fmt: skip
    if not n:
        return _Rates(all_solved / all_n if all_n else None, None, round(all_n), 0, 0, 0.0)
    return _Rates(solved / n, expected / n, round(n), round(left), tasks, lots / told)


def _tasks(task: "Ints", item: "Ints", items: int) -> list[int]:
    """How many tasks each item was seen with and without."""
    pairs = np.unique(np.stack([task, item]), axis=1)
    return np.bincount(pairs[1], minlength=items).tolist()  # type: ignore[no-any-return]


def _intervals(found: Fit, level: float) -> list[_Interval]:
    from scipy.special import stdtrit

    half = stdtrit(found.freedom, (1 + level) / 2) * np.sqrt(found.variance)
    rows = zip(found.estimate.tolist(), half.tolist(), strict=True)
    return [_Interval() if isnan(value) else _Interval(value, value - width, value + width) for value, width in rows]


def _flags(found: Fit) -> list[Flag]:
    bounds = _intervals(found, FLAG_LEVEL)
    return [
        "" if one.low is None or one.high is None else "helps" if one.low > 0 else "harms" if one.high < 0 else ""
        for one in bounds
    ]


def _at(keys: "Ints", wanted: "Ints", values: "Floats") -> "Floats":
    """Sums of `values` by key, for sorted `keys`; values of other keys are left out."""
    places = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    found = keys[places] == wanted if len(keys) else np.zeros(0, bool)
    return sums(places[found], values[found], len(keys)) if len(keys) else np.zeros(0)


def _pairs(pairs: Mapping[tuple[int, int], None]) -> "tuple[Ints, Ints]":
    table = np.array(list(pairs), np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def _kept(pairs: "tuple[Ints, Ints]", where: "NDArray[np.bool_]") -> "tuple[Ints, Ints]":
    """The pairs of the cells that are kept, by their new numbers."""
    number = np.cumsum(where) - 1
    kept = where[pairs[0]]
    return number[pairs[0][kept]], pairs[1][kept]


def _places(names: Sequence[str]) -> "Ints":
    numbers = {name: place for place, name in enumerate(dict.fromkeys(names))}
    return np.array([numbers[name] for name in names], np.int64)


def _number(value: float) -> float | None:
    return None if isnan(value) else float(value)
