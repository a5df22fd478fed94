"""How good the judge was: its verdicts beside the truth, over stored rollouts."""

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import repeat
from typing import Any

from rb_studio.analysis.intervals import Estimate
from rb_studio.analysis.judge_quality import JudgeQuality, JudgeTable, judge_quality, judge_table
from rb_studio.analysis.rogan_gladen import corrected_success
from rb_studio.records.errors import UsageError
from rb_studio.records.judgement import Status
from rb_studio.records.precedence import USUAL, Precedence
from rb_studio.store import rollouts, runs, verdict_reads
from rb_studio.store.rollouts import RolloutRow
from rb_studio.store.verdict_reads import NONE, Count, Scope

RATES = ("ppv", "recall", "specificity", "accuracy", "prevalence", "unknown_rate")
TRUE: Mapping[str, bool] = {"success": True, "failure": False}


@dataclass(frozen=True, slots=True)
class JudgeReport:
    """The judge's latest verdict of every valid rollout beside its truth.

    `invalid` counts rollouts that an infrastructure fault cut short, `unjudged` valid ones without a
    judge's verdict, `repeated` valid ones that show the draw of another one again (see `verdict_reads.Count`); none
    of them is in the table. `simulated` is True when the practice world or the practice model made any of it.
    `measured_by` is whose word stands for the truth.
    """

    table: JudgeTable
    quality: JudgeQuality
    corrected: Estimate | None
    invalid: int
    unjudged: int
    repeated: int
    simulated: bool
    measured_by: Precedence = USUAL

    def to_json(self) -> dict[str, Any]:
        """Rates as numbers with their intervals beside them; what is undefined is None."""
        estimates = {name: getattr(self.quality, name) for name in RATES}
        estimates["corrected_success"] = self.corrected
        return {
            "table": self.table.rows(),
            "n": self.table.total,
            "known": self.table.known,
            **{name: None if one is None else one.value for name, one in estimates.items()},
            "kappa": self.quality.kappa,
            "f1": self.quality.f1,
            "intervals": {name: None if one is None else [one.low, one.high] for name, one in estimates.items()},
            "invalid": self.invalid,
            "unjudged": self.unjudged,
            "repeated": self.repeated,
            "simulated": self.simulated,
            **({} if self.measured_by.usual else {"measured_by": list(self.measured_by.order)}),
        }


def judge_report(
    conn: sqlite3.Connection,
    *,
    run: int | None = None,
    sweep: int | None = None,
    judging: int | None = None,
    precedence: Precedence = USUAL,
) -> JudgeReport:
    """The judge's quality over one run, one sweep, or everything stored; of a judging, over what it was asked about.

    Parameters
    ----------
    precedence
        Whose word stands for the truth; no judge is measured by a judge's.

    Raises
    ------
    UsageError
        There is no such run, sweep or judging.
    """
    _check_scope(conn, run, sweep)
    counts = verdict_reads.counts(conn, Scope(run=run, sweep=sweep, judging=judging))
    drawn = [one for one in counts if one.valid and not one.repeated]
    measured_by = precedence.beside_judge()
    table = judge_table(_pairs(drawn, measured_by))
    return JudgeReport(
        table=table,
        quality=judge_quality(table),
        corrected=corrected_success(table),
        invalid=sum(one.n for one in counts if not one.valid),
        unjudged=sum(one.n for one in drawn if one.judge == NONE),
        repeated=sum(one.n for one in counts if one.repeated),
        simulated=any(one.simulated for one in counts),
        measured_by=measured_by,
    )


def chosen_rollouts(conn: sqlite3.Connection, *, run: int | None = None, sweep: int | None = None) -> list[RolloutRow]:
    """Finished rollouts of a run, a sweep or the workspace. Raises UsageError for an unknown run or sweep."""
    _check_scope(conn, run, sweep)
    return rollouts.rollout_rows(conn, run=run, sweep=sweep)


def _check_scope(conn: sqlite3.Connection, run: int | None, sweep: int | None) -> None:
    if run is not None:
        runs.run(conn, run)
    if sweep is not None and runs.sweep(conn, sweep) is None:
        known = ", ".join(str(row.id) for row in runs.sweeps(conn)) or "none yet"
        raise UsageError(f"there is no sweep {sweep} in this workspace; it has {known}")


def _pairs(counts: Iterable[Count], measured_by: Precedence) -> Iterable[tuple[Status, bool | None]]:
    for one in counts:
        if one.judge != NONE:
            human = None if one.human == NONE else Status(one.human)
            success = measured_by.success(TRUE.get(one.truth), human, None)
            yield from repeat((Status(one.judge), success), one.n)
