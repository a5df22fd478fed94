"""The texts of an item as given: options, a file in item form, or what is piped in; and files of many items."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from rb_studio.cli.given_text import read_text
from rb_studio.records.errors import UnreadableInput, UsageError
from rb_studio.records.item_text import ItemText, parse_items

if TYPE_CHECKING:
    from rb_studio.interchange.loaded import LoadedFile

FORM = "one item as `# Memory Item 1`, `## Title …`, `## Description …`, `## Content …`"
FIELDS = ("title", "description", "content")


def given_item(args: argparse.Namespace, kept: ItemText | None = None) -> ItemText:
    """The item's texts: an option before the file, the file before what is kept.

    Raises
    ------
    UsageError
        Nothing was given, or a new item lacks a text.
    UnreadableInput
        The file does not hold exactly one item.
    """
    named = {field: getattr(args, field) for field in FIELDS if hasattr(args, field)}
    source = getattr(args, "file", None)
    if source is not None:
        read = _from_file(source, titled="title" in named)
        named = {**{field: getattr(read, field) for field in FIELDS if getattr(read, field)}, **named}
    if kept is None:
        _refuse_missing(named)
    old = kept or ItemText("")
    return ItemText(*(named.get(field, getattr(old, field)) for field in FIELDS))


def given_file(args: argparse.Namespace) -> "LoadedFile":
    """The file named, with the memory items it holds. Raises UsageError for a folder, else UnreadableInput."""
    from rb_studio.interchange.load import load_path

    path = Path(args.given)
    if path.is_dir():
        raise UsageError(f"{path} is a folder: name one file, or read all of it with `rb-studio import`")
    (file,) = load_path(path)
    if file.error is not None:
        raise UnreadableInput(file.error)
    if not file.item_count:
        raise UnreadableInput(f"{path} holds no memory items: {file.report}")
    return file


def anything_given(args: argparse.Namespace) -> bool:
    """Whether a text, or a file with texts, was named."""
    return any(hasattr(args, name) for name in (*FIELDS, "file"))


def _from_file(source: str, *, titled: bool) -> ItemText:
    shown = "standard input" if source == "-" else source
    parsed = parse_items(read_text(source))
    if len(parsed.items) != 1:
        held = f"{len(parsed.items)} items" if parsed.items else "no memory item"
        raise UnreadableInput(f"{shown} holds {held}: write {FORM}, or use `rb-studio import` for many")
    if parsed.warnings and not titled:
        raise UnreadableInput(f"{shown}: {parsed.warnings[0]}: write {FORM}, or give --title")
    return parsed.items[0]


def _refuse_missing(named: dict[str, str]) -> None:
    missing = [f"--{field}" for field in FIELDS if not named.get(field, "").strip()]
    if "--title" in missing or "--content" in missing:
        raise UsageError(f"a memory item needs {' and '.join(missing)}: give them, or --file with {FORM}")
