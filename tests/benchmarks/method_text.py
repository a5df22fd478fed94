"""The method's table as text: paired differences, and sentences that say no more than the figures do."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np

from rb_studio.analysis.bootstrap import Difference, mean_intervals, paired_difference
from rb_studio.jobs.run_tasks import RunTasks
from rb_studio.models.practice_constants import DEFAULT
from rb_studio.records.identity import digest
from tests.benchmarks.method_arms import CAP, Arm, decided_tasks, tasks_of

Key = tuple[int, str, str, int]
Arms = Mapping[Key, Arm]
RB = "reasoningbank"
PASS, BEST, STEPS, BOTH, TOKENS = "pass@1", "best-of-k", "steps", "steps, both solved", "tokens"
NONE1: Key = (1, "none", "parallel", 1)
OWN1: Key = (1, RB, "parallel", 1)
REMOVED: Key = (5, RB, "none", 1)
NO_BASE: Key = (0, "", "", 0)


@dataclass(frozen=True)
class Terms:
    """Seeds and number of tasks of both tables."""

    seeds: tuple[int, ...]
    tasks: int
    variant_seeds: tuple[int, ...]
    variant_tasks: int


@dataclass(frozen=True)
class Variant:
    """What a multiplied constant makes of four figures; differences with their interval, in shares of one."""

    name: str
    factor: float
    none: float
    memory: tuple[float, float, float]
    scaling: tuple[float, float, float]
    memory_scaling: tuple[float, float, float]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Row:
    """A row of the first table: what it is called, its arm, and the arm without memory it is compared with."""

    name: str
    arm: Key
    base: Key = NO_BASE


@dataclass(frozen=True)
class Claim:
    """An ordering of the paper: `first` minus `second` in a metric has this sign."""

    text: str
    first: Key
    second: Key
    metric: str = PASS
    sign: int = 1


def scaled_key(memory: str, scaling: str, k: int) -> Key:
    return 1, memory, scaling, k


ONE_ROLLOUT = (
    Row("no memory", NONE1),
    Row("synapse", (2, "synapse", "none", 1), NONE1),
    Row("awm", (2, "awm", "none", 1), NONE1),
    Row("ReasoningBank, successes only", (2, "reasoningbank-success-only", "none", 1), NONE1),
    Row("**ReasoningBank**", OWN1, NONE1),
    Row("ReasoningBank, no experience of the task's own template", (4, RB, "none", 1), NONE1),
    Row("ReasoningBank, block removed (n = 0)", REMOVED, NONE1),
    Row("unrelated memory text (bread, roses, chess)", (6, RB, "none", 1), NONE1),
)
SEVERAL = tuple(
    row
    for k in (3, 5)
    for row in (
        Row("no memory, independent", scaled_key("none", "parallel", k)),
        Row("no memory, sequential", scaled_key("none", "sequential", k)),
        Row("ReasoningBank, parallel", scaled_key(RB, "parallel", k), scaled_key("none", "parallel", k)),
        Row("ReasoningBank, sequential", scaled_key(RB, "sequential", k), scaled_key("none", "sequential", k)),
        Row("ReasoningBank, vanilla", scaled_key(RB, "vanilla", k), scaled_key("none", "parallel", k)),
        Row(f"ReasoningBank, vanilla, at most {CAP} items", (3, RB, "vanilla", k), scaled_key("none", "parallel", k)),
    )
)
DECIDED = (
    Row("no memory", NONE1),
    Row("ReasoningBank", OWN1, NONE1),
    Row("good items written by hand, frozen", (7, RB, "none", 1), NONE1),
    Row("bank learned by parallel k = 5, frozen", (8, RB, "none", 1), NONE1),
    Row("the same without its decisive items", (9, RB, "none", 1), NONE1),
)
CLAIMS = (
    Claim("memory helps: ReasoningBank minus no memory", OWN1, NONE1),
    Claim("ReasoningBank minus synapse", OWN1, (2, "synapse", "none", 1)),
    Claim("ReasoningBank minus awm", OWN1, (2, "awm", "none", 1)),
    Claim("failures teach: ReasoningBank minus successes only", OWN1, (2, "reasoningbank-success-only", "none", 1)),
    Claim("memory saves steps: ReasoningBank minus no memory", OWN1, NONE1, STEPS, -1),
    Claim("memory saves steps where both solve a task", OWN1, NONE1, BOTH, -1),
    Claim("parallel scaling helps: k = 5 minus k = 1", scaled_key(RB, "parallel", 5), OWN1, BEST),
    Claim("sequential scaling helps: k = 5 minus k = 1", scaled_key(RB, "sequential", 5), OWN1, BEST),
    Claim(
        "memory helps at k = 5: parallel minus no memory",
        scaled_key(RB, "parallel", 5),
        scaled_key("none", "parallel", 5),
        BEST,
    ),
    Claim(
        "parallel minus sequential at k = 5",
        scaled_key(RB, "parallel", 5),
        scaled_key(RB, "sequential", 5),
        BEST,
    ),
    Claim(
        "contrast minus vanilla at k = 5",
        scaled_key(RB, "parallel", 5),
        scaled_key(RB, "vanilla", 5),
        BEST,
    ),
    Claim("scaling makes better memory: parallel k = 5 minus k = 1", scaled_key(RB, "parallel", 5), OWN1, PASS),
)
CONTROLS = (
    Claim("no experience of the own template minus ReasoningBank", (4, RB, "none", 1), OWN1),
    Claim("unrelated memory text minus no memory", (6, RB, "none", 1), NONE1),
    Claim("items written by hand minus no memory", (7, RB, "none", 1), NONE1),
    Claim("decisive items deleted minus the whole bank", (9, RB, "none", 1), (8, RB, "none", 1)),
    Claim(f"contrast minus vanilla at k = 5, both with at most {CAP} items", scaled_key(RB, "parallel", 5),
          (3, RB, "vanilla", 5), BEST),
    Claim("the same, pass@1", scaled_key(RB, "parallel", 5), (3, RB, "vanilla", 5), PASS),
)  # fmt: skip


def whole_text(terms: Terms, arms: Arms, found: Sequence[Variant], deleted: tuple[int, int]) -> str:
    """Everything between the marks of README."""
    decided = frozenset(decided_tasks(terms.tasks))
    few = {key: _restricted(arm, decided) for key, arm in arms.items()}
    seeds = f"seeds {terms.seeds[0]} to {terms.seeds[-1]}" if len(terms.seeds) > 1 else f"seed {terms.seeds[0]}"
    when = datetime.now(UTC).strftime("%Y-%m-%d")
    parts = [
        f"Simulated: the practice model (constants {constants()}) is no language model. Measured on {when}, {seeds}, "
        f"{terms.tasks} tasks in ascending order, every arm on an empty bank of its own unless it says frozen. "
        "Differences are paired by task and seed, in points, with 95 % intervals over whole tasks; steps are those of "
        "one attempt, refinement included; tokens are all a task took.",
        _table(ONE_ROLLOUT, arms, "k = 1"),
        _table(SEVERAL, arms, "several attempts"),
        f"The {len(decided)} tasks whose template one habit decides, k = 1. The learned bank is that of seed "
        f"{terms.seeds[0]}; decisive are the {deleted[0]} of "
        f"{deleted[1]:,} learned items that teach this habit on one of these templates:",
        _table(DECIDED, few, "bank"),
        _removed(arms),
        *_ordered("In the order the paper reports", "Not in the order the paper reports", CLAIMS, arms),
        "Controls:\n\n" + "\n".join(f"- {_sentence(claim, _claimed(claim, arms))}" for claim in CONTROLS),
        *([_variants(terms, arms, found)] if found else []),
    ]
    return "\n\n".join(part for part in parts if part)


def constants() -> str:
    """What tells the practice model's numbers from others: a table is of those it names."""
    return digest(repr(DEFAULT))[:8]


