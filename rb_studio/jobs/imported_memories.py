"""Memories of a file into a bank: by experience, in the state their file gives them."""

from collections import defaultdict
from typing import TYPE_CHECKING

from rb_studio.interchange.loaded import LoadedFile
from rb_studio.records.errors import WorkspaceError
from rb_studio.records.identity import uid
from rb_studio.records.memory import Experience, MemoryItem
from rb_studio.store import banks
from rb_studio.store.item_import import import_items

if TYPE_CHECKING:
    from sqlite_utils import Database

USUAL_MODE = "reasoningbank"
KIND = "import"


def save_memories(db: "Database", file: LoadedFile, bank: str) -> tuple[str | None, list[str]]:
    """Add a file's experiences and items to the bank, one bank a memory mode.

    Returns the bank's name (None for a file without memories) and what is worth saying.
    """
    by_mode: defaultdict[str, list[Experience]] = defaultdict(list)
    for experience in (*file.experiences, *map(alone, file.items)):
        modes = {item.mode for item in experience.items} or {USUAL_MODE}
        by_mode[min(modes)].append(experience)
    names, notes = [], []
    for mode, experiences in by_mode.items():
        name = _bank_of(db, bank, mode)
        found = banks.find_bank(db.conn, name)
        bank_id = banks.create_bank(db, name, mode) if found is None else found.id
        import_items(db, bank_id, experiences, who="import", reason=file.path)
        names.append(name)
    notes += _save_vectors(db, file)
    if file.versions:
        notes.append(f"earlier versions of {len(file.versions)} items were left out; their newest texts were taken")
    return ", ".join(names) or None, notes


def alone(item: MemoryItem) -> Experience:
    """An experience for an item that came without one, retrieved by the item's title and description."""
    text = f"{item.title}\n{item.description}".strip()
    return Experience(uid(item.uid, "experience"), "", text, (item,), kind=KIND)


def _bank_of(db: "Database", name: str, mode: str) -> str:
    """The bank named, or its sibling for a memory mode that bank does not hold."""
    found = banks.find_bank(db.conn, name)
    fits = mode == USUAL_MODE if found is None else found.mode == mode
    return name if fits else f"{name} {mode}"


def _save_vectors(db: "Database", file: LoadedFile) -> list[str]:
    """Vectors the file brings, so that they need not be computed again."""
    import numpy as np

    texts = {experience.uid: experience.task_text for experience in file.experiences}
    by_embedder: defaultdict[str, dict[str, np.ndarray]] = defaultdict(dict)
    for name, (embedder, numbers) in file.vectors.items():
        if embedder and name in texts and numbers:
            by_embedder[embedder][texts[name]] = np.asarray(numbers, np.float32)
    refused = 0
    for embedder, vectors in by_embedder.items():
        try:
            banks.save_vectors(db, embedder, vectors)
        except WorkspaceError:
            refused += len(vectors)
    return [f"vectors that fit none of their embedder's were left out: {refused}"] if refused else []
