"""What was found everywhere, as rows: runs, their rollouts, and the hits in them, each in two lines."""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt

from rb_studio.gui.rooms.trajectories.list_presenter import run_name
from rb_studio.gui.rooms.trajectories.plain import count
from rb_studio.store import runs
from rb_studio.store.find_text import Hit
from rb_studio.store.found import Found, RolloutHits, RunHits
from rb_studio.store.rows import select_in

ROW = Qt.ItemDataRole.UserRole
RUN, ROLLOUT, HIT = range(3)
FIELD_WORDS = {"memory": "memory item", "reply": "raw reply"}
Index = QModelIndex | QPersistentModelIndex


class Whose(NamedTuple):
    """The rollout hits stand in."""

    uid: str
    run: int
    task_key: str
    text: str
    number: int


class HitRow(NamedTuple):
    """One row. `level` is `RUN`, `ROLLOUT` or `HIT`; `key` tells groups apart; `at` says where in `under` it stands."""

    level: int
    key: tuple[Any, ...]
    title: str
    under: str
    at: int = 0
    length: int = 0
    hit: Hit | None = None
    whose: Whose | None = None


class Names:
    """What runs and rollouts are called, asked once for each; used on one thread."""

    def __init__(self, conn: sqlite3.Connection, *, blind: bool) -> None:
        self._conn, self._blind = conn, blind
        self._runs: dict[int, str] = {}
        self._rollouts: dict[int, Whose] = {}

    def know(self, found: Found) -> None:
        """Ask for what is not known yet."""
        if not self._runs and not self._blind:
            self._runs = {row.id: run_name(row) for row in runs.runs(self._conn, purpose=None)}
        wanted = {hit.rollout for hit in found.hits if hit.rollout is not None} - self._rollouts.keys()
        sql = (
            "SELECT r.id, r.uid, r.run, r.task_key, substr(coalesce(t.text, r.task_text, ''), 1, 300), "
            "r.rollout_index + 1 FROM rollout r LEFT JOIN task t ON t.key = r.task_key WHERE r.id IN ({})"
        )
        self._rollouts |= {row[0]: Whose(*tuple(row)[1:]) for row in select_in(self._conn, sql, sorted(wanted))}

    def run(self, run: int | None) -> str:
        if run is None:
            return "Of no run"
        return f"Run {run}" if self._blind else self._runs.get(run, f"Run {run}")

    def rollout(self, rollout: int) -> Whose | None:
        return self._rollouts.get(rollout)


def rows_of(found: Found, names: Names) -> tuple[HitRow, ...]:
    """Runs with their rollouts with their hits, in the order they were found in."""
    names.know(found)
    rows: list[HitRow] = []
    for group in found.groups():
        held = sum(one.rollout is not None for one in group.rollouts)
        told = f"{count(group.count, 'hit')}" + (f" in {count(held, 'rollout')}" if held else "")
        rows.append(HitRow(RUN, (group.run,), names.run(group.run), told))
        for one in group.rollouts:
            rows += _of_rollout(group, one, names)
    return tuple(rows)


def _of_rollout(group: RunHits, found: RolloutHits, names: Names) -> list[HitRow]:
    whose = names.rollout(found.rollout) if found.rollout is not None else None
    key = (group.run, found.rollout)
    if whose is None:
        title = "Memories and what belongs to no rollout"
    else:
        name = (whose.task_key.partition("/")[2] or whose.task_key).rpartition("__")[2]
        title = " ".join(f"{name} #{whose.number}  {whose.text}".split())
    rows = [HitRow(ROLLOUT, key, title, f"{count(found.count, 'hit')}{_seen(found)}", whose=whose)]
    for hits in found.fields.values():
        rows += [HitRow(HIT, (*key, hit), _title(hit), hit.snippet, hit.at, _length(hit), hit, whose) for hit in hits]
    return rows


