"""Merging by a model: one call decides what becomes of new items that are like items the bank holds."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from rb_studio.method.calls import Caller
from rb_studio.method.similar import Neighbours
from rb_studio.records.calls import CONSOLIDATE
from rb_studio.records.identity import uid
from rb_studio.records.item_text import render_items
from rb_studio.records.memory import Archived, Experience, ItemState, MemoryItem, Rewritten

if TYPE_CHECKING:
    from rb_studio.records.memory import Vector

SHOWN = 3
LEAST_COSINE = 0.5
ACTIONS = ("add", "update", "merge")
_STARTS = 64
_TEXTS = ("title", "description", "content")


@dataclass(frozen=True, slots=True)
class Merged:
    """What a merging call led to: items made of two, items put aside, items with new texts, warnings."""

    items: tuple[MemoryItem, ...] = ()
    archived: tuple[Archived, ...] = ()
    rewritten: tuple[Rewritten, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of one new item; `existing` is a number in the list that was shown, from 1."""

    new: int
    action: str
    existing: int = 0
    title: str = ""
    description: str = ""
    content: str = ""


def ask_merge(caller: Caller, experience: Experience, vectors: "Mapping[str, Vector]", known: Neighbours) -> Merged:
    """Ask about the new items that have an active item within `LEAST_COSINE`; without any nothing is asked.

    Each is shown with up to `SHOWN` such items. Whatever the reply leaves unclear is added, and said in the notes.
    """
    new, shown = _alike(experience, vectors, known)
    if not new:
        return Merged()
    prompts = caller.tools.prompts
    name = prompts.name("merge", "")
    values = {"task": caller.task.text, "new": render_items(new), "existing": render_items(shown)}
    call = caller.ask(
        "distiller",
        prompts.fill(name, values),
        rollout_index=0,
        prompt_hash=prompts.hash(name),
        phase=CONSOLIDATE,
    )
    if call.reply.failure is not None:
        return Merged(notes=(f"nothing was merged: {call.reply.failure.message}",))
    decisions, notes = parse_decisions(call.reply.text, len(new), len(shown))
    merged = _Merging(caller, new, shown, call.reply.model, call.prompt_hash)
    for decision in decisions:
        merged.take(decision)
    return replace(merged.result(), notes=notes)


def parse_decisions(text: str, new: int, existing: int) -> tuple[list[Decision], tuple[str, ...]]:
    """Updates and merges that can be carried out, in order; all else is an addition, told in the warnings.

    Never raises. An item is decided on once, and an existing one is used once.
    """
    given = _decisions(text)
    if given is None:
        return [], ("the merging reply cannot be read: all new items are added",)
    found: list[Decision] = []
    notes: list[str] = []
    decided: set[int] = set()
    used: set[int] = set()
    for entry in given:
        decision = _decision(entry)
        if decision is None or not 1 <= decision.new <= new or decision.new in decided:
            notes.append("a merging decision names no new item and was left out")
            continue
        decided.add(decision.new)
        why = _unusable(decision, existing, used)
        if why:
            notes.append(f"new item {decision.new} is added: {why}")
        elif decision.action != "add":
            used.add(decision.existing)
            found.append(decision)
    notes += [
        f"new item {number} is added: the reply does not decide on it"
        for number in range(1, new + 1)
        if number not in decided
    ]
    return found, tuple(notes)


def _unusable(decision: Decision, existing: int, used: set[int]) -> str:
    if decision.action not in ACTIONS:
        return f"{decision.action!r} is no decision"
    if decision.action == "add":
        return ""
    if not 1 <= decision.existing <= existing:
        return f"there is no existing item {decision.existing}"
    if decision.existing in used:
        return f"existing item {decision.existing} is used already"
    return "" if decision.title and decision.content else "the texts to write are missing"


def _decisions(text: str) -> list[Any] | None:
    """The list of the last JSON object in a text that has one."""
    decoder = json.JSONDecoder()
    starts = [place for place, sign in enumerate(text) if sign == "{"]
    for start in starts[:_STARTS]:
        try:
            value, _ = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict) and isinstance(value.get("decisions"), list):
            return list(value["decisions"])
    return None


def _decision(entry: object) -> Decision | None:
    if not isinstance(entry, dict):
        return None
    new, existing = _number(entry.get("new")), _number(entry.get("existing"))
    texts = [" ".join(str(entry.get(name) or "").split()) for name in _TEXTS[:2]]
    content = str(entry.get("content") or "").strip()
    return (
        None
        if new is None
        else Decision(new, str(entry.get("action")).strip().lower(), existing or 0, texts[0], texts[1], content)
    )


def _number(value: object) -> int | None:
    if isinstance(value, str) and value.strip().isdecimal() and len(value.strip()) < 7:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _alike(
    experience: Experience, vectors: "Mapping[str, Vector]", known: Neighbours
) -> tuple[list[MemoryItem], list[MemoryItem]]:
    """New items with something like them, and all those, each once."""
    new: list[MemoryItem] = []
    shown: dict[str, MemoryItem] = {}
    for item in experience.items:
        near = [one.item for one, cosine in known.nearest(vectors[item.uid], SHOWN) if cosine >= LEAST_COSINE]
        if near:
            new.append(item)
            shown.update((one.uid, one) for one in near)
    return new, list(shown.values())


@dataclass
class _Merging:
    """Carries decisions out."""

    caller: Caller
    new: Sequence[MemoryItem]
    shown: Sequence[MemoryItem]
    model: str
    prompt_hash: str | None

    def __post_init__(self) -> None:
        self._items: list[MemoryItem] = []
        self._archived: list[Archived] = []
        self._rewritten: list[Rewritten] = []

    def take(self, decision: Decision) -> None:
        """An update rewrites the existing item; a merge makes a new one, and both are put aside for it."""
        new, old = self.new[decision.new - 1], self.shown[decision.existing - 1]
        texts = (decision.title, decision.description, decision.content)
        if decision.action == "update":
            self._rewritten.append(Rewritten(old.uid, *texts))
            self._archived.append(Archived(new.uid, old.uid, "updates it"))
            return
        made = self._made(new, old, texts)
        self._items.append(made)
        self._archived += [Archived(one.uid, made.uid, "merged") for one in (old, new)]

    def _made(self, new: MemoryItem, old: MemoryItem, texts: tuple[str, str, str]) -> MemoryItem:
        number = self.new.index(new)
        return replace(
            new,
            uid=uid(self.caller.arm_hash, self.caller.task.key, "merged", number),
            title=texts[0],
            description=texts[1],
            content=texts[2],
            polarity=new.polarity if new.polarity == old.polarity else "",
            state=ItemState.ACTIVE,
            tags=tuple(sorted({*old.tags, *new.tags})),
            sources=tuple(dict.fromkeys((*old.sources, *new.sources))),
            label_source=new.label_source if new.label_source == old.label_source else "",
            model=self.model,
            prompt_hash=self.prompt_hash,
            simulated=new.simulated or old.simulated,
        )

    def result(self) -> Merged:
        return Merged(tuple(self._items), tuple(self._archived), tuple(self._rewritten))
