"""The columns of the table of items, and how states and polarities look."""

from collections.abc import Callable
from dataclasses import dataclass

from rb_studio.gui.rooms.memories.texts import local_time
from rb_studio.store.items import ItemRow

DASH = "\u2013"
BY_HAND = "by hand"
STATE_ICONS = {state: f"state-{state}" for state in ("candidate", "active", "excluded", "archived", "deleted")}
STATE_COLOURS = {
    "candidate": "warning",
    "active": "success",
    "excluded": "failure",
    "archived": "muted",
    "deleted": "muted",
}
POLARITY_ICONS = {"success": "success", "failure": "failure", "contrast": "contrast", "": "edit"}
POLARITY_COLOURS = {"success": "success", "failure": "failure", "contrast": "accent", "": "muted"}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its key is what the store sorts by; `width` counts average characters."""

    key: str
    title: str
    text: Callable[[ItemRow], str]
    width: int
    shown: bool = True
    number: bool = False


def one_line(text: str) -> str:
    """A text as a table cell shows it."""
    return " ".join(text.split())


COLUMNS = (
    Column("likeness", "Likeness", lambda row: "", 9, shown=False, number=True),
    Column("state", "State", lambda row: row.state, 13),
    Column("title", "Title", lambda row: one_line(row.title), 34),
    Column("description", "Description", lambda row: one_line(row.description), 40),
    Column("polarity", "Learned from", lambda row: row.polarity or BY_HAND, 12),
    Column("tags", "Tags", lambda row: ", ".join(row.tags), 14),
    Column("task", "Source task", lambda row: row.task_key or DASH, 18),
    Column("used", "Used", lambda row: str(row.used), 6, number=True),
    Column("version", "Version", lambda row: str(row.version), 8, number=True),
    Column("id", "Id", lambda row: str(row.id), 7, shown=False, number=True),
    Column("created", "Created", lambda row: local_time(row.created_at)[:16], 16, shown=False),
)
KEYS = tuple(column.key for column in COLUMNS)
LIKENESS = KEYS.index("likeness")
