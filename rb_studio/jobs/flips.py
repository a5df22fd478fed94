"""Tasks that came out otherwise in one arm than in another, with the rollouts that differ."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rb_studio.jobs.arm_pairs import Side
from rb_studio.jobs.comparisons import SUCCESS, paired, shared_tasks, side_of
from rb_studio.jobs.pools import Pool
from rb_studio.jobs.run_tasks import Attempt, RunTasks
from rb_studio.records.curve import Comparison
from rb_studio.records.errors import UsageError


@dataclass(frozen=True, slots=True)
class Flip:
    """A task that came out otherwise: success rates over the seeds both sides have; `rollouts` are the first ones that
    differ, as (seed, uid before, uid after)."""

    task_key: str
    before: float
    after: float
    rollouts: tuple[tuple[int, str, str], ...]


def flips_of(pools: Sequence[Pool], comparison: Comparison) -> list[Flip]:
    """The tasks behind a comparison in a metric of success, those that got better first, by how much.

    Raises
    ------
    UsageError
        The comparison is of other pools, or in no metric of success.
    """
    if comparison.metric not in SUCCESS:
        raise UsageError(f"tasks flip in {', '.join(SUCCESS)}, not in {comparison.metric}")
    a, b = (side_of(pools, name) for name in (comparison.a, comparison.b))
    keys = shared_tasks(a, b)
    means = paired(a, b, comparison.metric, keys, comparison.kind)
    pairs = _pairs(a, b)
    rates = zip(keys, means.first.tolist(), means.second.tolist(), strict=True)
    found = [(key, one, other) for key, one, other in rates if one < other or one > other]
    return _sorted(Flip(*one, _differing(pairs, one[0], comparison.metric)) for one in found)


def flips_between(pairs: Iterable[tuple[RunTasks, RunTasks]]) -> list[Flip]:
    """As `flips_of` in pass@1, of runs that are paired already."""
    pairs = sorted(pairs, key=lambda pair: pair[0].seed)
    keys = {key: None for before, after in pairs for key in before.figures.keys() & after.figures.keys()}
    found = []
    for key in keys:
        rates = [
            (one.figures[key].first, other.figures[key].first)
            for one, other in pairs
            if key in one.figures and key in other.figures
        ]
        known = [(first, second) for first, second in rates if first is not None and second is not None]
        if known:
            before, after = (sum(values) / len(known) for values in zip(*known, strict=True))
            found.append(Flip(key, before, after, _differing(pairs, key, "pass_at_1")))
    return _sorted(one for one in found if one.before != one.after)


def _pairs(a: Side, b: Side) -> list[tuple[RunTasks, RunTasks]]:
    """Runs of one seed side by side; where no seed is in both, in the order of their seeds."""
    one, other = ([side.pool.runs[place] for place in side.pool.members(side.k)] for side in (a, b))
    same = [(before, after) for before in one for after in other if before.seed == after.seed]
    return same or [*zip(*(sorted(runs, key=lambda run: run.seed) for runs in (one, other)), strict=False)]


def _differing(pairs: Iterable[tuple[RunTasks, RunTasks]], key: str, metric: str) -> tuple[tuple[int, str, str], ...]:
    """Of each pair of runs the first rollouts of a task that differ."""
    found = []
    for before, after in pairs:
        sides = (_tried(run.attempts.get(key, ()), metric) for run in (before, after))
        differing = (pair for pair in zip(*sides, strict=False) if pair[0].truth != pair[1].truth)
        found += [(before.seed, one.uid, other.uid) for one, other in [*differing][:1]]
    return tuple(found)


def _tried(attempts: Sequence[Attempt], metric: str) -> list[Attempt]:
    """The rollouts a rate stands on, those first that decide it."""
    if metric == "best_of_k":
        return [one for one in attempts if one.selected] or [*attempts]
    return sorted(attempts, key=lambda one: not one.truth) if metric == "pass_at_k" else [*attempts]


def _sorted(found: Iterable[Flip]) -> list[Flip]:
    return sorted(found, key=lambda one: (one.before - one.after, one.task_key))
