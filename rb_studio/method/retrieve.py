"""Retrieval: the current task's text against past task texts (paper, section 3.2; checklist 2-4, 6)."""

from collections.abc import Sequence

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
    query: NDArray[np.float32] | None = None,
) -> Retrieval:
    """Rank the bank's experiences for a task and build the block to inject.

    Scores are cosines of unit vectors, rounded to 6 decimals; ties break by uid. The task's own experience is
    never used, nor one of the same text under another name; experiences without active items are not indexed.
    `query` is the task text's unit vector float32[d] where the caller has it already.

    Raises
    ------
    UsageError
        When the bank's vectors come from another embedder.
    """
    if bank.embedder and bank.embedder != embedder.identity:
        raise UsageError(
            f"the bank was embedded with {bank.embedder}, this run uses {embedder.identity}: "
            "choose that embedder or embed the bank again"
        )
    indexed = [e for e in bank.experiences if e.active_items and e.uid in bank.vectors]
    if n == 0 or not indexed:
        return Retrieval(task.text, embedder.identity)
    vector = embedder.embed([task.text])[0] if query is None else query
    ranked = rank(indexed, scores(bank, indexed, vector))
    hits, misses = _split(ranked, task, n, exclude_template)
    items = [item for experience, _ in hits for item in experience.active_items]
    return Retrieval(
        query=task.text,
        embedder=embedder.identity,
        hits=tuple(_hit(rank, experience, score) for rank, (experience, score) in enumerate(hits, 1)),
        near_misses=tuple(misses),
        block=memory_block(items, prompts),
    )


def scores(bank: Bank, experiences: Sequence[Experience], query: NDArray[np.float32]) -> NDArray[np.float64]:
    """float64[n] cosines of the experiences' vectors with a unit query vector float32[d]."""
    matrix = np.stack([bank.vectors[experience.uid] for experience in experiences])
    cosines: NDArray[np.float64] = (matrix @ query).astype(np.float64)
    return cosines.round(DECIMALS)


def rank(experiences: Sequence[Experience], values: NDArray[np.float64]) -> list[tuple[Experience, float]]:
    """Experiences with their scores, best first, ties by uid."""
    pairs = zip(experiences, values.tolist(), strict=True)
    return sorted(pairs, key=lambda pair: (-pair[1], pair[0].uid))


def memory_block(items: Sequence[MemoryItem], prompts: PromptSet) -> str:
    """The text that stands in the system prompt: preamble and items, or nothing without items."""
    if not items:
        return ""
    return substitute(prompts.texts["inject"], {"items": render_items(items)}).rstrip("\n")


def _split(
    ranked: Sequence[tuple[Experience, float]], task: Task, n: int, exclude_template: bool
) -> tuple[list[tuple[Experience, float]], list[NearMiss]]:
    hits: list[tuple[Experience, float]] = []
    misses: list[NearMiss] = []
    for experience, score in ranked:
        reason = _excluded(experience, task, exclude_template)
        if reason is None and len(hits) < n:
            hits.append((experience, score))
        elif len(misses) < NEAR_MISSES:
            why = reason or f"below the top {n}"
            misses.append(NearMiss(experience.uid, score, experience.task_key, experience.task_text, why))
        elif len(hits) == n:
            break
    return hits, misses


def _excluded(experience: Experience, task: Task, exclude_template: bool) -> str | None:
    if experience.task_key == task.key:
        return "same task"
    if exclude_template and task.template is not None and experience.template == task.template:
        return "same template"
    return "same task text" if plain(experience.task_text) == plain(task.text) else None


def _hit(rank: int, experience: Experience, score: float) -> RetrievedExperience:
    item_uids = tuple(item.uid for item in experience.active_items)
    return RetrievedExperience(experience.uid, rank, score, experience.task_key, experience.task_text, item_uids)
