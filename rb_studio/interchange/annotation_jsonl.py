"""Our own file of notes: one JSON object per line, each note with all its versions; lossless both ways.

Two people's files merge by uid and version. Sets of labels stand in lines of their own before the notes.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rb_studio.interchange.atomic import writing
from rb_studio.interchange.codec import from_plain, to_plain
from rb_studio.interchange.loaded import LoadedFile
from rb_studio.interchange.sniff import OWN_ANNOTATIONS
from rb_studio.interchange.source import Source, clean_text
from rb_studio.records.annotation import NotePast, check_person, check_place, check_said
from rb_studio.records.errors import UnreadableInput, UsageError
from rb_studio.records.label_set import LabelSet, checked

VERSION = 1
NOTE = "annotation"
LABELS = "label_set"
MOST_VERSIONS = 10_000


def write_annotations(notes: Iterable[NotePast], label_sets: Iterable[LabelSet], target: Path) -> int:
    """Write sets of labels and notes; returns how many notes. Raises CannotWrite."""
    count = 0
    with writing(target) as file:
        for one in label_sets:
            file.write(_line({"rb_studio": LABELS, "version": VERSION, **to_plain(one)}))
        for note in notes:
            file.write(_line({"rb_studio": NOTE, "version": VERSION, **to_plain(note)}))
            count += 1
    return count


def read_annotations(source: Source) -> LoadedFile:
    """Read our own file. Raises UnreadableInput naming the line at fault."""
    notes: dict[str, NotePast] = {}
    label_sets: dict[str, LabelSet] = {}
    for number, value in source.lines():
        where = f"line {number} of {source.path}"
        kind = value.get("rb_studio") if isinstance(value, dict) else None
        if kind not in (NOTE, LABELS):
            raise UnreadableInput(f"{where} is no note; export the file again.")
        if value.get("version") != VERSION:
            raise UnreadableInput(f"{where} was written by another version; open it with that version of rb-studio.")
        try:
            if kind == LABELS:
                found = checked(from_plain(LabelSet, value))
                label_sets[found.name] = found
                continue
            note = _checked_note(from_plain(NotePast, value))
        except (ValueError, TypeError, UsageError) as error:
            raise UnreadableInput(f"{where} is damaged ({error}); export the file again.") from error
        if note.uid in notes:
            source.warn(f"{where} repeats a note of an earlier line and was left out")
        notes.setdefault(note.uid, note)
    return LoadedFile(
        str(source.path),
        OWN_ANNOTATIONS,
        notes=tuple(notes.values()),
        label_sets=tuple(label_sets.values()),
        mapped=("every field",),
        warnings=source.warnings,
    )


def _checked_note(note: NotePast) -> NotePast:
    """Raises UsageError for a note that cannot be."""
    if not note.uid:
        raise UsageError("a note needs a uid")
    if not 0 < len(note.versions) <= MOST_VERSIONS:
        raise UsageError(f"a note has 1 to {MOST_VERSIONS:,} versions, not {len(note.versions):,}")
    check_place(note.anchor)
    for name in (note.who, *(version.who for version in note.versions)):
        check_person(name)
    for version in note.versions:
        check_said(version.said)
    return note


def _line(value: dict[str, Any]) -> str:
    return clean_text(json.dumps(value, ensure_ascii=False)) + "\n"
