"""Rows of notes: the place a note stands at, and each version of what it says."""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from rb_studio.records.annotation import Anchor, Kind, Note, NotePast, NoteVersion, Part, Said
from rb_studio.store.rows import clean, insert

if TYPE_CHECKING:
    from sqlite_utils import Database


def insert_note(db: "Database", past: NotePast) -> int:
    """The row of a note that is not there yet, without anything it says; returns its id."""
    anchor = past.anchor
    row = {
        "uid": past.uid,
        "rollout_uid": anchor.rollout_uid,
        "part": str(anchor.part),
        "step_key": anchor.step_key,
        "step_number": anchor.step_number,
        "span_start": anchor.start,
        "span_end": anchor.end,
        "quote": anchor.quote,
        "around": anchor.around,
        "who": past.who,
        "at": past.at,
        "origin": past.origin,
    }
    return insert(db, "annotation", row)


def open_version(db: "Database", note_id: int, version: NoteVersion, op: int, *, past: bool = False) -> None:
    """As part of operation `op`, let a note say this; a `past` version is only kept as history."""
    said = version.said
    row = {
        "annotation": note_id,
        "version": version.name,
        "kind": str(said.kind),
        "label_set": said.label_set,
        "label": said.label,
        "comment": said.comment,
        "rating": said.rating,
        "who": version.who,
        "at": version.at,
        "op_from": op,
        "op_to": op if past else None,
    }
    insert(db, "annotation_version", row)


def end_versions(db: "Database", note_ids: Iterable[int], op: int) -> None:
    """As part of operation `op`, let these notes say nothing any more."""
    chosen = "annotation IN (SELECT value FROM json_each(?))"
    db.execute(
        f"UPDATE annotation_version SET op_to = ? WHERE op_to IS NULL AND {chosen}", [op, json.dumps(list(note_ids))]
    )


def clean_anchor(anchor: Anchor) -> Anchor:
    """A place as it can be stored."""
    return replace(
        anchor,
        rollout_uid=clean(anchor.rollout_uid),
        part=Part(anchor.part),
        step_key=None if anchor.step_key is None else clean(anchor.step_key),
        quote=clean(anchor.quote),
        around=clean(anchor.around),
    )


def clean_said(said: Said) -> Said:
    """What a note says as it can be stored: names without white space around them."""
    return Said(
        Kind(said.kind), clean(said.label_set).strip(), clean(said.label).strip(), clean(said.comment), said.rating
    )


def clean_past(past: NotePast) -> NotePast:
    """A note with its versions as it can be stored."""
    versions = tuple(replace(one, said=clean_said(one.said), who=clean(one.who)) for one in past.versions)
    named = {"uid": clean(past.uid), "who": clean(past.who), "at": clean(past.at), "origin": clean(past.origin)}
    return NotePast(anchor=clean_anchor(past.anchor), versions=versions, removed=past.removed, **named)


def note_of(row: sqlite3.Row) -> Note:
    """A note from its row joined with what it says now."""
    return Note(
        row["id"],
        row["uid"],
        anchor_of(row),
        Kind(row["kind"]),
        row["label_set"],
        row["label"],
        row["comment"],
        row["rating"],
        row["who"],
        row["at"],
        row["origin"],
        row["changed_by"],
        row["changed_at"],
    )


def anchor_of(row: sqlite3.Row) -> Anchor:
    """The place of a note."""
    return Anchor(
        row["rollout_uid"],
        Part(row["part"]),
        row["step_key"],
        row["step_number"],
        row["span_start"],
        row["span_end"],
        row["quote"],
        row["around"],
    )


def version_of(row: sqlite3.Row) -> NoteVersion:
    """One version of a note."""
    said = Said(Kind(row["kind"]), row["label_set"], row["label"], row["comment"], row["rating"])
    return NoteVersion(said, row["who"], row["at"])
