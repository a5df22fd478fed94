"""What the room shows, read on a query's thread."""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import repeat

from rb_studio.analysis.intervals import Estimate, proportion
from rb_studio.analysis.judge_quality import JudgeQuality, JudgeTable, judge_quality, judge_table
from rb_studio.analysis.rogan_gladen import corrected_success
from rb_studio.jobs.judge_report import TRUE
from rb_studio.method.render import answer_text, steps_text
from rb_studio.models.whose import whose_word
from rb_studio.records.calls import LlmCall
from rb_studio.records.judgement import Status
from rb_studio.records.precedence import USUAL, Precedence
from rb_studio.records.trajectory import Trajectory
from rb_studio.store import judgings, prompts, repairs, rollouts, runs, verdict_reads
from rb_studio.store.prompts import PromptVersion
from rb_studio.store.rows import select_in
from rb_studio.store.verdict_reads import NONE, SIDES, Cell, Count, JudgedDetail, Scope

ALL = "all"
CHOSEN = "rollouts"
LONGEST = 100_000
Pair = tuple[str, str]
PAIRS: Mapping[str, Pair] = {
    "judge and truth": ("judge", "truth"),
    "judge and human": ("judge", "human"),
    "human and truth": ("human", "truth"),
}


@dataclass(frozen=True, slots=True)
class ScopeChoice:
    """Something whose verdicts can be shown; `key` is all, `sweep:ID` or `run:ID`."""

    key: str
    label: str


@dataclass(frozen=True, slots=True)
class Rate:
    """One figure of merit; `value` None is undefined, `estimate` None has no interval. `percent` False for kappa."""

    name: str
    value: float | None
    estimate: Estimate | None
    meaning: str
    percent: bool = True


@dataclass(frozen=True, slots=True)
class Standing:
    """How many finished rollouts of a scope there are of each kind, and by id which of these kinds each is of.

    `tainted` are runs by number with how many of their tasks were given memory that a person's verdict contradicts,
    `whose` word is success in figures.
    """

    counts: tuple[Count, ...] = ()
    kinds: Mapping[int, int] = field(default_factory=dict)
    tainted: Mapping[int, int] = field(default_factory=dict)
    whose: Precedence = USUAL

    def ids(self, order: Iterable[int], cell: Cell) -> list[int]:
        """Those of a cell, in this order."""
        wanted = {place for place, count in enumerate(self.counts) if cell.holds(count)}
        return [one for one in order if self.kinds.get(one) in wanted]

    def report(self, pair: str, third: str = "") -> "Report":
        """See `report`."""
        return replace(report(self.counts, pair, third), tainted=self.tainted, whose=self.whose)


@dataclass(frozen=True, slots=True)
class Report:
    """Two sides beside each other: counts by (row value, column value), and the rates they give.

    A draw that several rollouts show is counted once; `repeated` counts the others. `invalid` were cut short by a
    fault. Neither is in a cell or a rate. `tainted` and `whose` are as in `Standing`.
    """

    pair: str = "judge and truth"
    third: str = ""
    cells: Mapping[tuple[str, str], int] | None = None
    rates: tuple[Rate, ...] = ()
    valid: int = 0
    invalid: int = 0
    repeated: int = 0
    unjudged: int = 0
    human: int = 0
    simulated: bool = False
    tainted: Mapping[int, int] = field(default_factory=dict)
    whose: Precedence = USUAL

    @property
    def sides(self) -> Pair:
        return PAIRS[self.pair]

    def listable(self, cell: Cell) -> int:
        """How many rollouts there are of the kind a cell is of."""
        return self.repeated if cell.repeated else self.valid if cell.valid else self.invalid

    def count(self, row: str | None, column: str | None) -> int:
        """Rollouts of a cell; None sums over a side."""
        cells = self.cells or {}
        return sum(n for (r, c), n in cells.items() if row in (None, r) and column in (None, c))

    def values(self, side: int) -> list[str]:
        """The values of a side worth a row or column: known ones always, none only where it occurs."""
        name = self.sides[side]
        taken = {pair[side] for pair, n in (self.cells or {}).items() if n}
        return [value for value in SIDES[name] if value != NONE or NONE in taken]


