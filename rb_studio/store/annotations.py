"""Notes on rollouts: every change is an operation of the scope `annotations`, and no version is ever overwritten.

A note is known by its uid in every workspace; what it says are rows of `annotation_version`, valid between operations
(see `temporal`). A note without an open row is removed. Rows that came with a file as the past of a note are opened
and closed by the same operation: they were never valid here.
"""

import json
import sqlite3
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rb_studio.records.annotation import (
    Anchor,
    Kind,
    Note,
    NotePast,
    NoteVersion,
    Said,
    check_person,
    check_place,
    check_said,
)
from rb_studio.records.errors import UsageError
from rb_studio.store.annotation_rows import (
    anchor_of,
    clean_anchor,
    clean_said,
    end_versions,
    insert_note,
    note_of,
    open_version,
    version_of,
)
from rb_studio.store.changes import ChangeRecord
from rb_studio.store.operations import begin
from rb_studio.store.rows import clean, now

if TYPE_CHECKING:
    from sqlite_utils import Database

SCOPE = "annotations"
_TABLES = ("annotation_version",)
_NOTE = (
    "SELECT a.*, v.kind, v.label_set, v.label, v.comment, v.rating, v.who AS changed_by, v.at AS changed_at "
    "FROM annotation_version v JOIN annotation a ON a.id = v.annotation WHERE v.op_to IS NULL"
)
_NAMED = {
    Kind.LABEL: "label",
    Kind.COMMENT: "comment",
    Kind.TAG: "tag",
    Kind.RATING: "rating",
    Kind.FIRST_ERROR: "first error",
}


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a note's history: an operation, and what the note said after it (None: it was removed).

    `act` is what the operation was called; `who` and `at` are of the version where there is one.
    """

    act: str
    who: str
    at: str
    said: Said | None
    operation: int


def add(
    db: "Database",
    anchor: Anchor,
    kind: Kind,
    *,
    label_set: str = "",
    label: str = "",
    comment: str = "",
    rating: int | None = None,
    who: str,
    reason: str = "",
) -> ChangeRecord:
    """`add_all` for one place."""
    return add_all(
        db, [anchor], kind, label_set=label_set, label=label, comment=comment, rating=rating, who=who, reason=reason
    )


def add_all(
    db: "Database",
    anchors: Sequence[Anchor],
    kind: Kind,
    *,
    label_set: str = "",
    label: str = "",
    comment: str = "",
    rating: int | None = None,
    who: str,
    reason: str = "",
) -> ChangeRecord:
    """Note the same at places of rollouts of this workspace, as one operation.

    A person has one first error on a rollout and one rating at a place: a new one takes the old one's stead. What the
    person said there already changes nothing.

    Raises
    ------
    UsageError
        There is no such rollout, or no note can say that.
    """
    said, person = _said(kind, label_set, label, comment, rating), check_person(clean(who))
    title = f"Add {_NAMED[kind]}{_quoted(said)}" + (f" at {len(anchors):,} places" if len(anchors) > 1 else "")
    replaced, places = _to_write(db.conn, anchors, said, person)
    if not places:
        return ChangeRecord(title, person)
    forward = {"rollout": places[0].rollout_uid, "kind": str(kind)}
    op = begin(db, SCOPE, title, who=person, reason=reason, forward=forward)
    end_versions(db, replaced, op)
    version = NoteVersion(said, person, now())
    made = [insert_note(db, NotePast(str(uuid.uuid4()), place, person, version.at, (version,))) for place in places]
    for one in made:
        open_version(db, one, version, op)
    return ChangeRecord(title, person, _TABLES, {"annotation": (*replaced, *made)}, op)


def change(
    db: "Database",
    note_id: int,
    *,
    label_set: str | None = None,
    label: str | None = None,
    comment: str | None = None,
    rating: int | None = None,
    who: str,
    reason: str = "",
) -> ChangeRecord:
    """Let a note say something else; what is not given stays. Raises UsageError as `add`, or for a removed note."""
    old, person = note(db.conn, note_id), check_person(clean(who))
    said = _said(
        old.kind,
        old.label_set if label_set is None else label_set,
        old.label if label is None else label,
        old.comment if comment is None else comment,
        old.rating if rating is None else rating,
    )
    title = f"Change {_NAMED[old.kind]}{_quoted(said)}"
    if said == _said_by(old):
        return ChangeRecord(title, person)
    op = begin(db, SCOPE, title, who=person, reason=reason, forward={"notes": [note_id]})
    end_versions(db, [note_id], op)
    open_version(db, note_id, NoteVersion(said, person, now()), op)
    return ChangeRecord(title, person, _TABLES, {"annotation": (note_id,)}, op)


def remove(db: "Database", note_id: int, who: str, *, reason: str = "") -> ChangeRecord:
    """Take a note away; its history stays. Raises UsageError when there is none."""
    return remove_all(db, (note_id,), who, reason=reason)


def remove_all(db: "Database", note_ids: Sequence[int], who: str, *, reason: str = "") -> ChangeRecord:
    """Take several notes away as one operation. Raises UsageError when one of them is not there."""
    person, found = check_person(clean(who)), [note(db.conn, one) for one in dict.fromkeys(note_ids)]
    one = len(found) == 1
    title = f"Remove {_NAMED[found[0].kind]}{_quoted(_said_by(found[0]))}" if one else f"Remove {len(found)} notes"
    if not found:
        return ChangeRecord(title, person)
    ids = tuple(one.id for one in found)
    op = begin(db, SCOPE, title, who=person, reason=reason, forward={"notes": list(ids)})
    end_versions(db, ids, op)
    return ChangeRecord(title, person, _TABLES, {"annotation": ids}, op)


def note(conn: sqlite3.Connection, note_id: int) -> Note:
    """One note. Raises UsageError when there is none, or it was removed."""
    row = conn.execute(f"{_NOTE} AND a.id = ?", (note_id,)).fetchone()
    if row is None:
        raise UsageError(f"there is no note {note_id} (any more): undo its removal, or make it again")
    return note_of(row)


def of_rollouts(conn: sqlite3.Connection, uids: Iterable[str]) -> dict[str, tuple[Note, ...]]:
    """The notes on each of these rollouts, in the order they were made."""
    found: dict[str, list[Note]] = {uid: [] for uid in uids}
    query = f"{_NOTE} AND a.rollout_uid IN (SELECT value FROM json_each(?)) ORDER BY a.id"
    for row in conn.execute(query, (json.dumps(list(found)),)):
        found[row["rollout_uid"]].append(note_of(row))
    return {uid: tuple(notes) for uid, notes in found.items()}


def notes(conn: sqlite3.Connection) -> Iterator[Note]:
    """Every note there is, rollout by rollout."""
    return map(note_of, conn.execute(f"{_NOTE} ORDER BY a.rollout_uid, a.id"))


def without_rollout(conn: sqlite3.Connection) -> tuple[Note, ...]:
    """Notes on rollouts that are not in this workspace: kept, and bound as soon as those are."""
    query = f"{_NOTE} AND NOT EXISTS (SELECT 1 FROM rollout r WHERE r.uid = a.rollout_uid) ORDER BY a.rollout_uid, a.id"
    return tuple(map(note_of, conn.execute(query)))


def authors(conn: sqlite3.Connection) -> dict[str, int]:
    """Who says how many of the notes, by name."""
    query = "SELECT who, count(*) FROM annotation_version WHERE op_to IS NULL GROUP BY who ORDER BY who"
    return {row[0]: row[1] for row in conn.execute(query)}


def history(conn: sqlite3.Connection, note_id: int) -> tuple[Event, ...]:
    """Everything that happened to a note, oldest first, undo and redo too.

    Raises
    ------
    UsageError
        There never was such a note.
    """
    rows = conn.execute(
        "SELECT v.*, o.label AS act, o.who AS actor, o.at AS acted FROM annotation_version v "
        "JOIN operation o ON o.id = v.op_from WHERE v.annotation = ? ORDER BY v.id",
        (note_id,),
    ).fetchall()
    if not rows:
        raise UsageError(f"there never was a note {note_id} in this workspace")
    opened = {row["op_from"] for row in rows}
    events = [Event(row["act"], row["who"], row["at"], version_of(row).said, row["op_from"]) for row in rows]
    closed = {row["op_to"] for row in rows if row["op_to"] is not None} - opened
    for act in _operations(conn, closed):
        events.append(Event(act["label"], act["who"], act["at"], None, act["id"]))
    return tuple(sorted(events, key=lambda event: event.operation))


def pasts(conn: sqlite3.Connection, uids: Iterable[str] | None = None) -> dict[str, NotePast]:
    """Notes by uid with all their versions, removed ones too; all notes, or those named.

    What was taken back by undo never was: a note whose making was undone is not there.
    """
    chosen, params = "", []
    if uids is not None:
        chosen, params = "AND a.uid IN (SELECT value FROM json_each(?))", [json.dumps(list(uids))]
    rows = conn.execute(
        "SELECT v.*, o.kind AS did, o.status FROM annotation a JOIN annotation_version v ON v.annotation = a.id "
        f"JOIN operation o ON o.id = v.op_from WHERE 1 {chosen} ORDER BY v.id",
        params,
    )
    versions: defaultdict[int, dict[str, NoteVersion]] = defaultdict(dict)
    present: dict[int, sqlite3.Row] = {}
    for row in rows:
        if row["op_to"] is None:
            present[row["annotation"]] = row
        if row["did"] == "do" and row["status"] == "done":
            versions[row["annotation"]][row["version"]] = version_of(row)
    places = conn.execute(f"SELECT a.* FROM annotation a WHERE 1 {chosen} ORDER BY a.rollout_uid, a.id", params)
    return {
        row["uid"]: _past(row, versions[row["id"]], present.get(row["id"])) for row in places if versions[row["id"]]
    }


def _said(kind: Kind, label_set: str, label: str, comment: str, rating: int | None) -> Said:
    said = clean_said(Said(kind, label_set, label, comment, rating))
    check_said(said)
    return said


def _said_by(note: Note) -> Said:
    return Said(note.kind, note.label_set, note.label, note.comment, note.rating)


def _to_write(
    conn: sqlite3.Connection, anchors: Sequence[Anchor], said: Said, person: str
) -> tuple[list[int], list[Anchor]]:
    """The person's notes that give way, and the places where the same does not stand yet."""
    places = [clean_anchor(anchor) for anchor in anchors]
    for place in places:
        check_place(place)
    uids = {place.rollout_uid for place in places}
    for one in uids:
        _require_rollout(conn, one)
    mine = [note for notes in of_rollouts(conn, uids).values() for note in notes if note.changed_by == person]
    there = {note.anchor.place for note in mine if _said_by(note) == said}
    new = [place for place in places if place.place not in there]
    replaced = [note.id for note in mine if any(_gives_way(note, place, said.kind) for place in new)]
    return replaced, new


