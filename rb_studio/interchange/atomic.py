"""Write a file whole or not at all."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from rb_studio.records.errors import RbStudioError


class CannotWrite(RbStudioError):
    """A file could not be written; what was there before is untouched."""


@contextmanager
def writing(path: Path) -> Iterator[TextIO]:
    """A text file that appears under its name only when all was written; folders are made as needed.

    Raises CannotWrite with a sentence for a full disk or a folder without permission.
    """
    temporary = path.with_name(f".{path.name[:80]}.{secrets.token_hex(4)}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("x", encoding="utf-8", newline="\n") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise CannotWrite(f"{path} could not be written ({error.strerror}); choose another place.") from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