@dataclass(frozen=True, slots=True)
class Shown:
    """One rollout's verdicts with the judge calls they came from, by call uid, and the prompts by hash.

    `done` is what the agent did, as a judge reads it.
    """

    detail: JudgedDetail
    calls: Mapping[str, LlmCall]
    prompts: Mapping[str, PromptVersion]
    done: str = ""


def scope_of(key: str) -> Scope:
    """The scope a key names."""
    kind, _, number = key.partition(":")
    if kind == CHOSEN:
        return Scope(rollouts=tuple(int(one) for one in number.split(",")))
    return Scope(run=int(number)) if kind == "run" else Scope(sweep=int(number)) if kind == "sweep" else Scope()


def rows_of(conn: sqlite3.Connection, uids: Sequence[str]) -> list[int]:
    """The rows of rollouts, in whatever runs they are."""
    return sorted(row[0] for row in select_in(conn, "SELECT id FROM rollout WHERE uid IN ({})", uids))


def rows_named(conn: sqlite3.Connection, named: Sequence[tuple[int, str]]) -> list[int]:
    """The rows of rollouts by run and uid; a run that shares another's results has them there."""
    wanted = json.dumps([[runs.source_run(conn, run), uid] for run, uid in named])
    query = (
        "SELECT r.id FROM json_each(?) n JOIN rollout r ON r.run = json_extract(n.value, '$[0]') "
        "AND r.uid = json_extract(n.value, '$[1]')"
    )
    return sorted(row[0] for row in conn.execute(query, (wanted,)))


def choices(conn: sqlite3.Connection, tainted: Mapping[int, int]) -> list[ScopeChoice]:
    """Everything that can be chosen: all, then sweeps, then runs, the newest first."""
    found = [ScopeChoice(ALL, "All rollouts")]
    found += [ScopeChoice(f"sweep:{row.id}", f"Sweep {row.id}") for row in reversed(runs.sweeps(conn))]
    return found + [
        ScopeChoice(f"run:{row.id}", _run_label(row, tainted.get(row.id, 0))) for row in reversed(runs.runs(conn))
    ]


def load(conn: sqlite3.Connection, key: str) -> tuple[list[ScopeChoice], str, Standing]:
    """The choices, the one that is shown (all, where the key names nothing any more), and what stands in it."""
    tainted = repairs.tainted_runs(conn)
    known = choices(conn, tainted)
    if key.startswith(f"{CHOSEN}:"):
        number = len(scope_of(key).rollouts)
        known.insert(1, ScopeChoice(key, f"{number:,} chosen rollout{'' if number == 1 else 's'}"))
    key = key if key in {one.key for one in known} else ALL
    rows = verdict_reads.sides(conn, scope_of(key))
    counts = tuple(verdict_reads.counted(rows))
    places = {verdict_reads.kind_of(count): place for place, count in enumerate(counts)}
    kinds = {row.id: places[verdict_reads.kind_of(row)] for row in rows}
    return known, key, Standing(counts, kinds, tainted, whose_word())


def third_of(pair: str) -> str:
    """The side a pair leaves out."""
    return next(side for side in SIDES if side not in PAIRS[pair])


def report(counts: Sequence[Count], pair: str, third: str = "") -> Report:
    """Cells and rates of a pair of sides, of rollouts only of which the third side says `third` where it is named."""
    rows, columns = PAIRS[pair]
    counts = [one for one in counts if not third or getattr(one, third_of(pair)) == third]
    drawn = [one for one in counts if one.valid and not one.repeated]
    cells: dict[tuple[str, str], int] = {}
    for one in drawn:
        cell = (getattr(one, rows), getattr(one, columns))
        cells[cell] = cells.get(cell, 0) + one.n
    table = judge_table(_pairs(cells))
    return Report(
        pair=pair,
        third=third,
        cells=cells,
        rates=tuple(_rates(table, judge_quality(table), PAIRS[pair])),
        valid=sum(one.n for one in drawn),
        invalid=sum(one.n for one in counts if not one.valid),
        repeated=sum(one.n for one in counts if one.repeated),
        unjudged=sum(one.n for one in drawn if one.judge == NONE),
        human=sum(one.n for one in drawn if one.human != NONE),
        simulated=any(one.simulated for one in counts),
    )


