"""Files that were opened or dropped: what they are and what becomes of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rb_studio.records.errors import UnreadableInput
from rb_studio.store.workspace import Workspace


@dataclass(frozen=True, slots=True)
class FilesRead:
    """How many files were stored, what went wrong, and task files, which are asked about first."""

    read: int
    problems: tuple[str, ...]
    tasks: tuple[Path, ...]

    def sentence(self) -> str:
        """The result in a line; empty when there are only task files to ask about."""
        if self.tasks and not self.read and not self.problems:
            return ""
        count = f"Read {self.read} file{'' if self.read == 1 else 's'}."
        return f"{count} {self.problems[0]}" if self.problems else count


def read_files(workspace: Workspace, paths: Sequence[Path]) -> FilesRead:
    """Store trajectories and memories, one transaction a file; runs off the GUI thread."""
    from rb_studio.interchange.sniff import UNKNOWN
    from rb_studio.jobs.importing import files_at, store_file

    read, problems, tasks = 0, [], []
    for loaded in files_at(paths):
        path = Path(loaded.path)
        if loaded.error is None and loaded.format == UNKNOWN and _holds_tasks(path):
            tasks.append(path)
            continue
        stored = store_file(workspace, loaded)
        read += bool(stored.read)
        if stored.error:
            problems.append(stored.error if loaded.path in stored.error else f"{loaded.path}: {stored.error}")
        elif not stored.read:
            problems.append(str(stored.entry["report"]))
    return FilesRead(read, tuple(problems), tuple(tasks))


def _holds_tasks(path: Path) -> bool:
    from rb_studio.interchange.tasks import sniff

    try:
        return path.is_file() and bool(sniff(path))
    except UnreadableInput:
        return False
