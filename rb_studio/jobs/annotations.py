"""Notes between people: into files, out of files, and how far people agree who noted the same things."""

import getpass
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rb_studio.analysis.agreement import Agreement, agreement
from rb_studio.interchange.annotation_csv import PlacedNote, write_annotations_csv
from rb_studio.interchange.annotation_jsonl import write_annotations
from rb_studio.interchange.loaded import LoadedFile
from rb_studio.records.anchors import Bound, bind_all
from rb_studio.records.annotation import Kind, Note
from rb_studio.store import annotations, rollouts, runs
from rb_studio.store.annotation_merge import merge
from rb_studio.store.label_sets import label_sets, own_label_sets, save_label_set
from rb_studio.store.workspace import Workspace

if TYPE_CHECKING:
    from sqlite_utils import Database

NOBODY = "user"
_Unit = tuple[str, str]


@dataclass(frozen=True, slots=True)
class PairAgreement:
    """How far two people agree in one thing: labels of a set, ratings, or which step is the first wrong one."""

    first: str
    second: str
    what: str
    found: Agreement

    @property
    def sentence(self) -> str:
        """For a person; what is undefined says so."""
        raw, kappa = self.found.raw, self.found.kappa
        share = "" if raw is None else f" ({raw.value:.0%}, 95% interval {raw.low:.0%} to {raw.high:.0%})"
        beyond = "kappa undefined: chance alone would agree" if kappa is None else f"kappa {kappa:.2f}"
        alone = ""
        if self.found.only_first or self.found.only_second:
            alone = f"; only {self.first}: {self.found.only_first}, only {self.second}: {self.found.only_second}"
        counted = f"{self.found.agreed} of {self.found.n}{share}"
        return f"agreement of {self.first} and {self.second} in {self.what}: {counted}, {beyond}{alone}"

    def to_json(self) -> dict[str, Any]:
        """Figures for programs; null is undefined."""
        raw = self.found.raw
        return {
            "first": self.first,
            "second": self.second,
            "what": self.what,
            "n": self.found.n,
            "agreed": self.found.agreed,
            "raw": None if raw is None else {"value": raw.value, "low": raw.low, "high": raw.high},
            "kappa": self.found.kappa,
            "only_first": self.found.only_first,
            "only_second": self.found.only_second,
            "table": [[*pair, count] for pair, count in sorted(self.found.table.items())],
        }


def person(named: str = "") -> str:
    """The name notes are made under: the one in the settings, else the one the operating system knows."""
    if named.strip():
        return " ".join(named.split())
    try:
        return getpass.getuser() or NOBODY
    except (OSError, KeyError, ImportError):  # no such user in the system's list
        return NOBODY


def agreements(conn: sqlite3.Connection, people: Iterable[str] | None = None) -> tuple[PairAgreement, ...]:
    """Agreement of every two people who noted the same things; of pairs with one of `people` where named."""
    said = _said_by_person(annotations.notes(conn))
    chosen = set(said) if people is None else set(people)
    found = []
    for first, second in combinations(sorted(said), 2):
        if not {first, second} & chosen:
            continue
        for what in sorted(said[first].keys() & said[second].keys()):
            both = agreement(said[first][what], said[second][what])
            if both.n:
                found.append(PairAgreement(first, second, what, both))
    return tuple(found)


def save_notes(db: "Database", file: LoadedFile, *, who: str, reason: str = "") -> list[str]:
    """Merge a file's notes and sets of labels into the workspace; what a person should hear of, in sentences."""
    told = _save_label_sets(db, file)
    if not file.notes:
        return told
    merged = merge(db, file.notes, who=who, origin=Path(file.path).name, reason=reason)
    named = {note.anchor.rollout_uid for note in file.notes if not note.removed}
    absent = {uid for uid in named if rollouts.find_run(db.conn, uid) is None}
    waiting = sum(not note.removed and note.anchor.rollout_uid in absent for note in file.notes)
    if waiting:
        where = "1 rollout" if len(absent) == 1 else f"{len(absent):,} rollouts"
        until = "it is" if len(absent) == 1 else "those are"
        told.append(f"notes on {where} that are not in this workspace, kept until {until} imported: {waiting:,}")
    return [*told, *merged.told]


