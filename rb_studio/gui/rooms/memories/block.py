"""The block an item is injected in, byte for byte, as a run with given settings would build it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from rb_studio.gui.rooms.memories.reads import Detail
from rb_studio.method.prompts import PromptSet
from rb_studio.records.item_text import ItemText, render_item
from rb_studio.records.memory import ItemState, MemoryItem

Hit = tuple[MemoryItem, ...]
LOOKED_FOR = ", which are being looked for\u2026"


@dataclass(frozen=True, slots=True)
class How:
    """How a run retrieves: how many experiences or items, and at most how many items in all.

    `own` tells that the runs of the bank go by a method of their own, which may word the block otherwise.
    """

    n: int = 1
    unit: str = "experience"
    most: int | None = None
    own: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """An injected block, where the item stands in it, and what is to be said about it."""

    text: str
    start: int = -1
    length: int = 0
    note: str = ""


def item_block(detail: Detail, text: ItemText, how: How | None = None, others: Sequence[Hit] | None = ()) -> Block:
    """What a task gets for which this item, or its experience, is the best hit, with these texts for the stored ones.

    `others` are the next hits, best first, None while they are looked for.
    """
    row, how = detail.row, how or How()
    if how.n == 0:
        return Block("", note="Nothing is injected: no experience is retrieved.")
    own = tuple(
        _with(item, text) if item.uid == row.uid else item
        for item in detail.experience.items
        if item.uid == row.uid or (item.state is ItemState.ACTIVE and how.unit == "experience")
    )
    items = [item for hit in (own, *(others or ())[: how.n - 1]) for item in hit][: how.most]
    number = next((place for place, item in enumerate(items, 1) if item.uid == row.uid), 0)
    return _block(items, number, detail.render, " ".join(_notes(detail, how, others, number)))


def new_block(text: ItemText) -> Block:
    """What a hand-written item will look like."""
    from rb_studio.method.retrieve import memory_block

    item = MemoryItem("", text.title, text.description, text.content)
    return _block([item], 1, partial(memory_block, prompts=PromptSet.with_overrides()), "Not stored yet.")


def _notes(detail: Detail, how: How, others: Sequence[Hit] | None, number: int) -> list[str]:
    notes = []
    if detail.row.state != ItemState.ACTIVE:
        notes.append(f"Not injected while it is {detail.row.state}; this is the block if it were active.")
    if not number:
        notes.append(f"The item is not among the first {how.most}, which are all that is injected.")
    if how.n > 1:
        count = "" if others is None else f" {min(len(others), how.n - 1)}"
        notes.append(
            f"As the best hit, with the{count} nearest to its own task after it"
            + (LOOKED_FOR if others is None else ".")
        )
    if how.own:
        notes.append("Runs of this bank go by a method of their own, which may word the block otherwise.")
    return notes


def _with(item: MemoryItem, text: ItemText) -> MemoryItem:
    return replace(item, title=text.title, description=text.description, content=text.content)


def _block(items: list[MemoryItem], number: int, render: Callable[[list[MemoryItem]], str], note: str) -> Block:
    whole = render(items)
    if not number:
        return Block(whole, note=note)
    part = render_item(items[number - 1], number)
    return Block(whole, whole.find(part), len(part), note)
