"""What came of a fork: how often each variant succeeded, what it changes pair by pair, where continuations part."""

import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rb_studio.analysis.alignment import first_difference, keys_of
from rb_studio.analysis.effect import paired_effect
from rb_studio.analysis.intervals import Estimate, proportion
from rb_studio.method.fork import FORK
from rb_studio.records.effect import EffectEstimate
from rb_studio.records.errors import UsageError
from rb_studio.records.trajectory import Trajectory
from rb_studio.store import rollouts, runs
from rb_studio.store.rollouts import RolloutRow

LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Continued:
    """One continuation. `pair` is the number it shares with those of other variants that throw the same dice.

    `parts` is the number of its first step that is not what the rollout did, None where it took the same way to the
    end. `diverged` tells after which step the environment was not what it had been (0: at its start), None where the
    place was reached.
    """

    run: int
    uid: str
    pair: int
    valid: bool
    truth: bool | None
    judged: str | None
    steps: int
    cost: float | None
    parts: int | None
    reached_by: str
    diverged: int | None


@dataclass(frozen=True, slots=True)
class VariantResult:
    """How the continuations of one variant came out.

    `success` is by truth, `judged` by the judge, each over the valid ones for which it is known, with Wilson's
    interval. `unknown` counts valid ones without a truth, `invalid` those a fault outside the agent hit, `missing`
    those that were asked for and are not there. `steps` is the mean over valid ones. `reached_by` counts how the place
    was reached: start, state or replay. `parts` counts valid continuations by their first step that differs from the
    rollout (None: never).
    """

    run: int
    name: str
    continuations: tuple[Continued, ...]
    success: Estimate | None
    judged: Estimate | None
    unknown: int
    invalid: int
    missing: int
    steps: float | None
    reached_by: Mapping[str, int]
    parts: Mapping[int | None, int]
    note: str = ""


@dataclass(frozen=True, slots=True)
class ForkResult:
    """All variants of a fork, the first being what the others are measured by.

    `differences` are success of each further variant minus the first one's over pairs that threw the same dice, with a
    95 % interval (Student's over pairs); None in it is not estimable. `success` tells whether the rollout itself was
    one, `origin` is its run and uid.
    """

    origin: tuple[int, str]
    step: int
    variants: tuple[VariantResult, ...]
    differences: tuple[EffectEstimate, ...]
    success: bool | None
    simulated: bool


def outcome(conn: sqlite3.Connection, made: Sequence[int]) -> ForkResult:
    """How the runs of a fork came out, in the order given.

    Raises
    ------
    UsageError
        A run is no fork, or they do not continue one rollout from one step.
    """
    rows = [runs.run(conn, run) for run in made]
    asked = [row.config.get("fork") for row in rows]
    if not rows or None in asked:
        raise UsageError("name the runs of a fork: one of these continues no rollout")
    places = {(fork["run"], fork["rollout_uid"], fork["step"]) for fork in asked if fork}
    if len(places) > 1:
        raise UsageError("these runs continue different rollouts, or one from different steps: name those of one fork")
    ((run, uid, step),) = places
    origin = rollouts.trajectory(conn, uid, run=run)
    variants = tuple(_variant(conn, row, origin) for row in rows)
    truths = rollouts.truths(conn, uid, run=run)
    first, *others = [_by_pair(variant) for variant in variants]
    return ForkResult(
        origin=(run, uid),
        step=step,
        variants=variants,
        differences=tuple(paired_effect(one, first, level=LEVEL) for one in others),
        success=truths[-1].success if truths else None,
        simulated=any(row.simulated for row in rows),
    )


def _variant(conn: sqlite3.Connection, row: runs.RunRow, origin: Trajectory) -> VariantResult:
    found = tuple(_continued(conn, one, origin) for one in rollouts.rollout_rows(conn, run=row.id))
    valid = [one for one in found if one.valid]
    known = [one.truth for one in valid if one.truth is not None]
    said = [one.judged for one in valid if one.judged in ("success", "failure")]
    fork = row.config["fork"]
    return VariantResult(
        run=row.id,
        name=fork["variant"]["name"],
        continuations=found,
        success=proportion(sum(known), len(known)),
        judged=proportion(sum(one == "success" for one in said), len(said)),
        unknown=len(valid) - len(known),
        invalid=len(found) - len(valid),
        missing=max(0, fork["times"] - len(found)),
        steps=sum(one.steps for one in valid) / len(valid) if valid else None,
        reached_by=Counter(one.reached_by for one in valid),
        parts=Counter(one.parts for one in valid),
        note=row.note,
    )


def _continued(conn: sqlite3.Connection, row: RolloutRow, origin: Trajectory) -> Continued:
    trajectory = rollouts.trajectory(conn, row.uid, run=row.run)
    told = trajectory.extra.get(FORK, {})
    return Continued(
        run=row.run,
        uid=row.uid,
        pair=row.rollout_index,
        valid=row.valid,
        truth=row.truth,
        judged=row.judged,
        steps=row.steps,
        cost=row.cost,
        parts=first_difference(keys_of(origin), keys_of(trajectory)),
        reached_by=told.get("by", ""),
        diverged=told.get("diverged"),
    )


def _by_pair(variant: VariantResult) -> dict[tuple[str, int], float]:
    """Truth by pair, of valid continuations for which it is known."""
    known = (one for one in variant.continuations if one.valid and one.truth is not None)
    return {(str(one.pair), 0): float(bool(one.truth)) for one in known}