def paired(first: Arm, second: Arm, metric: str) -> Difference:
    """First minus second over the tasks both have, each the mean over the seeds both have for it."""
    a, b = _values(first, metric), _values(second, metric)
    pairs = [(a[key], b[key]) for key in a if key in b]
    means = [_mean_pair(one, other) for one, other in pairs if one.keys() & other.keys()]
    table = np.array(means, np.float64).reshape(-1, 2)
    return paired_difference(table[:, 0], table[:, 1])


def level(arm: Arm, metric: str) -> float:
    """A figure's mean over tasks, each the mean over its seeds."""
    means = [np.mean(list(by.values())) for by in _values(arm, metric).values() if by]
    return float(mean_intervals(np.array(means, np.float64).reshape(-1, 1))[0][0])


def variant_figures(name: str, factor: float, arms: Mapping[tuple[str, str, int], Arm]) -> Variant:
    """The four figures of a multiplied constant."""

    def triple(first: tuple[str, str, int], second: tuple[str, str, int], metric: str) -> tuple[float, float, float]:
        found = paired(arms[first], arms[second], metric)
        return _known(found.difference), _known(found.low), _known(found.high)

    none, own = ("none", "parallel", 1), (RB, "parallel", 1)
    return Variant(
        name,
        factor,
        level(arms[none], PASS),
        triple(own, none, PASS),
        triple(("none", "parallel", 3), none, BEST),
        triple((RB, "parallel", 3), ("none", "parallel", 3), BEST),
    )


