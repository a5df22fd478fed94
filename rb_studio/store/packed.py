"""Outcomes made ready for the store by whoever made them, so that the one who writes only inserts.

One process writes for all workers: what it need not do itself (hashing, compressing, JSON) is done before.
"""

from dataclasses import dataclass, field, replace

from rb_studio.records.outcome import TaskOutcome
from rb_studio.records.trajectory import Trajectory
from rb_studio.store import blobs
from rb_studio.store.call_rows import PackedCall, pack_call
from rb_studio.store.trajectory_rows import PackedRollout, pack_rollout


@dataclass(frozen=True, slots=True)
class Packed:
    """An outcome whose bulk stands as rows, and those on `texts` by their place.

    `outcome` is the outcome without calls, steps and texts of rollouts. `others` are texts it holds itself.
    """

    outcome: TaskOutcome
    rollouts: tuple[PackedRollout, ...]
    calls: tuple[PackedCall, ...]
    texts: tuple[blobs.PackedText, ...]
    others: tuple[blobs.PackedText, ...] = field(default=(), compare=False)


def pack(outcome: TaskOutcome) -> Packed:
    """Equal outcomes are packed alike."""
    texts = blobs.Texts()
    rollouts = tuple(pack_rollout(texts, rollout) for rollout in outcome.rollouts)
    calls = tuple(pack_call(texts, call) for call in outcome.calls)
    bulk = texts.packed()
    for text in _texts(outcome):
        texts.place(text)
    bare = replace(outcome, rollouts=tuple(map(_bare, outcome.rollouts)), calls=())
    return Packed(bare, rollouts, calls, bulk, texts.packed()[len(bulk) :])


def _texts(outcome: TaskOutcome) -> list[str]:
    """What is looked up by its text when the outcome is written."""
    texts = [verdict.raw for verdict in outcome.verdicts]
    if outcome.retrieval is not None:
        texts += [outcome.retrieval.block, *(hit.task_text for hit in outcome.retrieval.hits)]
        texts += [miss.task_text for miss in outcome.retrieval.near_misses]
    return [*texts, outcome.experience.raw] if outcome.experience and outcome.experience.raw else texts


def _bare(rollout: Trajectory) -> Trajectory:
    return replace(rollout, first_observation="", steps=(), patch=None, memory_block="", extra={})
