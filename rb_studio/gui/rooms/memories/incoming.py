"""What files of memories hold and what their items meet in a bank, before anything is written; without widgets."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from rb_studio.interchange.loaded import LoadedFile
from rb_studio.jobs.imported_memories import BankCollisions, collisions_of, save_memories
from rb_studio.jobs.importing import files_at
from rb_studio.records.memory import MemoryItem
from rb_studio.store import banks
from rb_studio.store.changes import ChangeRecord
from rb_studio.store.item_import import Choice
from rb_studio.store.memory_reads import items_of
from rb_studio.store.operations import last_operation
from rb_studio.store.temporal import chain

if TYPE_CHECKING:
    from sqlite_utils import Database

Why = Literal["uid", "text", "erased"]
SAYS = {
    "uid": "other values",
    "text": "same text as another item",
    "erased": "was erased here",
}
ANSWERS: Mapping[Why, tuple[Choice, ...]] = {
    "uid": ("keep", "take", "both"),
    "text": ("keep", "both"),
    "erased": ("keep", "take"),
}
TABLES = ("memory_item", "item_version", "item_state", "item_tag", "item_lineage", "experience", "bank", "vector")
WHO = "user"


@dataclass(frozen=True, slots=True)
class Question:
    """One incoming item that has to be decided about; `existing` is what the bank has, None where it was erased."""

    why: Why
    incoming: MemoryItem
    existing: MemoryItem | None
    fields: tuple[str, ...]

    @property
    def answers(self) -> tuple[Choice, ...]:
        """What can be chosen; the first changes nothing."""
        return ANSWERS[self.why]


@dataclass(frozen=True, slots=True)
class Read:
    """Files as read: all memories of them in one, and the paths that hold none; `sentences` say what each one is."""

    file: LoadedFile | None
    others: tuple[Path, ...]
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Meeting:
    """What a file's items meet; `fresh` and `known` are uids nothing has to be asked about."""

    bank: str
    names: tuple[str, ...]
    begun: bool
    fresh: tuple[str, ...]
    known: tuple[str, ...]
    questions: tuple[Question, ...]


def read_files(paths: Sequence[Path]) -> Read:
    """Read whatever is at the paths; nothing is written."""
    kept, others, sentences = [], [], []
    for file in files_at(paths):
        name = Path(file.path).name
        sentences.append(file.error or f"{name}: {file.report}")
        sentences += [f"{name}: {warning}" for warning in file.warnings]
        if file.error is None and file.item_count:
            kept.append(file)
        else:
            others.append(Path(file.path))
    return Read(_together(kept) if kept else None, tuple(others), tuple(sentences))


def meeting(conn: sqlite3.Connection, file: LoadedFile, bank: str) -> Meeting:
    """What reading a file into a bank would meet."""
    found = collisions_of(conn, file, bank)
    questions = [question for one in found for question in _questions(conn, one)]
    asked = {question.incoming.uid for question in questions}
    fresh = [item.uid for one in found for item in one.items.new if item.uid not in asked]
    known = [item.uid for one in found for item in one.items.identical]
    return Meeting(
        ", ".join(one.bank for one in found),
        tuple(row.name for row in banks.banks(conn)),
        any(one.begun for one in found),
        tuple(fresh),
        tuple(known),
        tuple(questions),
    )


def bring_in(db: "Database", file: LoadedFile, bank: str, choice: Mapping[str, Choice]) -> ChangeRecord:
    """Write what was decided: one step of undo for each bank that is written to."""
    before = last_operation(db.conn)
    names, notes = save_memories(db, file, bank, choice=choice, who=WHO)
    after = last_operation(db.conn)
    said = "; ".join([f"Imported into {names}", *notes])
    return ChangeRecord(said, WHO, TABLES, {}, after if after != before else None)


def _questions(conn: sqlite3.Connection, met: BankCollisions) -> Iterable[Question]:
    erased = {item.uid for item in met.erased}
    for one in met.items.different:
        yield Question("uid", one.incoming, one.existing, one.names)
    by_text = _by_text(conn, met.bank) if met.items.new else {}
    for item in met.items.new:
        if item.uid in erased:
            yield Question("erased", item, None, ())
        elif _text(item) in by_text:
            yield Question("text", item, by_text[_text(item)], ())


def _by_text(conn: sqlite3.Connection, bank: str) -> dict[tuple[str, ...], MemoryItem]:
    row = banks.find_bank(conn, bank)
    return {} if row is None else {_text(item): item for _, item in items_of(conn, chain(conn, row.id))}


def _text(item: MemoryItem) -> tuple[str, ...]:
    return tuple(" ".join(text.split()).casefold() for text in (item.title, item.description, item.content))


def _together(files: Sequence[LoadedFile]) -> LoadedFile:
    """Several files as one, so that reading them is one step."""
    first = files[0]
    if len(files) == 1:
        return first
    return replace(
        first,
        path=", ".join(file.path for file in files),
        experiences=tuple(one for file in files for one in file.experiences),
        items=tuple(one for file in files for one in file.items),
        vectors={name: found for file in files for name, found in file.vectors.items()},
        item_vectors={name: found for file in files for name, found in file.item_vectors.items()},
        pasts={name: past for file in files for name, past in file.pasts.items()},
    )
