"""What came of a fork, and the forks of a rollout, read and put into words on another thread."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rb_studio.gui.rooms.trajectories.columns import truth_word
from rb_studio.gui.rooms.trajectories.plain import DASH, count, money, number
from rb_studio.jobs.fork_results import Continued, ForkResult, VariantResult, outcome
from rb_studio.records.effect import EffectEstimate
from rb_studio.store import runs
from rb_studio.store.rollout_list import ListedRollout, listed
from rb_studio.store.runs import FORK, RunRow

UNDER_WAY = ("planned", "running")
ENDS = {"finished": "", "cancelled": "Stopped: what was over by then is kept", "failed": "Ended by a fault"}
STANDING = {"cancelled": "stopped"}
REACHED = {"start": "from the start", "state": "by its stored state", "replay": "by doing the same again"}


@dataclass(frozen=True, slots=True)
class ContinuationRow:
    """One continuation; `known` is None until the fork is over."""

    variant: str
    row: ListedRollout
    known: Continued | None

    @property
    def pair(self) -> int:
        """Which dice it throws, counted from 1."""
        return self.row.rollout_index - FIRST

    @property
    def outcome(self) -> str:
        if self.row.status == "running":
            return "running"
        return "no data" if self.known is not None and not self.known.valid else truth_word(self.row.truth)

    @property
    def parts(self) -> str:
        """Where it leaves the way of the rollout."""
        if self.known is None:
            return DASH
        return "never" if self.known.parts is None else f"step {self.known.parts}"


FIRST = 999


@dataclass(frozen=True, slots=True)
class VariantRow:
    """One variant against the first one; `difference` is None for that one itself."""

    result: VariantResult
    difference: EffectEstimate | None
    first: bool

    @property
    def outcomes(self) -> str:
        """How many came out how."""
        found = self.result
        known = found.success.n if found.success is not None else 0
        won = round(found.success.value * known) if found.success is not None else 0
        others = ((found.unknown, "unknown"), (found.invalid, "without data"), (found.missing, "not played"))
        parts = [f"{won} of {known} succeed", *(f"{many} {word}" for many, word in others if many)]
        return ", ".join(parts)

    @property
    def gap(self) -> str:
        """The paired difference in points, with its interval."""
        told = self.difference
        if self.first:
            return "compared with"
        if told is None or told.difference is None or told.low is None or told.high is None:
            return "not estimable"
        return f"{_points(told.difference)} points ({_points(told.low)} to {_points(told.high)})"

    @property
    def judged(self) -> str:
        judged = self.result.judged
        return DASH if judged is None else f"{round(judged.value * judged.n)} of {judged.n}"

    @property
    def steps(self) -> str:
        return DASH if self.result.steps is None else f"{self.result.steps:.1f}"

    @property
    def parts(self) -> str:
        """Where its continuations leave the way of the rollout, and how many there."""
        found = sorted(self.result.parts.items(), key=lambda one: (one[0] is None, one[0] or 0))
        return ", ".join(f"{'never' if at is None else f'step {at}'} \u00d7{many}" for at, many in found) or DASH

    @property
    def reached(self) -> str:
        ways = [REACHED.get(way, way) for way in self.result.reached_by if way]
        return ", ".join(ways) or DASH


@dataclass(frozen=True, slots=True)
class ShownFork:
    """A fork as its page shows it."""

    runs: tuple[int, ...]
    result: ForkResult
    origin: ListedRollout | None
    variants: tuple[VariantRow, ...]
    continuations: tuple[ContinuationRow, ...]
    under_way: bool
    notes: tuple[str, ...]
    times: int

    @property
    def title(self) -> str:
        """What was forked where."""
        task = self.origin.task_key if self.origin is not None else "a rollout that is gone"
        return f"{task}, forked at step {self.result.step}"

    @property
    def sentence(self) -> str:
        """How much of it there is, and what the rollout itself came to."""
        over = sum(row.row.status != "running" for row in self.continuations)
        asked = count(self.times * len(self.variants), "continuation")
        later = "truth and intervals are told when all are"
        played = f"{over} of {asked} are over; {later}." if self.under_way else f"{asked}."
        own = "" if self.result.success is None else f" The rollout itself: {truth_word(self.result.success)}."
        return f"{count(len(self.variants), 'variant')}, {played}{own}"


@dataclass(frozen=True, slots=True)
class ListedFork:
    """A fork among those of a rollout: its runs, and each variant's name with how many of it succeed."""

    runs: tuple[int, ...]
    step: int
    at: str
    variants: tuple[tuple[str, str], ...]

    def text(self, *, blind: bool) -> str:
        """A line for the fork and one for each variant."""
        lines = (name if blind else f"{name}: {won}" for name, won in self.variants)
        return "\n".join((f"At step {self.step}, {self.at[:16].replace('T', ' ')}", *lines))


