"""The prompt of a step as it was sent, and where in it the injected memory stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rb_studio.gui.rooms.trajectories.opened import Opened
from rb_studio.gui.rooms.trajectories.plain import SHOWN, broken, count, part_of, readable
from rb_studio.records.calls import LlmCall, Message

HEADER, MEMORY, SAME = "header", "memory", "same"
LIVE = "The prompt is stored when the task of this rollout is finished."
REBUILT = "This file holds the conversation, not each prompt: the messages before this step, as the file has them."
OPENING, RECENT = 2, 4
UNKNOWN = "The prompt of this step is not stored."
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


def prompt_of(opened: Opened, number: int, *, whole: bool = False) -> PromptText:
    """The prompt behind a step; its last one where the reply had to be asked for again."""
    calls = opened.calls.get(number, ())
    if calls:
        known = _known_before(opened, number)
        text = compose(calls[-1].messages, opened.trajectory.memory_block, known, whole)
        return PromptText(text.text, text.spans, _note(calls, known), _missing(opened, text), text.hidden, text.size)
    if opened.running:
        return PromptText("", note=LIVE)
    rebuilt = _conversation(opened, number)
    if not rebuilt:
        return PromptText("", note=UNKNOWN)
    text = compose(rebuilt, "", max(0, len(rebuilt) - 2) if number > 1 else 0, whole)
    return PromptText(text.text, text.spans, REBUILT, "", text.hidden, text.size)


def compose(messages: Sequence[Message], block: str, known: int = 0, whole: bool = False) -> PromptText:
    """Messages one below the other under headers; the first `known` stood in the prompt before too."""
    parts: list[str] = []
    spans: list[Span] = []
    at = hidden = size = 0
    skipped = _skipped(messages, known, whole)
    for place, message in enumerate(messages):
        if place in skipped:
            size, hidden = size + len(message.content), hidden + len(message.content)
            if place == skipped[0]:
                line = f"[{count(len(skipped), 'message')} here, as in the step before, not shown]\n\n"
                spans.append(Span(at, len(line) - 1, SAME))
                parts.append(line)
                at += len(line)
            continue
        part = part_of(message.content, whole)
        hidden, size = hidden + part.left_out, size + part.size
        again = ", as before" if place < known else ""
        header = f"{message.role} \u2013 {count(part.size, 'character')}{again}\n"
        body = f"{part.text}\n\n"
        spans.append(Span(at, len(header), SAME if again else HEADER))
        found = memory_span(part.text, block)
        if found is not None:
            spans.append(Span(at + len(header) + found[0], found[1], MEMORY))
        parts += [header, body]
        at += len(header) + len(body)
    return PromptText("".join(parts).rstrip("\n"), tuple(spans), hidden=hidden, size=size)


def _skipped(messages: Sequence[Message], known: int, whole: bool) -> range:
    """The middle of what was sent before too, where all of it would be long."""
    if whole or sum(len(message.content) for message in messages[:known]) <= SHOWN:
        return range(0)
    return range(OPENING, max(OPENING, known - RECENT))


def memory_span(text: str, block: str) -> tuple[int, int] | None:
    """Start and length of the injected block in a message."""
    wanted = broken(readable(block).strip())
    start = text.find(wanted) if wanted else -1
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


def _missing(opened: Opened, text: PromptText) -> str:
    retrieved = opened.retrieval is not None and any(hit.item_uids for hit in opened.retrieval.hits)
    return NOT_INJECTED if retrieved and text.memory_at is None else ""


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
