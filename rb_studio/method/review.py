"""Which new items wait for a person, and why they are doubted (see `records.review`)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rb_studio.method.consolidate import Settled
from rb_studio.method.distill import Distilled
from rb_studio.method.similar import Neighbours, active_items
from rb_studio.records.arm import ArmConfig
from rb_studio.records.item_text import ParsedItems, parse_items
from rb_studio.records.judgement import Status, Verdict
from rb_studio.records.memory import Bank, Experience, ItemState, MemoryItem
from rb_studio.records.review import (
    CONTRADICTION,
    NEAR,
    NEAR_DUPLICATE,
    NO_CITED_STEP,
    REPAIRED_REPLY,
    SAME_SUBJECT,
    TOO_MANY_ITEMS,
    UNKNOWN_VERDICT,
    Doubt,
)

_FORBIDS = re.compile(r"\b(?:never|avoid|not|stop|refrain)\b|n['’]t\b", re.IGNORECASE)
_READ_AS_ITEMS = ("single", "contrast", "common-pattern", "common-mistake", "vanilla")


@dataclass(frozen=True, slots=True)
class Reviewed:
    """An experience with the states its items enter with, and the doubts about them by uid."""

    experience: Experience
    doubts: dict[str, tuple[Doubt, ...]]


def reviewed(
    arm: ArmConfig, bank: Bank, distilled: Distilled, settled: Settled, verdicts: Sequence[Verdict]
) -> Reviewed:
    """What the arm's review makes of new items; one that consolidation archived at once is decided already."""
    if arm.review == "off":
        return Reviewed(settled.experience, {})
    decided = {one.uid for one in settled.change.archived} if settled.change else set()
    known = Neighbours(active_items(bank))
    shared = [*_of_verdicts(verdicts), *_of_reply(distilled)]
    doubts: dict[str, tuple[Doubt, ...]] = {}
    for item in settled.experience.items:
        found = [*shared, *_of_sources(item), *_of_neighbour(item, settled, known)]
        if found and item.uid not in decided:
            doubts[item.uid] = tuple(sorted(found, key=lambda doubt: doubt.reason))
    items = tuple(
        replace(item, state=ItemState.CANDIDATE)
        if item.state is ItemState.ACTIVE and item.uid not in decided and (arm.review == "all" or item.uid in doubts)
        else item
        for item in settled.experience.items
    )
    return Reviewed(replace(settled.experience, items=items), doubts)


def of_writing(distilled: Distilled) -> dict[str, tuple[Doubt, ...]]:
    """Doubts about items, by uid, that their reply alone tells of, whatever bank they enter."""
    shared = _of_reply(distilled)
    found = {item.uid: [*shared, *_of_sources(item)] for item in distilled.items}
    return {uid: tuple(sorted(them, key=lambda doubt: doubt.reason)) for uid, them in found.items() if them}


def _of_verdicts(verdicts: Sequence[Verdict]) -> list[Doubt]:
    unknown = sum(verdict.status is Status.UNKNOWN for verdict in verdicts)
    return [Doubt(UNKNOWN_VERDICT, round(unknown / len(verdicts), 3))] if unknown else []


def _of_reply(distilled: Distilled) -> list[Doubt]:
    """How the reply reads without a limit; of kinds that are no list of items there is nothing to say."""
    if distilled.kind not in _READ_AS_ITEMS:
        return []
    parsed: ParsedItems = parse_items(distilled.raw)
    more = len(parsed.items) > len(distilled.items)
    return [
        *([Doubt(TOO_MANY_ITEMS, len(parsed.items))] if more else []),
        *([Doubt(REPAIRED_REPLY, len(parsed.warnings))] if parsed.warnings else []),
    ]


def _of_sources(item: MemoryItem) -> list[Doubt]:
    return [] if any(source.steps for source in item.sources) else [Doubt(NO_CITED_STEP)]


def _of_neighbour(item: MemoryItem, settled: Settled, known: Neighbours) -> list[Doubt]:
    vector = settled.vectors.get(item.uid)
    nearest = [] if vector is None else known.nearest(vector, 1)
    if not nearest:
        return []
    other, cosine = nearest[0]
    against = cosine >= SAME_SUBJECT and forbids(item.title) != forbids(other.item.title)
    return [
        *([Doubt(NEAR_DUPLICATE, cosine)] if cosine >= NEAR else []),
        *([Doubt(CONTRADICTION, cosine)] if against else []),
    ]


def forbids(text: str) -> bool:
    """Whether a text tells what not to do."""
    return _FORBIDS.search(text) is not None