def read_fork(conn: sqlite3.Connection, made: Sequence[int]) -> ShownFork:
    """What came of the runs of a fork. Raises `UsageError` where they are none."""
    result = outcome(conn, made)
    rows = [runs.run(conn, run) for run in made]
    origin = listed(conn, _ids(conn, "run = ? AND uid = ?", result.origin))
    differences = (None, *result.differences)
    variants = tuple(
        VariantRow(variant, difference, place == 0)
        for place, (variant, difference) in enumerate(zip(result.variants, differences, strict=True))
    )
    under_way = any(row.status in UNDER_WAY for row in rows)
    return ShownFork(
        runs=tuple(made),
        result=result,
        origin=next(iter(origin.values()), None),
        variants=variants,
        continuations=tuple(_continuations(conn, result, under_way)),
        under_way=under_way,
        notes=tuple(dict.fromkeys(filter(None, map(_note, rows)))),
        times=int(rows[0].config[FORK]["times"]),
    )


def forks_of_rollout(conn: sqlite3.Connection, run: int, uid: str) -> tuple[ListedFork, ...]:
    """The forks of a rollout, the newest first."""
    found: list[list[RunRow]] = []
    for row in runs.runs(conn, purpose=FORK):
        asked = row.config[FORK]
        if (asked["run"], asked["rollout_uid"]) != (run, uid):
            continue
        if found and _belongs(row, found[-1]):
            found[-1].append(row)
        else:
            found.append([row])
    return tuple(_listed(conn, rows) for rows in reversed(found))


def fork_markdown(shown: ShownFork) -> str:
    """Variants and continuations as Markdown."""
    titles = (
        "variant",
        "outcomes",
        "success",
        "against the first",
        "judged success",
        "mean steps",
        "parts at",
        "reached",
    )
    rows: list[tuple[str, ...]] = [
        (one.result.name, one.outcomes, interval_text(one), one.gap, one.judged, one.steps, one.parts, one.reached)
        for one in shown.variants
    ]
    each = ("pair", "variant", "outcome", "judged", "steps", "cost", "parts at")
    lines = [
        (
            str(one.pair),
            one.variant,
            one.outcome,
            one.row.verdict or DASH,
            number(one.row.steps),
            money(one.row.cost),
            one.parts,
        )
        for one in shown.continuations
    ]
    simulated = ["Simulated."] if shown.result.simulated else []
    parts = [f"# {shown.title}", shown.sentence, *simulated, *shown.notes, _table(titles, rows)]
    return "\n\n".join([*parts, "## Continuations", _table(each, lines)]) + "\n"


def interval_text(row: VariantRow) -> str:
    """Success with Wilson's interval, in per cent."""
    success = row.result.success
    if success is None:
        return "unknown"
    return f"{100 * success.value:.0f} % ({100 * success.low:.0f} to {100 * success.high:.0f})"


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def _continuations(conn: sqlite3.Connection, result: ForkResult, under_way: bool) -> list[ContinuationRow]:
    rows = []
    for variant in result.variants:
        known = {} if under_way else {one.uid: one for one in variant.continuations}
        here = listed(conn, _ids(conn, "run = ?", (variant.run,)))
        rows += [ContinuationRow(variant.name, row, known.get(row.uid)) for row in here.values()]
    return sorted(rows, key=lambda one: (one.pair, one.row.run))


def _ids(conn: sqlite3.Connection, condition: str, values: Sequence[Any]) -> list[int]:
    return [row[0] for row in conn.execute(f"SELECT id FROM rollout WHERE {condition}", tuple(values))]


def _note(row: RunRow) -> str:
    ended = ENDS.get(row.status, "")
    return ": ".join(filter(None, (ended, row.note)))


def _belongs(row: RunRow, to: Sequence[RunRow]) -> bool:
    """Whether a run is one more variant of a fork; older ones do not say which of its variants they are."""
    last = to[-1]
    same = _asked(row.config[FORK]) == _asked(last.config[FORK]) and row.id == last.id + 1
    new = row.name not in {one.name for one in to}
    return same and new and row.config[FORK].get("place", len(to)) == len(to)


def _asked(fork: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fork.items() if name not in ("variant", "place")}


def _listed(conn: sqlite3.Connection, rows: Sequence[RunRow]) -> ListedFork:
    asked = rows[0].config[FORK]
    lines = []
    for row in rows:
        found = listed(conn, _ids(conn, "run = ?", (row.id,))).values()
        won = sum(one.truth is True for one in found)
        standing = "" if row.status == "finished" else f" ({STANDING.get(row.status, row.status)})"
        lines.append((str(row.config[FORK]["variant"]["name"]), f"{won} of {len(found)} succeed{standing}"))
    return ListedFork(tuple(row.id for row in rows), int(asked["step"]), rows[0].created_at, tuple(lines))


def _points(value: float) -> str:
    return f"{100 * value:+.0f}".replace("-", "\u2212")
