"""Where a text stands in the rollout on screen: every place, shown or folded away, found off the GUI thread."""

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from rb_studio.gui.rooms.trajectories.opened import Opened
from rb_studio.gui.rooms.trajectories.plain import broken, count, readable
from rb_studio.gui.rooms.trajectories.prompt_text import prompt_of
from rb_studio.gui.rooms.trajectories.step_texts import reply_of
from rb_studio.store import annotations
from rb_studio.store.find_in import MOST, Extra, Presence, find_in, presence, step_texts
from rb_studio.store.find_text import FIELDS, REPEATING, Hit, Search

_Key = tuple[str, int | None, int | None]
HIDDEN_BLIND = frozenset(("verdict", "memory", "prompt"))


@dataclass(frozen=True, slots=True)
class RunHits:
    """Hits in reading order with the texts they stand in; `places` are the steps on screen, 0 for before the first.

    What belongs to no step has the place None. `steps` says for each step with hits how many.
    """

    hits: tuple[Hit, ...] = ()
    texts: Mapping[_Key, str] = field(default_factory=dict)
    places: tuple[int | None, ...] = ()
    steps: Mapping[int, int] = field(default_factory=dict)
    seen: Presence | None = None

    @property
    def cut(self) -> bool:
        """Whether there are more than are counted."""
        return len(self.hits) >= MOST

    def said(self) -> str:
        """In how many places of how many steps."""
        if not self.hits:
            return "nothing found"
        several = f"{len(self.hits):,}{'+' if self.cut else ''} hit{'' if len(self.hits) == 1 else 's'}"
        return f"{several} in {count(len(self.steps), 'step')}"

    def presence(self) -> str:
        """Where it is seen first and last, and where it comes and goes."""
        if self.seen is None:
            return ""
        changed = ", ".join(map(str, self.seen.changed[:12])) + ("\u2026" if len(self.seen.changed) > 12 else "")
        comes = f", comes or goes at {changed}" if changed else ""
        return f"Observed first after step {self.seen.first}, last after step {self.seen.last}{comes}"

    def stretch(self, at: int, opened: Opened, *, blind: bool = False) -> tuple[int, int]:
        """Start and length of a hit in the readable text its view shows."""
        hit = self.hits[at]
        text = self.texts.get((hit.field, hit.step, hit.item), "")
        start = len(readable(text[: hit.start]))
        length = len(readable(text[: hit.start + hit.length])) - start
        place = self.places[at]
        if hit.field == "prompt" and place:
            start += max(0, _whole(hit, opened, place, blind).rfind(broken(readable(text))))
        elif hit.field == "reply" and place:
            start += max(0, _whole(hit, opened, place, blind).find(readable(text)))
        return start, length


def fields_of(*, prompts: bool, blind: bool) -> frozenset[str]:
    """Where to look: prompts and replies repeat what stands elsewhere and are looked through on demand.

    Blind, nothing is looked through that tells.
    """
    chosen = frozenset(FIELDS) - (frozenset() if prompts else REPEATING)
    return chosen - HIDDEN_BLIND if blind else chosen


def look(conn: sqlite3.Connection, opened: Opened, search: Search, cancelled: Callable[[], bool]) -> RunHits:
    """Every place, with the number of hits of each step. Raises UsageError for a pattern that cannot be read."""
    extras = tuple(_extras(conn, opened, search.fields))
    found = find_in(opened.trajectory, extras, search, rollout=opened.id, run=opened.run.id, cancelled=cancelled)
    if cancelled():
        return RunHits()
    place_of = {step.number: place for place, step in enumerate(opened.trajectory.steps, 1)}
    places = tuple(_place(hit, place_of) for hit in found)
    steps = Counter(place for place in places if place)
    return RunHits(tuple(found), _texts(opened, extras, found), places, steps, presence(opened.trajectory, search))


def place_and_stretch(opened: Opened, hit: Hit, *, blind: bool = False) -> tuple[int | None, int, int]:
    """Where a hit of a search everywhere is seen: its step's place, and start and length in the readable text.

    Of what is sent or answered it is only known what stands there, and that is looked for.
    """
    place = _place(hit, {step.number: place for place, step in enumerate(opened.trajectory.steps, 1)})
    if hit.field in REPEATING and place:
        words = hit.snippet[hit.at : hit.at + hit.length]
        return place, max(0, _whole(hit, opened, place, blind).find(words)), len(words)
    texts = _texts(opened, (), (hit,))
    return place, *RunHits((hit,), texts, (place,)).stretch(0, opened)


def _whole(hit: Hit, opened: Opened, place: int, blind: bool) -> str:
    """The text of a tab that a prompt's message or a reply is part of."""
    if hit.field == "prompt":
        return prompt_of(opened, place, whole=True).text
    return readable(reply_of(opened, place, blind=blind))


def _place(hit: Hit, place_of: Mapping[int, int]) -> int | None:
    if hit.step is None:
        return 0 if hit.field == "observation" else None
    return place_of.get(hit.step)


def _extras(conn: sqlite3.Connection, opened: Opened, fields: frozenset[str]) -> Iterator[Extra]:
    if "prompt" in fields:
        yield from _prompts(opened)
    if "reply" in fields:
        for place, step in enumerate(opened.trajectory.steps, 1):
            for number, call in enumerate(opened.calls.get(place, ())):
                yield Extra("reply", call.reply.text, step.number, number)
    for place, verdict in enumerate(opened.verdicts):
        yield Extra("verdict", verdict.reason, item=place)
    yield Extra("memory", opened.trajectory.memory_block)
    if "note" in fields:
        for note in annotations.of_rollouts(conn, [opened.row.uid]).get(opened.row.uid, ()):
            text = f"{note.label}\n{note.comment}".strip("\n")
            yield Extra("note", text, note.anchor.step_number or None, note.id)


def _prompts(opened: Opened) -> Iterator[Extra]:
    """Each message at the step it was first sent at."""
    before: Sequence[object] = ()
    for place, step in enumerate(opened.trajectory.steps, 1):
        calls = opened.calls.get(place, ())
        messages = calls[-1].messages if calls else ()
        known = 0
        while known < min(len(before), len(messages)) and before[known] == messages[known]:
            known += 1
        for number, message in enumerate(messages[known:], known):
            yield Extra("prompt", message.content, step.number, number)
        before = messages or before


def _texts(opened: Opened, extras: Sequence[Extra], hits: Sequence[Hit]) -> dict[_Key, str]:
    """The texts that have hits."""
    wanted = {(hit.field, hit.step, hit.item) for hit in hits}
    trajectory = opened.trajectory
    of_rollout: dict[_Key, str] = {
        ("observation", None, None): trajectory.first_observation,
        ("answer", None, None): trajectory.answer or "",
        ("patch", None, None): trajectory.patch or "",
    }
    numbers = {step for _, step, _ in wanted}
    of_steps: dict[_Key, str] = {
        (name, step.number, None): text
        for step in trajectory.steps
        if step.number in numbers
        for name, text in step_texts(step)
    }
    of_extras: dict[_Key, str] = {(extra.field, extra.step, extra.item): extra.text for extra in extras}
    return {key: text for key, text in {**of_rollout, **of_steps, **of_extras}.items() if key in wanted}
