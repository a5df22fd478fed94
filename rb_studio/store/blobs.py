"""Big texts, stored once: content-addressed and compressed."""

import sqlite3
import zlib
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING

from rb_studio.store.rows import clean, next_id, select_in

if TYPE_CHECKING:
    from sqlite_utils import Database

PackedText = tuple[bytes, int, bytes]
Ids = Mapping[int | None, int | None]
_FAST = 1


@lru_cache(maxsize=512)
def content_hash(text: str) -> bytes:
    """SHA-256 of a cleaned text; a message that comes back at every step is hashed once."""
    return sha256(clean(text).encode()).digest()


@lru_cache(maxsize=512)
def pack(text: str) -> PackedText:
    """A text as it is stored: hash, size in bytes, data; one that comes back at every step is compressed once."""
    raw = clean(text).encode()
    packed = zlib.compress(raw, _FAST)
    return sha256(raw).digest(), len(raw), packed if len(packed) < len(raw) else raw


class Texts:
    """Texts that rows to be written stand on: each once, and named by its place until it has an id."""

    def __init__(self) -> None:
        self._places: dict[str, int] = {}

    def place(self, text: str) -> int:
        """Where a text stands."""
        return self._places.setdefault(text, len(self._places))

    def place_optional(self, text: str | None) -> int | None:
        """As `place`; nothing for None."""
        return None if text is None else self.place(text)

    def packed(self) -> tuple[PackedText, ...]:
        """All of them in their places."""
        return tuple(map(pack, self._places))


def put(db: "Database", text: str) -> int:
    """The id of the blob that holds this text."""
    row = db.execute("SELECT id FROM blob WHERE hash = ?", (content_hash(text),)).fetchone()
    if row:
        return int(row[0])
    cursor = db.execute("INSERT INTO blob (hash, size, data) VALUES (?,?,?)", pack(text))
    return int(cursor.lastrowid or 0)


def put_all(db: "Database", texts: Sequence[PackedText]) -> Ids:
    """The ids of the blobs that hold these texts, by place; None stands for no text."""
    known = put_packed(db, texts)
    ids: dict[int | None, int | None] = {place: known[text[0]] for place, text in enumerate(texts)}
    ids[None] = None
    return ids


def put_packed(db: "Database", texts: Sequence[PackedText]) -> dict[bytes, int]:
    """The ids of the blobs that hold these texts, by hash."""
    hashes = dict.fromkeys(text[0] for text in texts)
    known: dict[bytes, int] = {
        row[0]: row[1] for row in select_in(db.conn, "SELECT hash, id FROM blob WHERE hash IN ({})", hashes)
    }
    lacking = {text[0]: text for text in texts if text[0] not in known}
    if lacking:
        rows = [(number, *text) for number, text in enumerate(lacking.values(), next_id(db, "blob"))]
        db.conn.executemany("INSERT INTO blob (id, hash, size, data) VALUES (?,?,?,?)", rows)
        known.update((row[1], row[0]) for row in rows)
    return known


def get(conn: sqlite3.Connection, blob_id: int | None) -> str | None:
    """The text of a blob, None for NULL."""
    if blob_id is None:
        return None
    return _text(conn.execute("SELECT size, data FROM blob WHERE id = ?", (blob_id,)).fetchone())


def get_many(conn: sqlite3.Connection, blob_ids: Iterable[int | None]) -> dict[int | None, str]:
    """Texts by blob id; the id None stands for an empty text."""
    wanted = {blob_id for blob_id in blob_ids if blob_id is not None}
    rows = select_in(conn, "SELECT size, data, id FROM blob WHERE id IN ({})", wanted)
    texts: dict[int | None, str] = {row[2]: _text(row) for row in rows}
    texts[None] = ""
    return texts


def _text(row: sqlite3.Row) -> str:
    """A text that compression would not shorten stands as it is: its data are as long as its size."""
    size, data = row[0], row[1]
    raw: bytes = data if len(data) == size else zlib.decompress(data)
    return raw.decode()
