"""What a person types to narrow a list of tasks: words, and `template:`, `site:`, `result:`, `judged:`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from rb_studio.records.errors import UsageError

RESULTS = ("always", "mixed", "never", "success", "failure", "unknown", "untried")
VERDICTS = ("success", "failure", "unknown", "none")
FIELDS: Mapping[str, tuple[str, ...]] = {"template": (), "site": (), "result": RESULTS, "judged": VERDICTS}
_PART = re.compile(r'(?P<open>[A-Za-z]+):(?=\s|$)|(?:(?P<field>[A-Za-z]+):)?(?:"(?P<quoted>[^"]*)"?|(?P<plain>\S+))')


@dataclass(frozen=True, slots=True)
class TaskQuery:
    """Every part must hold: each word stands in the task's text or key, each field has one of its values."""

    words: tuple[str, ...] = ()
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def needs_results(self) -> bool:
        """Whether rollouts have to be looked at."""
        return "result" in self.fields or "judged" in self.fields


def parse_task_query(text: str) -> TaskQuery:
    """Read a query; values with blanks stand in double quotes, a field without a value yet is passed over.

    Raises
    ------
    UsageError
        A value of `result:` or `judged:` is none of those there are.
    """
    words: list[str] = []
    fields: dict[str, tuple[str, ...]] = {}
    for part in _PART.finditer(text):
        name, value = (part["field"] or "").lower(), part["quoted"] if part["quoted"] is not None else part["plain"]
        if part["open"] and part["open"].lower() in FIELDS:
            continue
        if name not in FIELDS:
            words += [word] if (word := part[0].strip('"')) else []
        elif value:
            fields[name] = (*fields.get(name, ()), _checked(name, value))
    return TaskQuery(tuple(words), fields)


def toggled(text: str, name: str, value: str) -> str:
    """The query with this value as the only one of its field, or without it where it was that already."""
    kept = [part[0] for part in _PART.finditer(text) if _field(part) != name]
    if values_of(text, name) != [value]:
        kept.append(f'{name}:"{value}"' if any(mark.isspace() for mark in value) else f"{name}:{value}")
    return " ".join(kept)


def values_of(text: str, name: str) -> list[str]:
    """The values a query gives to a field."""
    own = [part for part in _PART.finditer(text) if _field(part) == name and not part["open"]]
    return [part["quoted"] if part["quoted"] is not None else part["plain"] for part in own]


def _field(part: re.Match[str]) -> str:
    return (part["field"] or part["open"] or "").lower()


def _checked(name: str, value: str) -> str:
    choices = FIELDS[name]
    if not choices:
        return value
    if value.lower() not in choices:
        raise UsageError(f"{name}:{value} finds nothing: choose {', '.join(choices)}")
    return value.lower()