def _gives_way(note: Note, anchor: Anchor, kind: Kind) -> bool:
    """Whether a person's new note of this kind stands in place of an older one."""
    if note.kind is not kind or note.anchor.rollout_uid != anchor.rollout_uid:
        return False
    return kind is Kind.FIRST_ERROR or (kind is Kind.RATING and note.anchor.place == anchor.place)


def _quoted(said: Said) -> str:
    return f" “{said.label}”" if said.label else ""


def _require_rollout(conn: sqlite3.Connection, uid: str) -> None:
    if conn.execute("SELECT 1 FROM rollout WHERE uid = ? LIMIT 1", (uid,)).fetchone() is None:
        raise UsageError(f"there is no rollout {uid} in this workspace to note on")


def _past(row: sqlite3.Row, versions: dict[str, NoteVersion], present: sqlite3.Row | None) -> NotePast:
    """What a note says now comes last, whatever the order its versions came in."""
    if present is not None:
        last = present["version"]
        versions = {name: version for name, version in versions.items() if name != last} | {last: version_of(present)}
    made = tuple(versions.values())
    return NotePast(row["uid"], anchor_of(row), row["who"], row["at"], made, row["origin"], present is None)


def _operations(conn: sqlite3.Connection, ids: Iterable[int]) -> list[sqlite3.Row]:
    query = "SELECT id, label, who, at FROM operation WHERE id IN (SELECT value FROM json_each(?))"
    return conn.execute(query, (json.dumps(sorted(ids)),)).fetchall()
