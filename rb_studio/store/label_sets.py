"""Sets of labels a workspace has: its own, and those that come with the program."""

import sqlite3
from typing import TYPE_CHECKING

from rb_studio.records.errors import UsageError
from rb_studio.records.label_set import SHIPPED, Label, LabelSet, checked
from rb_studio.store.changes import ChangeRecord
from rb_studio.store.rows import clean, dump, load, now, upsert

if TYPE_CHECKING:
    from sqlite_utils import Database

WHO = "user"


def label_sets(conn: sqlite3.Connection) -> list[LabelSet]:
    """The shipped sets, then one's own in alphabetical order; an own one of a shipped one's name stands for it."""
    rows = conn.execute("SELECT name, labels FROM label_set ORDER BY name COLLATE NOCASE, id").fetchall()
    own = {row[0]: LabelSet(row[0], tuple(Label(*one) for one in load(row[1]))) for row in rows}
    return [own.pop(one.name, one) for one in SHIPPED] + list(own.values())


def own_label_sets(conn: sqlite3.Connection) -> list[LabelSet]:
    """The sets that were made or changed here."""
    return [one for one in label_sets(conn) if not one.shipped]


def save_label_set(db: "Database", found: LabelSet, *, who: str = WHO) -> ChangeRecord:
    """Keep a set under its name, in place of what stood there; notes keep the labels they have.

    Raises
    ------
    UsageError
        A set or label without a name, more than nine labels, or one twice.
    """
    whole = checked(
        LabelSet(clean(found.name), tuple(Label(clean(one.name), clean(one.meaning)) for one in found.labels))
    )
    row = {"name": whole.name, "labels": dump([[one.name, one.meaning] for one in whole.labels]), "at": now()}
    kept = upsert(db, "label_set", row, ("name",))
    return ChangeRecord(f"Save labels “{whole.name}”", who, ("label_set",), {"label_set": (kept,)})


def delete_label_set(db: "Database", name: str, *, who: str = WHO) -> ChangeRecord:
    """Forget an own set; notes keep their labels, and a shipped set of that name is as it was shipped.

    Raises
    ------
    UsageError
        There is no own set of that name.
    """
    if not db.execute("DELETE FROM label_set WHERE name = ?", (name,)).rowcount:
        known = ", ".join(one.name for one in own_label_sets(db.conn)) or "none yet"
        raise UsageError(f"there is no own set of labels {name!r}; there is {known}")
    return ChangeRecord(f"Delete labels “{name}”", who, ("label_set",))
