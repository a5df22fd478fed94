"""Write a file whole or not at all."""

import os
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, BinaryIO, TextIO, cast

from rb_studio.records.errors import RbStudioError


class CannotWrite(RbStudioError):
    """A file could not be written; what was there before is untouched."""


@contextmanager
def writing(path: Path) -> Iterator[TextIO]:
    """A text file that appears under its name only when all was written; folders are made as needed.

    Raises CannotWrite with a sentence for a full disk or a folder without permission.
    """
    with part_of(path) as part, part.open("x", encoding="utf-8", newline="\n") as file:
        yield file
        _to_disk(file)


@contextmanager
def writing_bytes(path: Path) -> Iterator[BinaryIO]:
    """The same for a binary file."""
    with part_of(path) as part, part.open("xb") as file:
        yield cast("BinaryIO", file)
        _to_disk(file)


@contextmanager
def part_of(path: Path) -> Iterator[Path]:
    """The name of a file to write that takes the place of `path` at the end; a failure leaves neither file nor folder.

    Raises CannotWrite with a sentence for a full disk or a folder without permission.
    """
    part = path.with_name(f".{path.name[:80]}.{secrets.token_hex(4)}.part")
    with folder_of(path):
        try:
            yield part
            part.replace(path)
        finally:
            with suppress(OSError):
                part.unlink(missing_ok=True)


@contextmanager
def folder_of(path: Path) -> Iterator[None]:
    """Makes the folder a file goes into; a failure inside takes away what was made.

    Raises CannotWrite where the operating system refuses something, here or inside.
    """
    with ExitStack() as undo:
        try:
            for folder in _missing(path.parent):
                folder.mkdir(exist_ok=True)
                undo.callback(_remove_empty, folder)
            yield
        except OSError as error:
            reason = error.strerror or error
            raise CannotWrite(f"{path} could not be written ({reason}); choose another place.") from error
        undo.pop_all()


def _missing(folder: Path) -> list[Path]:
    """The folders to make for `folder`, the outermost first."""
    missing = []
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    return missing[::-1]


def _to_disk(file: IO[str] | IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())


def _remove_empty(folder: Path) -> None:
    with suppress(OSError):  # another writer's files may stand in it by now
        folder.rmdir()
