"""Retrieval: the current task's text against past task texts (paper, section 3.2; checklist 2-4, 6)."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rb_studio.method.prompts import PromptSet, substitute
from rb_studio.models.protocol import Embedder
from rb_studio.records.errors import UsageError
from rb_studio.records.item_text import render_items
from rb_studio.records.memory import Bank, Experience, MemoryItem, NearMiss, Retrieval, RetrievedExperience
from rb_studio.records.task import Task, plain

NEAR_MISSES = 8
DECIMALS = 6


def retrieve(
    bank: Bank,
    task: Task,
    embedder: Embedder,
    prompts: PromptSet,
    *,
    n: int = 1,
    exclude_template: bool = False,
    unit: str = "experience",
    scope: str = "global",
    most_items: int | None = None,
    query: NDArray[np.float32] | None = None,
    withhold: float = 0.0,
    lot: Callable[[str], float] | None = None,
) -> Retrieval:
    """Rank the bank's experiences for a task and build the block to inject.

    Scores are cosines of unit vectors, rounded to 6 decimals; ties break by task key, then by place in the bank,
    so that arms that learned the same rank the same. The task's own experience is never used, nor one of the same
    text under another name; experiences without active items are not indexed.

    Parameters
    ----------
    n
        How many experiences, or items, are injected.
    unit
        `experience`: past task texts are compared and all active items of the nearest are injected. `item`: the
        items' own texts are compared, and each is a hit of its own.
    scope
        `global`, or only experiences of the task's `suite` or `site`. A memory that belongs to no task, as one
        written by hand, is in every scope.
    most_items
        How many items are injected at most: of the nearest hits the first ones, as they were written.
    query
        The unit vector float32[d] of `asked` where the caller has it already.
    withhold, lot
        The rate at which retrieved items are left out, and each item's lot in [0, 1) by its uid. Nothing takes the
        place of one that is left out, so that a task with it differs from one without it in that item alone.

    Raises
    ------
    UsageError
        When the bank's vectors come from another embedder.
    """
    refuse_other_embedder(bank, embedder)
    indexed = _INDEXED[unit](bank)
    if n == 0 or not indexed:
        return Retrieval(task.text, embedder.identity, withhold=withhold or None)
    vector = embedder.embed([asked(task, embedder)])[0] if query is None else query
    ranked = _ranked(indexed, scores([one.vector for one in indexed], vector))
    hits, misses = _split(ranked, n, lambda experience: excluded(experience, task, exclude_template, scope))
    if most_items is not None:
        hits, misses = _capped(hits, misses, most_items)
    told = tuple(_hit(rank, one, score) for rank, (one, score) in enumerate(hits, 1))
    found = Retrieval(task.text, embedder.identity, told, tuple(misses))
    found = found if lot is None else with_withheld(found, withhold, lot)
    shown = {uid for hit in found.hits for uid in hit.item_uids}
    items = [item for one, _ in hits for item in one.items if item.uid in shown]
    return replace(found, block=memory_block(items, prompts))


def with_withheld(found: Retrieval, rate: float, lot: Callable[[str], float]) -> Retrieval:
    """A retrieval whose items are withheld where their lot is below the rate; its block is not made anew."""
    if not rate:
        return found
    drawn = {uid for hit in found.hits for uid in hit.item_uids if lot(uid) < rate}
    hits = tuple(
        replace(
            hit,
            item_uids=tuple(uid for uid in hit.item_uids if uid not in drawn),
            withheld_uids=tuple(uid for uid in hit.item_uids if uid in drawn),
        )
        for hit in found.hits
    )
    return replace(found, hits=hits, withhold=rate)


def left_out(bank: Bank, uids: Collection[str]) -> Bank:
    """The bank as if it did not have these items; experiences that are not concerned stay the same objects."""
    if not uids:
        return bank

    def after(one: Experience) -> Experience:
        if not any(item.uid in uids for item in one.items):
            return one
        return replace(one, items=tuple(item for item in one.items if item.uid not in uids))

    return replace(bank, experiences=tuple(map(after, bank.experiences)))


def asked(task: Task, embedder: Embedder) -> str:
    """The text that is compared with past task texts: the task's, after the embedder's query prefix."""
    return embedder.query_prefix + task.text


def refuse_other_embedder(bank: Bank, embedder: Embedder) -> None:
    """Raise `UsageError` when the bank's vectors come from another embedder."""
    if bank.embedder and bank.embedder != embedder.identity:
        raise UsageError(
            f"the bank was embedded with {bank.embedder}, this run uses {embedder.identity}: "
            "choose that embedder or embed the bank again"
        )


