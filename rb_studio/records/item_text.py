"""The text form of memory items: parse what a model wrote, render what is injected or exported.

The form is the paper's (section 3 and appendix): a heading `# Memory Item i`, then Title, Description and
Content. The parser accepts the variants models produce; the renderer writes one form only.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

FIELDS = ("title", "description", "content", "evidence")
_ITEM = re.compile(r"^[\s>*_#-]*memory\s+item\b[\s#:.*_()-]*\d*[\s:.*_)-]*", re.IGNORECASE)
_FIELD = re.compile(
    r"^\s*(?P<mark>[#>*_\-\s]*)(?P<name>title|description|content|evidence)(?P<close>[*_\s]*:?[*_]*)(?=\s|:|$)\s*:?\s*"
    r"(?P<value>.*)$",
    re.IGNORECASE,
)
_FENCE = re.compile(r"^\s*(```|~~~)")


class Renderable(Protocol):
    """Anything with the three texts of an item."""

    @property
    def title(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def content(self) -> str: ...


@dataclass(frozen=True, slots=True)
class ItemText:
    """The texts of one item; `evidence` is the model's own citation line, empty where absent."""

    title: str
    description: str = ""
    content: str = ""
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class ParsedItems:
    """What the parser found: items in order, warnings about what it repaired or dropped."""

    items: tuple[ItemText, ...]
    warnings: tuple[str, ...] = ()


def render_item(item: Renderable, number: int) -> str:
    """One item as it is injected and exported."""
    return (
        f"# Memory Item {number}\n## Title {item.title}\n## Description {item.description}\n## Content {item.content}"
    )


def render_items(items: Iterable[Renderable]) -> str:
    """Items numbered from 1, separated by blank lines."""
    return "\n\n".join(render_item(item, number) for number, item in enumerate(items, 1))


def parse_items(text: str, limit: int | None = None) -> ParsedItems:
    """Read the items out of a model's reply.

    Parameters
    ----------
    text
        Any text; fences, preambles, bold or colon variants and values on the next line are accepted.
    limit
        Items beyond this number are dropped with a warning.
    """
    found: list[ItemText] = []
    warnings: list[str] = []
    for number, fields in enumerate(_blocks(text), 1):
        item = ItemText(**{name: " ".join(fields.get(name, [])).strip() for name in FIELDS})
        if not item.content and not item.description:
            warnings.append(f"item {number} has neither description nor content and was dropped")
            continue
        if not item.title:
            item = ItemText(_title_from(item), item.description, item.content, item.evidence)
            warnings.append(f"item {number} has no title; its first words serve as one")
        found.append(item)
    if limit is not None and len(found) > limit:
        warnings.append(f"{len(found)} items given, the first {limit} kept")
        found = found[:limit]
    return ParsedItems(tuple(found), tuple(warnings))


def _blocks(text: str) -> list[dict[str, list[str]]]:
    """Field lines grouped by item; a second title also opens a new item."""
    blocks: list[dict[str, list[str]]] = []
    current: dict[str, list[str]] | None = None
    field: str | None = None
    for line in text.splitlines():
        if _FENCE.match(line):
            field = None
            continue
        heading = _ITEM.match(line)
        if heading:
            current, field = {}, None
            blocks.append(current)
            rest = line[heading.end() :].strip(" #*_:-–—")
            if rest:
                current["title"] = [rest]
            continue
        match = _FIELD.match(line)
        if match and _is_field(match):
            name = match["name"].lower()
            if current is None or (name == "title" and current.get("content")):
                current = {}
                blocks.append(current)
            value = _unmarked(match["value"])
            current[name] = [value] if value else []
            field = name
        elif current is not None and field is not None and line.strip():
            current[field].append(line.strip())
    return [block for block in blocks if any(block.values())]


def _is_field(match: re.Match[str]) -> bool:
    """A bare word at the start of prose is no field: it needs a mark before it or a colon after it."""
    return bool(match["mark"].strip()) or ":" in match[0][: match.start("value") - match.start()]


def _unmarked(value: str) -> str:
    return value.strip().removeprefix("**").removesuffix("**").strip()


def _title_from(item: ItemText) -> str:
    words = (item.description or item.content).split()
    return " ".join(words[:8])
