"""Other people's notes into a workspace: by uid and version, nothing lost on either side.

What a file has and the workspace has not is added; what was changed in one place alone is changed; what was changed in
both stands twice: the branch that began first keeps the note, the other one gets a uid made of both, so that two
people who read each other's files end with the same notes. A note that was removed in one place and changed in the
other stays.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from rb_studio.records.annotation import NotePast, NoteVersion
from rb_studio.records.identity import uid
from rb_studio.store.annotation_rows import clean_past, end_versions, insert_note, open_version
from rb_studio.store.annotations import SCOPE, pasts
from rb_studio.store.changes import ChangeRecord
from rb_studio.store.operations import begin

if TYPE_CHECKING:
    from sqlite_utils import Database


class Fate(StrEnum):
    """What becomes of a note that comes with a file.

    `TWICE` was changed here and there, `KEPT` removed there and changed here.
    """

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"
    KNOWN = "known"
    TWICE = "twice"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Merged:
    """How many notes met which fate, and what the operation changed (no operation where nothing was new)."""

    change: ChangeRecord
    fates: Mapping[Fate, int]

    @property
    def told(self) -> list[str]:
        """What a person should hear of beside what was added, in sentences."""
        said = {
            Fate.CHANGED: "notes that were changed in the file since they came here, changed",
            Fate.REMOVED: "notes that were removed in the file since they came here, removed",
            Fate.TWICE: "notes that were changed both here and in the file, kept as two",
            Fate.KEPT: "notes that were removed in the file and changed here, kept",
        }
        return [f"{text}: {self.fates[one]}" for one, text in said.items() if self.fates.get(one)]


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A note of a file, the one of its uid that is here, and what would become of it."""

    theirs: NotePast
    ours: NotePast | None
    fate: Fate


def fate(ours: NotePast | None, theirs: NotePast) -> Fate:
    """What becomes of a note, from what it was in both places."""
    if ours is None:
        return Fate.KNOWN if theirs.removed else Fate.ADDED
    here, there = ours.states, theirs.states
    if there[-1] in here:
        return Fate.KNOWN
    if here[-1] in there:
        return Fate.REMOVED if theirs.removed else Fate.CHANGED
    if theirs.removed:
        return Fate.KEPT
    return Fate.CHANGED if ours.removed else Fate.TWICE


def merge(db: "Database", incoming: Iterable[NotePast], *, who: str, origin: str = "", reason: str = "") -> Merged:
    """Take notes over as one operation, which undo takes back whole.

    `origin` names the file, for notes that do not name one themselves.
    """
    found = [clean_past(replace(past, origin=past.origin or origin)) for past in incoming]
    plan = _Plan(db.conn, [past.uid for past in found])
    fates = Counter(map(plan.take, found))
    count = len(plan.targets)
    label = f"Import {count:,} note{'' if count == 1 else 's'}"
    if not count:
        return Merged(ChangeRecord(label, who), fates)
    op = begin(db, SCOPE, label, who=who, reason=reason, forward={"from": origin, "notes": count})
    ids = tuple(_write(db, target, plan.known.get(target.uid), op) for target in plan.targets.values())
    return Merged(ChangeRecord(label, who, ("annotation_version",), {"annotation": ids}, op), fates)


def foresee(conn: sqlite3.Connection, incoming: Iterable[NotePast]) -> tuple[Foreseen, ...]:
    """What `merge` would do with each note; nothing is changed."""
    found = [clean_past(past) for past in incoming]
    plan = _Plan(conn, [past.uid for past in found])
    return tuple(Foreseen(past, plan.known.get(past.uid), plan.take(past)) for past in found)


class _Plan:
    """What notes become, decided one after the other: a file may name a note and its twin."""

    def __init__(self, conn: sqlite3.Connection, uids: Iterable[str]) -> None:
        self._conn = conn
        self.known = pasts(conn, uids)
        self.targets: dict[str, NotePast] = {}

    def take(self, theirs: NotePast) -> Fate:
        ours = self._present(theirs.uid)
        decided = fate(ours, theirs)
        if decided in (Fate.ADDED, Fate.CHANGED, Fate.REMOVED):
            self._become(theirs)
        elif decided is Fate.TWICE and ours is not None:
            return self._both(ours, theirs)
        return decided

    def _both(self, ours: NotePast, theirs: NotePast) -> Fate:
        """The branch that began first keeps the uid; the other becomes a note of its own, or completes it."""
        forks = _fork(ours, theirs), _fork(theirs, ours)
        lost = ours if _order(forks[1]) < _order(forks[0]) else theirs
        if lost is ours:
            self._become(theirs)
        name = uid("note", theirs.uid, forks[0 if lost is ours else 1].name)
        twin = replace(lost, uid=name)
        decided = fate(self._twin(name), twin)
        if decided in (Fate.ADDED, Fate.CHANGED, Fate.REMOVED):
            self._become(twin)
        return Fate.TWICE if lost is ours or decided is Fate.ADDED else decided

    def _become(self, theirs: NotePast) -> None:
        """All versions of both, the last of theirs last."""
        ours = self._present(theirs.uid)
        last = theirs.versions[-1]
        both = {version.name: version for version in (*(ours.versions if ours else ()), *theirs.versions)}
        del both[last.name]
        target = replace(ours or theirs, versions=(*both.values(), last), removed=theirs.removed)
        self.targets[target.uid] = target

    def _present(self, name: str) -> NotePast | None:
        return self.targets.get(name) or self.known.get(name)

    def _twin(self, name: str) -> NotePast | None:
        """A note that the file itself may not name."""
        if name not in self.known:
            self.known |= pasts(self._conn, [name])
        return self._present(name)


def _fork(branch: NotePast, other: NotePast) -> NoteVersion:
    """The first version of a branch after the last one that both have; its last where it has none of its own."""
    shared = {version.name for version in other.versions}
    own: list[NoteVersion] = []
    for version in branch.versions:
        own = [] if version.name in shared else [*own, version]
    return own[0] if own else branch.versions[-1]


def _order(version: NoteVersion) -> tuple[str, str]:
    return version.at, version.name


def _write(db: "Database", target: NotePast, known: NotePast | None, op: int) -> int:
    """Add what is new of a note's versions, and let it say the last of them, or nothing where it was removed."""
    row = db.execute("SELECT id FROM annotation WHERE uid = ?", [target.uid]).fetchone()
    note_id = int(row[0]) if row else insert_note(db, target)
    end_versions(db, [note_id], op)
    said = {version.name for version in known.versions} if known else set()
    *earlier, last = target.versions
    for version in earlier:
        if version.name not in said:
            open_version(db, note_id, version, op, past=True)
    if not target.removed or last.name not in said:
        open_version(db, note_id, last, op, past=target.removed)
    return note_id
