"""Choosing memory items by a short text: `waiting tag:review used:>5 ~ "find the largest"`.

Words and `field:value` parts narrow down; what stands after `~` is a meaning, which orders. Values and phrases may
stand in quotes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from rb_studio.records.errors import UsageError
from rb_studio.records.memory import ItemState
from rb_studio.store.items import ItemFilter

FIELDS = ("state", "tag", "polarity", "source", "task", "used", "version", "id")
POLARITIES = ("success", "failure", "contrast")
NONE = "none"
_PART = re.compile(
    r'~\s*(?:"(?P<meant>[^"]*)"?|(?P<rest>.*))'
    r'|(?P<field>[A-Za-z]+):(?:"(?P<quoted>[^"]*)"?|(?P<value>[^\s"]*))'
    r'|"(?P<phrase>[^"]*)"?'
    r"|(?P<word>[^\s]+)",
    re.DOTALL,
)
_NUMBER = re.compile(r"(?P<comparison><=|>=|<|>|=)?(?P<value>\d{1,15})")


@dataclass(frozen=True, slots=True)
class ItemQuery:
    """What is looked for; `meaning` is empty where only words and fields count."""

    where: ItemFilter = field(default_factory=ItemFilter)
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class Clause:
    """One part of a query as it was typed; `field` is empty for words, `~` for a meaning."""

    text: str
    field: str
    value: str

    @property
    def written(self) -> str:
        """The part as it reads back beside others: a quote that was left open is closed."""
        quoted = f'"{self.value}"'
        if self.field == "~":
            return f"~ {quoted}" if '"' in self.text else self.text.strip()
        if self.field:
            return f"{self.field}:{quoted}" if '"' in self.text else self.text
        return quoted if self.text.startswith('"') else self.text


def clauses(text: str) -> Iterator[Clause]:
    """The parts of a query in order; any text can be read."""
    for match in _PART.finditer(text):
        if match["field"] is not None:
            value = match["quoted"] if match["quoted"] is not None else match["value"]
            yield Clause(match[0], match["field"].lower(), value)
        elif match[0].startswith("~"):
            yield Clause(match[0], "~", (match["meant"] if match["meant"] is not None else match["rest"]).strip())
        else:
            yield Clause(match[0], "", match["phrase"] if match["phrase"] is not None else match["word"])


def parse_query(text: str) -> ItemQuery:
    """Read a query. Raises UsageError for an unknown field, state or polarity, or a number that is none."""
    query = ItemQuery()
    for clause in clauses(text):
        if not clause.value:
            continue
        if clause.field == "~":
            query = replace(query, meaning=f"{query.meaning} {clause.value}".strip())
        else:
            query = replace(query, where=_narrowed(query.where, clause))
    return query


def toggled(text: str, name: str, value: str, *, alone: bool = False) -> str:
    """The query with this clause, or without it where it was there; `alone` replaces others of the field."""
    found = list(clauses(text))
    there = any(one.field == name and one.value == value for one in found)
    kept = [one for one in found if one.field != name or (one.value != value and not alone)]
    parts = [one.written for one in kept]
    if not there:
        at = next((place for place, one in enumerate(kept) if one.field == "~"), len(parts))
        parts.insert(at, f'{name}:"{value}"' if re.search(r"\s", value) or not value else f"{name}:{value}")
    return " ".join(parts)


def _narrowed(where: ItemFilter, clause: Clause) -> ItemFilter:
    """The filter with one more condition."""
    value = clause.value
    if clause.field == "":
        return replace(where, words=(*where.words, value))
    if clause.field == "state":
        return replace(where, states=(*where.states, _state(value)))
    if clause.field == "tag":
        return replace(where, untagged=True) if value == NONE else replace(where, tags=(*where.tags, value))
    if clause.field == "polarity" or (clause.field == "source" and value in POLARITIES):
        return replace(where, polarity=_polarity(value))
    if clause.field == "source":
        return replace(where, source=value)
    if clause.field == "task":
        return replace(where, task=value)
    if clause.field in ("used", "version"):
        return replace(where, numbers=(*where.numbers, _number(clause.field, value)))
    if clause.field == "id":
        return replace(where, ids=(*(where.ids or ()), *_ids(value)))
    raise UsageError(f'there is no field "{clause.field}": use {", ".join(FIELDS)}, or put the text in quotes')


def _state(value: str) -> str:
    if value.lower() not in tuple(ItemState):
        raise UsageError(f'there is no state "{value}": use {", ".join(ItemState)}')
    return value.lower()


def _polarity(value: str) -> str:
    if value.lower() == NONE:
        return ""
    if value.lower() not in POLARITIES:
        raise UsageError(f'there is no polarity "{value}": use {", ".join(POLARITIES)} or {NONE}')
    return value.lower()


def _number(name: str, value: str) -> tuple[str, str, int]:
    match = _NUMBER.fullmatch(value)
    if match is None:
        raise UsageError(f"{name}:{value} is no comparison: write {name}:3, {name}:>5 or {name}:<=2")
    return name, match["comparison"] or "=", int(match["value"])


def _ids(value: str) -> list[int]:
    parts = [part for part in value.split(",") if part]
    if not all(part.isdecimal() and part.isascii() and len(part) < 19 for part in parts):
        raise UsageError(f"id:{value} names no items: write id:12 or id:12,15")
    return [int(part) for part in parts]
