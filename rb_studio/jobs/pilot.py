"""What a sweep will take, told from its own first tasks: a few arms begin, and the sweep goes on from there."""

import math
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import stdev
from typing import Any

from rb_studio.analysis.intervals import Estimate
from rb_studio.jobs.driving import dollars
from rb_studio.jobs.strand import Strand
from rb_studio.method.prefix import family
from rb_studio.records.arm import ArmConfig
from rb_studio.store import runs
from rb_studio.store.outcomes import finished_tasks
from rb_studio.store.spending import TaskSpent, task_spending

LEVEL = 0.95
PILOT_TASKS = 3
Kind = tuple[str, str, str]
Seen = dict[int, list[TaskSpent]]


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a whole sweep takes, with what is spent already; None is unknown.

    Each figure has bounds that 95 of 100 such sweeps keep to if the tasks to come vary as those of the pilot did; with
    one task they are infinite. `seconds` are of rollouts one after another, `tasks` those the pilot did, `left`
    about how many rollouts are still to play.
    """

    sweep: int
    tasks: int
    rollouts: int
    left: int | None
    spent_tokens: int | None
    spent_cost: float | None
    calls: Estimate | None
    tokens: Estimate | None
    cost: Estimate | None
    seconds: Estimate | None
    simulated: bool = False

    def sentence(self) -> str:
        """The same in a line or two."""
        done = f"Played so far: {_counted(self.rollouts, 'rollout')} of {_counted(self.tasks, 'task')}"
        if self.calls is None:
            return f"{done}, too few to tell what the sweep takes."
        money = "free, because it is simulated" if self.simulated else _bounded(self.cost, dollars, "cost unknown")
        parts = (
            _bounded(self.calls, _short, "") + " calls",
            _bounded(self.tokens, _short, "") + " tokens" if self.tokens else "tokens not counted by the endpoint",
            money,
            _bounded(self.seconds, _time, "time unknown") + (" of rollouts" if self.seconds else ""),
        )
        return f"{done}. The whole sweep: {', '.join(parts)}; {self._left()}."

    def _left(self) -> str:
        return "nothing is left" if not self.left else f"about {self.left:,} rollouts are left"

    def to_json(self) -> dict[str, Any]:
        """Plain values; bounds that are infinite are None."""
        return {
            name: _finite(value) if isinstance(value, dict) else value
            for name, value in asdict(self).items()
            if name != "sweep"
        }


def sampled(strands: Sequence[Strand], tasks: int) -> list[Strand]:
    """Of each kind the strands with most and with fewest rollouts, of the first seed, to do their first tasks only."""
    by_kind: dict[Kind, list[Strand]] = {}
    for strand in strands:
        alike = by_kind.setdefault(_kind(strand.arm), [])
        if not alike or alike[0].arm.seed == strand.arm.seed:
            alike.append(strand)
    chosen = {}
    for alike in by_kind.values():
        for strand in (min(alike, key=_rollouts), max(alike, key=_rollouts)):
            chosen[strand.run] = strand
            strand.only = tasks
    return list(chosen.values())


def _rollouts(strand: Strand) -> int:
    return strand.arm.k


def forecast(conn: sqlite3.Connection, sweep: int, tasks: int) -> Forecast:
    """What a sweep of so many tasks an arm takes, from those it has done."""
    families = _families(conn, sweep)
    done = [task_spending(conn, [row.id for row in rows]) for rows in families]
    seen: dict[Kind, Seen] = {}
    rest: dict[Kind, list[tuple[int, int]]] = {}
    for rows, found in zip(families, done, strict=True):
        arm = _leader(rows)
        seen.setdefault(_kind(arm), {}).setdefault(arm.k, []).extend(found.values())
        open_tasks = max(0, tasks - len(finished_tasks(conn, rows[0].id)))
        rest.setdefault(_kind(arm), []).append((open_tasks, arm.k))
    spent = [one for found in done for one in found.values()]
    sums = {name: _whole(name, spent, seen, rest) for name in ("calls", "tokens", "cost", "seconds")}
    rollouts = _whole("rollouts", spent, seen, rest)
    played = sum(one.rollouts for one in spent)
    return Forecast(
        sweep=sweep,
        tasks=max((len(found) for found in done), default=0),
        rollouts=played,
        left=None if rollouts is None else round(rollouts.value) - played,
        spent_tokens=_sum(one.tokens for one in spent),
        spent_cost=_sum(one.cost for one in spent),
        simulated=any(row.simulated for rows in families for row in rows),
        **sums,
    )


def _families(conn: sqlite3.Connection, sweep: int) -> list[list[runs.RunRow]]:
    """The runs of a sweep that share their rollouts, most of them first."""
    found: dict[str, list[runs.RunRow]] = {}
    for row in runs.runs(conn, sweep=sweep):
        if row.arm is not None and row.shared_with is None:
            found.setdefault(family(row.arm) or f"run {row.id}", []).append(row)
    return [sorted(rows, key=lambda row: -row.arm.k if row.arm else 0) for rows in found.values()]


def _leader(rows: Sequence[runs.RunRow]) -> ArmConfig:
    arm = rows[0].arm
    assert arm is not None
    return arm


def _kind(arm: ArmConfig) -> Kind:
    """Arms of a kind differ in what they cost by k and by chance; k = 1 goes with the scaling it belongs to."""
    return arm.memory, arm.scaling, arm.allocation


def _whole(
    name: str, spent: Iterable[TaskSpent], seen: Mapping[Kind, Seen], rest: Mapping[Kind, Sequence[tuple[int, int]]]
) -> Estimate | None:
    """One figure over the whole sweep: what is spent, and of each kind what is left."""
    sofar = _sum(getattr(one, name) for one in spent)
    parts = []
    for kind, left in rest.items():
        values = {k: [getattr(one, name) for one in found] for k, found in seen[kind].items() if found}
        parts.append(None if any(None in found for found in values.values()) else _rest(values, left))
    if sofar is None or None in parts:
        return None
    known = [part for part in parts if part is not None]
    value, low, high = (sofar + sum(getattr(part, end) for part in known) for end in ("value", "low", "high"))
    return Estimate(value, low, high, min((part.n for part in known), default=0))


def _rest(seen: Mapping[int, Sequence[float]], left: Sequence[tuple[int, int]]) -> Estimate | None:
    """What the tasks left take, so many with `k` rollouts each, by what tasks took; None where none was done.

    The bounds are those of a prediction: the means are uncertain, and what is to come varies about them.
    """
    open_tasks = [(count, k) for count, k in left if count]
    if not open_tasks:
        return Estimate(0.0, 0.0, 0.0, 0)
    if not seen:
        return None
    n = min(len(found) for found in seen.values())
    means = {k: sum(found) / len(found) for k, found in seen.items()}
    value = sum(count * _at(means, k) for count, k in open_tasks)
    half = math.inf
    if n > 1:
        spreads = {k: stdev(found) for k, found in seen.items()}
        scaled = [(count, _at(spreads, k)) for count, k in open_tasks]
        variance = sum(count * one for count, one in scaled) ** 2 / n + sum(count * one**2 for count, one in scaled)
        half = _critical(n) * math.sqrt(variance)
    return Estimate(value, max(0.0, value - half), value + half, n)


def _at(known: Mapping[int, float], k: int) -> float:
    """A figure at k: known, on the line through those beside it, or in proportion where one alone is known."""
    below = max((one for one in known if one <= k), default=None)
    above = min((one for one in known if one >= k), default=None)
    if below is None or above is None:
        nearest = above if below is None else below
        assert nearest is not None
        return known[nearest] * k / nearest
    share = (k - below) / (above - below) if above > below else 0.0
    return known[below] + share * (known[above] - known[below])


def _critical(n: int) -> float:
    """Two-sided critical value of Student's t for so many tasks."""
    from scipy.special import stdtrit

    return float(stdtrit(n - 1, (1 + LEVEL) / 2))


def _sum(values: Iterable[float | None]) -> Any:
    found = list(values)
    return None if None in found else sum(value for value in found if value is not None)


def _finite(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: None if value == math.inf else value for name, value in values.items()}


def _bounded(found: Estimate | None, shown: Any, unknown: str) -> str:
    if found is None:
        return unknown
    bounds = "" if found.high in (math.inf, found.low) else f" ({shown(found.low)} to {shown(found.high)})"
    return f"about {shown(found.value)}{bounds}"


def _short(number: float) -> str:
    for size, unit in ((1e9, " G"), (1e6, " M"), (1e4, " k")):
        if number >= size:
            return f"{number / (1e3 if unit == ' k' else size):.3g}{unit}"
    return f"{number:,.0f}"


def _time(seconds: float) -> str:
    if seconds >= 5400:
        return f"{seconds / 3600:.1f} h"
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"


def _counted(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