def ranked_experiences(bank: Bank, query: NDArray[np.float32]) -> list[tuple[Experience, float]]:
    """All experiences with active items and their cosines with a unit vector float32[d], best first."""
    indexed = _experiences(bank)
    if not indexed:
        return []
    ranked = _ranked(indexed, scores([one.vector for one in indexed], query))
    return [(one.experience, score) for one, score in ranked]


@dataclass(frozen=True, slots=True)
class _Indexed:
    """What can be a hit: an experience with its active items, or with one of them."""

    experience: Experience
    items: tuple[MemoryItem, ...]
    vector: NDArray[np.float32]


def _experiences(bank: Bank) -> list[_Indexed]:
    known = ((one, one.active_items) for one in bank.experiences if one.uid in bank.vectors)
    return [_Indexed(one, items, bank.vectors[one.uid]) for one, items in known if items]


def _items(bank: Bank) -> list[_Indexed]:
    known = bank.item_vectors
    pairs = ((one, item) for one in bank.experiences for item in one.active_items if item.uid in known)
    return [_Indexed(one, (item,), known[item.uid]) for one, item in pairs]


_INDEXED: Mapping[str, Callable[[Bank], list[_Indexed]]] = {"experience": _experiences, "item": _items}


def scores(vectors: Sequence[NDArray[np.float32]], query: NDArray[np.float32]) -> NDArray[np.float64]:
    """float64[n] cosines of n unit vectors float32[d] with a unit query vector float32[d]."""
    cosines: NDArray[np.float64] = (np.stack(vectors) @ query).astype(np.float64)
    return cosines.round(DECIMALS)


def _ranked(indexed: Sequence[_Indexed], values: NDArray[np.float64]) -> list[tuple[_Indexed, float]]:
    """Best first; among equals of one task the one that stands first in the bank."""
    pairs = zip(indexed, values.tolist(), strict=True)
    return sorted(pairs, key=lambda pair: (-pair[1], pair[0].experience.task_key))


def memory_block(items: Sequence[MemoryItem], prompts: PromptSet) -> str:
    """The text that stands in the system prompt: preamble and items, or nothing without items."""
    if not items:
        return ""
    return substitute(prompts.texts["inject"], {"items": render_items(items)}).rstrip("\n")


def _split(
    ranked: Sequence[tuple[_Indexed, float]], n: int, excluded: Callable[[Experience], str | None]
) -> tuple[list[tuple[_Indexed, float]], list[NearMiss]]:
    hits: list[tuple[_Indexed, float]] = []
    misses: list[NearMiss] = []
    for one, score in ranked:
        experience = one.experience
        reason = excluded(experience)
        if reason is None and len(hits) < n:
            hits.append((one, score))
        elif len(misses) < NEAR_MISSES:
            misses.append(_miss(experience, score, reason or f"below the top {n}"))
        elif len(hits) == n:
            break
    return hits, misses


def _capped(
    hits: Sequence[tuple[_Indexed, float]], misses: Sequence[NearMiss], most: int
) -> tuple[list[tuple[_Indexed, float]], list[NearMiss]]:
    """The hits with no more items than that in all; one that no room is left for is a near miss."""
    kept: list[tuple[_Indexed, float]] = []
    missed: list[NearMiss] = []
    room = most
    for one, score in hits:
        items = one.items[:room]
        room -= len(items)
        if items:
            kept.append((replace(one, items=items), score))
        else:
            missed.append(_miss(one.experience, score, no_room(most)))
    return kept, sorted([*missed, *misses], key=lambda miss: -miss.score)[:NEAR_MISSES]


def no_room(most_items: int) -> str:
    """Why one of the nearest is not injected where only so many items are."""
    return f"no room among {most_items} item{'' if most_items == 1 else 's'}"


def _miss(experience: Experience, score: float, why: str) -> NearMiss:
    return NearMiss(experience.uid, score, experience.task_key, experience.task_text, why)


def excluded(experience: Experience, task: Task, exclude_template: bool, scope: str) -> str | None:
    """Why a task must not be shown an experience, None where it may."""
    if experience.is_of(task.key):
        return "same task"
    if exclude_template and task.template is not None and experience.template == task.template:
        return "same template"
    if experience.task_key and scope == "suite" and not experience.task_key.startswith(f"{task.suite}/"):
        return "another suite"
    if experience.task_key and scope == "site" and experience.site != task.site:
        return "another site"
    return "same task text" if plain(experience.task_text) == plain(task.text) else None


def _hit(rank: int, one: _Indexed, score: float) -> RetrievedExperience:
    item_uids = tuple(item.uid for item in one.items)
    experience = one.experience
    return RetrievedExperience(experience.uid, rank, score, experience.task_key, experience.task_text, item_uids)
