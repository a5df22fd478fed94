"""One file being read: bounded head, tolerant decoding, tolerant JSON.

Foreign files come with byte order marks, NaN, lone surrogates, NUL, duplicate keys and cut-off last lines. What is
repaired is said in `warnings`; what cannot be read raises `UnreadableInput` with one sentence.
"""

import json
import re
from collections.abc import Iterator
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

from rb_studio.records.errors import UnreadableInput

HEAD_BYTES = 64 * 1024
MAX_DOCUMENT_BYTES = 512 * 1024 * 1024
MAX_LINE_BYTES = 64 * 1024 * 1024
MAX_DEPTH = 200
MAX_WARNINGS = 500
_SURROGATE = re.compile("[\ud800-\udfff]")
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


class Source:
    """A regular file opened for reading; nothing beyond the head is read until asked for."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._warnings: dict[str, None] = {}
        self._unsaid = 0
        try:
            if not path.is_file():
                raise UnreadableInput(f"{path} is no regular file; name a file or a folder of files.")
            self.size = path.stat().st_size
            with path.open("rb") as file:
                self.head = file.read(HEAD_BYTES)
        except OSError as error:
            raise UnreadableInput(
                f"{path} cannot be read ({error.strerror}); check that it exists and is yours."
            ) from error

    @property
    def warnings(self) -> tuple[str, ...]:
        """What had to be repaired so far, each said once; beyond 500 the rest is counted."""
        more = (f"and {self._unsaid:,} more remarks on this file",) if self._unsaid else ()
        return (*self._warnings, *more)

    def warn(self, sentence: str) -> None:
        if len(self._warnings) < MAX_WARNINGS:
            self._warnings[sentence] = None
        elif sentence not in self._warnings:
            self._unsaid += 1

    @cached_property
    def encoding(self) -> str:
        return next((name for bom, name in _BOMS if self.head.startswith(bom)), "utf-8")

    @cached_property
    def head_text(self) -> str:
        """The head as text; a character cut in two at its end is dropped."""
        text = self.head.decode(self.encoding, "replace")
        return text[:-1] if len(self.head) < self.size and text.endswith("\ufffd") else text

    @property
    def binary(self) -> bool:
        """True when the head is no text: NUL bytes or many bytes that decode to nothing."""
        if self.encoding == "utf-16":
            return False
        text = self.head_text
        return "\x00" in text[:4096] or text.count("\ufffd") > len(text) * 0.1

    @cached_property
    def text(self) -> str:
        """The whole file. Raises UnreadableInput beyond 512 MiB."""
        if self.size > MAX_DOCUMENT_BYTES:
            raise UnreadableInput(
                f"{self.path} has {self.size >> 20} MiB, more than the {MAX_DOCUMENT_BYTES >> 20} MiB read as one "
                "document; split it or export fewer rollouts."
            )
        return self._decoded(self._bytes())

    @cached_property
    def document(self) -> Any:
        """The whole file as one JSON value. Raises UnreadableInput when it is none."""
        return self.parse(self.text)

    def lines(self) -> Iterator[tuple[int, Any]]:
        """The JSON values of a JSONL file with their line numbers from 1.

        A last line cut off by a running or crashed writer is left out with a warning; any other broken line raises
        UnreadableInput.
        """
        for number, raw, last in self._raw_lines():
            text = self._decoded(raw).strip()
            if not text:
                continue
            try:
                yield number, self.parse(text, f"line {number} of ")
            except UnreadableInput:
                if not last:
                    raise
                self.warn(f"line {number} is cut off and was left out")

    def tolerant_lines(self, largest: int = MAX_LINE_BYTES, most: int | None = None) -> Iterator[tuple[int, Any]]:
        """The JSON values of a JSONL file whose broken and oversized lines are left out, each with a warning.

        `most` ends the reading after so many lines, whatever they hold.
        """
        for number, raw, _ in islice(self._raw_lines(largest, whole=False), most):
            text = self._decoded(raw).strip()
            if len(raw) > largest:
                self.warn(f"line {number} has more than {largest >> 20} MiB and was left out")
            elif text:
                try:
                    yield number, self.parse(text, f"line {number} of ")
                except UnreadableInput as error:
                    self.warn(f"line {number} was left out: {_reason(str(error), self.path)}")

    def first_line(self) -> Any:
        """The JSON value of the first line, or None when that line is no JSON by itself."""
        for number, raw, _ in self._raw_lines():
            text = self._decoded(raw).strip()
            if text:
                try:
                    return self.parse(text, f"line {number} of ")
                except UnreadableInput:
                    return None
        return None

    def parse(self, text: str, where: str = "") -> Any:
        """A JSON text as plain values: NaN and infinities become None, NUL is dropped, surrogates are replaced."""
        try:
            value = json.loads(
                text, object_pairs_hook=self._object, parse_constant=self._constant, parse_float=self._float
            )
            return self._cleaned(value, 0)
        except RecursionError as error:
            raise UnreadableInput(f"{where}{self.path} is nested too deeply to be a log; leave it out.") from error
        except json.JSONDecodeError as error:
            raise UnreadableInput(self._broken(text, where, error)) from error
        except ValueError as error:
            raise UnreadableInput(f"{where}{self.path} holds a number no log writes; leave it out.") from error

    def _broken(self, text: str, where: str, error: json.JSONDecodeError) -> str:
        if not text.strip():
            return f"{self.path} is empty; copy it again from where it was written."
        if len(text.rstrip()) - error.pos <= 1 or error.msg.startswith("Unterminated string"):
            return f"{where}{self.path} ends in the middle of its JSON; copy it again or let its run finish."
        return f"{where}{self.path} is damaged JSON at line {error.lineno}, column {error.colno}; mend or re-copy it."

    def _bytes(self) -> bytes:
        try:
            return self.path.read_bytes()
        except OSError as error:
            raise UnreadableInput(f"{self.path} cannot be read ({error.strerror}); try again.") from error

    def _raw_lines(self, largest: int = MAX_LINE_BYTES, *, whole: bool = True) -> Iterator[tuple[int, bytes, bool]]:
        """Lines with number and whether they are the last; beyond `largest` an error, or cut where not `whole`."""
        if self.encoding == "utf-16":
            parts = self.text.encode("utf-8").split(b"\n")
            yield from ((number, raw, number == len(parts)) for number, raw in enumerate(parts, 1))
            return
        with self.path.open("rb") as file:
            number = 0
            while raw := file.readline(largest + 1):
                number += 1
                if len(raw) > largest and whole:
                    raise UnreadableInput(
                        f"line {number} of {self.path} exceeds {largest >> 20} MiB; leave that record out."
                    )
                rest = raw
                while len(rest) > largest and not rest.endswith(b"\n"):
                    rest = file.readline(largest + 1)
                yield number, raw, not raw.endswith(b"\n") or file.tell() >= self.size

    def _decoded(self, raw: bytes) -> str:
        encoding = self.encoding if raw.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")) else "utf-8"
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            self.warn("bytes that are no UTF-8 were replaced by U+FFFD")
            return raw.decode(encoding, "replace")

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(pairs)
        if len(value) < len(pairs):
            self.warn("an object names a key twice; its last value was kept")
        return value

    def _constant(self, name: str) -> None:
        self.warn(f"{name} was read as unknown")

    def _float(self, text: str) -> float | None:
        value = float(text)
        if abs(value) != float("inf"):
            return value
        self._constant(text)
        return None

    def _cleaned(self, value: Any, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise RecursionError
        if isinstance(value, str):
            return self._clean_text(value)
        if isinstance(value, list):
            return [self._cleaned(entry, depth + 1) for entry in value]
        if isinstance(value, dict):
            return {self._clean_text(key): self._cleaned(entry, depth + 1) for key, entry in value.items()}
        return value

    def _clean_text(self, text: str) -> str:
        if text.isascii() and "\x00" not in text:
            return text
        cleaned = clean_text(text)
        if cleaned != text:
            self.warn("NUL characters and lone surrogates were removed or replaced")
        return cleaned


def _reason(sentence: str, path: Path) -> str:
    """What is wrong with a line, out of the sentence about the whole file."""
    said = sentence.split(f"{path} ", 1)[-1].partition("; ")[0]
    return re.sub(r" at line \d+, column (\d+)$", r" at character \1", said).removeprefix("is ").rstrip(".")


def clean_text(text: str) -> str:
    """A text every store and encoder takes: without NUL, lone surrogates replaced by U+FFFD."""
    return _SURROGATE.sub("\ufffd", text.replace("\x00", ""))
