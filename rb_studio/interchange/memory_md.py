"""Memory items as Markdown that people edit by hand and that reads back.

One `# Memory Item` heading per item, a short list with state, tags and origin, then Title, Description and Content as
records.item_text renders them. A text of several lines stands in a block quote, so that nothing in it is taken for
structure. What was written by hand in another way is read as a model's reply would be.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from rb_studio.interchange.atomic import writing
from rb_studio.interchange.item_cells import state_in, tags_in, unquoted
from rb_studio.interchange.loaded import LoadedFile
from rb_studio.interchange.sniff import MEMORY_MARKDOWN
from rb_studio.interchange.source import Source, clean_text
from rb_studio.records.identity import uid
from rb_studio.records.item_text import ItemText, parse_items, render_item
from rb_studio.records.memory import Experience, MemoryItem

_HEADING = re.compile(r"#{1,3}\s+Memory Item\b", re.IGNORECASE)
_FIELD = re.compile(r"##\s+(Title|Description|Content|Evidence)(?=[\s:]|$)\s*:?\s*(.*?)\s*$", re.IGNORECASE)
_FACT = re.compile(r"\s*[-*]\s+([A-Za-z][A-Za-z ]*?)\s*:\s*(.*?)\s*$")
_TAG = re.compile(r'\s*("(?:[^"\\]|\\.)*"|[^,]+)')
_PLACEHOLDER = "…"


def write_memories_md(experiences: Iterable[Experience], target: Path, items: Iterable[MemoryItem] = ()) -> int:
    """Write the items of experiences, then loose ones, and return how many. Raises CannotWrite."""
    pairs = [(item, experience) for experience in experiences for item in experience.items]
    every: list[tuple[MemoryItem, Experience | None]] = [*pairs, *((item, None) for item in items)]
    with writing(target) as file:
        for number, (item, experience) in enumerate(every, 1):
            file.write(clean_text(item_markdown(item, number, experience)) + "\n\n")
    return len(every)


def item_markdown(item: MemoryItem, number: int, experience: Experience | None = None) -> str:
    """One item as Markdown; line ends become newlines."""
    texts = [_lines_normal(text) for text in (item.title, item.description, item.content)]
    inline = ItemText(*(text if _is_inline(text) else _PLACEHOLDER for text in texts))
    heading, *fields = render_item(inline, number).split("\n")
    facts = [f"- {name}: {value}" for name, value in _facts(item, experience) if value]
    return "\n".join([heading, *facts, *(_field(line, text) for line, text in zip(fields, texts, strict=True))])


def _field(line: str, text: str) -> str:
    """A rendered field, with its text in a block quote where that does not fit one line."""
    if _is_inline(text):
        return line
    quoted = "\n".join(f"> {part}" if part else ">" for part in text.split("\n")) if text else ""
    return f"{line.removesuffix(_PLACEHOLDER).rstrip()}\n{quoted}".rstrip("\n")


def _is_inline(text: str) -> bool:
    return bool(text) and text == text.strip() and "\n" not in text and not text.startswith((":", ">", "```"))


def _lines_normal(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _facts(item: MemoryItem, experience: Experience | None) -> Iterator[tuple[str, str]]:
    yield "State", str(item.state)
    yield "Tags", ", ".join(_quoted(tag, ",") for tag in item.tags)
    yield "Polarity", item.polarity
    yield "Label", item.label_source
    yield "Id", item.uid
    if experience is not None:
        yield "Task", _quoted(experience.task_text)
        yield "Task key", _quoted(experience.task_key)
        yield "Experience", experience.uid


def _quoted(text: str, forbidden: str = "\n") -> str:
    """A text as it is where that reads back, else as a JSON string."""
    text = _lines_normal(text)
    plain = text == text.strip() and "\n" not in text and forbidden not in text and not text.startswith('"')
    return text if plain else json.dumps(text, ensure_ascii=False)


def read_memories_md(source: Source) -> LoadedFile:
    """Read items from Markdown; hand edits and models' own variants are accepted, what was odd is said."""
    experiences: dict[str, Experience] = {}
    loose: dict[str, MemoryItem] = {}
    taken: set[str] = set()
    for number, block in enumerate(_blocks(source.text), 1):
        facts, texts = _read_block(block)
        if not texts:
            source.warn(f"memory item {number} has neither description nor content and was left out")
        for text in texts:
            item = _item(text, facts, number, taken, source)
            taken.add(item.uid)
            _place(item, facts, experiences, loose)
    return LoadedFile(
        str(source.path),
        MEMORY_MARKDOWN,
        experiences=tuple(experiences.values()),
        items=tuple(loose.values()),
        mapped=("title", "description", "content", "state", "tags", "polarity", "label", "task"),
        skipped=("sources, models and prompts, which Markdown does not carry",),
        warnings=source.warnings,
    )


