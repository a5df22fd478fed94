"""Consolidation: how a new experience enters the arm's bank (paper, section 3.2: `append`).

A policy other than `append` proposes changes when a task is done; they are part of the task's outcome, and the bank
value and the stored bank are both made from them. Nothing is lost: what leaves use is archived, with what stands for
it. Only the arm's own bank is acted on.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from rb_studio.method import allocate
from rb_studio.method.calls import Caller
from rb_studio.method.merging import ask_merge
from rb_studio.method.similar import ActiveItem, Neighbours, active_items
from rb_studio.records.arm import ArmConfig
from rb_studio.records.consolidation import Policy, parse_policy
from rb_studio.records.item_text import embedded_text
from rb_studio.records.judgement import Status, Verdict
from rb_studio.records.memory import (
    Archived,
    Bank,
    Consolidation,
    Experience,
    ItemState,
    MemoryItem,
    Retrieval,
    Rewritten,
    Tally,
)
from rb_studio.records.outcome import TaskOutcome

if TYPE_CHECKING:
    from rb_studio.records.memory import Vector


def needs_item_vectors(arm: ArmConfig) -> bool:
    """Whether an arm's bank carries a vector of every item."""
    compares = arm.retrieve_unit == "item" or bool(arm.method) or parse_policy(arm.consolidation).compares
    return arm.memory != "none" and (compares or (arm.learn and arm.review != "off"))


@dataclass(frozen=True, slots=True)
class Settled:
    """How an experience enters: as it is by then, what happens to the bank, vectors of new texts by uid, notes."""

    experience: Experience
    change: Consolidation | None = None
    vectors: "Mapping[str, Vector]" = field(default_factory=dict)
    texts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def settle(
    caller: Caller, bank: Bank, experience: Experience, retrieval: Retrieval | None, verdicts: Sequence[Verdict]
) -> Settled:
    """What the arm's policy makes of a new experience; the bank itself stays as it is.

    Model calls go through `caller` and so are recorded with the task.
    """
    policy = parse_policy(caller.arm.consolidation)
    if not needs_item_vectors(caller.arm) and policy.name == "append":
        return Settled(experience)
    vectors = _embedded(caller, experience.items) if needs_item_vectors(caller.arm) else {}
    texts = tuple(embedded_text(item) for item in experience.items) if vectors else ()
    settled = Settled(experience, vectors=vectors, texts=texts)
    return _POLICIES[policy.name](
        _Case(caller, bank, policy, counted(bank.tally, retrieval, verdicts) if policy.counts else Tally()), settled
    )


def folded(bank: Bank, arm: ArmConfig, outcome: TaskOutcome) -> Bank:
    """The bank after a task: its experience at the end, what consolidation changed, what the task was given."""
    if parse_policy(arm.consolidation).counts:
        bank = replace(bank, tally=counted(bank.tally, outcome.retrieval, outcome.verdicts))
    if outcome.allocation is not None and allocate.follows_past(arm):
        bank = replace(bank, past=(*bank.past, outcome.allocation))
    if outcome.experience is not None:
        bank = bank.folded(outcome.experience, outcome.experience_vector)
    if outcome.item_vectors:
        bank = replace(bank, item_vectors={**bank.item_vectors, **outcome.item_vectors})
    return changed(bank, outcome.consolidation) if outcome.consolidation else bank


def changed(bank: Bank, change: Consolidation) -> Bank:
    """The bank with items archived and rewritten; experiences that are not concerned stay the same objects."""
    gone = {one.uid for one in change.archived}
    texts = {one.uid: one for one in change.rewritten}

    def after(item: MemoryItem) -> MemoryItem:
        new = texts.get(item.uid)
        if new is not None:
            item = replace(item, title=new.title, description=new.description, content=new.content)
        return replace(item, state=ItemState.ARCHIVED) if item.uid in gone else item

    concerned = gone | texts.keys()
    experiences = tuple(
        replace(one, items=tuple(map(after, one.items))) if any(item.uid in concerned for item in one.items) else one
        for one in bank.experiences
    )
    return replace(bank, experiences=experiences)