def shown(conn: sqlite3.Connection, rollout: int, *, done: bool = False) -> Shown | None:
    """One rollout with all that was said about it, and what was `done`; None when it is gone."""
    detail = verdict_reads.judged_detail(conn, rollout, judgings=True)
    if detail is None:
        return None
    run, uid = detail.rollout.run, detail.rollout.uid
    calls = {call.uid: call for call in rollouts.calls(conn, run=run, rollout_uid=uid, role="judge")}
    for number in {one.judging for one in detail.verdicts if one.judging is not None}:
        calls |= {call.uid: call for call in judgings.calls(conn, number, rollout)}
    hashes = {one.verdict.prompt_hash for one in detail.verdicts}
    found = {hash_: prompts.prompt_by_hash(conn, hash_) for hash_ in hashes if hash_}
    known = {hash_: prompt for hash_, prompt in found.items() if prompt is not None}
    return Shown(detail, calls, known, _done(rollouts.trajectory(conn, uid, run=run)) if done else "")


def _done(trajectory: Trajectory) -> str:
    """Steps and answer as text, cut where it is longer than anybody reads."""
    text = f"{steps_text(trajectory.steps)}\n\n{answer_text(trajectory)}".strip()
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}\n\n\u2026 open the rollout to read on"


def place_of(conn: sqlite3.Connection, uid: str) -> tuple[int, int] | None:
    """Row and run of the newest rollout with this uid."""
    row = conn.execute("SELECT id, run FROM rollout WHERE uid = ? ORDER BY id DESC LIMIT 1", (uid,)).fetchone()
    return None if row is None else (int(row[0]), int(row[1]))


def _pairs(cells: Mapping[tuple[str, str], int]) -> Iterable[tuple[Status, bool | None]]:
    for (verdict, reference), n in cells.items():
        if verdict != NONE:
            yield from repeat((Status(verdict), TRUE.get(reference)), n)


def _rates(table: JudgeTable, quality: JudgeQuality, sides: Pair) -> list[Rate]:
    who, reference = ("person" if sides[0] == "human" else "judge"), ("person" if sides[1] == "human" else "truth")
    judged = table.tp + table.fp + table.untold_success
    told = table.known + table.untold_success + table.untold_failure
    said = proportion(judged, told)
    rows = [
        (
            "PPV (precision)",
            quality.ppv,
            f"Of what the {who} calls success, how much is one. It decides how pure memory is.",
        ),
        ("Recall", quality.recall, f"Of true successes, how many the {who} sees."),
        ("Specificity", quality.specificity, f"Of true failures, how many the {who} sees."),
        ("Accuracy", quality.accuracy, f"How often {who} and {reference} agree, chance included."),
        ("Prevalence", quality.prevalence, "Share of successes; kappa is low where it is near 0 or 1."),
        ("Unknown", quality.unknown_rate, f"Share of verdicts where the {who} cannot tell."),
    ]
    found = [Rate(name, None if one is None else one.value, one, meaning) for name, one, meaning in rows]
    found.insert(4, Rate("F1", quality.f1, None, "Harmonic mean of PPV and recall."))
    found.insert(5, Rate("Cohen's kappa", quality.kappa, None, "Agreement beyond chance, 1 is full.", percent=False))
    found.append(
        Rate("Success as said", None if said is None else said.value, said, f"Share of successes by the {who}'s word.")
    )
    corrected = corrected_success(table)
    value = None if corrected is None else corrected.value
    found.append(Rate("Corrected success", value, corrected, "Rogan-Gladen: the share with known errors taken out."))
    return found


def _run_label(row: runs.RunRow, tainted: int) -> str:
    if row.arm is None:
        return f"Run {row.id}: {row.name or 'imported'}"
    scaling = "" if row.arm.scaling == "none" else f" {row.arm.scaling} k={row.arm.k}"
    state = "" if row.status == "finished" else f", {row.status}"
    mark = f" \u26a0 {tainted:,} with disproved memory" if tainted else ""
    return f"Run {row.id}: {row.arm.memory}{scaling}, seed {row.arm.seed}{state}{mark}"
