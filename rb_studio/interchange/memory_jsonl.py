"""Our own memory file: JSON lines with every field of experiences and items and their histories, lossless both ways.

A history also holds what is said of an item beside its texts: grades of labelled tasks, stages, names of themes.
An `experience` line comes before the `item` lines that belong to it; an item line also names its experience and
task, so that items picked out of a file by hand still arrive with what they were learned from.
"""

import json
from base64 import b64decode, b64encode
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
from rb_studio.records.item_past import Act, ItemPast, PastText
from rb_studio.records.memory import Experience, MemoryItem

VERSION = 1
_FLOAT = "<f4"
# By uid, vectors (numbers or float32[d]) of a text with the identity of the model that made each.
VectorsOf = Mapping[str, Sequence[tuple[str, Any]]]
Vectors = tuple[tuple[str, tuple[float, ...]], ...]


@dataclass(frozen=True, slots=True)
class MemoryExport:
    """What goes into a memory file.

    `items` belong to no experience. `vectors` are those of the experiences' task texts, `item_vectors` of the items'
    own; `pasts` are histories by item uid. All three may be left out.
    """

    experiences: Sequence[Experience] = ()
    items: Sequence[MemoryItem] = ()
    vectors: VectorsOf = field(default_factory=dict)
    pasts: Mapping[str, ItemPast] = field(default_factory=dict)
    item_vectors: VectorsOf = field(default_factory=dict)


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
        yield line | _vectors_line(export.vectors.get(experience.uid, ()))
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
    if item.uid in export.pasts:
        line["past"] = _past_line(export.pasts[item.uid])
    return line | _vectors_line(export.item_vectors.get(item.uid, ()))


def _past_line(past: ItemPast) -> dict[str, Any]:
    """A history; what an operation left alone is left out."""
    links = [{"kind": one.kind, "other": one.other, "act": _act_line(one.act)} for one in past.links]
    return {
        "created_at": past.created_at,
        "events": [
            {
                "act": _act_line(event.act),
                **({} if event.text is None else {"text": _text_line(event.text)}),
                **({} if event.state is None else {"state": event.state}),
                **({"tagged": event.tagged} if event.tagged else {}),
                **({"untagged": event.untagged} if event.untagged else {}),
            }
            for event in past.events
        ],
        **({"links": links} if links else {}),
        **({"doubts": dict(past.doubts)} if past.doubts else {}),
        **_notes_line(past),
    }


def _notes_line(past: ItemPast) -> dict[str, Any]:
    """What people and models said of an item beside its texts."""
    grades = [
        {"task": one.task, "grade": one.grade, "act": _act_line(one.act)}
        | ({} if one.template is None else {"template": one.template})
        | ({} if one.paraphrase_of is None else {"paraphrase_of": one.paraphrase_of})
        for one in past.grades
    ]
    stages = [{"by": one.by, "stage": one.stage, "act": _act_line(one.act)} for one in past.stages]
    theme = past.theme
    return {
        **({"grades": grades} if grades else {}),
        **({"stages": stages} if stages else {}),
        **({} if theme is None else {"theme": {"name": theme.name, "act": _act_line(theme.act)}}),
    }


def _text_line(text: PastText) -> dict[str, Any]:
    return {
        "number": text.number,
        "title": text.title,
        "description": text.description,
        "content": text.content,
    }


def _act_line(act: Act) -> dict[str, Any]:
    return {"number": act.number, "at": act.at, "who": act.who, "label": act.label, "reason": act.reason}


def _vectors_line(vectors: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Numbers as base64 of little-endian float32: a third of the digits, and exact."""
    import numpy as np

    packed = [
        {"embedder": embedder, "float32": b64encode(np.asarray(numbers, _FLOAT).tobytes()).decode("ascii")}
        for embedder, numbers in vectors
    ]
    return {"vectors": packed} if packed else {}


def _read_vectors(value: Mapping[str, Any]) -> Vectors:
    """The vectors of a line. Raises ValueError."""
    import numpy as np

    found = []
    for one in value.get("vectors") or ():
        raw = b64decode(one["float32"], validate=True)
        numbers = tuple(float(number) for number in np.frombuffer(raw, _FLOAT))
        found.append((str(one["embedder"]), numbers))
    return tuple(found)


class _Reading:
    """The experiences and items of a file while its lines are read."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.experiences: dict[str, Experience] = {}
        self.items: dict[str, MemoryItem] = {}
        self.home: dict[str, str | None] = {}
        self.vectors: dict[str, Vectors] = {}
        self.item_vectors: dict[str, Vectors] = {}
        self.pasts: dict[str, ItemPast] = {}

    def line(self, value: dict[str, Any]) -> None:
        if value["rb_studio"] == "experience":
            self._experience(value)
        else:
            self._item(value)

    def _experience(self, value: dict[str, Any]) -> None:
        experience = from_plain(Experience, {**value, "items": ()})
        self.experiences[experience.uid] = experience
        vectors = _read_vectors(value)
        if vectors:
            self.vectors[experience.uid] = vectors

    def _item(self, value: dict[str, Any]) -> None:
        item = from_plain(MemoryItem, {"uid": _text_uid(value), **value})
        if item.uid in self.items:
            self.source.warn(f"the item {item.uid} is there twice; its last line was kept")
        self.items[item.uid] = item
        self.home[item.uid] = self._home(value.get("experience"))
        vectors = _read_vectors(value)
        if vectors:
            self.item_vectors[item.uid] = vectors
        if value.get("past") is not None:
            self.pasts[item.uid] = from_plain(ItemPast, value["past"])

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
        except (ValueError, TypeError, KeyError) as error:
            raise UnreadableInput(f"{where} is damaged ({error}); mend that line.") from error
    return LoadedFile(
        str(source.path),
        OWN_MEMORIES,
        experiences=reading.filled(),
        items=tuple(item for item in reading.items.values() if reading.home[item.uid] is None),
        vectors=reading.vectors,
        item_vectors=reading.item_vectors,
        pasts=reading.pasts,
        mapped=("every field",),
        warnings=source.warnings,
    )