def _seen(found: RolloutHits) -> str:
    """In which step it was observed first, and in which last."""
    steps = [hit.step or 0 for hit in found.fields.get("observation", ())]
    if not steps:
        return ""
    first, last = min(steps), max(steps)
    at = f"after step {first}" if first else "before step 1"
    return f", observed {at}" if first == last else f", observed first {at}, last after step {last}"


def _title(hit: Hit) -> str:
    where = f"step {hit.step}, " if hit.step is not None else ""
    more = f"  \u00d7 {hit.count:,}" if hit.count > 1 else ""
    return f"{where}{FIELD_WORDS.get(hit.field, hit.field)}{more}"


def _length(hit: Hit) -> int:
    return min(hit.length, max(0, len(hit.snippet) - hit.at))


def as_markdown(rows: Sequence[HitRow], words: str) -> str:
    """What was found, to be put into a text."""
    lines = [f"# Found: {words}", ""]
    for row in rows:
        if row.level == HIT:
            start, end = row.at, row.at + row.length
            lines.append(f"- {row.title}: {row.under[:start]}**{row.under[start:end]}**{row.under[end:]}")
        else:
            lines += ["", f"{'##' if row.level == RUN else '###'} {row.title} ({row.under})", ""]
    return "\n".join(lines) + "\n"


class HitsModel(QAbstractListModel):
    """The rows, those of folded groups left out."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self.rows: tuple[HitRow, ...] = ()
        self._shown: Sequence[HitRow] = ()
        self._folded: set[tuple[Any, ...]] = set()

    def show(self, rows: tuple[HitRow, ...]) -> None:
        """Other rows; what is folded stays so."""
        self.rows = rows
        self._lay_out()

    def forget(self) -> None:
        """Another search: nothing is folded."""
        self._folded.clear()
        self.show(())

    def fold(self, row: HitRow) -> None:
        """Fold a group away, or open it again."""
        if row.level != HIT:
            self._folded ^= {row.key}
            self._lay_out()

    def folded(self, row: HitRow) -> bool:
        return row.key in self._folded

    def at(self, place: int) -> HitRow | None:
        return self._shown[place] if 0 <= place < len(self._shown) else None

    def place_of(self, key: tuple[Any, ...]) -> int | None:
        """Where a row stands, None where it is not shown."""
        return next((place for place, row in enumerate(self._shown) if row.key == key), None)

    def hit_beside(self, place: int, by: int) -> int | None:
        """The place of the next hit, or of the one before."""
        places = range(place + 1, len(self._shown)) if by > 0 else range(place - 1, -1, -1)
        return next((one for one in places if self._shown[one].level == HIT), None)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008 - Qt's name and default
        return 0 if parent.isValid() else len(self._shown)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.at(index.row()) if index.isValid() else None
        if row is None:
            return None
        if role == ROW:
            return row
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            state = "" if row.level == HIT else ", folded" if self.folded(row) else ", open"
            return f"{row.title}{state}: {row.under}"
        return None

    def _lay_out(self) -> None:
        shown = self._unfolded() if self._folded else self.rows
        self.beginResetModel()
        self._shown = shown
        self.endResetModel()

    def _unfolded(self) -> list[HitRow]:
        shown, hidden = list[HitRow](), -1
        for row in self.rows:
            if hidden >= 0 and row.level > hidden:
                continue
            hidden = row.level if row.level != HIT and row.key in self._folded else -1
            shown.append(row)
        return shown


def fields_shown() -> Mapping[str, str]:
    """The fields to choose from, by name."""
    return {
        "thought": "Thoughts",
        "action": "Actions",
        "observation": "Observations",
        "error": "Errors",
        "reasoning": "Reasoning",
        "prompt": "Prompts as sent",
        "reply": "Raw replies",
        "answer": "Answers",
        "patch": "Patches",
        "verdict": "Verdicts",
        "memory": "Memories",
        "note": "Notes",
    }
