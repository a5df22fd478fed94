"""Two to four stored rollouts side by side: steps aligned, what each used, how patches and retrieved items differ."""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from rb_studio.analysis.alignment import Alignment, align, keys_of
from rb_studio.analysis.patches import PatchedFile, compare_patches
from rb_studio.records.errors import UsageError
from rb_studio.records.judgement import Verdict
from rb_studio.records.memory import Retrieval
from rb_studio.records.trajectory import Step, Trajectory
from rb_studio.store import judgement_rows, rollouts, runs
from rb_studio.store.rows import select_in

FEWEST, MOST = 2, 4
T = TypeVar("T", int, float)


@dataclass(frozen=True, slots=True)
class Used:
    """What something took: tokens, US dollars, seconds; None is unknown."""

    tokens: int | None = None
    cost: float | None = None
    seconds: float | None = None

    def minus(self, other: "Used") -> "Used":
        """The difference; unknown where either is."""
        return Used(
            None if self.tokens is None or other.tokens is None else self.tokens - other.tokens,
            None if self.cost is None or other.cost is None else self.cost - other.cost,
            None if self.seconds is None or other.seconds is None else self.seconds - other.seconds,
        )


@dataclass(frozen=True, slots=True)
class Side:
    """One of the compared rollouts. `total` is what its steps used together, `verdict` the newest one."""

    run: int
    trajectory: Trajectory
    total: Used
    truth: bool | None = None
    verdict: Verdict | None = None

    @property
    def key(self) -> tuple[int, str]:
        """Run and uid."""
        return self.run, self.trajectory.uid


@dataclass(frozen=True, slots=True)
class RetrievedItem:
    """A memory item that any side retrieved: per side its place in the prompt from 1, 0 where it was left out by lot,
    None where it was not retrieved. `title` is empty where no bank holds the item any more."""

    uid: str
    title: str
    places: tuple[int | None, ...]

    @property
    def same(self) -> bool:
        """Whether every side was given it, or none was."""
        return len({bool(place) for place in self.places}) == 1


@dataclass(frozen=True, slots=True)
class RolloutComparison:
    """Rollouts beside each other, the first being what the others are measured by.

    `used` holds per row of the alignment what each side's step used, None where it has none. `files` tell what the
    final patches do to each file. `blocks` are the injected texts.
    """

    sides: tuple[Side, ...]
    alignment: Alignment
    used: tuple[tuple[Used | None, ...], ...]
    files: tuple[PatchedFile, ...] = ()
    retrieved: tuple[RetrievedItem, ...] = ()
    blocks: tuple[str, ...] = field(default=())

    def deltas(self, row: int) -> tuple[Used | None, ...]:
        """What each side's step of a row used more than the first side's; None where either has no step there."""
        first, *_ = here = self.used[row]
        return tuple(None if one is None or first is None else one.minus(first) for one in here)

    @property
    def total_deltas(self) -> tuple[Used, ...]:
        """What each side used more than the first in all."""
        return tuple(side.total.minus(self.sides[0].total) for side in self.sides)


def compare(conn: sqlite3.Connection, chosen: Sequence[tuple[int, str]]) -> RolloutComparison:
    """Compare rollouts, each named by run and uid, of any tasks and formats.

    Raises
    ------
    UsageError
        There are fewer than two or more than four of them, one is named twice or is not there.
    """
    if not FEWEST <= len(chosen) <= MOST:
        raise UsageError(f"{len(chosen)} rollouts cannot be compared: choose {FEWEST} to {MOST}")
    if len(set(chosen)) < len(chosen):
        raise UsageError("a rollout cannot be compared with itself: choose different ones")
    sides = tuple(_side(conn, run, uid) for run, uid in chosen)
    alignment = align([keys_of(side.trajectory) for side in sides])
    steps = [_used(side.trajectory) for side in sides]
    return RolloutComparison(
        sides=sides,
        alignment=alignment,
        used=tuple(
            tuple(None if number is None else of[number - 1] for number, of in zip(row.steps, steps, strict=True))
            for row in alignment.rows
        ),
        files=compare_patches([side.trajectory.patch for side in sides]),
        retrieved=_retrieved(conn, sides),
        blocks=tuple(side.trajectory.memory_block for side in sides),
    )


