"""Length-prefixed frames over a pipe: four bytes of length, big-endian, then the payload."""

import json
import os
import struct
from typing import Any, BinaryIO

LARGEST = 1 << 30


class BrokenFrame(Exception):
    """The other side is gone or does not speak frames."""


def write(stream: BinaryIO, payload: bytes) -> None:
    """Send one frame; BrokenFrame when nobody reads."""
    try:
        stream.write(struct.pack(">I", len(payload)) + payload)
        stream.flush()
    except (OSError, ValueError) as error:
        raise BrokenFrame("the pipe is closed") from error


def read(stream: BinaryIO) -> bytes:
    """Receive one frame; BrokenFrame at the end of the stream or in the middle of a frame."""
    (length,) = struct.unpack(">I", _exactly(stream, 4))
    if length > LARGEST:
        raise BrokenFrame(f"a frame of {length} bytes is too large")
    return _exactly(stream, length)


def write_json(stream: BinaryIO, value: Any) -> None:
    """Send a JSON value as one frame."""
    write(stream, json.dumps(value).encode())


def read_json(stream: BinaryIO) -> dict[str, Any]:
    """Receive a JSON object; BrokenFrame when it is none."""
    try:
        value = json.loads(read(stream))
    except ValueError as error:
        raise BrokenFrame("a frame is no JSON") from error
    if not isinstance(value, dict):
        raise BrokenFrame("a frame is no JSON object")
    return value


def private_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Standard input and output of a worker under numbers no library knows.

    Prints go to standard error from then on, reads find nothing.
    """
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return requests, answers


def _exactly(stream: BinaryIO, count: int) -> bytes:
    parts = bytearray()
    while len(parts) < count:
        try:
            part = stream.read(count - len(parts))
        except (OSError, ValueError) as error:
            raise BrokenFrame("the pipe is closed") from error
        if not part:
            raise BrokenFrame("the stream ended")
        parts += part
    return bytes(parts)
