"""The text form of memory items: parse what a model wrote, render what is injected or exported.

The form is the paper's (section 3 and appendix): a heading `# Memory Item i`, then Title, Description and
Content. The parser accepts the variants models produce; the renderer writes one form only.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

FIELDS = ("title", "description", "content", "evidence")
_MARKS = re.compile(r"(?:[#>*_+\-`\s]|\d{1,3}[.)]\s)*")
_HEADING = re.compile(r"(?P<memory>memory\s+)?item\b[\s#*_]*(?P<number>\d{0,6})\b(?P<rest>.*)", re.IGNORECASE)
_NAME = re.compile(r"(?P<name>title|description|content|evidence)(?P<rest>(?![\w-]).*|_.*)", re.IGNORECASE)
_COLON = re.compile(r"[*_`]*\s{0,3}[:：][*_`]*(?P<value>.*)")
_CLOSED = re.compile(r"[*_`]+(?P<value>\s.*|$)")
_FENCE = re.compile(r"\s{0,8}(?:```|~~~)\s*(?P<info>\S*)")
_RULE = re.compile(r"\s{0,8}(?:-{3,}|\*{3,}|_{3,}|={3,})\s*")
_WORD = re.compile(r"[^\W_]+(?:[-'’.]?[^\W_]+)*")
_BOLD = re.compile(r"\*\*((?:[^*\n]|\*(?!\*))+)\*\*")
_LEAD = re.compile(r"\A(?:[*_]*\s*[:：][*_]*\s*|[-–—*_+]+(?:\s+|$))+")


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


def embedded_text(item: Renderable) -> str:
    """The text an item is embedded by."""
    return "\n".join((item.title, item.description, item.content))


def render_item(item: Renderable, number: int) -> str:
    """One item as it is injected and exported."""
    return (
        f"# Memory Item {number}\n## Title {item.title}\n## Description {item.description}\n## Content {item.content}"
    )


def render_items(items: Iterable[Renderable]) -> str:
    """Items numbered from 1, separated by blank lines."""
    return "\n\n".join(render_item(item, number) for number, item in enumerate(items, 1))


def parse_items(text: str, limit: int | None = None) -> ParsedItems:
    """Read the items out of a model's reply; never raises.

    Parsing what `render_items` made of parsed items gives the same items again.

    Parameters
    ----------
    text
        Any text; fences, preambles, bold or colon variants and values on the next line are accepted.
        Lines of a content are kept as lines; a title, a description or an evidence becomes one line.
    limit
        Items beyond this number are dropped with a warning.
    """
    found: list[ItemText] = []
    warnings: list[str] = []
    for number, lines in enumerate(_blocks(text), 1):
        item = _item(lines)
        if not _WORD.search(item.content + item.description):
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


@dataclass
class _Reader:
    """Sorts lines into the fields of items.

    A fence opened outside a field wraps the items, and closing it ends the field; a fence opened inside
    a field belongs to its text.
    """

    blocks: list[dict[str, list[str]]] = field(default_factory=list)
    field: str | None = None
    wrapped: bool = False

    def read(self, line: str) -> None:
        fence = _FENCE.match(line)
        if fence and (self.field is None or (self.wrapped and not fence["info"])):
            self.wrapped, self.field = not self.wrapped, None
        elif _RULE.fullmatch(line):
            return
        elif not self._opens_item(line) and not self._opens_field(line) and self.field is not None:
            self.blocks[-1][self.field].append(line)

    def _opens_item(self, line: str) -> bool:
        marks = _MARKS.match(line)
        heading = _HEADING.match(line, marks.end() if marks else 0)
        if heading is None or not _is_heading(heading, marks[0] if marks else ""):
            return False
        self.blocks.append({"heading": [heading["rest"].strip(" \t#*_:-–—.()")]})
        self.field = None
        return True

    def _opens_field(self, line: str) -> bool:
        marks = _MARKS.match(line)
        name = _NAME.match(line, marks.end() if marks else 0)
        value = _field_value(name["rest"], marks[0] if marks else "") if name else None
        if name is None or value is None:
            return False
        self.field = name["name"].lower()
        if not self.blocks or (self.field == "title" and self.blocks[-1].keys() - {"heading"}):
            self.blocks.append({})
        lines = self.blocks[-1].setdefault(self.field, [])
        if not lines or value.strip():
            lines.append(line if lines else value)
        return True


def _blocks(text: str) -> list[dict[str, list[str]]]:
    """Lines grouped by item and field; a second title also opens a new item."""
    reader = _Reader()
    for line in text.splitlines():
        reader.read(line)
    return [block for block in reader.blocks if any(any(lines) for lines in block.values())]


def _is_heading(heading: re.Match[str], marks: str) -> bool:
    """Prose and bullets may begin with these words too: a heading is marked or numbered, the short form both."""
    marked, numbered = "#" in marks or "**" in marks, bool(heading["number"])
    return (marked or numbered) if heading["memory"] else (marked and numbered)


def _field_value(rest: str, marks: str) -> str | None:
    """What follows a field's name; None for a bare word of prose, which has neither colon, `#` nor bold."""
    colon = _COLON.match(rest)
    if colon:
        return colon["value"]
    closed = _CLOSED.match(rest) if marks[-1:] in ("*", "_", "`") else None
    if closed:
        return closed["value"]
    return rest if "#" in marks and (not rest or rest[0].isspace()) else None


def _item(lines: dict[str, list[str]]) -> ItemText:
    texts = {name: _canonical(" ".join(" ".join(lines.get(name, ())).split())) for name in (*FIELDS, "heading")}
    content = _canonical("\n".join(line.rstrip() for line in lines.get("content", ())))
    return ItemText(texts["title"] or texts["heading"], texts["description"], content, texts["evidence"])


def _canonical(text: str) -> str:
    """Without the signs that stand between a field's name and its text, and without bold around the whole."""
    while True:
        bare = _without_odd_fence(_LEAD.sub("", text.strip(), count=1))
        bold = _BOLD.fullmatch(bare)
        bare = bold[1] if bold else bare
        if bare == text:
            return text
        text = bare


def _without_odd_fence(text: str) -> str:
    """A fence that lies only half inside the field goes."""
    lines = text.split("\n")
    others = [line for line in lines if not _FENCE.match(line)]
    return "\n".join(others) if (len(lines) - len(others)) % 2 else text


def _title_from(item: ItemText) -> str:
    words = _WORD.findall(item.description) or _WORD.findall(item.content)
    return " ".join(words[:8])[:80]
