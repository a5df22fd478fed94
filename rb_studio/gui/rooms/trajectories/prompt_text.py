"""The prompt of a step as it was sent, and where in it the injected memory stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rb_studio.gui.rooms.trajectories.opened import Opened
from rb_studio.gui.rooms.trajectories.plain import SHOWN, count, part_of, readable, to_shown
from rb_studio.records.calls import LlmCall, Message

HEADER, MEMORY, SAME = "header", "memory", "same"
LIVE = "The prompt is stored when the task of this rollout is finished."
REBUILT = "This file holds the conversation, not each prompt: the messages before this step, as the file has them."
OPENING, RECENT = 2, 4
UNKNOWN = "The prompt of this step is not stored."
HIDDEN = "[hidden: Shift+S shows system messages]"
PROBE = 60
BY_LOT = " (left out by lot)"
ITEMS_ABSENT = "Retrieved, but not in this prompt:"
BEFORE_FORK = "sent in the rollout this one was forked from"
NOT_INJECTED = "Memory was retrieved for this task, but it does not stand in this prompt."


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the text: a message's header, the injected memory, what was sent before as well."""

    start: int
    length: int
    kind: str


@dataclass(frozen=True, slots=True)
class PromptText:
    """What the prompt view shows.

    `note` is a sentence above the text; `hidden` counts the characters not shown; `size` those of all messages.
    """

    text: str
    spans: tuple[Span, ...] = ()
    note: str = ""
    warning: str = ""
    hidden: int = 0
    size: int = 0

    @property
    def memory_at(self) -> int | None:
        """Where the injected memory begins."""
        return next((span.start for span in self.spans if span.kind == MEMORY), None)


def prompt_of(opened: Opened, number: int, *, whole: bool = False, system: bool = True) -> PromptText:
    """The prompt behind a step; its last one where the reply had to be asked for again.

    Without `system` the system messages are named only.
    """
    calls = opened.calls.get(number, ())
    if calls:
        known = _known_before(opened, number)
        before = opened.origin if opened.origin is not None and number < opened.origin.step else None
        block = opened.trajectory.memory_block if before is None else before.block
        text = compose(calls[-1].messages, block, known, whole, system)
        note = _note(calls, known) if before is None else f"{BEFORE_FORK}; {_note(calls, known)}"
        return replace(text, note=note, warning=_missing(opened, calls[-1].messages))
    if opened.running:
        return PromptText("", note=LIVE)
    rebuilt = _conversation(opened, number)
    if not rebuilt:
        return PromptText("", note=UNKNOWN)
    return replace(compose(rebuilt, "", max(0, len(rebuilt) - 2) if number > 1 else 0, whole, system), note=REBUILT)


def compose(
    messages: Sequence[Message], block: str, known: int = 0, whole: bool = False, system: bool = True
) -> PromptText:
    """Messages one below the other under headers; the first `known` stood in the prompt before too."""
    parts: list[str] = []
    spans: list[Span] = []
    at = hidden = size = 0
    memory = [memory_span(message.content, block) for message in messages]
    skipped = [place for place in _skipped(messages, known, whole) if memory[place] is None]
    for place, message in enumerate(messages):
        if place in skipped:
            size, hidden = size + len(message.content), hidden + len(message.content)
            if place == skipped[0]:
                line = f"[{count(len(skipped), 'message')} here, as in the step before, not shown]\n\n"
                spans.append(Span(at, len(line) - 1, SAME))
                parts.append(line)
                at += len(line)
            continue
        again = ", as before" if place < known else ""
        told, found = memory[place], not system and message.role == "system"
        clean = readable(message.content)
        part = part_of(HIDDEN) if found else part_of(message.content, whole or _is_beyond(clean, told))
        hidden, size = hidden + part.left_out, size + part.size
        length = len(clean) if found else part.size
        header = f"{message.role} \u2013 {count(length, 'character')}{again}\n"
        body = f"{part.text}\n\n"
        spans.append(Span(at, len(header), SAME if again else HEADER))
        if told is not None and not found:
            first, last = to_shown(clean, told[0]), to_shown(clean, told[0] + told[1])
            spans.append(Span(at + len(header) + first, last - first, MEMORY))
        parts += [header, body]
        at += len(header) + len(body)
    return PromptText("".join(parts).rstrip("\n"), tuple(spans), hidden=hidden, size=size)


