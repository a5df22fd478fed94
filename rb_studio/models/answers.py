"""Read chat completions, whole or streamed, out of whatever an endpoint sends."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from rb_studio.models.failures import Fault, cut_fault, embedded_fault, malformed_fault
from rb_studio.models.profile import Profile
from rb_studio.records.calls import FailureKind, Usage

_DRAINING = 0.5


@dataclass
class Answer:
    """What has arrived of one completion. `said` tells whether a text, even an empty one, came."""

    text: list[str] = field(default_factory=list)
    reasoning: list[str] = field(default_factory=list)
    refusal: list[str] = field(default_factory=list)
    said: bool = False
    choices: int = 0
    finish: str | None = None
    usage: Usage | None = None
    model: str = ""
    tools: bool = False

    def take(self, data: dict[str, Any], part: str) -> None:
        """Add a completion (`part` is message) or one piece of a stream (`part` is delta)."""
        self.model = data["model"] if isinstance(data.get("model"), str) else self.model
        self.usage = _usage(data.get("usage")) or self.usage
        choices = data.get("choices")
        choice = choices[0] if isinstance(choices, list) and choices else None
        if not isinstance(choice, dict):
            return
        self.choices += 1
        self.finish = choice["finish_reason"] if isinstance(choice.get("finish_reason"), str) else self.finish
        if isinstance(choice.get(part), dict):
            self._message(choice[part])

    def checked(self, profile: Profile) -> "Answer":
        """Itself when there is a usable text; the Fault otherwise.

        A model that used `max_tokens` up before its first word, on reasoning say, has answered with an empty text.
        """
        text = "".join(self.text)
        if not self.choices:
            raise _empty(profile, "no answer at all")
        if self.refusal:
            said = " ".join("".join(self.refusal).split())[:200]
            raise Fault(FailureKind.REFUSAL, f"{profile.model!r} refused: {said}", partial=text)
        if self.finish == "content_filter":
            raise Fault(FailureKind.REFUSAL, f"{profile.host} withheld the answer by its content rules", partial=text)
        if self.tools and not self.said:
            raise _empty(profile, "a tool call instead of text")
        if not self.said and self.finish != "length":
            raise _empty(profile, "an answer without text")
        return self

    def _message(self, message: dict[str, Any]) -> None:
        self._content(message.get("content"))
        for name in ("reasoning_content", "reasoning"):
            if isinstance(message.get(name), str) and message[name]:
                self.reasoning.append(message[name])
                break
        if isinstance(message.get("refusal"), str) and message["refusal"]:
            self.refusal.append(message["refusal"])
        self.tools = self.tools or bool(message.get("tool_calls"))

    def _content(self, content: Any) -> None:
        """Text, or a list of parts of which some may be thinking."""
        if isinstance(content, str):
            self.said = True
            self.text.append(content)
        for part in content if isinstance(content, list) else []:
            if isinstance(part, dict) and isinstance(part.get("text"), str):
                self._content(part["text"])
            elif isinstance(part, dict) and part.get("type") == "thinking":
                self.reasoning.append(_joined(part.get("thinking")))


def read_whole(profile: Profile, body: bytes, *, has_key: bool) -> Answer:
    """The completion in a body that is JSON; Fault otherwise."""
    data = read_object(profile, body, has_key=has_key)
    answer = Answer()
    answer.take(data, "message")
    return answer.checked(profile)


def read_object(profile: Profile, body: bytes, *, has_key: bool) -> dict[str, Any]:
    """The JSON object of a body; Fault when it is none or holds an error."""
    data = _parsed(body)
    if not isinstance(data, dict):
        raise malformed_fault(profile, _described(body))
    if data.get("error"):
        raise embedded_fault(profile, data["error"], has_key=has_key)
    return data


async def read_stream(profile: Profile, lines: AsyncIterator[str], *, has_key: bool) -> Answer:
    """The completion in a stream of server-sent events.

    Raises
    ------
    Fault
        CUT_STREAM with the partial text when it ends without `[DONE]` and without a finish reason.
    """
    import httpx2

    answer = Answer()
    try:
        done = await _take_events(profile, lines, answer, has_key=has_key)
    except httpx2.TransportError:
        done = False
    if not done and answer.finish is None:
        raise cut_fault(profile, "".join(answer.text))
    return answer.checked(profile)


async def _take_events(profile: Profile, lines: AsyncIterator[str], answer: Answer, *, has_key: bool) -> bool:
    """Fill the answer; True when the stream said it was done."""
    async for line in lines:
        if not line.startswith("data:"):
            continue
        event = line[5:].strip()
        if event == "[DONE]":
            await _drain(lines)
            return True
        answer.take(read_object(profile, event.encode(), has_key=has_key), "delta")
    return False


async def _drain(lines: AsyncIterator[str]) -> None:
    """Read to the end, so that the connection can be used again; but do not wait for a server that keeps it open."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_DRAINING):
            async for _ in lines:
                pass


def _empty(profile: Profile, what: str) -> Fault:
    return Fault(FailureKind.EMPTY, f"{profile.model!r} at {profile.host} gave {what}; try again or another model")


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _described(body: bytes) -> str:
    start = body[:80].decode("utf-8", "replace").strip()
    return f"no usable JSON but {start!r}" if start else "an empty body"


def _joined(parts: Any) -> str:
    if isinstance(parts, str):
        return parts
    texts = [part.get("text") for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []
    return "".join(text for text in texts if isinstance(text, str))


def _usage(data: Any) -> Usage | None:
    if not isinstance(data, dict):
        return None
    prompt, completion = _count(data.get("prompt_tokens")), _count(data.get("completion_tokens"))
    return None if prompt is None and completion is None else Usage(prompt, completion)


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
