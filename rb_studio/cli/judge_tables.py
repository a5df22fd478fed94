"""Judges in tables: the judgings there are, and judges side by side."""

import argparse
import sqlite3
from typing import TYPE_CHECKING

from rb_studio.cli.output import Output, count, percent, table
from rb_studio.jobs.judge_report import chosen_rollouts
from rb_studio.records.errors import UsageError

if TYPE_CHECKING:
    from rb_studio.jobs.judge_compare import JudgeComparison

SIMULATED = "simulated: the practice world or the practice model had a part in it"
SHOWN_DISAGREEMENTS = 20


def listed(conn: sqlite3.Connection) -> Output:
    """The judgings there are."""
    from rb_studio.store import judgings

    found = judgings.judgings(conn)
    data = [
        {
            "id": one.id,
            "name": one.name,
            "profile": one.profile,
            "model": one.model,
            "prompt": one.prompt_hash,
            "times": one.times,
            "status": one.status,
            "rollouts": one.rollouts,
            "answers": one.answers,
            "simulated": one.simulated,
        }
        for one in found
    ]
    rows = [
        (one.id, one.name, one.profile, (one.prompt_hash or "-")[:12], f"{one.answers}/{one.asked}", one.status)
        for one in found
    ]
    text = table(("judging", "name", "judge", "prompt", "answers", "status"), rows) if rows else "no judgings yet"
    return Output({"judgings": data}, text)


def compared(conn: sqlite3.Connection, args: argparse.Namespace) -> Output:
    """The runs' own judge and judgings side by side. Raises UsageError where there is no judging."""
    from rb_studio.jobs.judge_compare import compare_judges
    from rb_studio.store import judgings
    from rb_studio.store.verdict_reads import Scope

    numbers = args.judgings or [one.id for one in judgings.judgings(conn)]
    if not numbers:
        raise UsageError("there is no judging to compare: make one with `rb-studio judge WS run --judge P`")
    chosen_rollouts(conn, run=args.run, sweep=args.sweep)
    found = compare_judges(conn, Scope(run=args.run, sweep=args.sweep), [None, *numbers])
    return Output(found.to_json(), _text(found))


def _text(found: "JudgeComparison") -> str:
    data = found.to_json()
    judges = [
        (
            "own" if one["judging"] is None else one["judging"],
            one["name"],
            one["n"],
            *(percent(one[rate]) for rate in ("ppv", "recall", "specificity", "unknown_rate")),
            kappa(one["kappa"]),
            percent(one["again"]["same"]) if one["again"] else "-",
        )
        for one in data["judges"]
    ]
    pairs = [
        (
            "own" if one["first"] is None else one["first"],
            "own" if one["second"] is None else one["second"],
            one["n"],
            percent(one["agreement"]),
            interval(one["interval"]),
            kappa(one["kappa"]),
        )
        for one in data["pairs"]
    ]
    shown = [(one.rollout, one.truth, one.human, *one.said) for one in found.disagreements[:SHOWN_DISAGREEMENTS]]
    columns = ("rollout", "truth", "human", *(str(row[0]) for row in judges))
    return "\n".join(
        [
            table(("judge", "name", "n", "PPV", "recall", "specificity", "unknown", "kappa", "same again"), judges),
            "",
            table(("judge", "judge", "n", "agree", "95 % interval", "kappa"), pairs),
            "",
            f"{count(len(found.disagreements), 'rollout')} of which they say different things",
            *([table(columns, shown)] if shown else []),
            *([SIMULATED] if found.simulated else []),
        ]
    )


def kappa(value: float | None) -> str:
    """A kappa, or a dash where it is undefined."""
    return "-" if value is None else f"{value:.2f}"


def interval(bounds: list[float] | None) -> str:
    """Bounds of a share, or a dash."""
    return "-" if bounds is None else f"{percent(bounds[0])} to {percent(bounds[1])}"
