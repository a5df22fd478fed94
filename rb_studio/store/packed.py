"""Outcomes made ready for the store by whoever made them, so that the one who writes only inserts.

One process writes for all workers: what it need not do itself (hashing, compressing, JSON) is done before.
"""

from dataclasses import dataclass, field, replace

from rb_studio.records.outcome import TaskOutcome
from rb_studio.records.quick import Quick
from rb_studio.records.trajectory import Trajectory
from rb_studio.store import blobs
from rb_studio.store.call_rows import PackedCall, pack_call
from rb_studio.store.judgement_rows import PackedJudgements, PackedRetrieval, pack_judgements, pack_retrieval
from rb_studio.store.memory_rows import PackedItems, pack_items
from rb_studio.store.trajectory_rows import PackedRollout, pack_rollout


@dataclass(frozen=True, slots=True)
class Packed(Quick):
    """An outcome whose bulk stands as rows, and those on `texts` by their place.

    `outcome` is the outcome without calls, steps and texts of rollouts. What it holds of judgements, retrieval and new
    items stands as rows too, and `others` are their texts.
    """

    outcome: TaskOutcome
    rollouts: tuple[PackedRollout, ...]
    calls: tuple[PackedCall, ...]
    texts: tuple[blobs.PackedText, ...]
    others: tuple[blobs.PackedText, ...] = field(compare=False)
    judged: PackedJudgements = field(compare=False)
    retrieval: PackedRetrieval | None = field(compare=False)
    items: PackedItems | None = field(compare=False)

    @property
    def all_texts(self) -> tuple[blobs.PackedText, ...]:
        """Those of everything, in their places."""
        return (*self.texts, *self.others)


def pack(outcome: TaskOutcome) -> Packed:
    """Equal outcomes are packed alike."""
    texts = blobs.Texts()
    rollouts = tuple(pack_rollout(texts, rollout) for rollout in outcome.rollouts)
    calls = tuple(pack_call(texts, call) for call in outcome.calls)
    bulk = texts.packed()
    judged = pack_judgements(texts, outcome.truths, outcome.verdicts)
    retrieval = None if outcome.retrieval is None else pack_retrieval(texts, outcome.retrieval)
    items = None if outcome.experience is None else pack_items(outcome.experience.items)
    if outcome.experience is not None and outcome.experience.raw:
        texts.place(outcome.experience.raw)
    bare = replace(outcome, rollouts=tuple(map(_bare, outcome.rollouts)), calls=())
    return Packed(bare, rollouts, calls, bulk, texts.packed()[len(bulk) :], judged, retrieval, items)


def _bare(rollout: Trajectory) -> Trajectory:
    return replace(rollout, first_observation="", steps=(), patch=None, memory_block="", extra={})
