"""What people may write in a table or in Markdown about an item: its state, its tags; and cells of tables."""

import json
import re
from typing import Any

from rb_studio.interchange.source import Source, clean_text
from rb_studio.records.memory import ItemState

# A cell that begins so would be run as a formula; one quote in front is what spreadsheets hide, and more are its own.
FORMULA = re.compile(r"'*[=+\-@\t\r]")


def cell(value: Any) -> Any:
    """A value as a cell that no spreadsheet runs."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        text = clean_text(value)
        return f"'{text}" if FORMULA.match(text) else text
    return value


def state_in(text: str, source: Source, where: str) -> ItemState:
    """The state named by a text, active where none is; an unknown one is active too and warned of at `where`."""
    named = text.strip().lower() or "active"
    try:
        return ItemState(named)
    except ValueError:
        source.warn(f"{where} has the unknown state {named!r}; it was read as active")
        return ItemState.ACTIVE


def tags_in(text: str, pattern: "re.Pattern[str]") -> tuple[str, ...]:
    """The tags of a list, each once; `pattern` finds one, as JSON in quotes or as it is, as its first group."""
    tags = (unquoted(match[1].strip()) for match in pattern.finditer(text))
    return tuple(dict.fromkeys(tag for tag in tags if tag))


def unquoted(text: str) -> str:
    """A text in quotes as JSON reads it, any other as it is."""
    if not text.startswith('"'):
        return text
    try:
        value: Any = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, str) else text
