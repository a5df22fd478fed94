"""The columns of the table of items, and how states and polarities look."""

from collections.abc import Callable
from dataclasses import dataclass

from rb_studio.gui.rooms.memories import effect_words
from rb_studio.gui.rooms.memories.texts import local_time
from rb_studio.records.effect import ItemEffect
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
    """One column: its key is what the store sorts by; `width` counts average characters.

    `of_effect` is the text of a column about what the item did, None where it was never retrieved; a `label` cannot be
    sorted by. `tip` says what is in it.
    """

    key: str
    title: str
    text: Callable[[ItemRow], str]
    width: int
    shown: bool = True
    number: bool = False
    of_effect: Callable[[ItemEffect | None], str] | None = None
    label: bool = False
    tip: str = ""


def one_line(text: str) -> str:
    """A text as a table cell shows it."""
    return " ".join(text.split())


def _measured(
    key: str,
    title: str,
    of_effect: Callable[[ItemEffect | None], str],
    width: int,
    tip: str,
    *,
    shown: bool = False,
    label: bool = False,
) -> Column:
    return Column(key, title, lambda row: "", width, shown, not label, of_effect, label, tip)


def _difference(effect: ItemEffect | None) -> str:
    return effect_words.points(effect.estimate.difference if effect else None)


def _low(effect: ItemEffect | None) -> str:
    return effect_words.points(effect.estimate.low if effect else None)


def _evidence(effect: ItemEffect | None) -> str:
    known = effect.estimate if effect else None
    if known is None:
        return effect_words.BADGES["none"]
    flag = f" {effect_words.FLAGS[known.flagged]}" if known.flagged else ""
    return effect_words.BADGES[known.evidence] + flag


EFFECT_TIP = "Success with the item minus success without it at the same tasks, in points; a dash: cannot be told"
LOW_TIP = "The lower bound of the 90 % interval of the effect, in points: sorted by it, the surest to help come first"
EVIDENCE_TIP = "How the effect is known: observed, held out by lot, or left out in a paired run"

COLUMNS = (
    Column("likeness", "Likeness", lambda row: "", 9, shown=False, number=True),
    Column("state", "State", lambda row: row.state, 13),
    Column("title", "Title", lambda row: one_line(row.title), 34),
    _measured("effect", "Effect", _difference, 9, EFFECT_TIP, shown=True),
    _measured("low", "Low", _low, 8, LOW_TIP, shown=True),
    Column("description", "Description", lambda row: one_line(row.description), 40),
    Column("polarity", "Learned from", lambda row: row.polarity or BY_HAND, 12),
    Column("tags", "Tags", lambda row: ", ".join(row.tags), 14),
    Column("task", "Source task", lambda row: row.task_key or DASH, 18),
    Column("used", "Used", lambda row: str(row.used), 6, number=True),
    _measured("evidence", "Evidence", _evidence, 15, EVIDENCE_TIP, label=True),
    _measured("retrieved", "Retrieved", lambda effect: effect_words.counts(effect)[0], 9, "Tasks that found it"),
    _measured("injected", "Injected", lambda effect: effect_words.counts(effect)[1], 8, "Tasks that were given it"),
    _measured("cited", "Cited", lambda effect: effect_words.counts(effect)[3], 6, "Tasks whose agent chose to use it"),
    Column("version", "Version", lambda row: str(row.version), 8, number=True),
    Column("id", "Id", lambda row: str(row.id), 7, shown=False, number=True),
    Column("created", "Created", lambda row: local_time(row.created_at)[:16], 16, shown=False),
)
KEYS = tuple(column.key for column in COLUMNS)
LIKENESS = KEYS.index("likeness")