def _side(conn: sqlite3.Connection, run: int, uid: str) -> Side:
    trajectory = rollouts.trajectory(conn, uid, run=run)
    truths, verdicts = rollouts.truths(conn, uid, run=run), rollouts.verdicts(conn, uid, run=run)
    return Side(
        run,
        trajectory,
        _total(trajectory),
        truths[-1].success if truths else None,
        verdicts[-1] if verdicts else None,
    )


def _used(trajectory: Trajectory) -> list[Used]:
    """What each step used."""
    starts = [_seconds(step.started_at) for step in trajectory.steps]
    ends = [*starts[1:], _seconds(trajectory.ended_at)]
    return [
        Used(step.usage.total if step.usage else None, step.cost, _took(step, start, end))
        for step, start, end in zip(trajectory.steps, starts, ends, strict=True)
    ]


def _took(step: Step, start: float | None, end: float | None) -> float | None:
    """How long a step took; where nobody measured it, until the next one began."""
    if step.elapsed is not None or start is None or end is None or end < start:
        return step.elapsed
    return end - start


def _total(trajectory: Trajectory) -> Used:
    steps = _used(trajectory)
    start, end = _seconds(trajectory.started_at), _seconds(trajectory.ended_at)
    whole = None if start is None or end is None else end - start
    return Used(
        _sum(one.tokens for one in steps),
        _sum(one.cost for one in steps),
        _sum(one.seconds for one in steps) if any(step.elapsed for step in trajectory.steps) else whole,
    )


def _sum(values: Iterable[T | None]) -> T | None:
    known = list(values)
    return None if None in known else sum(one for one in known if one is not None)


def _seconds(text: str | None) -> float | None:
    """An ISO-8601 time as seconds; None for what cannot be read."""
    try:
        return None if text is None else datetime.fromisoformat(text).timestamp()
    except ValueError:
        return None


def _retrieved(conn: sqlite3.Connection, sides: Sequence[Side]) -> tuple[RetrievedItem, ...]:
    """Items by uid in the order they were given, those not given to all sides first."""
    places = [_places(_retrieval(conn, side)) for side in sides]
    uids = list(dict.fromkeys(uid for one in places for uid in one))
    titles = _titles(conn, uids)
    items = (RetrievedItem(uid, titles.get(uid, ""), tuple(one.get(uid) for one in places)) for uid in uids)
    return tuple(sorted(items, key=lambda item: item.same))


def _retrieval(conn: sqlite3.Connection, side: Side) -> Retrieval | None:
    """What retrieval gave a side."""
    return judgement_rows.read_retrieval(conn, runs.source_run(conn, side.run), side.trajectory.task_key)


def _places(retrieval: Retrieval | None) -> dict[str, int]:
    """The place of each item in the prompt, 0 for those left out by lot."""
    hits = retrieval.hits if retrieval else ()
    given = list(dict.fromkeys(uid for hit in hits for uid in hit.item_uids))
    withheld = {uid: 0 for hit in hits for uid in hit.withheld_uids}
    return withheld | {uid: place for place, uid in enumerate(given, 1)}


def _titles(conn: sqlite3.Connection, uids: Sequence[str]) -> dict[str, str]:
    query = (
        "SELECT i.uid, (SELECT title FROM item_version v WHERE v.item = i.id ORDER BY v.id DESC LIMIT 1) "
        "FROM memory_item i WHERE i.uid IN ({}) ORDER BY i.id"
    )
    return {row[0]: row[1] or "" for row in select_in(conn, query, uids)}
