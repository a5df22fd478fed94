"""Distillation: a labelled trajectory, or several side by side, into memory items (paper, section 3.2 and 4)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rb_studio.method.calls import Caller
from rb_studio.method.render import attempt_text, observations_text, steps_text
from rb_studio.method.replies import parse_evidence
from rb_studio.records.calls import LlmCall
from rb_studio.records.identity import uid
from rb_studio.records.item_text import ItemText, ParsedItems, parse_items
from rb_studio.records.judgement import Status, Verdict
from rb_studio.records.memory import ItemSource, MemoryItem
from rb_studio.records.trajectory import Trajectory

SINGLE_LIMIT = 3
CONTRAST_LIMIT = 5


@dataclass(frozen=True, slots=True)
class Labelled:
    """A rollout with a known label; `task` is the text of its own task where several are compared."""

    trajectory: Trajectory
    verdict: Verdict
    task: str = ""


@dataclass(frozen=True, slots=True)
class Distilled:
    """Items from one call, the raw reply they were read from, and warnings."""

    items: tuple[MemoryItem, ...] = ()
    raw: str = ""
    notes: tuple[str, ...] = ()
    kind: str = "single"


def distil_single(caller: Caller, labelled: Labelled, domain: str, first_ordinal: int = 0) -> Distilled:
    """At most three items from one rollout; success and failure have prompts of their own."""
    verdict = labelled.verdict
    call = ask_about(caller, labelled, f"distill-{verdict.status}", domain)
    source = source_of(labelled, verdict.cited)
    written = parse_items(call.reply.text, SINGLE_LIMIT)
    return read_items(caller, call, written, str(verdict.status), first_ordinal, lambda _: (source,))


def ask_about(caller: Caller, labelled: Labelled, role: str, domain: str) -> LlmCall:
    """The distiller's answer about one rollout, to the prompt of that role."""
    trajectory, prompts = labelled.trajectory, caller.tools.prompts
    name = prompts.name(role, domain)
    values = {
        "task": caller.task.text,
        "reason": labelled.verdict.reason,
        "steps": steps_text(trajectory.steps),
        "observations": observations_text(trajectory),
    }
    return caller.ask(
        "distiller",
        prompts.fill(name, values),
        rollout_index=trajectory.rollout_index,
        rollout_uid=trajectory.uid,
        prompt_hash=prompts.hash(name),
    )


def distil_contrast(caller: Caller, rollouts: Sequence[Labelled], domain: str) -> Distilled:
    """At most five items from two or more labelled rollouts, told apart by id and outcome.

    They are of one task, or of several of one kind that each names.
    """
    distinct = {labelled.trajectory.uid: labelled for labelled in rollouts}
    if len(distinct) < 2:
        raise ValueError("a contrast needs at least two distinct rollouts")
    attempts = list(distinct.values())
    kind = contrast_kind(attempts)
    prompts = caller.tools.prompts
    name = prompts.name(kind, domain)
    text = "\n\n".join(attempt_text(n, a.trajectory, a.verdict, a.task) for n, a in enumerate(attempts, 1))
    pages = "\n\n".join(f"## Attempt {n}\n{observations_text(a.trajectory)}" for n, a in enumerate(attempts, 1))
    call = caller.ask(
        "distiller",
        prompts.fill(name, {"task": caller.task.text, "attempts": text, "observations": pages}),
        rollout_index=0,
        prompt_hash=prompts.hash(name),
    )
    polarity = {"contrast": "contrast", "common-pattern": "success", "common-mistake": "failure"}[kind]
    written = parse_items(call.reply.text, CONTRAST_LIMIT)
    return read_items(caller, call, written, polarity, 0, lambda item: _cited(item, attempts), kind)


def contrast_kind(attempts: Sequence[Labelled]) -> str:
    """The prompt for a set of attempts: mixed outcomes contrast, alike ones look for what they share."""
    statuses = {attempt.verdict.status for attempt in attempts}
    if statuses == {Status.SUCCESS}:
        return "common-pattern"
    if statuses == {Status.FAILURE}:
        return "common-mistake"
    return "contrast"


def _cited(item: ItemText, attempts: Sequence[Labelled]) -> tuple[ItemSource, ...]:
    """The attempts an item's evidence names; all of them where it names none."""
    cited = {n: steps for n, steps in parse_evidence(item.evidence).items() if 1 <= n <= len(attempts)}
    if not cited:
        return tuple(source_of(attempt, ()) for attempt in attempts)
    return tuple(source_of(attempts[n - 1], steps) for n, steps in sorted(cited.items()))


def source_of(labelled: Labelled, steps: Sequence[int]) -> ItemSource:
    """Where an item was learned; steps that the rollout does not have are dropped."""
    known = {step.number for step in labelled.trajectory.steps}
    kept = tuple(step for step in steps if step in known)
    return ItemSource(labelled.trajectory.uid, kept, str(labelled.verdict.status), labelled.verdict.uid)


def read_items(
    caller: Caller,
    call: LlmCall,
    parsed: ParsedItems,
    polarity: str,
    first_ordinal: int,
    sources: Callable[[ItemText], tuple[ItemSource, ...]],
    kind: str = "single",
) -> Distilled:
    """What a distiller's reply gives: items with where they come from, the raw reply, warnings."""
    if call.reply.failure is not None:
        return Distilled(notes=(f"nothing was distilled: {call.reply.failure.message}",), kind=kind)
    notes = parsed.warnings if parsed.items else (*parsed.warnings, "the distiller gave no readable item")
    items = tuple(
        MemoryItem(
            uid=uid(caller.arm_hash, caller.task.key, "item", first_ordinal + ordinal),
            title=item.title,
            description=item.description,
            content=item.content,
            polarity=polarity,
            sources=sources(item),
            label_source=caller.arm.label,
            mode=caller.arm.memory,
            model=call.reply.model,
            prompt_hash=call.prompt_hash,
            simulated=caller.tools.models["distiller"].simulated,
        )
        for ordinal, item in enumerate(parsed.items)
    )
    return Distilled(items, call.reply.text, notes, kind)