def _known(value: float | None) -> float:
    return float("nan") if value is None else value


_READ: Mapping[str, Callable[[RunTasks, str], float | None]] = {
    PASS: lambda run, key: run.figures[key].first,
    BEST: lambda run, key: run.figures[key].best,
    STEPS: lambda run, key: _steps(run, key),
    BOTH: lambda run, key: _steps(run, key) if run.figures[key].best == 1 else None,
    TOKENS: lambda run, key: run.costs.get(key, {}).get("tokens"),
}


def _steps(run: RunTasks, key: str) -> float | None:
    steps = [one.steps for one in run.attempts.get(key, ())]
    return float(np.mean(steps)) if steps else None


def _values(arm: Arm, metric: str) -> dict[str, dict[int, float]]:
    """Task key -> seed -> value."""
    found: dict[str, dict[int, float]] = {}
    for run in arm.runs:
        for key in run.figures:
            value = _READ[metric](run, key)
            if value is not None:
                found.setdefault(key, {})[run.seed] = value
    return found


def _mean_pair(one: Mapping[int, float], other: Mapping[int, float]) -> tuple[float, float]:
    seeds = sorted(one.keys() & other.keys())
    return float(np.mean([one[seed] for seed in seeds])), float(np.mean([other[seed] for seed in seeds]))


def _restricted(arm: Arm, keys: frozenset[str], seeds: Sequence[int] | None = None) -> Arm:
    """The arm on some of its tasks and seeds."""
    chosen = [run for run in arm.runs if seeds is None or run.seed in seeds]
    few = [replace(run, figures={key: one for key, one in run.figures.items() if key in keys}) for run in chosen]
    return replace(arm, runs=tuple(few))


def _table(rows: Sequence[Row], arms: Arms, head: str) -> str:
    columns = (head, "k", "tasks x seeds", "pass@1", "best-of-k", "pass@1 vs no memory", "best-of-k vs no memory",
               "steps", "steps vs no memory", "where both solve", "tokens", "items given")  # fmt: skip
    lines = [_line(columns), "|" + "---|" * len(columns)]
    return "\n".join([*lines, *(_row(row, arms) for row in rows)])


def _row(row: Row, arms: Arms) -> str:
    arm = arms[row.arm]
    n = len(_values(arm, PASS))
    rates = [f"{100 * level(arm, metric):.1f}" for metric in (PASS, BEST)]
    base = arms.get(row.base)
    gaps = {metric: _gap(paired(arm, base, metric), metric) if base else "" for metric in (PASS, BEST, STEPS, BOTH)}
    best = "" if arm.k == 1 else gaps[BEST]
    return _line(
        (row.name, arm.k, f"{n} x {len(arm.runs)}", *rates, gaps[PASS], best, f"{level(arm, STEPS):.2f}", gaps[STEPS],
         gaps[BOTH], f"{level(arm, TOKENS):,.0f}", f"{arm.items:.1f}")
    )  # fmt: skip


def _line(cells: Sequence[object]) -> str:
    return "| " + " | ".join(map(str, cells)) + " |"


def _gap(found: Difference, metric: str) -> str:
    """A difference with its interval: points for rates, else the metric's own unit."""
    if found.difference is None or found.low is None or found.high is None:
        return "-"
    by, digits = (100, 1) if metric in (PASS, BEST) else (1, 2)
    value, low, high = (by * part for part in (found.difference, found.low, found.high))
    return f"{value:+.{digits}f} [{low:+.{digits}f}, {high:+.{digits}f}]"


