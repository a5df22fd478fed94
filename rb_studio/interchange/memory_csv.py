"""Memory items as a table, one row each, for spreadsheets: written, and read back after editing.

A row needs a title and a content or description; every other column may be missing, stand elsewhere or be new. What a
row is known by is its `uid`; one without is a new item. Spreadsheets that write semicolons or tabs are read too.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rb_studio.interchange.atomic import writing
from rb_studio.interchange.item_cells import FORMULA, cell, state_in, tags_in
from rb_studio.interchange.loaded import LoadedFile
from rb_studio.interchange.sniff import MEMORY_CSV
from rb_studio.interchange.source import Source
from rb_studio.records.errors import UnreadableInput
from rb_studio.records.identity import uid
from rb_studio.records.memory import Experience, MemoryItem

COLUMNS = (
    "id",
    "uid",
    "title",
    "description",
    "content",
    "state",
    "polarity",
    "tags",
    "task_key",
    "task_text",
    "experience_uid",
    "label_source",
    "mode",
    "model",
    "simulated",
    "used",
    "version",
    "created_at",
)
_READ = ("uid", "title", "description", "content", "state", "polarity", "tags", "task_key", "task_text")
_MORE = ("experience_uid", "label_source", "mode", "model", "simulated")
_TAG = re.compile(r'\s*("(?:[^"\\]|\\.)*"|[^;]+)')
_YES = ("true", "1", "yes")


def write_memories_csv(rows: Iterable[Mapping[str, Any]], target: Path) -> int:
    """Write rows of `COLUMNS` (tags as a sequence) and return how many. Raises CannotWrite."""
    number = 0
    with writing(target) as file:
        writer = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
        writer.writerow(COLUMNS)
        for row in rows:
            writer.writerow([cell(row.get(name)) for name in COLUMNS])
            number += 1
    return number


def joined_tags(tags: Sequence[str]) -> str:
    """Tags in one cell; one that would not read back stands as a JSON string."""
    return "; ".join(tag if _plain(tag) else json.dumps(tag, ensure_ascii=False) for tag in tags)


def read_memories_csv(source: Source) -> LoadedFile:
    """Read a table of items. Raises UnreadableInput naming the row at fault."""
    rows = _rows(source)
    experiences: dict[str, Experience] = {}
    loose: dict[str, MemoryItem] = {}
    for number, row in rows:
        item = _item(source, number, row)
        if item is None:
            continue
        if item.uid in loose or any(item.uid == one.uid for e in experiences.values() for one in e.items):
            source.warn(f"row {number} repeats the uid of another and was read as a new item")
            item = replace(item, uid=uid("item-text", number, item.title, item.description, item.content))
        _place(item, row, experiences, loose)
    return LoadedFile(
        str(source.path),
        MEMORY_CSV,
        experiences=tuple(experiences.values()),
        items=tuple(loose.values()),
        mapped=(*_READ, *_MORE),
        skipped=("sources and histories, which a table does not carry",),
        warnings=source.warnings,
    )


def _rows(source: Source) -> list[tuple[int, dict[str, str]]]:
    """Rows under lower-case names of columns, numbered as a spreadsheet shows them."""
    text = source.text
    delimiter = max(",;\t", key=text.split("\n", 1)[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    found = []
    try:
        names = [name.strip().lower() for name in next(reader, [])]
        for number, cells in enumerate(reader, 2):
            if any(cell.strip() for cell in cells):
                found.append((number, dict(zip(names, cells, strict=False))))
    except csv.Error as error:
        raise UnreadableInput(
            f"line {reader.line_num} of {source.path} is no row of a table ({error}); mend it."
        ) from None
    return found


def _item(source: Source, number: int, row: Mapping[str, str]) -> MemoryItem | None:
    title, description, content = (_text(row.get(name, "")) for name in ("title", "description", "content"))
    if not title.strip() or not (description.strip() or content.strip()):
        source.warn(f"row {number} has no title, or neither description nor content, and was left out")
        return None
    return MemoryItem(
        _text(row.get("uid", "")) or uid("item-text", title, description, content),
        title,
        description,
        content,
        polarity=_text(row.get("polarity", "")),
        state=state_in(row.get("state", ""), source, f"row {number}"),
        tags=tags_in(_text(row.get("tags", "")), _TAG),
        label_source=_text(row.get("label_source", "")),
        mode=_text(row.get("mode", "")) or "reasoningbank",
        model=_text(row.get("model", "")),
        simulated=row.get("simulated", "").strip().lower() in _YES,
    )


def _place(
    item: MemoryItem, row: Mapping[str, str], experiences: dict[str, Experience], loose: dict[str, MemoryItem]
) -> None:
    """Into the experience the row names, or one of its task, or among the loose ones."""
    name, task = _text(row.get("experience_uid", "")), _text(row.get("task_text", ""))
    if not name and task:
        name = uid("experience-text", task)
    if not name:
        loose[item.uid] = item
        return
    known = experiences.get(name) or Experience(name, _text(row.get("task_key", "")), task, (), kind="import")
    experiences[name] = replace(known, items=(*known.items, item))


def _plain(tag: str) -> bool:
    return tag == tag.strip() and ";" not in tag and not tag.startswith('"') and "\n" not in tag and bool(tag)


def _text(given: str) -> str:
    return given[1:] if given.startswith("'") and FORMULA.match(given) else given