def counted(tally: Tally, retrieval: Retrieval | None, verdicts: Sequence[Verdict]) -> Tally:
    """The tally with one more task: its rollouts with a known label, for all items that were injected."""
    known = [verdict.status is Status.SUCCESS for verdict in verdicts if verdict.status is not Status.UNKNOWN]
    by_item = dict(tally.by_item)
    for uid in dict.fromkeys(uid for hit in (retrieval.hits if retrieval else ()) for uid in hit.item_uids):
        rollouts, successes = by_item.get(uid, (0, 0))
        by_item[uid] = (rollouts + len(known), successes + sum(known))
    return Tally(tally.rollouts + len(known), tally.successes + sum(known), by_item)


def effect(tally: Tally, uids: Sequence[str]) -> float:
    """Success rate of rollouts with any of these items minus that of all rollouts so far; 0 where never injected.

    The label is the one learning goes by. It is no experiment: an item is injected where tasks are alike.
    """
    uses = [tally.by_item[uid] for uid in uids if uid in tally.by_item]
    rollouts = sum(use[0] for use in uses)
    if not rollouts or not tally.rollouts:
        return 0.0
    return sum(use[1] for use in uses) / rollouts - tally.successes / tally.rollouts


@dataclass(frozen=True, slots=True)
class _Case:
    """What a policy decides on."""

    caller: Caller
    bank: Bank
    policy: Policy
    tally: Tally


def _append(case: _Case, settled: Settled) -> Settled:
    return settled


def _skip_near_duplicates(case: _Case, settled: Settled) -> Settled:
    """A new item as near as the threshold to an active one is archived into it at once."""
    known = Neighbours(active_items(case.bank))
    archived: list[Archived] = []
    for item in settled.experience.items:
        vector = settled.vectors[item.uid]
        nearest = known.nearest(vector, 1)
        if nearest and nearest[0][1] >= case.policy.number:
            other, cosine = nearest[0]
            archived.append(Archived(item.uid, other.item.uid, f"cosine {cosine:.3f}"))
        else:
            known.add(ActiveItem(item, vector))
    return _with(settled, case, archived)


def _llm_merge(case: _Case, settled: Settled) -> Settled:
    """One call decides for every new item that has something like it whether it is added, updates or merges."""
    merged = ask_merge(case.caller, settled.experience, settled.vectors, Neighbours(active_items(case.bank)))
    experience = replace(settled.experience, items=(*settled.experience.items, *merged.items))
    new: list[MemoryItem | Rewritten] = [*merged.items, *merged.rewritten]
    settled = replace(
        settled,
        experience=experience,
        vectors={**settled.vectors, **_embedded(case.caller, new)},
        texts=(*settled.texts, *map(embedded_text, new)),
        notes=merged.notes,
    )
    return _with(settled, case, merged.archived, merged.rewritten)


def _cap(case: _Case, settled: Settled) -> Settled:
    """Beyond the cap those of least effect are archived, among equals the oldest first."""
    after = [*case.bank.experiences, settled.experience]
    groups = [tuple(item.uid for item in one.active_items) for one in after if one.active_items]
    if case.policy.of_items:
        groups = [(uid,) for group in groups for uid in group]
    values = [effect(case.tally, group) for group in groups]
    surplus = sorted(range(len(groups)), key=lambda place: (values[place], place))
    surplus = surplus[: max(0, len(groups) - int(case.policy.number))]
    archived = [
        Archived(uid, None, f"beyond the cap of {int(case.policy.number)}, effect {values[place]:+.3f}")
        for place in sorted(surplus)
        for uid in groups[place]
    ]
    return _with(settled, case, archived)


_POLICIES: Mapping[str, Callable[[_Case, Settled], Settled]] = {
    "append": _append,
    "skip-near-duplicates": _skip_near_duplicates,
    "llm-merge": _llm_merge,
    "cap": _cap,
}


def _with(settled: Settled, case: _Case, archived: Sequence[Archived], rewritten: Sequence[Rewritten] = ()) -> Settled:
    if not archived and not rewritten:
        return settled
    change = Consolidation(case.caller.arm.consolidation, tuple(archived), tuple(rewritten))
    return replace(settled, change=change)


def _embedded(caller: Caller, items: Sequence[MemoryItem | Rewritten]) -> "dict[str, Vector]":
    embedder = caller.tools.embedder
    if not items or embedder is None:
        return {}
    rows = embedder.embed([embedded_text(item) for item in items])
    return {item.uid: row for item, row in zip(items, rows, strict=True)}
