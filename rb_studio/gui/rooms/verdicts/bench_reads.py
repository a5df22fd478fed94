"""What the judge bench shows, read on a query's thread."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rb_studio.gui.dialogs.choice import Choice
from rb_studio.jobs.judge_compare import OWN, ComparedJudge, Disagreement, JudgeComparison, compare_judges
from rb_studio.method.prompts import PromptSet, shipped
from rb_studio.records.judging import Judging
from rb_studio.store import judgings, prompts, verdict_reads
from rb_studio.store.judgings import JudgingSpent
from rb_studio.store.verdict_reads import JudgedRollout, Scope

COMPARED = 6
LISTED = 2_000


@dataclass(frozen=True, slots=True)
class BenchRow:
    """A judge; `judging` None is the runs' own. `compared` is None where it is none of the newest."""

    name: str
    judging: Judging | None
    compared: ComparedJudge | None
    spent: JudgingSpent | None


@dataclass(frozen=True, slots=True)
class Bench:
    """The judges, how they agree in pairs, and the rollouts they differ on with their rows."""

    rows: tuple[BenchRow, ...] = ()
    pairs: tuple[str, ...] = ()
    differ: tuple[Disagreement, ...] = ()
    rollouts: Mapping[int, JudgedRollout] | None = None
    names: tuple[str, ...] = ()
    simulated: bool = False


def bench(conn: sqlite3.Connection, scope: Scope) -> Bench:
    """All judgings with the newest compared; nothing is compared where there is none."""
    known = judgings.judgings(conn)
    newest = [one.id for one in known[-COMPARED:]]
    found = compare_judges(conn, scope, [None, *newest]) if newest else JudgeComparison((), (), (), False)
    compared = {one.judging: one for one in found.judges}
    own = [BenchRow(OWN, None, compared[None], None)] if newest else []
    rows = [BenchRow(one.name, one, compared.get(one.id), judgings.spent(conn, one.id)) for one in reversed(known)]
    names = tuple(short(one) for one in found.judges)
    pairs = (
        f"{names[one.first]} and {names[one.second]} agree on {one.agreement.raw.value:.1%} of "
        f"{one.agreement.n:,}{'' if one.agreement.kappa is None else f', kappa {one.agreement.kappa:.2f}'}"
        for one in found.pairs
        if one.agreement.raw is not None
    )
    shown = verdict_reads.judged_rows(conn, [one.rollout for one in found.disagreements[:LISTED]])
    simulated = found.simulated or any(one.simulated for one in known)
    return Bench((*own, *rows), tuple(pairs), found.disagreements, shown, names, simulated)


def short(one: ComparedJudge) -> str:
    """A judge in a word."""
    return "own judge" if one.judging is None else f"no. {one.judging}"


def prompt_choices(conn: sqlite3.Connection) -> tuple[list[Choice], Mapping[str, tuple[str, str]]]:
    """The prompts of judges there are, newest first, with (name, text) by what is chosen; empty is those in force."""
    names = [name for name in shipped() if name.partition(".")[0] == "judge"]
    in_force = PromptSet.with_overrides(prompts.prompt_texts(conn))
    choices, texts = [Choice("", "As in force now")], {}
    for name in names:
        for one in reversed(prompts.prompt_history(conn, name)):
            mark = " (in force)" if in_force.texts.get(name) == one.text else ""
            choices.append(Choice(one.hash, f"{name} {one.hash[:8]}, {one.at[:10]}{mark}"))
            texts[one.hash] = (name, one.text)
    return choices, texts


def said_text(one: Disagreement, names: Sequence[str]) -> str:
    """Who said what, on one line."""
    return ", ".join(
        f"{name}: {said}" for name, said in zip(names, one.said, strict=True) if said != verdict_reads.NONE
    )
