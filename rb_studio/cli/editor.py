"""A text written in the user's own editor."""

import os
import shlex
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from rb_studio.cli.given_text import read_text
from rb_studio.records.errors import UsageError


def editor() -> list[str] | None:
    """The command of the user's editor, from VISUAL or EDITOR; None where neither is set."""
    command = next((os.environ[name] for name in ("VISUAL", "EDITOR") if os.environ.get(name, "").strip()), "")
    try:
        return shlex.split(command) or None
    except ValueError:
        raise UsageError(f"the editor {command!r} cannot be read as a command: mend VISUAL or EDITOR") from None


def edited(command: list[str], text: str, name: str, check: Callable[[str], None]) -> str:
    """The text as the user left it, once `check` accepts it.

    Raises
    ------
    UsageError
        The editor could not run or gave up, or the text was refused; a refused text is kept and its file named.
    """
    folder = Path(tempfile.mkdtemp(prefix="rb-studio-"))
    path = folder / f"{name}.md"
    path.write_text(text, encoding="utf-8")
    try:
        changed = _run(command, path)
        check(changed)
    except UsageError as error:
        if path.exists() and path.read_bytes() != text.encode():
            raise UsageError(f"{error}; your text is kept in {path}") from error
        _remove(path)
        raise
    _remove(path)
    return changed


def _run(command: list[str], path: Path) -> str:
    try:
        ended = subprocess.run([*command, str(path)], check=False).returncode
    except OSError as error:
        raise UsageError(
            f"the editor {command[0]} cannot be started ({error.strerror}): mend VISUAL or EDITOR"
        ) from error
    if ended:
        raise UsageError(f"the editor {command[0]} ended with code {ended}, so nothing was changed")
    return read_text(str(path))


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    for left in path.parent.iterdir():  # editors leave backup copies
        left.unlink(missing_ok=True)
    path.parent.rmdir()
