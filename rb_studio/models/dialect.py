"""What an endpoint does not understand, learned from its complaints, and requests worded for it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rb_studio.models.failures import Complaint
from rb_studio.models.profile import Profile
from rb_studio.records.calls import CallSettings, Message

_REFUSED = re.compile(
    r"unsupported|not support|n't support|unrecogni[sz]ed|unknown|unexpected|not permitted|not allowed|not enabled"
    r"|not accept|invalid|only the default|no longer|not implemented|deprecated|must be"
)
_SYSTEM = re.compile(r"system.{0,20}(?:role|instruction|message|prompt)|role.{0,40}system|developer instruction")
_ALTERNATE = re.compile(r"alternat\w+")
_PARAMETERS = ("max_tokens", "max_completion_tokens", "temperature", "seed", "stream_options")
_ADAPTABLE = frozenset({400, 404, 415, 422, 500, 501})


@dataclass(frozen=True, slots=True)
class Dialect:
    """The parameters and customs one endpoint refuses.

    A member of `refused` is a parameter to leave out, `system` (fold the system message into the first
    user message) or `alternation` (merge neighbouring messages of one role). `max_tokens` is replaced by
    `max_completion_tokens` until that is refused too.
    """

    refused: frozenset[str] = field(default_factory=frozenset)

    def learned(self, complaint: Complaint, body: Mapping[str, Any]) -> "Dialect | None":
        """This dialect and what the complaint adds; None when it names nothing that could be left out."""
        if complaint.status not in _ADAPTABLE:
            return None
        for name in _candidates(complaint, body):
            if name not in self.refused:
                return Dialect(self.refused | {name})
        return None

    def body(
        self, profile: Profile, messages: Sequence[Message], settings: CallSettings, seed: int
    ) -> tuple[dict[str, Any], tuple[str, ...]]:
        """The request and the names of what was left out or replaced in it."""
        wanted: dict[str, Any] = {
            "temperature": profile.temperature if settings.temperature is None else settings.temperature,
            "max_tokens": profile.max_tokens if settings.max_tokens is None else settings.max_tokens,
            "seed": seed,
            "stream_options": {"include_usage": True} if profile.stream else None,
        }
        wanted = {name: value for name, value in wanted.items() if value is not None}
        dropped = sorted(self.refused & set(wanted))
        if "max_tokens" in dropped:
            wanted["max_completion_tokens"] = wanted["max_tokens"]
            dropped += sorted(self.refused & {"max_completion_tokens"})
        sent = {name: value for name, value in wanted.items() if name not in self.refused}
        worded, customs = self._worded(messages)
        stream = {"stream": True} if profile.stream else {}
        return {"model": profile.model, "messages": worded, **profile.extra, **sent, **stream}, (*dropped, *customs)

    def _worded(self, messages: Sequence[Message]) -> tuple[list[dict[str, str]], list[str]]:
        plain = [{"role": message.role, "content": _encodable(message.content)} for message in messages]
        customs = []
        if "system" in self.refused and any(message["role"] == "system" for message in plain):
            plain, customs = _folded(plain), ["system"]
        if "alternation" in self.refused:
            merged = _merged(plain)
            customs += ["alternation"] if len(merged) < len(plain) else []
            plain = merged
        return plain, customs


def _candidates(complaint: Complaint, body: Mapping[str, Any]) -> list[str]:
    """What the complaint may be about, the likeliest first."""
    text = complaint.lower
    if _ALTERNATE.search(text) and "role" in text:
        return ["alternation"]
    if not _REFUSED.search(text):
        return []
    present = [name for name in _PARAMETERS if name in body]
    named = [name for name in present if complaint.param == name]
    mentioned = [name for name in present if re.search(rf"(?<![a-z_]){name}(?![a-z_])", text)]
    roles = {message["role"] for message in body.get("messages", [])}
    system = ["system"] if "system" in roles and _SYSTEM.search(f"{text} {complaint.param}") else []
    return [*named, *mentioned, *system]


def _folded(messages: list[dict[str, str]]) -> list[dict[str, str]]:
    """System texts in front of the first user message."""
    system = "\n\n".join(message["content"] for message in messages if message["role"] == "system")
    rest = [message for message in messages if message["role"] != "system"]
    for position, message in enumerate(rest):
        if message["role"] == "user":
            rest[position] = {"role": "user", "content": f"{system}\n\n{message['content']}"}
            return rest
    return [{"role": "user", "content": system}, *rest]


def _merged(messages: list[dict[str, str]]) -> list[dict[str, str]]:
    merged: list[dict[str, str]] = []
    for message in messages:
        if merged and merged[-1]["role"] == message["role"]:
            merged[-1] = {**message, "content": f"{merged[-1]['content']}\n\n{message['content']}"}
        else:
            merged.append(message)
    return merged


def _encodable(text: str) -> str:
    """Lone surrogates cannot be sent; they become question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")
