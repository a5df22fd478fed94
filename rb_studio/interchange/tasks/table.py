"""Rows with named columns, whatever file they come from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rb_studio.interchange.tasks.reading import parse_json
from rb_studio.records.errors import UnreadableInput


@dataclass(frozen=True, slots=True)
class Row:
    """One row; `where` says where it stands (`line 4`, `item 2`)."""

    where: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of one file and all column names in order of appearance. `kind` is json, jsonl or csv."""

    path: Path
    kind: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    warnings: tuple[str, ...] = ()


def json_table(value: Any, path: Path) -> Table:
    """A table from an array of objects, an object holding one such array, or a single object."""
    name, items = _items(value, path)
    rows = []
    for number, item in enumerate(items, start=1):
        where = f"item {number}{name}"
        if not isinstance(item, dict):
            raise UnreadableInput(f"{path} is no task file: {where} is no object with named fields")
        rows.append(Row(where, item))
    return _table(path, "json", rows)


def jsonl_table(text: str, path: Path) -> Table:
    """A table from one JSON object per line; blank lines are passed over."""
    rows = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        value = parse_json(line, f"line {number} of {path}")
        if not isinstance(value, dict):
            raise UnreadableInput(f"line {number} of {path} is no JSON object; every line holds one task")
        rows.append(Row(f"line {number}", value))
    return _table(path, "jsonl", rows)


def _items(value: Any, path: Path) -> tuple[str, list[Any]]:
    if isinstance(value, list):
        return "", value
    if not isinstance(value, dict):
        raise UnreadableInput(f"{path} is no task file: it holds neither an array of tasks nor an object with one")
    lists = {key: part for key, part in value.items() if _objects(part)}
    if len(lists) > 1:
        names = ", ".join(lists)
        raise UnreadableInput(f"{path} holds several lists ({names}); keep the tasks in a file of their own")
    if lists:
        key, items = lists.popitem()
        return f" of {key}", items
    return "", [value]


def _objects(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)


def _table(path: Path, kind: str, rows: Sequence[Row]) -> Table:
    if not rows:
        raise UnreadableInput(f"{path} holds no tasks")
    columns = dict.fromkeys(column for row in rows for column in row.values)
    return Table(path, kind, tuple(columns), tuple(rows))
