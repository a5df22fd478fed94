"""Experiments of a bank as they are listed, and what each shows."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rb_studio.gui.rooms.memories import effect_words as words
from rb_studio.gui.rooms.memories.experiment_form import LEAVE_ONE_OUT, names_of
from rb_studio.store import experiments
from rb_studio.store.experiments import ExperimentRow
from rb_studio.store.snapshots import snapshots

if TYPE_CHECKING:
    from rb_studio.jobs.experiment_results import ExperimentResult, Flip
    from rb_studio.records.curve import Comparison

STEPS = ("steps", "steps_both")
STATUSES = {"finished": "finished", "running": "unfinished", "cancelled": "stopped", "planned": "not begun"}


@dataclass(frozen=True, slots=True)
class Trial:
    """One experiment: its row, what its sides are called, and what it shows; `order` of tasks is the result's."""

    row: ExperimentRow
    sides: str
    result: "ExperimentResult"

    @property
    def whole(self) -> bool:
        """Nothing is left to run."""
        return self.row.status == "finished" and not self.result.missing and not self.result.invalid


@dataclass(frozen=True, slots=True)
class Trials:
    """The experiments of a bank, newest first."""

    bank: int
    tests: tuple[Trial, ...]


def trials_of(conn: sqlite3.Connection, bank_id: int, known: Mapping[int, Trial]) -> Trials:
    """Every experiment of a bank; what is whole and `known` is not worked out again."""
    from rb_studio.jobs.experiment_results import experiment_result

    names = names_of(snapshots(conn, bank_id), experiments.last_change(conn, bank_id))
    found = []
    for row in reversed(experiments.experiments(conn, bank_id)):
        before = known.get(row.id)
        kept = before is not None and before.row == row and before.whole
        result = before.result if before is not None and kept else experiment_result(conn, row.id)
        found.append(Trial(row, _sides(conn, row, names), result))
    return Trials(bank_id, tuple(found))


def _sides(conn: sqlite3.Connection, row: ExperimentRow, names: Mapping[int, str]) -> str:
    if row.kind == LEAVE_ONE_OUT:
        titles = [_title(conn, uid) for uid in row.items]
        return f"without {', '.join(titles)} \u2192 with it"
    before, after = (names.get(one, f"operation {one}") for one in (row.before_op, row.after_op))
    return f"{before} \u2192 {after}"


def _title(conn: sqlite3.Connection, uid: str) -> str:
    row = conn.execute(
        "SELECT v.title FROM memory_item i JOIN item_version v ON v.item = i.id WHERE i.uid = ? "
        "ORDER BY v.number DESC LIMIT 1",
        (uid,),
    ).fetchone()
    return f"\u201c{' '.join(row[0].split())}\u201d" if row else uid


def summary(one: Trial) -> str:
    """What it came to, in sentences."""
    known, found = one.result.effect, one.result
    with_, without = words.percent(known.with_rate), words.percent(known.baseline)
    seeds = len(one.row.request["seeds"])
    lines = [
        f"Success {without} before, {with_} after: {words.tasks(found.n)} on both sides, "
        f"{seeds} seed{'' if seeds == 1 else 's'}."
    ]
    if known.difference is None:
        lines.append("No difference can be told: that takes two tasks that came out on both sides.")
    else:
        over = "; it reaches over zero" if (known.low or 0) <= 0 <= (known.high or 0) else ""
        flag = f" \u2013 {words.FLAGS[known.flagged]}" if known.flagged else ""
        lines.append(
            f"Difference {words.points(known.difference)} points, 90 % interval "
            f"{words.between(known.low, known.high)}{over}{flag}."
        )
    lines.append(_steps(found.comparisons))
    if found.invalid:
        lines.append(f"\u26a0 {found.invalid:,} results without data (a fault outside the agent): left out.")
    if found.missing:
        lines.append(f"{found.missing:,} results are not there yet.")
    return "\n".join(line for line in lines if line)


def _steps(comparisons: "tuple[Comparison, ...]") -> str:
    told = []
    for one in comparisons:
        if one.metric in STEPS and one.difference is not None:
            where = ", where both solved the task" if one.metric.endswith("_both") else ""
            bounds = "" if one.low is None else f", 95 % interval {words.between(one.low, one.high, 1)}"
            told.append(f"Steps {words.steps(one.difference)}{where}{bounds} ({words.tasks(one.n)}).")
    return "\n".join(told)


def status(one: Trial) -> str:
    """How far it is."""
    return STATUSES.get(one.row.status, one.row.status)


def flip_cells(flip: "Flip") -> list[str]:
    """Direction, task, success before and after."""
    better = flip.after > flip.before
    sign = "\u25b2 better" if better else "\u25bc worse"
    return [sign, flip.task_key, words.percent(flip.before), words.percent(flip.after)]


def flips(found: "ExperimentResult") -> str:
    """How many tasks came out otherwise, either way."""
    if not found.n:
        return ""
    better = sum(one.after > one.before for one in found.flipped)
    if not found.flipped:
        return "No task came out otherwise."
    return (
        f"{words.tasks(len(found.flipped))} came out otherwise: {better} better, {len(found.flipped) - better} worse. "
        "Return or a double-click opens both rollouts."
    )