def annotations_jsonl(workspace: Workspace, target: Path, run: int | None = None) -> int:
    """All notes with their versions, and one's own sets of labels; returns how many notes stand."""
    conn = workspace.reader()
    chosen = None if run is None else _uids(conn, run)
    pasts = [past for past in annotations.pasts(conn).values() if chosen is None or past.anchor.rollout_uid in chosen]
    used = {version.said.label_set for past in pasts for version in past.versions}
    sets = [one for one in own_label_sets(conn) if run is None or one.name in used]
    write_annotations(pasts, sets, target)
    return sum(not past.removed for past in pasts)


def annotations_csv(workspace: Workspace, target: Path, run: int | None = None) -> int:
    """The notes that stand, one row each, with where they are now; returns how many."""
    return write_annotations_csv(_placed(workspace.reader(), run), target)


def _placed(conn: sqlite3.Connection, run: int | None) -> Iterator[PlacedNote]:
    chosen = None if run is None else _uids(conn, run)
    for uid, found in groupby(annotations.notes(conn), key=lambda note: note.anchor.rollout_uid):
        if chosen is None or uid in chosen:
            yield from _placed_on(conn, uid, list(found), run)


def _placed_on(conn: sqlite3.Connection, uid: str, notes: Sequence[Note], run: int | None) -> Iterator[PlacedNote]:
    """Notes on one rollout; a rollout of several runs is read in the one asked for, else in its first."""
    where = rollouts.find_run(conn, uid) if run is None else run
    if where is None:
        yield from (PlacedNote(note, bound=False, step=note.anchor.step_number) for note in notes)
        return
    trajectory = rollouts.trajectory(conn, uid, run=where)
    name = runs.run(conn, where).name
    for note, bound in zip(notes, bind_all([note.anchor for note in notes], trajectory), strict=True):
        place = bound or Bound(note.anchor.step_number)
        yield PlacedNote(note, bound is not None, place.step, place.start, place.end, name, trajectory.task_key)


def _uids(conn: sqlite3.Connection, run: int) -> set[str]:
    return {row[0] for row in conn.execute("SELECT uid FROM rollout WHERE run = ?", (run,))}


def _said_by_person(notes: Iterable[Note]) -> dict[str, dict[str, dict[_Unit, str]]]:
    """By person and thing: what was said of each step or rollout; several labels on one are read as one."""
    said: defaultdict[str, defaultdict[str, defaultdict[_Unit, set[str]]]]
    said = defaultdict(lambda: defaultdict(lambda: defaultdict(set)))
    for note in notes:
        step = note.anchor.step_key or ("" if note.anchor.step_number is None else str(note.anchor.step_number))
        uid = note.anchor.rollout_uid
        if note.kind is Kind.LABEL:
            said[note.changed_by][f"labels of “{note.label_set}”"][uid, step].add(note.label)
        elif note.kind is Kind.RATING:
            said[note.changed_by]["ratings"][uid, step].add(note.value)
        elif note.kind is Kind.FIRST_ERROR:
            said[note.changed_by]["the first wrong step"][uid, ""].add(step)
    return {who: {what: _joined(units) for what, units in things.items()} for who, things in said.items()}


def _joined(units: Mapping[_Unit, set[str]]) -> dict[_Unit, str]:
    return {unit: " + ".join(sorted(words)) for unit, words in units.items()}


def _save_label_sets(db: "Database", file: LoadedFile) -> list[str]:
    """Sets that are new here; of one that is otherwise here, the workspace's stays."""
    known = {one.name: one for one in label_sets(db.conn)}
    other = []
    for found in file.label_sets:
        if found.name not in known:
            save_label_set(db, found)
        elif known[found.name].labels != found.labels:
            other.append(f"“{found.name}”")
    if not other:
        return []
    return [f"sets of labels that are otherwise in this workspace, left as they are: {', '.join(other)}"]