def _removed(arms: Arms) -> str:
    """Whether removing the block is byte for byte no memory, as far as attempts show."""
    pairs = [
        (run.attempts.get(key, ()), other.attempts.get(key, ()))
        for run in arms[REMOVED].runs
        for other in arms[NONE1].runs
        if other.seed == run.seed
        for key in run.figures
    ]
    same = sum([(one.truth, one.steps) for one in a] == [(one.truth, one.steps) for one in b] for a, b in pairs)
    return (
        f"With the block removed, success and steps equal those without memory in {same:,} of {len(pairs):,} results."
    )


def _claimed(claim: Claim, arms: Arms) -> Difference:
    return paired(arms[claim.first], arms[claim.second], claim.metric)


def _sentence(claim: Claim, found: Difference) -> str:
    return f"{claim.text}: {claim.metric} {_gap(found, claim.metric)} over {found.n} tasks"


def _ordered(yes: str, no: str, claims: Sequence[Claim], arms: Arms) -> list[str]:
    """The claims whose interval lies on the paper's side, and those where it does not, each with why."""
    held, others = [], []
    for claim in claims:
        found = _claimed(claim, arms)
        low, high = sorted((claim.sign * _known(found.low), claim.sign * _known(found.high)))
        text = f"- {_sentence(claim, found)}"
        if low > 0:
            held.append(text)
        else:
            others.append(f"{text}; {_why(claim, arms, reversed_=high < 0)}")
    return [f"{title}:\n\n" + "\n".join(lines) for title, lines in ((yes, held), (no, others)) if lines]


def _why(claim: Claim, arms: Arms, *, reversed_: bool) -> str:
    """As far as the figures show it: whether chance explains it, and what the two arms were given."""
    first, second = arms[claim.first], arms[claim.second]
    verdict = "the interval lies on the other side" if reversed_ else "the interval holds zero"
    given = f"items given {first.items:.1f} and {second.items:.1f}"
    levels = f"{claim.metric} {_level(first, claim.metric)} and {_level(second, claim.metric)}"
    steps = f"; steps {level(first, STEPS):.2f} and {level(second, STEPS):.2f}" if claim.metric in (PASS, BEST) else ""
    return f"{verdict} ({levels}; {given}{steps})"


def _level(arm: Arm, metric: str) -> str:
    return f"{100 * level(arm, metric):.1f} %" if metric in (PASS, BEST) else f"{level(arm, metric):.2f}"


def _variants(terms: Terms, arms: Arms, found: Sequence[Variant]) -> str:
    """The second table: each constant halved and doubled."""
    keys = frozenset(task.key for task in tasks_of(terms.variant_tasks))
    small = {key[1:]: _restricted(arm, keys, terms.variant_seeds) for key, arm in arms.items() if key[0] == 1}
    columns = ("constant", "from", "times", "no memory, pass@1", "memory, k = 1", "no memory, k = 3 minus 1",
               "memory, best of 3")  # fmt: skip
    shipped = variant_figures("as shipped", 1.0, small)
    lines = [_line(columns), "|" + "---|" * len(columns), *(_variant_row(one) for one in [shipped, *found])]
    held = sum(one.memory[1] > 0 for one in found)
    several = sum(one.memory_scaling[1] > 0 for one in found)
    seeds = ", ".join(map(str, terms.variant_seeds))
    return "\n\n".join(
        [
            f"Each constant of the practice model halved and doubled, one at a time ({len(keys)} tasks, seeds {seeds}; "
            "chances stop at 0.98): ReasoningBank against no memory at k = 1, what two more attempts add without "
            "memory, and ReasoningBank against no memory at best of 3.",
            "\n".join(lines),
            f"The interval of memory's gain lies above zero in {held} of {len(found)} rows at k = 1 and in {several} "
            "at best of 3.",
        ]
    )


def _variant_row(one: Variant) -> str:
    gaps = [_gap(Difference(0, *part), PASS) for part in (one.memory, one.scaling, one.memory_scaling)]
    return _line((one.name, _shipped(one.name), f"{one.factor:g}", f"{100 * one.none:.1f}", *gaps))


def _shipped(name: str) -> str:
    if name not in DEFAULT.names():
        return ""
    owner, _, habit = name.partition(".")
    return f"{DEFAULT.careful[habit] if habit else getattr(DEFAULT, owner):g}"
