"""Notes as a table, one row each, for spreadsheets and for tools that validate against people's labels.

`id` and `target` are what Inspect Scout reads of a validation set: the rollout, and what was said of it. Histories do
not fit into a table: what is to be read back is written as JSONL.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from rb_studio.interchange.atomic import writing
from rb_studio.interchange.item_cells import cell
from rb_studio.records.annotation import Note

COLUMNS = (
    "id",
    "target",
    "kind",
    "label_set",
    "label",
    "rating",
    "comment",
    "part",
    "step",
    "start",
    "end",
    "quote",
    "bound",
    "run",
    "task_key",
    "who",
    "at",
    "changed_by",
    "changed_at",
    "uid",
)


@dataclass(frozen=True, slots=True)
class PlacedNote:
    """A note with where it stands now: `bound` is False for one whose place is gone, or whose rollout is not here."""

    note: Note
    bound: bool
    step: int | None = None
    start: int | None = None
    end: int | None = None
    run: str = ""
    task_key: str = ""


def write_annotations_csv(placed: Iterable[PlacedNote], target: Path) -> int:
    """Write one row per note and return how many. Raises CannotWrite."""
    count = 0
    with writing(target) as file:
        writer = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
        writer.writerow(COLUMNS)
        for one in placed:
            row = _row(one)
            writer.writerow([cell(row[name]) for name in COLUMNS])
            count += 1
    return count


def _row(one: PlacedNote) -> dict[str, object]:
    note = one.note
    names = ("label_set", "label", "rating", "comment", "who", "at", "changed_by", "changed_at", "uid")
    placed = ("step", "start", "end", "bound", "run", "task_key")
    return {
        "id": note.anchor.rollout_uid,
        "target": note.value,
        "kind": str(note.kind),
        "part": str(note.anchor.part),
        "quote": note.anchor.quote,
        **{name: getattr(note, name) for name in names},
        **{name: getattr(one, name) for name in placed},
    }