def _is_beyond(text: str, memory: tuple[int, int] | None) -> bool:
    """Whether the memory of a message ends where the part of it that is shown has ended: then all of it is shown."""
    return memory is not None and to_shown(text, memory[0] + memory[1]) > len(part_of(text).text)


def _skipped(messages: Sequence[Message], known: int, whole: bool) -> range:
    """The middle of what was sent before too, where all of it would be long."""
    if whole or sum(len(message.content) for message in messages[:known]) <= SHOWN:
        return range(0)
    return range(OPENING, max(OPENING, known - RECENT))


def memory_span(text: str, block: str) -> tuple[int, int] | None:
    """Start and length of the injected block in the readable text of a message, wherever in it."""
    wanted = readable(block).strip()
    if not wanted or wanted[:PROBE].partition("\n")[0] not in readable(text):
        return None
    start = readable(text).find(wanted)
    return (start, len(wanted)) if start >= 0 else None


def _known_before(opened: Opened, number: int) -> int:
    """How many of the first messages are the same as in the prompt of the step before."""
    before, now = opened.calls.get(number - 1, ()), opened.calls[number]
    if not before:
        return 0
    same = 0
    for old, new in zip(before[-1].messages, now[-1].messages, strict=False):
        if old != new:
            break
        same += 1
    return same


def _note(calls: Sequence[LlmCall], known: int) -> str:
    last = calls[-1]
    told = [count(len(last.messages), "message")]
    if known:
        told.append(f"the first {known} as in the step before")
    if last.settings.temperature is not None:
        told.append(f"temperature {last.settings.temperature:g}")
    if last.settings.max_tokens is not None:
        told.append(f"at most {last.settings.max_tokens:,} tokens")
    if last.reply.dropped:
        told.append(f"refused by the endpoint: {', '.join(last.reply.dropped)}")
    if len(calls) > 1:
        told.append(f"asked {len(calls)} times, the last one is shown")
    return "; ".join(told)


def _missing(opened: Opened, messages: Sequence[Message]) -> str:
    """What was retrieved and does not stand in the prompt: all of it, or these items."""
    if opened.retrieval is None or not any(hit.item_uids for hit in opened.retrieval.hits):
        return ""
    if all(memory_span(message.content, opened.trajectory.memory_block) is None for message in messages):
        return NOT_INJECTED
    absent = [
        f"{item.title or item.uid[:8]}{BY_LOT if item.withheld else ''}"
        for item in opened.items.values()
        if item.absent
    ]
    return f"{ITEMS_ABSENT} {', '.join(absent)}" if absent else ""


def _conversation(opened: Opened, number: int) -> list[Message]:
    """What an imported file says was in front of a step: its opening messages and the turns since."""
    opening = opened.trajectory.extra.get("prologue")
    messages = [_message(one) for one in opening if isinstance(one, Mapping)] if isinstance(opening, list) else []
    if not messages:
        return []
    for step in opened.trajectory.steps[: number - 1]:
        said = "\n\n".join(part for part in (step.thought, step.action_text) if part)
        messages += [Message("assistant", said), Message("user", step.observation)]
    return messages


def _message(raw: Mapping[str, Any]) -> Message:
    content = raw.get("content", "")
    if isinstance(content, list):
        content = "\n".join(str(part.get("text", part)) if isinstance(part, Mapping) else str(part) for part in content)
    return Message(str(raw.get("role", "message")), str(content))
