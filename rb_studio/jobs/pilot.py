"""What a sweep will take, told from its own first tasks: a few arms begin, and the sweep goes on from there."""

import math
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
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


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a whole sweep takes, with what is spent already; None is unknown.

    Each figure has bounds that 95 of 100 such sweeps keep to if the tasks to come vary as those of the pilot did; with
    one task they are infinite. `seconds` are of rollouts one after another, `tasks` those the pilot did, `left`
    rollouts still to play.
    """

    sweep: int
    tasks: int
    rollouts: int
    left: int
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
        return f"{done}. The whole sweep: {', '.join(parts)}; {self.left:,} rollouts are left."

    def to_json(self) -> dict[str, Any]:
        """Plain values; bounds that are infinite are None."""
        return {
            name: _finite(value) if isinstance(value, dict) else value
            for name, value in asdict(self).items()
            if name != "sweep"
        }


def sampled(strands: Sequence[Strand], tasks: int) -> list[Strand]:
    """A strand of each kind, of the first seed the one with most rollouts, to do its first tasks only."""
    chosen: dict[Kind, Strand] = {}
    for strand in strands:
        kept = chosen.setdefault(_kind(strand.arm), strand)
        if kept.arm.seed == strand.arm.seed and kept.arm.k < strand.arm.k:
            chosen[_kind(strand.arm)] = strand
    for strand in chosen.values():
        strand.only = tasks
    return list(chosen.values())


def forecast(conn: sqlite3.Connection, sweep: int, tasks: int) -> Forecast:
    """What a sweep of so many tasks an arm takes, from those it has done."""
    families = _families(conn, sweep)
    done = [task_spending(conn, [row.id for row in rows]) for rows in families]
    by_kind: dict[Kind, list[tuple[TaskSpent, int]]] = {}
    rest: dict[Kind, list[tuple[int, int]]] = {}
    for rows, found in zip(families, done, strict=True):
        arm = _leader(rows)
        by_kind.setdefault(_kind(arm), []).extend((one, arm.k) for one in found.values())
        open_tasks = max(0, tasks - len(finished_tasks(conn, rows[0].id)))
        rest.setdefault(_kind(arm), []).append((open_tasks, arm.k))
    spent = [one for found in done for one in found.values()]
    sums = {name: _whole(name, spent, by_kind, rest) for name in ("calls", "tokens", "cost", "seconds")}
    return Forecast(
        sweep=sweep,
        tasks=max((len(found) for found in done), default=0),
        rollouts=sum(one.rollouts for one in spent),
        left=sum(count * k for parts in rest.values() for count, k in parts),
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
    """Arms of a kind cost the same a rollout, or near it; k = 1 goes with the scaling it belongs to."""
    return arm.memory, arm.scaling, arm.allocation


def _whole(
    name: str,
    spent: Iterable[TaskSpent],
    by_kind: Mapping[Kind, Sequence[tuple[TaskSpent, int]]],
    rest: Mapping[Kind, Sequence[tuple[int, int]]],
) -> Estimate | None:
    """One figure over the whole sweep: what is spent, and of each kind what is left by its mean."""
    sofar = _sum(getattr(one, name) for one in spent)
    parts = [_rest([(getattr(one, name), k) for one, k in by_kind.get(kind, ())], left) for kind, left in rest.items()]
    if sofar is None or any(part is None for part in parts):
        return None
    known = [part for part in parts if part is not None]
    value, low, high = (sofar + sum(getattr(part, end) for part in known) for end in ("value", "low", "high"))
    return Estimate(value, low, high, min((part.n for part in known), default=0))


def _rest(seen: Sequence[tuple[float | None, int]], left: Sequence[tuple[int, int]]) -> Estimate | None:
    """What the tasks left take, each `k` rollouts, by what a rollout took; None where that is unknown."""
    rollouts = sum(count * k for count, k in left)
    if not rollouts:
        return Estimate(0.0, 0.0, 0.0, len(seen))
    each = [value / k for value, k in seen if value is not None]
    if not each or len(each) < len(seen):
        return None
    mean = sum(each) / len(each)
    half = _half_width(each, rollouts, sum(count * k * k for count, k in left))
    return Estimate(mean * rollouts, max(0.0, mean * rollouts - half), mean * rollouts + half, len(each))


def _half_width(each: Sequence[float], rollouts: int, squares: int) -> float:
    """Half of a prediction interval of a sum: the mean is uncertain, and what is to come varies about it."""
    if len(each) < 2:
        return math.inf
    from scipy.special import stdtrit

    mean, n = sum(each) / len(each), len(each)
    variance = sum((value - mean) ** 2 for value in each) / (n - 1)
    return float(stdtrit(n - 1, (1 + LEVEL) / 2)) * math.sqrt(variance * (rollouts**2 / n + squares))


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
