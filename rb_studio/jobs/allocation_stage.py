"""Stored rollouts drawn from again: the tasks of a pool, and a policy that goes through them one after another."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean
from typing import TYPE_CHECKING

import numpy as np

from rb_studio.analysis import allocation as spreads
from rb_studio.jobs.allocation_pools import Draw, DrawPool
from rb_studio.jobs.embedding import chosen_embedder, quality_notes
from rb_studio.method.allocate import Share, Terms, Traits, decide, ending
from rb_studio.method.allocate.complexity import constraints, parts, sites
from rb_studio.method.allocate.past import DECIMALS
from rb_studio.records.allocation import Allocation
from rb_studio.records.judgement import Status
from rb_studio.records.task import Task
from rb_studio.store import vectors
from rb_studio.store.blobs import content_hash

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Table = NDArray[np.float64]


@dataclass
class Stage:
    """A pool ready to be drawn from: tasks with enough rollouts, and how alike they are."""

    keys: list[str]
    draws: list[list[Draw]]
    tasks: list[Task]
    similar: "Table"
    k: int

    @cached_property
    def rates(self) -> list[float]:
        """How often each task was solved: of the policies only the oracle may know."""
        return [fmean(draw.correct for draw in draws) for draws in self.draws]

    @cached_property
    def traits(self) -> list[Traits]:
        """What is known of each task before it runs; the bank of those days is not: past tasks stand for it."""
        return [self._traits(place) for place in range(len(self.tasks))]

    @cached_property
    def looks(self) -> list[dict[str, float]]:
        """The parts of each task's complexity as far as no earlier outcome enters them."""
        return [parts(seen, (), ()) for seen in self.traits]

    @cached_property
    def nearest(self) -> "list[NDArray[np.int64]]":
        """Each task's earlier tasks that are like it at all, the nearest first, of equals the later."""
        return [_nearest(self.similar[place, :place]) for place in range(len(self.tasks))]

    def _traits(self, place: int) -> Traits:
        row, task = self.similar[place, :place], self.tasks[place]
        nearest = float(row.max()) if place else None
        return Traits(row, nearest, constraints(task.text), sites(task), len(task.text.split()))


def _nearest(similar: "Table") -> "NDArray[np.int64]":
    order = np.lexsort((-np.arange(len(similar)), -similar))
    return order[similar[order] > 0]


def stream(stage: Stage, terms: Terms, order: Sequence[Sequence[Draw]]) -> list[Allocation]:
    """The tasks one after another, each given what the policy decides from those before it."""
    past: list[Allocation] = []
    even = spreads.evenly(len(order), round((terms.mean or terms.k) * len(order))).tolist()
    for place, draws in enumerate(order):
        if terms.policy == "uniform":
            share = Share(even[place], False, f"every task gets {terms.mean or terms.k:g} on average")
        else:
            share = decide(terms, stage.traits[place], past)
        past.append(_given(terms, stage.keys[place], share, draws))
    return past


def _given(terms: Terms, key: str, share: Share, draws: Sequence[Draw]) -> Allocation:
    wins = (place for place, draw in enumerate(draws[: share.limit], 1) if draw.status is Status.SUCCESS)
    k = next(wins, share.limit) if share.stops else share.limit
    taken = draws[:k]
    known = [draw.status is Status.SUCCESS for draw in taken if draw.status is not Status.UNKNOWN]
    return Allocation(
        policy=terms.policy,
        task_key=key,
        k=k,
        limit=share.limit,
        reason=share.reason + ending(share, k, any(known)),
        labelled=len(known),
        successes=sum(known),
        steps=fmean(draw.steps for draw in taken),
        a=share.a,
        b=share.b,
        score=share.score,
    )


def similarity(
    conn: sqlite3.Connection,
    pool: DrawPool,
    tasks: Sequence[Task],
    embedder_name: str | None,
    otherwise: str | None = None,
) -> "tuple[Table, list[str]]":
    """float64[tasks, tasks] cosines of the task texts: by stored vectors where the arm left them, else made now."""
    texts = [task.text for task in tasks]
    stored = _stored(conn, pool, texts) if embedder_name is None else None
    if stored is not None:
        return (stored @ stored.T).astype(np.float64).round(DECIMALS), []
    with chosen_embedder(embedder_name or otherwise) as embedder:
        made = embedder.embed(texts)
        notes = quality_notes(embedder)
    return (made @ made.T).astype(np.float64).round(DECIMALS), notes


def _stored(conn: sqlite3.Connection, pool: DrawPool, texts: Sequence[str]) -> "NDArray[np.float32] | None":
    """float32[tasks, d] unit vectors, None unless all are there."""
    hashes = [content_hash(text) for text in texts]
    if pool.embedder is None:
        return None
    known = vectors.load_vectors(conn, pool.embedder, vectors.TASK_RECIPE, hashes)
    return np.stack([known[key] for key in hashes]) if set(hashes) <= known.keys() else None
