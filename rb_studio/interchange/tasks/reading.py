"""From a file to text and from text to JSON values, with limits and sentences."""

import codecs
import json
import math
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rb_studio.records.errors import UnreadableInput

MAX_BYTES = 200 * 1024 * 1024
MAX_DEPTH = 100
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_ESCAPES = re.compile(r"\\u(?:d[89a-f]|0000)", re.IGNORECASE)
_UNSTORABLE = re.compile("[\ud800-\udfff\x00]")


def read_text(path: Path) -> str:
    """Text of a UTF-8 file, without byte order mark.

    Raises
    ------
    UnreadableInput
        When the file is missing, no regular file, empty, larger than `MAX_BYTES`, binary, or in
        another encoding.
    """
    data = _read_bytes(path)
    if data.startswith(_UTF16):
        raise UnreadableInput(f"{path} is encoded as UTF-16; save it as UTF-8 and import it again")
    if b"\0" in data:
        raise UnreadableInput(
            f"{path} is no text file (it holds NUL bytes); a task file is JSON, JSONL or CSV in UTF-8"
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = data.count(b"\n", 0, fault.start) + 1
        raise UnreadableInput(
            f"{path} is not UTF-8 (byte {fault.start}, line {line}); save it as UTF-8 and import it again"
        ) from None
    if not text.strip():
        raise UnreadableInput(f"{path} is empty; a task file holds at least one task")
    return text


def _read_bytes(path: Path) -> bytes:
    try:
        if not path.exists():
            raise UnreadableInput(f"{path} does not exist; check the name")
        if not path.is_file():
            raise UnreadableInput(f"{path} is no regular file; name a JSON, JSONL or CSV file")
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise UnreadableInput(
                f"{path} has {size / 2**20:,.0f} MiB; a task file may have {MAX_BYTES / 2**20:,.0f} MiB, so split it"
            )
        return path.read_bytes()
    except OSError as fault:
        raise UnreadableInput(f"{path} cannot be read ({fault.strerror or fault}); check its permissions") from fault


def parse_json(text: str, where: str) -> Any:
    """A JSON value; NaN and infinities become None, what SQLite cannot store becomes U+FFFD.

    Raises
    ------
    UnreadableInput
        For invalid or too deeply nested JSON, with `where` (a file, perhaps a line) in the sentence.
    """
    try:
        value = json.loads(text, parse_constant=lambda _: None, parse_float=_finite)
        if _deeper_than(value, MAX_DEPTH):
            raise RecursionError
        return _storable(value) if _ESCAPES.search(text) else value
    except json.JSONDecodeError as fault:
        place = f"line {fault.lineno}, column {fault.colno}"
        raise UnreadableInput(
            f"{where} is not valid JSON ({fault.msg.removesuffix(' at')} at {place}); it may be cut short"
        ) from None
    except ValueError as fault:
        raise UnreadableInput(f"{where} is not usable JSON ({fault})") from None
    except RecursionError:
        raise UnreadableInput(f"{where} is nested too deeply to be a task file") from None


def _deeper_than(value: Any, depth: int) -> bool:
    level = [value]
    for _ in range(depth):
        level = [part for value in level if isinstance(value, list | dict) for part in _parts(value)]
        if not level:
            return False
    return True


def _parts(value: list[Any] | dict[str, Any]) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value


def _finite(text: str) -> float | None:
    value = float(text)
    return value if math.isfinite(value) else None


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return _UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_storable(part) for part in value]
    if isinstance(value, dict):
        return {_storable(key): _storable(part) for key, part in value.items()}
    return value
