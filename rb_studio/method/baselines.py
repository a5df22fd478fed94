"""The memories of the two baselines: the trajectory as it is (Synapse) and the workflow in it (AWM).

Both learn from successes alone and differ from ReasoningBank in nothing but what they write down (paper, section 4).
"""

import re
from dataclasses import replace

from rb_studio.method.calls import Caller
from rb_studio.method.distill import Distilled, Labelled, ask_about, read_items, source_of
from rb_studio.method.render import answer_text, cut, steps_text
from rb_studio.records.identity import uid
from rb_studio.records.item_text import parse_items
from rb_studio.records.memory import MemoryItem

TRAJECTORY_TOKENS = 4_000
CHARACTERS_PER_TOKEN = 4
TASK_CHARS = 2_000
TITLE_CHARS = 80
LEAST_STEPS = 2

_HEADING = re.compile(r"^[ \t]*#+[ \t]*\**workflow\b[^\n]*$", re.IGNORECASE | re.MULTILINE)
_LISTED = re.compile(r"^\s*(?:\d{1,3}[.):]|[-*•])\s+\S", re.MULTILINE)


def trajectory_memory(caller: Caller, labelled: Labelled, domain: str, first_ordinal: int = 0) -> Distilled:
    """The rollout's thoughts, actions and final message, word for word; nothing is asked of a model.

    Beyond `TRAJECTORY_TOKENS` (a token counted as four characters) the middle is left out.
    """
    trajectory = labelled.trajectory
    record = f"{steps_text(trajectory.steps)}\n\nFinal message: {answer_text(trajectory)}"
    task = " ".join(caller.task.text.split())
    item = MemoryItem(
        uid=uid(caller.arm_hash, caller.task.key, "item", first_ordinal),
        title=f"A solved task: {_short(task)}",
        description=f"Thoughts and actions of an attempt that succeeded at: {cut(task, TASK_CHARS)}",
        content=cut(record, TRAJECTORY_TOKENS * CHARACTERS_PER_TOKEN),
        polarity=str(labelled.verdict.status),
        sources=(source_of(labelled, ()),),
        label_source=caller.arm.label,
        mode=caller.arm.memory,
        simulated=trajectory.simulated,
    )
    return Distilled((item,), "", (), "trajectory")


def workflow_memory(caller: Caller, labelled: Labelled, domain: str, first_ordinal: int = 0) -> Distilled:
    """At most one workflow from one rollout: a list of two steps or more, with placeholders for what was particular."""
    verdict = labelled.verdict
    call = ask_about(caller, labelled, "workflow", domain)
    source = source_of(labelled, verdict.cited)
    written = parse_items(_HEADING.sub("# Memory Item", call.reply.text), 1)
    found = read_items(caller, call, written, str(verdict.status), first_ordinal, lambda _: (source,), "workflow")
    if found.items and len(_LISTED.findall(found.items[0].content)) < LEAST_STEPS:
        note = f"the workflow has fewer than {LEAST_STEPS} steps and was left out"
        return replace(found, items=(), notes=(*found.notes, note))
    return found


def _short(text: str) -> str:
    return text if len(text) <= TITLE_CHARS else text[: TITLE_CHARS - 1] + "…"
