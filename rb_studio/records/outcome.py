"""What one task of one arm produced: the unit of work, commit, cancel and resume."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rb_studio.records.allocation import Allocation
from rb_studio.records.calls import LlmCall
from rb_studio.records.judgement import Selection, Truth, Verdict
from rb_studio.records.memory import Consolidation, Experience, Retrieval
from rb_studio.records.quick import Quick
from rb_studio.records.review import Doubt
from rb_studio.records.trajectory import Trajectory

if TYPE_CHECKING:
    from rb_studio.records.memory import Vector


@dataclass(frozen=True, slots=True)
class EmbeddingUse(Quick):
    """Tokens spent on embedding; None is unknown."""

    texts: int = 0
    tokens: int | None = 0


@dataclass(frozen=True, slots=True)
class TaskOutcome(Quick):
    """All rows one task of one arm leads to; picklable, complete, without ids of the store.

    `truths` maps a rollout uid to one Truth per refinement pass. `verdicts` holds one verdict per
    rollout in use for learning. `experience` is None when nothing was learned; `experience_vector`
    is its float32[d] key. `consolidation` is what a policy other than append did to the bank with it, and
    `item_vectors` holds float32[d] by uid for items that are new or rewritten, where the arm needs them.
    `notes` are warnings shown with the task (items cut, parser fallbacks). `allocation` tells why the task got its k,
    None where every task gets the same. `fault` says how a memory method of one's own lost the task, empty where none
    did, and `fault_lasts` that it would again; the notes hold the sentence too. `doubts` holds, by uid, why new items
    are doubted, where the arm has them reviewed.
    """

    arm_hash: str
    task_key: str
    k: int
    rollouts: tuple[Trajectory, ...]
    retrieval: Retrieval | None = None
    verdicts: tuple[Verdict, ...] = ()
    selection: Selection | None = None
    experience: Experience | None = None
    experience_vector: "Vector | None" = None
    truths: Mapping[str, tuple[Truth, ...]] = field(default_factory=dict)
    calls: tuple[LlmCall, ...] = ()
    embedding: EmbeddingUse = field(default_factory=EmbeddingUse)
    notes: tuple[str, ...] = ()
    consolidation: Consolidation | None = None
    item_vectors: "Mapping[str, Vector]" = field(default_factory=dict)
    allocation: Allocation | None = None
    doubts: Mapping[str, tuple[Doubt, ...]] = field(default_factory=dict)
    fault: str = field(default="", compare=False)
    fault_lasts: bool = field(default=True, compare=False)

    @property
    def valid(self) -> bool:
        """True when at least one rollout ended without an infrastructure fault."""
        return any(rollout.valid for rollout in self.rollouts)


@dataclass(frozen=True, slots=True)
class LiveEvent(Quick):
    """Something that just happened inside a running task, for whoever watches.

    `kind` is retrieved, rollout_started, step, rollout_ended, verdict, selected or distilled; `payload` is
    the record it is about (for `rollout_started` a Trajectory without steps).
    """

    kind: str
    task_key: str
    rollout_uid: str | None = None
    rollout_index: int | None = None
    payload: Any = None
    detail: str = ""
