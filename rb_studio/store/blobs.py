"""Big texts, stored once: content-addressed and compressed."""

import sqlite3
import zlib
from collections.abc import Iterable
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING

from rb_studio.store.rows import clean, select_in

if TYPE_CHECKING:
    from sqlite_utils import Database

_FAST = 1


@lru_cache(maxsize=512)
def content_hash(text: str) -> bytes:
    """SHA-256 of a cleaned text; a message that comes back at every step is hashed once."""
    return sha256(clean(text).encode()).digest()


def put(db: "Database", text: str) -> int:
    """The id of the blob that holds this text."""
    key = content_hash(text)
    row = db.execute("SELECT id FROM blob WHERE hash = ?", (key,)).fetchone()
    if row:
        return int(row[0])
    raw = clean(text).encode()
    packed = zlib.compress(raw, _FAST)
    data = packed if len(packed) < len(raw) else raw
    cursor = db.execute("INSERT INTO blob (hash, size, data) VALUES (?,?,?)", (key, len(raw), data))
    return int(cursor.lastrowid or 0)


def put_optional(db: "Database", text: str | None) -> int | None:
    """As `put`; nothing for None."""
    return None if text is None else put(db, text)


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
