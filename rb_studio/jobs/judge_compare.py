"""Judges side by side: the runs' own and those of judgings, over the same rollouts."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rb_studio.analysis.agreement import Agreement, agreement
from rb_studio.analysis.intervals import Estimate
from rb_studio.analysis.judge_quality import JudgeQuality, JudgeTable, judge_quality, judge_table
from rb_studio.analysis.judges import SelfAgreement, disagreements, self_agreement
from rb_studio.analysis.rogan_gladen import corrected_success
from rb_studio.jobs.judge_report import RATES, TRUE
from rb_studio.records.judgement import Status
from rb_studio.store import judgings, verdict_reads
from rb_studio.store.verdict_reads import NONE, Scope, Sides

OWN = "the runs' own judge"


@dataclass(frozen=True, slots=True)
class ComparedJudge:
    """One judge over the rollouts it judged; `judging` None is the runs' own. `again` is what it said when asked again.

    Of several asks the first one is compared.
    """

    judging: int | None
    name: str
    table: JudgeTable
    quality: JudgeQuality
    corrected: Estimate | None
    again: SelfAgreement | None


@dataclass(frozen=True, slots=True)
class JudgePair:
    """Two judges by their places, over the rollouts both judged, with unknown as a class of its own."""

    first: int
    second: int
    agreement: Agreement


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A rollout of which judges said different things: statuses by judge, `none` where one did not judge it."""

    rollout: int
    truth: str
    human: str
    said: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JudgeComparison:
    """What `compare_judges` found; disagreements of success and failure come first."""

    judges: tuple[ComparedJudge, ...]
    pairs: tuple[JudgePair, ...]
    disagreements: tuple[Disagreement, ...]
    simulated: bool

    def to_json(self) -> dict[str, Any]:
        """Plain values; what is undefined is None."""
        return {
            "judges": [_judge_json(one) for one in self.judges],
            "pairs": [
                {
                    "first": self.judges[one.first].judging,
                    "second": self.judges[one.second].judging,
                    "n": one.agreement.n,
                    "agreement": None if one.agreement.raw is None else one.agreement.raw.value,
                    "interval": _interval(one.agreement.raw),
                    "kappa": one.agreement.kappa,
                    "table": {
                        str(row): {str(column): one.agreement.table.get((row, column), 0) for column in Status}
                        for row in Status
                    },
                }
                for one in self.pairs
            ],
            "disagreements": [
                {"rollout": one.rollout, "truth": one.truth, "human": one.human, "said": list(one.said)}
                for one in self.disagreements
            ],
            "simulated": self.simulated,
        }


def compare_judges(conn: sqlite3.Connection, scope: Scope, chosen: Sequence[int | None]) -> JudgeComparison:
    """Set judges beside one another.

    Parameters
    ----------
    scope
        The runs looked at. The rollouts are those that any of the named judgings was asked about, else all; ones that
        a fault cut short or that repeat another one's draw are left out.
    chosen
        Judgings by number; None is the runs' own judge.

    Raises
    ------
    UsageError
        There is no such judging or run.
    """
    rows, said = _said(conn, replace(scope, judging=None), chosen)
    judges = tuple(_compared(conn, judging, statuses, rows) for judging, statuses in zip(chosen, said, strict=True))
    pairs = tuple(
        JudgePair(first, second, agreement(said[first], said[second]))
        for first in range(len(said))
        for second in range(first + 1, len(said))
    )
    differing = tuple(
        Disagreement(one, rows[one].truth, rows[one].human, tuple(statuses.get(one, NONE) for statuses in said))
        for one in disagreements(said)
    )
    return JudgeComparison(judges, pairs, differing, any(row.simulated for row in rows.values()))


def _said(
    conn: sqlite3.Connection, scope: Scope, chosen: Sequence[int | None]
) -> tuple[Mapping[int, Sides], list[dict[int, str]]]:
    """The rollouts by id, and what each judge said of them."""
    own = {row.id: row for row in verdict_reads.sides(conn, scope)}
    of_judgings = {
        number: {row.id: row for row in verdict_reads.sides(conn, replace(scope, judging=number)) if _drawn(row)}
        for number in chosen
        if number is not None
    }
    rows = {id: row for found in of_judgings.values() for id, row in found.items()}
    rows = dict(sorted(rows.items())) if of_judgings else {id: row for id, row in own.items() if _drawn(row)}
    found = [
        _statuses((own[id] for id in rows if id in own) if number is None else of_judgings[number].values())
        for number in chosen
    ]
    return rows, found


def _drawn(row: Sides) -> bool:
    return row.valid and not row.repeated


def _statuses(rows: Iterable[Sides]) -> dict[int, str]:
    return {row.id: row.judge for row in rows if row.judge != NONE}


def _compared(
    conn: sqlite3.Connection, judging: int | None, said: Mapping[int, str], rows: Mapping[int, Sides]
) -> ComparedJudge:
    table = judge_table((Status(status), TRUE.get(rows[id].truth)) for id, status in said.items())
    again, name = None, OWN
    if judging is not None:
        name = judgings.judging(conn, judging).name
        answers = judgings.answers(conn, judging)
        again = self_agreement(answers[id] for id in said if id in answers)
    return ComparedJudge(judging, name, table, judge_quality(table), corrected_success(table), again)


def _judge_json(one: ComparedJudge) -> dict[str, Any]:
    rates = {name: getattr(one.quality, name) for name in RATES} | {"corrected_success": one.corrected}
    again = one.again
    return {
        "judging": one.judging,
        "name": one.name,
        "n": one.table.total,
        "table": one.table.rows(),
        **{name: None if rate is None else rate.value for name, rate in rates.items()},
        "kappa": one.quality.kappa,
        "intervals": {name: _interval(rate) for name, rate in rates.items()},
        "again": None
        if again is None
        else {
            "rollouts": again.rollouts,
            "answers": again.answers,
            "same": again.same,
            "unanimous": None if again.unanimous is None else again.unanimous.value,
            "flipped": again.flipped,
        },
    }


def _interval(rate: Estimate | None) -> list[float] | None:
    return None if rate is None else [rate.low, rate.high]
