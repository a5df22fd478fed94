"""Our own memory file: JSON lines with every field of experiences and items, lossless both ways.

An `experience` line comes before the `item` lines that belong to it; an item line also names its experience and
task, so that items picked out of a file by hand still arrive with what they were learned from.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from rb_studio.interchange.atomic import writing
from rb_studio.interchange.codec import from_plain, to_plain
from rb_studio.interchange.loaded import LoadedFile
from rb_studio.interchange.sniff import OWN_MEMORIES
from rb_studio.interchange.source import Source, clean_text
from rb_studio.records.errors import UnreadableInput
from rb_studio.records.identity import uid
from rb_studio.records.memory import Experience, MemoryItem

VERSION = 1
NumbersOf = Mapping[str, tuple[str, Sequence[float]]]


@dataclass(frozen=True, slots=True)
class MemoryExport:
    """What goes into a memory file.

    `items` belong to no experience. `vectors` maps experience uids to (embedder identity, float[d]); `versions` maps
    item uids to earlier texts, oldest first. Both may be left out.
    """

    experiences: Sequence[Experience] = ()
    items: Sequence[MemoryItem] = ()
    vectors: NumbersOf = field(default_factory=dict)
    versions: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)


def write_memories(export: MemoryExport, target: Path) -> int:
    """Write a bank and return the number of items. Raises CannotWrite."""
    count = 0
    with writing(target) as file:
        for line in _lines(export):
            file.write(clean_text(json.dumps(line, ensure_ascii=False, default=str)) + "\n")
            count += line["rb_studio"] == "item"
    return count


def _lines(export: MemoryExport) -> Iterator[dict[str, Any]]:
    for experience in export.experiences:
        line = {"rb_studio": "experience", "version": VERSION, **to_plain(replace(experience, items=()))}
        del line["items"]
        if experience.uid in export.vectors:
            embedder, numbers = export.vectors[experience.uid]
            line["vector"] = {"embedder": embedder, "values": [float(number) for number in numbers]}
        yield line
        yield from (_item_line(item, experience, export) for item in experience.items)
    yield from (_item_line(item, None, export) for item in export.items)


def _item_line(item: MemoryItem, experience: Experience | None, export: MemoryExport) -> dict[str, Any]:
    line: dict[str, Any] = {"rb_studio": "item", "version": VERSION, **to_plain(item)}
    if experience is not None:
        line["experience"] = {
            "uid": experience.uid,
            "task_key": experience.task_key,
            "task_text": experience.task_text,
        }
    if export.versions.get(item.uid):
        line["versions"] = [dict(version) for version in export.versions[item.uid]]
    return line


class _Reading:
    """The experiences and items of a file while its lines are read."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.experiences: dict[str, Experience] = {}
        self.items: dict[str, MemoryItem] = {}
        self.home: dict[str, str | None] = {}
        self.vectors: dict[str, tuple[str, tuple[float, ...]]] = {}
        self.versions: dict[str, tuple[Mapping[str, Any], ...]] = {}

    def line(self, value: dict[str, Any]) -> None:
        if value["rb_studio"] == "experience":
            self._experience(value)
        else:
            self._item(value)

    def _experience(self, value: dict[str, Any]) -> None:
        experience = from_plain(Experience, {**value, "items": ()})
        self.experiences[experience.uid] = experience
        vector = value.get("vector")
        if isinstance(vector, dict):
            numbers = tuple(float(number) for number in vector.get("values") or ())
            self.vectors[experience.uid] = (str(vector.get("embedder") or ""), numbers)

    def _item(self, value: dict[str, Any]) -> None:
        item = from_plain(MemoryItem, {"uid": _text_uid(value), **value})
        if item.uid in self.items:
            self.source.warn(f"the item {item.uid} is there twice; its last line was kept")
        self.items[item.uid] = item
        self.home[item.uid] = self._home(value.get("experience"))
        versions = value.get("versions")
        if isinstance(versions, list):
            self.versions[item.uid] = tuple(version for version in versions if isinstance(version, dict))

    def _home(self, named: Any) -> str | None:
        """Uid of the experience an item line names; one without a line of its own is made from that."""
        if not isinstance(named, dict) or not isinstance(named.get("uid"), str):
            return None
        if named["uid"] not in self.experiences:
            fields = {"task_key": "", "task_text": "", **named, "items": ()}
            self.experiences[named["uid"]] = from_plain(Experience, fields)
        return str(named["uid"])

    def filled(self) -> tuple[Experience, ...]:
        """The experiences with their items."""
        inside: dict[str, list[MemoryItem]] = {}
        for name, item in self.items.items():
            home = self.home[name]
            if home is not None:
                inside.setdefault(home, []).append(item)
        return tuple(replace(one, items=tuple(inside.get(one.uid, ()))) for one in self.experiences.values())


def _text_uid(value: Mapping[str, Any]) -> str:
    return uid("item-text", value.get("title"), value.get("description"), value.get("content"))


def read_memories(source: Source) -> LoadedFile:
    """Read our own file. Raises UnreadableInput naming the line at fault."""
    reading = _Reading(source)
    for number, value in source.lines():
        where = f"line {number} of {source.path}"
        if not isinstance(value, dict) or value.get("rb_studio") not in ("experience", "item"):
            raise UnreadableInput(f"{where} is no memory record; export the file again.")
        if value.get("version") != VERSION:
            raise UnreadableInput(f"{where} was written by another version; open it with that version of rb-studio.")
        try:
            reading.line(value)
        except (ValueError, TypeError) as error:
            raise UnreadableInput(f"{where} is damaged ({error}); mend that line.") from error
    return LoadedFile(
        str(source.path),
        OWN_MEMORIES,
        experiences=reading.filled(),
        items=tuple(item for item in reading.items.values() if reading.home[item.uid] is None),
        vectors=reading.vectors,
        versions=reading.versions,
        mapped=("every field",),
        warnings=source.warnings,
    )
