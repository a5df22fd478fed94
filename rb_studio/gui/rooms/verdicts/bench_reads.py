"""What the judge bench shows, read on a query's thread."""

import sqlite3
from collections.abc import Collection, Mapping, Sequence
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
    """A judge; `judging` None is the runs' own. `compared` is None where it is not among those chosen.

    `limit` are the US dollars it may spend, None for any.
    """

    name: str
    judging: Judging | None
    compared: ComparedJudge | None
    spent: JudgingSpent | None = None
    limit: float | None = None

    @property
    def key(self) -> int | None:
        """Its number, None for the runs' own."""
        return None if self.judging is None else self.judging.id

    @property
    def at_limit(self) -> bool:
        """It stopped because it has spent what it may."""
        cost = None if self.spent is None else self.spent.cost
        return self.limit is not None and cost is not None and cost >= self.limit


@dataclass(frozen=True, slots=True)
class Bench:
    """The judges, how they agree in pairs, and the rollouts they differ on with their rows."""

    rows: tuple[BenchRow, ...] = ()
    pairs: tuple[str, ...] = ()
    differ: tuple[Disagreement, ...] = ()
    rollouts: Mapping[int, JudgedRollout] | None = None
    names: tuple[str, ...] = ()
    simulated: bool = False


def bench(conn: sqlite3.Connection, scope: Scope, chosen: Collection[int | None] | None = None) -> Bench:
    """All judgings, of which those that are chosen are compared, the runs' own and the newest where nobody chose."""
    known = judgings.judgings(conn)
    numbers = [None, *(one.id for one in known)]
    wanted = [None, *numbers[1:][-COMPARED:]] if chosen is None else [one for one in numbers if one in chosen]
    found = compare_judges(conn, scope, wanted) if known and wanted else JudgeComparison((), (), (), False)
    compared = {one.judging: one for one in found.judges}
    own = [BenchRow(OWN, None, compared.get(None))] if known else []
    rows = [_row(conn, one, compared.get(one.id)) for one in reversed(known)]
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


def _row(conn: sqlite3.Connection, one: Judging, compared: ComparedJudge | None) -> BenchRow:
    return BenchRow(
        one.name, one, compared, judgings.spent(conn, one.id), judgings.config(conn, one.id).get("max_cost")
    )


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
