"""What people may write in a table or in Markdown about an item: its state, its tags."""

import json
import re
from typing import Any

from rb_studio.interchange.source import Source
from rb_studio.records.memory import ItemState


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
