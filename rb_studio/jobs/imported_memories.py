"""Memories of a file into a bank: by experience, in the state their file gives them."""

import sqlite3
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rb_studio.interchange.collisions import Collisions, compare_items
from rb_studio.interchange.loaded import LoadedFile
from rb_studio.records.errors import WorkspaceError
from rb_studio.records.identity import uid
from rb_studio.records.item_text import embedded_text
from rb_studio.records.memory import Experience, MemoryItem
from rb_studio.store import banks, vectors
from rb_studio.store.blobs import content_hash
from rb_studio.store.item_import import Choice, import_items
from rb_studio.store.memory_reads import items_of, row_ids
from rb_studio.store.memory_rows import add_other_tasks
from rb_studio.store.temporal import chain
from rb_studio.store.trash import erased_uids

if TYPE_CHECKING:
    from sqlite_utils import Database

    from rb_studio.records.memory import Vector

USUAL_MODE = "reasoningbank"
KIND = "import"
# Below this cosine two vectors of one text do not come from one model.
SAME_DIRECTION = 0.999


@dataclass(frozen=True, slots=True)
class BankCollisions:
    """What a file's items meet in a bank; `erased` are new ones whose texts were once erased there."""

    bank: str
    begun: bool
    items: Collisions
    erased: tuple[MemoryItem, ...] = ()


def save_memories(
    db: "Database",
    file: LoadedFile,
    bank: str,
    *,
    choice: Mapping[str, Choice] | None = None,
    who: str = "import",
    reason: str | None = None,
) -> tuple[str | None, list[str]]:
    """Add a file's experiences and items to the bank, one bank a memory mode.

    `choice` says by uid what becomes of items the bank has already (see `collisions_of`). Returns the bank's name (None
    for a file without memories) and what is worth saying.
    """
    names, notes = [], []
    for mode, experiences in _by_mode(file).items():
        name = _bank_of(db.conn, bank, mode)
        found = banks.find_bank(db.conn, name)
        bank_id = banks.create_bank(db, name, mode) if found is None else found.id
        why = file.path if reason is None else reason
        import_items(db, bank_id, experiences, choice=choice, pasts=file.pasts, who=who, reason=why)
        names.append(name)
        _keep_other_tasks(db, bank_id, experiences)
    notes += _save_vectors(db, file)
    notes += _save_text_vectors(db, file)
    return ", ".join(names) or None, notes


def _keep_other_tasks(db: "Database", bank_id: int, experiences: Sequence[Experience]) -> None:
    """Of experiences that the bank had before, what the file knows of the tasks they were learned at."""
    told = {one.uid: one.other_tasks for one in experiences if one.other_tasks}
    ids = row_ids(db.conn, "experience", chain(db.conn, bank_id), told)
    add_other_tasks(db, {row: told[name] for name, row in ids.items()})


def collisions_of(conn: sqlite3.Connection, file: LoadedFile, bank: str) -> list[BankCollisions]:
    """What reading a file's memories would meet, bank by bank, before anything is written."""
    found = []
    for mode, experiences in _by_mode(file).items():
        name = _bank_of(conn, bank, mode)
        row = banks.find_bank(conn, name)
        incoming = [item for one in experiences for item in one.items]
        existing = [] if row is None else [item for _, item in items_of(conn, chain(conn, row.id))]
        gone = set() if row is None else erased_uids(conn, row.id, (item.uid for item in incoming))
        met = compare_items(existing, incoming)
        found.append(BankCollisions(name, row is None, met, tuple(item for item in met.new if item.uid in gone)))
    return found


def _by_mode(file: LoadedFile) -> dict[str, list[Experience]]:
    found: defaultdict[str, list[Experience]] = defaultdict(list)
    for experience in (*file.experiences, *map(alone, file.items)):
        modes = {item.mode for item in experience.items} or {USUAL_MODE}
        found[min(modes)].append(experience)
    return found


