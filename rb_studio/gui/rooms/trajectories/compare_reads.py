"""A comparison of rollouts as it is shown: read and put into words on another thread."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from rb_studio.gui.rooms.trajectories.kinds import kind_of, signs
from rb_studio.gui.rooms.trajectories.list_presenter import run_name
from rb_studio.gui.rooms.trajectories.plain import DASH, count, money, number, part_of, readable, seconds
from rb_studio.gui.widgets.word_diff import Piece, word_diff
from rb_studio.jobs.compare import RolloutComparison, Side, Used, compare
from rb_studio.records.trajectory import Step
from rb_studio.store import runs
from rb_studio.store.rollout_list import listed
from rb_studio.store.rows import select_in

LETTERS = "ABCD"
SAME, DIFFERENT, FIRST = "same", "different", "first divergence"
MARKS = {SAME: "=", DIFFERENT: "\u2260", FIRST: "\u25b6\u2260"}
ACTION = 400
NEARLY_NOTHING, ROUNDED = "$0.0000", "\u2248$0"
Chosen = tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """One step in its row: number, phase, what went wrong, the action in one line, and what it took."""

    step: int
    kind: str
    sign: str
    action: str
    used: str
    more: str


@dataclass(frozen=True, slots=True)
class Head:
    """One rollout above its column; `more` is what it took more than the first one, empty for that one."""

    letter: str
    title: str
    run: str
    verdict: str | None
    truth: bool | None
    total: str
    more: str
    simulated: bool


@dataclass(frozen=True, slots=True)
class Compared:
    """A comparison in words. `differences` are the rows that are not the same, from 0."""

    chosen: Chosen
    found: RolloutComparison
    heads: tuple[Head, ...]
    cells: tuple[tuple[Cell | None, ...], ...]
    differences: tuple[int, ...]
    blocks: tuple[tuple[Piece, ...], ...] = ()
    """What each other injected text has instead of the first one's words."""

    @property
    def first(self) -> int | None:
        """The row of the first divergence."""
        return self.found.alignment.first_divergence

    def standing(self, row: int) -> str:
        """What is so with a row, in a word or two."""
        if row == self.first:
            return FIRST
        return SAME if self.found.alignment.rows[row].same else DIFFERENT

    def step(self, row: int, side: int) -> Step | None:
        """A side's step in a row, None where it has none."""
        place = self.found.alignment.rows[row].steps[side]
        return None if place is None else self.found.sides[side].trajectory.steps[place - 1]

    def sentence(self) -> str:
        """How far they go together."""
        rows = len(self.cells)
        if not rows:
            return "None of them has a step."
        if self.first is None:
            return f"All {count(rows, 'step')} are the same."
        same = rows - len(self.differences)
        begun = f"The same for {count(self.first, 'row')}, then they part" if self.first else "They part at once"
        return f"{begun}; {same:,} of {count(rows, 'row')} the same."


def named(conn: sqlite3.Connection, ids: Sequence[int]) -> Chosen:
    """Run and uid of rollouts by the ids of their rows, in the order given."""
    rows = {row["id"]: (row["run"], row["uid"]) for row in select_in(conn, SQL, ids)}
    return tuple(rows[one] for one in ids if one in rows)


SQL = "SELECT id, run, uid FROM rollout WHERE id IN ({})"


def read_compared(conn: sqlite3.Connection, chosen: Chosen) -> Compared:
    """Rollouts by run and uid beside each other. Raises `UsageError` as `jobs.compare.compare`."""
    found = compare(conn, chosen)
    rows = found.alignment.rows
    return Compared(
        chosen=chosen,
        found=found,
        heads=tuple(_head(conn, found, place) for place in range(len(found.sides))),
        cells=tuple(_cells(found, row) for row in range(len(rows))),
        differences=tuple(place for place, row in enumerate(rows) if not row.same),
        blocks=tuple(tuple(word_diff(part_of(found.blocks[0]).text, part_of(one).text)) for one in found.blocks[1:]),
    )


def used_text(used: Used) -> str:
    """Tokens, cost and time; a dash for what is unknown."""
    return f"{number(used.tokens)} tokens \u00b7 {money(used.cost)} \u00b7 {seconds(used.seconds)}"


def more_text(used: Used) -> str:
    """The same of a difference, with its signs."""
    tokens = DASH if used.tokens is None else f"{used.tokens:+,}"
    cost = DASH if used.cost is None else _signed(used.cost, money(abs(used.cost)))
    time = DASH if used.seconds is None else _signed(used.seconds, seconds(abs(used.seconds)))
    return f"{tokens} tokens \u00b7 {cost} \u00b7 {time}".replace("-", "\u2212")


def _signed(value: float, text: str) -> str:
    if text == NEARLY_NOTHING:
        return ROUNDED
    return text if not value else f"{'+' if value > 0 else '-'}{text}"


def _head(conn: sqlite3.Connection, found: RolloutComparison, place: int) -> Head:
    side = found.sides[place]
    row = listed(conn, [_row_id(conn, side)])
    known = next(iter(row.values()))
    return Head(
        letter=LETTERS[place],
        title=f"{side.trajectory.task_key}, rollout {known.rollout_index + 1}",
        run=_run(conn, side.run),
        verdict=known.verdict,
        truth=side.truth,
        total=f"{count(len(side.trajectory.steps), 'step')} \u00b7 {used_text(side.total)}",
        more=more_text(found.total_deltas[place]) if place else "",
        simulated=known.simulated,
    )


def _run(conn: sqlite3.Connection, run: int) -> str:
    name, number = run_name(runs.run(conn, run)), f"Run {run}"
    return name if name.startswith(number) else f"{number}: {name}"


def _row_id(conn: sqlite3.Connection, side: Side) -> int:
    return int(
        conn.execute(
            "SELECT id FROM rollout WHERE uid = ? ORDER BY run = ? DESC, id DESC LIMIT 1",
            (side.trajectory.uid, runs.source_run(conn, side.run)),
        ).fetchone()[0]
    )


def _cells(found: RolloutComparison, row: int) -> tuple[Cell | None, ...]:
    numbers, used, deltas = found.alignment.rows[row].steps, found.used[row], found.deltas(row)
    return tuple(
        None
        if number is None
        else _cell(side.trajectory.steps[number - 1], number, own or Used(), delta if place else None)
        for place, (side, number, own, delta) in enumerate(zip(found.sides, numbers, used, deltas, strict=True))
    )


def _cell(step: Step, place: int, used: Used, more: Used | None) -> Cell:
    said = " ".join(readable(step.action_text[: 2 * ACTION]).split()) or "no action"
    return Cell(
        step=place,
        kind=str(kind_of(step)),
        sign=signs(step) or "",
        action=said[:ACTION],
        used=used_text(used),
        more="" if more is None else more_text(more),
    )
