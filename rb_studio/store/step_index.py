"""The index of what stands in steps: filled when there is time for it, asked by `find`.

See `step_tables` for what it holds. It is a help, never the truth: it names texts in which something may stand, and
what waits to be indexed is read instead.
"""

import json
import sqlite3
import time
from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from rb_studio.store import blobs
from rb_studio.store.memory_rows import SPACELESS
from rb_studio.store.words import quoted

if TYPE_CHECKING:
    from sqlite_utils import Database

STEPS, SEEN = "step_pieces", "seen_pieces"
# Those of `SEEN` in scripts without spaces, in which two characters may be a word.
SPACELESS_SEEN = "spaceless"
PIECE = 3
# Texts, and bytes of them, that are put in before the clock is looked at.
_AT_ONCE, _SIZE = 10, 30_000
# Pages of the index that are merged at a time. Left to itself SQLite merges as much as it likes with any commit.
_PAGES, _NEVER = 16, 1_000
_MOST_PIECES = 16
_PAGE = 4_000
_LAST = 2**63 - 1


def catch_up(db: "Database", milliseconds: float) -> int:
    """Index what waits for about so long, newest first; returns how many texts still wait.

    Half of the time is for reading texts: writing what was read, with the commit, takes about as long.
    """
    until = time.monotonic() + milliseconds / 2000
    for table, put_in in ((STEPS, _index_steps), (SEEN, _index_seen)):
        while put_in(db):
            if time.monotonic() >= until:
                _merge(db, table)
                return waiting(db.conn)
    return 0


def waiting(conn: sqlite3.Connection) -> int:
    """How many texts are not indexed yet."""
    row = conn.execute(
        "SELECT (SELECT count(*) FROM step_waiting) + (SELECT count(*) FROM seen_text WHERE indexed = 0)"
    ).fetchone()
    return int(row[0])


def action_text(actions: str) -> str:
    """A step's actions as they are read, from their JSON column."""
    return "\n".join(action[0] for action in json.loads(actions))


def pieces(terms: Iterable[str]) -> str | None:
    """A query of the index for texts that hold all of these; None where it cannot tell and all have to be read.

    What it finds holds every piece of a term somewhere, so it is to be read; what it does not find holds no such term.
    """
    found = [piece for term in terms for piece in _of_term(term)]
    chosen = found[:: len(found) // _MOST_PIECES + 1]
    return " AND ".join(map(quoted, dict.fromkeys(chosen))) or None


def candidates(conn: sqlite3.Connection, table: str, query: str | None) -> Iterator[int]:
    """Ids of texts that may hold what is looked for: first those that wait, then the indexed ones, newest first.

    `query` is what `pieces` gave; None names every text. No read transaction stays open between two ids.
    """
    source = _SOURCES[table]
    waits = {row[0] for row in conn.execute(source.waiting)}
    yield from sorted(waits, reverse=True)
    yield from (one for one in _indexed(conn, table, source.every, query) if one not in waits)


class _Source(NamedTuple):
    waiting: str
    every: str


_SOURCES = {
    STEPS: _Source("SELECT step FROM step_waiting", "SELECT id FROM step WHERE id < ? ORDER BY id DESC LIMIT ?"),
    SEEN: _Source(
        "SELECT blob FROM seen_text WHERE indexed = 0",
        "SELECT blob FROM seen_text WHERE blob < ? ORDER BY blob DESC LIMIT ?",
    ),
    SPACELESS_SEEN: _Source(
        "SELECT blob FROM seen_text WHERE indexed = 0",
        "SELECT blob FROM seen_text WHERE spaceless = 1 AND blob < ? ORDER BY blob DESC LIMIT ?",
    ),
}


def _indexed(conn: sqlite3.Connection, table: str, every: str, query: str | None) -> Iterator[int]:
    matching = f"SELECT rowid FROM {table}(?) WHERE rowid < ? ORDER BY rowid DESC LIMIT ?"
    before = _LAST
    while True:
        if query is None:
            rows = conn.execute(every, (before, _PAGE)).fetchall()
        else:
            rows = conn.execute(matching, (query, before, _PAGE)).fetchall()
        yield from (row[0] for row in rows)
        if len(rows) < _PAGE:
            return
        before = rows[-1][0]


def _index_steps(db: "Database") -> bool:
    rows = db.conn.execute(
        "SELECT s.id, thought, actions, error, reasoning FROM step_waiting w JOIN step s ON s.id = w.step "
        "ORDER BY w.step DESC LIMIT ?",
        (_AT_ONCE,),
    ).fetchall()
    texts = [(row[0], _fit("\n".join((row[1], action_text(row[2]), row[3] or "", row[4] or "")))) for row in rows]
    db.conn.executemany(f"INSERT INTO {STEPS} (rowid, text) VALUES (?, ?)", texts)
    db.conn.executemany("DELETE FROM step_waiting WHERE step = ?", [(row[0],) for row in rows])
    return bool(rows)


def _index_seen(db: "Database") -> bool:
    rows = db.conn.execute(
        "SELECT t.blob, b.size FROM seen_text t JOIN blob b ON b.id = t.blob WHERE indexed = 0 "
        "ORDER BY t.blob DESC LIMIT ?",
        (_AT_ONCE,),
    ).fetchall()
    sizes = accumulate(row[1] for row in rows)
    wanted = [row[0] for row, size in zip(rows, sizes, strict=True) if size <= _SIZE] or [row[0] for row in rows[:1]]
    texts = blobs.get_many(db.conn, wanted)
    db.conn.executemany(f"INSERT INTO {SEEN} (rowid, text) VALUES (?, ?)", [(one, _fit(texts[one])) for one in wanted])
    db.conn.executemany(
        "UPDATE seen_text SET indexed = 1, spaceless = ? WHERE blob = ?",
        [(int(bool(SPACELESS.search(texts[one]))), one) for one in wanted],
    )
    return bool(wanted)


def _merge(db: "Database", table: str) -> None:
    """Merge a little of what earlier commits wrote, so that no commit has to merge a lot."""
    conn = db.conn
    if not conn.execute(f"SELECT 1 FROM {table}_config WHERE k = 'automerge' AND v = 0").fetchone():
        conn.execute(f"INSERT INTO {table} ({table}, rank) VALUES ('automerge', 0)")
        conn.execute(f"INSERT INTO {table} ({table}, rank) VALUES ('crisismerge', ?)", (_NEVER,))
    conn.execute(f"INSERT INTO {table} ({table}, rank) VALUES ('merge', ?)", (_PAGES,))


def _fit(text: str) -> str:
    """What FTS5 takes whole: it reads no further than a NUL."""
    return text.replace("\x00", " ")


def _of_term(term: str) -> list[str]:
    """Three characters each, those left out that SQLite may hold for another letter than Python does."""
    found = [term[at : at + PIECE] for at in range(len(term) - PIECE + 1)]
    return [piece for piece in found if all(map(_sure, piece))]


def _sure(letter: str) -> bool:
    """Whether SQLite's small form of a letter, of an old Unicode, is Python's."""
    code = ord(letter)
    if code < 0x250:
        return code != 0 and code != 0x130
    if 0x386 <= code <= 0x3EF:
        return letter not in "Σσς"
    return 0x400 <= code <= 0x527 or letter.lower() == letter.upper()
