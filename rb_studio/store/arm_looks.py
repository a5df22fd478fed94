"""How arms look in figures: a place, which stands for colour and marker, and a name a person gave."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rb_studio.records.errors import UsageError
from rb_studio.records.shown import one_line
from rb_studio.store.changes import ChangeRecord

if TYPE_CHECKING:
    from sqlite_utils import Database

WHO = "user"
LONGEST = 200
JUDGED = "(judged)"  # ends the names of judged curves, see `Series.name`


@dataclass(frozen=True, slots=True)
class Look:
    """The number of an arm's colour and marker, and the name given to it; empty for its own."""

    place: int
    name: str = ""


def stored_looks(conn: sqlite3.Connection) -> dict[str, Look]:
    """The looks that are kept, by the arms' keys, in the order of their places."""
    rows = conn.execute("SELECT key, place, name FROM arm_look ORDER BY place")
    return {key: Look(place, name) for key, place, name in rows}


def completed(kept: Mapping[str, Look], keys: Sequence[str]) -> dict[str, Look]:
    """The looks that are kept, and for every other arm the next free place, in the order of `keys`."""
    found = dict(kept)
    free = max((look.place for look in found.values()), default=-1) + 1
    for key in dict.fromkeys(keys):
        if key not in found:
            found[key] = Look(free)
            free += 1
    return found


def keep_looks(db: "Database", keys: Sequence[str], names: Mapping[str, str]) -> ChangeRecord:
    """Keep the places of arms, and give some of them names; an empty name gives an arm its own back.

    Raises
    ------
    UsageError
        A name is too long, would be read as another curve's, or is given to two arms.
    """
    given = {key: _checked(name) for key, name in names.items()}
    before = stored_looks(db.conn)
    after = {key: Look(look.place, given.get(key, look.name)) for key, look in completed(before, keys).items()}
    _refuse_doubles(after)
    rows = [(key, look.place, look.name) for key, look in after.items() if before.get(key) != look]
    db.conn.executemany(
        "INSERT INTO arm_look (key, place, name) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET name = excluded.name",
        rows,
    )
    return ChangeRecord("Name the arms of figures", WHO, ("arm_look",) if rows else ())


def _checked(name: str) -> str:
    name = one_line(name)
    if len(name) > LONGEST:
        raise UsageError(f"the name “{name[:40]}…” has {len(name)} characters; a figure has room for {LONGEST} at most")
    if name.endswith(JUDGED):
        raise UsageError(f"the name “{name}” ends in {JUDGED}, as the names of judged curves do; leave that out")
    return name


def _refuse_doubles(looks: Mapping[str, Look]) -> None:
    names = [look.name for look in looks.values() if look.name]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageError(f"several arms are called “{twice[0]}”: give each its own name")