def made_by(file: LoadedFile, embedder: str) -> LoadedFile:
    """The file with the model named that made its vectors, which a cache does not say itself."""
    if not file.text_vectors:
        return file
    if len(file.text_vectors) > 1:
        sizes = ", ".join(str(next(iter(found.values())).size) for found in file.text_vectors.values())
        warning = f"vectors of {sizes} numbers are not all by {embedder}; each kind was kept under a name of its own"
        return replace(file, warnings=(*file.warnings, warning))
    (found,) = file.text_vectors.values()
    guessed = tuple(text for text in file.guessed if not text.startswith("embedding model"))
    return replace(file, text_vectors={embedder: found}, guessed=guessed)


def _save_text_vectors(db: "Database", file: LoadedFile) -> list[str]:
    """Vectors of a cache, for every bank that has their texts.

    An identity that stands for other vectors of the same texts already is not the file's own: nothing is mixed then.
    """
    notes = []
    for embedder, found in file.text_vectors.items():
        differing = _differing(db, embedder, found)
        if differing:
            notes.append(
                f"{len(found)} vectors were left out: {differing} of their texts have other vectors by {embedder}, so "
                "another model made the file; name it with --embedder"
            )
            continue
        try:
            change = banks.save_vectors(db, embedder, found)
        except WorkspaceError as error:
            notes.append(f"{len(found)} vectors were left out: {error}")
        else:
            known = "" if change.tables else ", all known already"
            notes.append(f"vectors by {embedder}: {len(found)}{known}; only that model's searches use them")
    return notes


def _differing(db: "Database", embedder: str, found: "Mapping[str, Vector]") -> int:
    """How many of the texts have a vector of that identity which points elsewhere."""
    hashes = {content_hash(text): text for text in found}
    known = vectors.load_vectors(db.conn, embedder, vectors.TASK_RECIPE, hashes)
    return sum(
        known[key].shape == found[text].shape and float(known[key] @ found[text]) < SAME_DIRECTION
        for key, text in hashes.items()
        if key in known
    )


def alone(item: MemoryItem) -> Experience:
    """An experience for an item that came without one, retrieved by the item's title and description."""
    text = f"{item.title}\n{item.description}".strip()
    return Experience(uid(item.uid, "experience"), "", text, (item,), kind=KIND)


def _bank_of(conn: sqlite3.Connection, name: str, mode: str) -> str:
    """The bank named, or its sibling for a memory mode that bank does not hold."""
    found = banks.find_bank(conn, name)
    fits = mode == USUAL_MODE if found is None else found.mode == mode
    return name if fits else f"{name} {mode}"


def _save_vectors(db: "Database", file: LoadedFile) -> list[str]:
    """Vectors the file brings, so that they need not be computed again."""
    tasks = {experience.uid: experience.task_text for experience in file.experiences}
    inside = (item for experience in file.experiences for item in experience.items)
    texts = {item.uid: embedded_text(item) for item in (*inside, *file.items)}
    refused = _save_vectors_of(db, tasks, file.vectors, vectors.TASK_RECIPE)
    refused += _save_vectors_of(db, texts, file.item_vectors, vectors.ITEM_RECIPE)
    return [f"vectors that fit none of their embedder's were left out: {refused}"] if refused else []


def _save_vectors_of(
    db: "Database",
    texts: Mapping[str, str],
    brought: Mapping[str, tuple[tuple[str, tuple[float, ...]], ...]],
    recipe: str,
) -> int:
    """Store vectors by the text they stand for; returns how many were refused."""
    import numpy as np

    by_embedder: defaultdict[str, dict[str, np.ndarray]] = defaultdict(dict)
    for name, found in brought.items():
        for embedder, numbers in found:
            if embedder and name in texts and numbers:
                by_embedder[embedder][texts[name]] = np.asarray(numbers, np.float32)
    refused = 0
    for embedder, made in by_embedder.items():
        try:
            vectors.store_vectors(db, embedder, recipe, made)
        except WorkspaceError:
            refused += len(made)
    return refused
