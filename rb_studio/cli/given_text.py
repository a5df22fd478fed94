"""Texts a user hands over: a file, or `-` for what is piped in."""

import sys
from pathlib import Path

from rb_studio.records.errors import UnreadableInput

LARGEST = 4_000_000


def read_text(source: str) -> str:
    """The text of a file, or of standard input for `-`.

    Raises
    ------
    UnreadableInput
        The file is missing, is no text, or holds more than 4 MB.
    """
    name, raw = _read(source)
    if len(raw) > LARGEST:
        raise UnreadableInput(f"{name} is larger than {LARGEST // 1_000_000} MB, no text for this: check the file")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableInput(f"{name} is no UTF-8 text: save it as UTF-8 and try again") from None
    if "\0" in text:
        raise UnreadableInput(f"{name} is no text (it holds zero bytes): check the file")
    return text.replace("\r\n", "\n")


def _read(source: str) -> tuple[str, bytes]:
    if source == "-":
        return "standard input", sys.stdin.buffer.read(LARGEST + 1)
    try:
        with Path(source).open("rb") as file:
            return source, file.read(LARGEST + 1)
    except OSError as error:
        raise UnreadableInput(f"{source} cannot be read ({error.strerror}): check the path") from error
