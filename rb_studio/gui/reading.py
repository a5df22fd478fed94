"""Files that were opened or dropped: what they are and what becomes of them."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rb_studio.gui.rooms.room import Place
from rb_studio.records.errors import UnreadableInput
from rb_studio.store.workspace import Workspace

if TYPE_CHECKING:
    from rb_studio.interchange.loaded import LoadedFile

log = logging.getLogger(__name__)
TOLD = 3
TABLES = (".csv", ".tsv", ".tab", ".jsonl", ".parquet")


@dataclass(frozen=True, slots=True)
class FilesRead:
    """How many files were stored, what went wrong, and files of tasks and of memories, which are asked about first.

    `rollouts` are the uids that were read, `items` how many memory items went into `bank`, `notes` how many notes on
    the rollouts `noted`; `told` is what became of those, and how far their people agree.
    """

    read: int
    problems: tuple[str, ...]
    tasks: tuple[Path, ...]
    memories: tuple[Path, ...] = ()
    rollouts: tuple[str, ...] = ()
    items: int = 0
    bank: str = ""
    notes: int = 0
    noted: tuple[str, ...] = ()
    told: tuple[str, ...] = ()

    def sentence(self) -> str:
        """The result in a line; empty when there are only files to ask about."""
        if (self.tasks or self.memories) and not self.read and not self.problems:
            return ""
        parts = [f"Read {self._what()}."]
        if self.problems:
            more = len(self.problems) - 1
            parts.append(self.problems[0].rstrip(".") + (f"; {more} more: see the log." if more else "."))
        parts += [f"{text[:1].upper()}{text[1:]}." for text in self.told[:TOLD]]
        return " ".join(parts)

    def places(self) -> list[Place]:
        """Where is asked about files, else where what was read is to be seen."""
        asked = (("tasks", self.tasks), ("memories", self.memories))
        places = [Place(room, {"files": list(map(str, paths))}) for room, paths in asked if paths]
        if not places and self.rollouts:
            return [Place("trajectories", {"rollouts": list(self.rollouts)})]
        if not places and self.items:
            return [Place("memories", {"bank": self.bank})]
        if not places and self.noted:
            return [Place("trajectories", {"rollouts": list(self.noted)})]
        return places

    def _what(self) -> str:
        counts = ((len(self.rollouts), "rollout"), (self.items, "memory item"), (self.notes, "note"))
        found = " and ".join(_count(number, noun) for number, noun in counts if number)
        files = _count(self.read, "file")
        return f"{found} from {files}" if found else files


def read_files(workspace: Workspace, paths: Sequence[Path]) -> FilesRead:
    """Store trajectories, one transaction a file, with the memories their files hold; runs off the GUI thread."""
    from rb_studio.interchange.sniff import UNKNOWN
    from rb_studio.jobs.importing import files_at, store_file

    stored: list[LoadedFile] = []
    told: list[str] = []
    problems, tasks, memories, bank = [], [], [], ""
    for loaded in files_at(paths):
        path = Path(loaded.path)
        if loaded.error is None and loaded.format == UNKNOWN and _holds_tasks(path):
            tasks.append(path)
            continue
        if loaded.error is None and loaded.item_count and not (loaded.rollouts or loaded.outcomes):
            memories.append(path)
            continue
        result = store_file(workspace, loaded)
        if result.read:
            stored.append(loaded)
            told += result.entry["warnings"] if loaded.notes else []
            bank = str(result.entry["bank"] or bank)
        else:
            sentence = str(result.error or result.entry["report"])
            problems.append(sentence if loaded.path in sentence else f"{loaded.path}: {sentence}")
    for problem in problems:
        log.warning("not read: %s", problem)
    rollouts = dict.fromkeys(one.trajectory.uid for loaded in stored for one in (*loaded.rollouts, *loaded.outcomes))
    items = sum(loaded.item_count for loaded in stored)
    notes = [note for loaded in stored for note in loaded.notes if not note.removed]
    noted = dict.fromkeys(note.anchor.rollout_uid for note in notes)
    return FilesRead(
        len(stored),
        tuple(problems),
        tuple(tasks),
        tuple(memories),
        tuple(rollouts),
        items,
        bank,
        len(notes),
        tuple(_here(workspace, noted)),
        tuple(told),
    )


def _here(workspace: Workspace, uids: Iterable[str]) -> Iterator[str]:
    """The rollouts that the workspace has."""
    from rb_studio.store.rollouts import find_run

    return (uid for uid in uids if find_run(workspace.reader(), uid) is not None)


def _holds_tasks(path: Path) -> bool:
    """Whether a file is to be asked about: a broken table too, whose fault the question shows with its line."""
    from rb_studio.interchange.tasks import sniff

    try:
        return path.is_file() and bool(sniff(path))
    except UnreadableInput:
        return path.suffix.lower() in TABLES


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
