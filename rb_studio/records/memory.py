"""Memory: items, the experiences they come from, the bank value an arm carries, retrievals."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from rb_studio.records.allocation import Allocation
from rb_studio.records.quick import Quick

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector = NDArray[np.float32]


class ItemState(StrEnum):
    """Only ACTIVE items are retrieved."""

    CANDIDATE = "candidate"
    ACTIVE = "active"
    EXCLUDED = "excluded"
    ARCHIVED = "archived"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class ItemSource(Quick):
    """Where an item was learned: a rollout, the cited step numbers, and that rollout's label."""

    rollout_uid: str
    steps: tuple[int, ...] = ()
    status: str = ""
    verdict_uid: str | None = None


@dataclass(frozen=True, slots=True)
class MemoryItem(Quick):
    """A short lesson. `polarity` is success, failure, contrast, or empty for a hand-written one.

    `mode` is the memory mode that wrote it; `label_source` is judge, gt or human.
    """

    uid: str
    title: str
    description: str
    content: str
    polarity: str = ""
    state: ItemState = ItemState.ACTIVE
    tags: tuple[str, ...] = ()
    sources: tuple[ItemSource, ...] = ()
    label_source: str = ""
    mode: str = "reasoningbank"
    model: str = ""
    prompt_hash: str | None = None
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class Experience(Quick):
    """A task with its rollouts and the items distilled from it: the unit of retrieval.

    One learned from rollouts of several tasks is keyed by the first of them; `other_tasks` are the keys of the others.
    """

    uid: str
    task_key: str
    task_text: str
    items: tuple[MemoryItem, ...]
    rollout_uids: tuple[str, ...] = ()
    template: str | None = None
    site: str | None = None
    label: str = ""
    kind: str = "single"
    raw: str = ""
    other_tasks: tuple[str, ...] = ()

    def is_of(self, task_key: str) -> bool:
        """Whether it was learned at this task."""
        return task_key == self.task_key or task_key in self.other_tasks

    @property
    def active_items(self) -> tuple[MemoryItem, ...]:
        return tuple(item for item in self.items if item.state is ItemState.ACTIVE)


@dataclass(frozen=True, slots=True)
class Tally:
    """How learning's own labels came out so far: known rollouts, successes, and both by injected item's uid."""

    rollouts: int = 0
    successes: int = 0
    by_item: Mapping[str, tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Bank:
    """The memory an arm carries from task to task: a value, folded forward, never changed in place.

    `vectors` maps an experience uid to its float32[d] unit vector, `item_vectors` an item's uid to that of its
    texts, where the arm needs those; all come from `embedder`. `tally` is kept where consolidation goes by it, `past`
    (what earlier tasks of the arm were given) where the allocation does.
    """

    experiences: tuple[Experience, ...] = ()
    vectors: Mapping[str, "Vector"] = field(default_factory=dict)
    embedder: str = ""
    mode: str = "reasoningbank"
    item_vectors: Mapping[str, "Vector"] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)
    past: tuple[Allocation, ...] = ()

    def folded(self, experience: Experience, vector: "Vector | None") -> "Bank":
        """The bank with one more experience at its end."""
        vectors = dict(self.vectors)
        if vector is not None:
            vectors[experience.uid] = vector
        return replace(self, experiences=(*self.experiences, experience), vectors=vectors)


@dataclass(frozen=True, slots=True)
class Archived:
    """An item that consolidation took out of use; `into` is the uid of the one that stands for it, if any."""

    uid: str
    into: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Rewritten:
    """An item that consolidation gave new texts."""

    uid: str
    title: str
    description: str
    content: str


@dataclass(frozen=True, slots=True)
class Consolidation:
    """What a policy did to the arm's bank when a task's experience entered it."""

    policy: str
    archived: tuple[Archived, ...] = ()
    rewritten: tuple[Rewritten, ...] = ()


@dataclass(frozen=True, slots=True)
class RetrievedExperience(Quick):
    """One ranked hit; `rank` starts at 1, `score` is a cosine rounded to 6 decimals.

    `item_uids` were injected, `withheld_uids` left out by lot.
    """

    uid: str
    rank: int
    score: float
    task_key: str
    task_text: str
    item_uids: tuple[str, ...]
    withheld_uids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NearMiss(Quick):
    """An experience that was considered and not injected, with the reason."""

    uid: str
    score: float
    task_key: str
    task_text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Retrieval(Quick):
    """What retrieval did for one task: the ranked hits, the near misses, the injected block.

    `withhold` is the rate at which items were left out by lot, None where none could be.
    """

    query: str
    embedder: str
    hits: tuple[RetrievedExperience, ...] = ()
    near_misses: tuple[NearMiss, ...] = ()
    block: str = ""
    withhold: float | None = None