def _blocks(text: str) -> list[list[str]]:
    """The lines of each item; what stands before the first heading is a preface."""
    blocks: list[list[str]] = []
    for line in _lines_normal(text).split("\n"):
        if _HEADING.match(line):
            blocks.append([line])
        elif blocks:
            blocks[-1].append(line)
    return blocks


def _read_block(block: Sequence[str]) -> tuple[dict[str, str], list[ItemText]]:
    facts: dict[str, str] = {}
    fields: dict[str, list[str]] = {}
    current: list[str] | None = None
    for line in block[1:]:
        field = _FIELD.match(line)
        fact = _FACT.match(line) if current is None else None
        if field:
            current = fields.setdefault(field[1].lower(), [])
            current[:] = [field[2]]
        elif current is not None:
            current.append(line)
        elif fact:
            facts[fact[1].lower()] = fact[2]
    texts = {name: _value(lines) for name, lines in fields.items()}
    if texts.get("content") or texts.get("description") or (texts.get("title") and facts.get("id")):
        return facts, [ItemText(**{"title": "", **texts})]
    return facts, list(parse_items("\n".join(block)).items)


def _value(lines: Sequence[str]) -> str:
    """The text of a field: its block quote where it has one, else its line with what follows."""
    inline, rest = lines[0], list(lines[1:])
    while rest and not rest[-1].strip():
        rest.pop()
    start = next((line for line in rest if line.strip()), "")
    if inline or not start.startswith(">"):
        return _unfenced([inline, *rest])
    rest = rest[rest.index(start) :]
    end = next((place for place, line in enumerate(rest) if not line.startswith(">")), len(rest))
    quoted = [line[2:] if line.startswith("> ") else line[1:] for line in rest[:end]]
    after = "\n".join(rest[end:]).strip()
    return "\n".join(quoted) + (f"\n{after}" if after else "")


def _unfenced(lines: Sequence[str]) -> str:
    """Lines as one text; a fence opened before the first item and closed after the last is dropped."""
    kept = list(lines)
    fences = sum(line.strip().startswith("```") for line in kept)
    if fences % 2 and len(kept) > 1 and kept[-1].strip() == "```":
        kept.pop()
    return "\n".join(kept).strip()


def _item(text: ItemText, facts: dict[str, str], number: int, taken: set[str], source: Source) -> MemoryItem:
    title = text.title or " ".join((text.description or text.content).split()[:8])
    own = facts.get("id", "")
    if own in taken:
        source.warn(f"memory item {number} repeats the id of another; it was read as a new item")
        own = ""
    made = uid("item-text", title, text.description, text.content)
    item = MemoryItem(own or made, title, text.description, text.content, polarity=facts.get("polarity", ""))
    label = facts.get("label", "")
    return replace(
        item,
        state=state_in(facts.get("state", ""), source, f"memory item {number}"),
        tags=tags_in(facts.get("tags", ""), _TAG),
        label_source=label,
    )


def _place(
    item: MemoryItem, facts: dict[str, str], experiences: dict[str, Experience], loose: dict[str, MemoryItem]
) -> None:
    """Put an item into its experience, or among the loose ones."""
    name, task = facts.get("experience", ""), unquoted(facts.get("task", ""))
    if not name and task:
        name = uid("experience-text", task)
    if not name:
        loose[item.uid] = item
        return
    known = experiences.get(name) or Experience(name, unquoted(facts.get("task key", "")), task, ())
    experiences[name] = replace(known, items=(*known.items, item))
