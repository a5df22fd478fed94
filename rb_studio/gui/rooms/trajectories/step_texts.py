"""What the further tabs of a step show: changes of the page, the raw reply, every field; and finding words."""

import difflib
import json
from dataclasses import asdict
from typing import Any

from rb_studio.gui.rooms.trajectories.long_text import Stretch
from rb_studio.gui.rooms.trajectories.opened import Opened
from rb_studio.gui.rooms.trajectories.plain import DASH, number, readable, seconds

DIFF_LINES = 3_000
NO_REPLY = "The raw reply of this step is not stored."
SAME = "Nothing changed on the page."
TOO_LONG = "These pages are too long to be compared here."


def changes_of(opened: Opened, place: int) -> tuple[str, tuple[Stretch, ...]]:
    """How the observation after a step differs from the one before, with added and removed lines to colour."""
    before = readable(opened.page_before(place)).split("\n")
    after = readable(opened.step(place).observation).split("\n")
    if len(before) + len(after) > DIFF_LINES:
        return TOO_LONG, ()
    lines = list(difflib.unified_diff(before, after, lineterm="", n=2))[2:]
    if not lines:
        return SAME, ()
    stretches, at = [], 0
    for line in lines:
        if line.startswith(("+", "-")):
            stretches.append(Stretch(at, len(line), "base", "success" if line[0] == "+" else "failure"))
        elif line.startswith("@@"):
            stretches.append(Stretch(at, len(line), "alternate", "muted"))
        at += len(line) + 1
    return "\n".join(lines), tuple(stretches)


def reply_of(opened: Opened, place: int) -> str:
    """What the model answered, as it came, with what is known of the call; every try where there were several."""
    calls = opened.calls.get(place, ())
    if not calls:
        kept = opened.step(place).reasoning
        return f"{NO_REPLY}\n\nReasoning:\n{kept}" if kept else NO_REPLY
    parts = []
    for call in calls:
        reply = call.reply
        tokens = (number(reply.usage.prompt), number(reply.usage.completion)) if reply.usage else (DASH, DASH)
        parts.append(
            f"model {reply.model or DASH}, finish {reply.finish or DASH}, tokens {tokens[0]} + {tokens[1]}, "
            f"{seconds(reply.latency)}, attempts {reply.attempts}, seed {call.seed}"
        )
        if reply.failure is not None:
            parts.append(f"Failed: {reply.failure.message}")
        if reply.reasoning:
            parts.append(f"Reasoning:\n{reply.reasoning}\n\nReply:")
        parts.append(f"{reply.text}\n")
    return "\n".join(parts).rstrip("\n")


def fields_of(opened: Opened, place: int) -> str:
    """Every field of a step as JSON, what a foreign format had beyond ours included."""
    values: dict[str, Any] = asdict(opened.step(place))
    return json.dumps(values, indent=2, ensure_ascii=False, default=str)


def steps_with(opened: Opened, words: str) -> list[int]:
    """The steps in which words stand: thought, action, error, reasoning or observation; case does not matter."""
    wanted = words.casefold()
    if not wanted:
        return []
    found = []
    for place, step in enumerate(opened.trajectory.steps, 1):
        texts = (step.thought, step.action_text, step.observation, step.error or "", step.reasoning or "")
        if any(wanted in text.casefold() for text in texts):
            found.append(place)
    return found
