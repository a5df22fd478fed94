"""Calls to models: messages, settings, replies, failures."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from rb_studio.records.quick import Quick

CONSOLIDATE = "consolidate"


@dataclass(frozen=True, slots=True)
class Message(Quick):
    """One chat message; `role` is system, user or assistant."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class CallSettings(Quick):
    """Sampling of one call; None leaves a parameter to the endpoint."""

    temperature: float | None = None
    max_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Usage(Quick):
    """Token counts of one call as the endpoint reported them; None is unknown, never zero."""

    prompt: int | None = None
    completion: int | None = None

    @property
    def total(self) -> int | None:
        if self.prompt is None or self.completion is None:
            return None
        return self.prompt + self.completion


class FailureKind(StrEnum):
    """Why a call gave no usable reply."""

    AUTHENTICATION = "authentication"
    MODEL_NOT_FOUND = "model_not_found"
    RATE_LIMIT = "rate_limit"
    SERVER = "server"
    TIMEOUT = "timeout"
    CONNECTION = "connection"
    CUT_STREAM = "cut_stream"
    MALFORMED = "malformed"
    EMPTY = "empty"
    REFUSAL = "refusal"
    CONTEXT_OVERFLOW = "context_overflow"
    BAD_REQUEST = "bad_request"
    CANCELLED = "cancelled"


INFRASTRUCTURE = frozenset(FailureKind) - {FailureKind.REFUSAL, FailureKind.CONTEXT_OVERFLOW}


@dataclass(frozen=True, slots=True)
class Failure:
    """A typed failure with one sentence a person can act on."""

    kind: FailureKind
    message: str

    @property
    def infrastructure(self) -> bool:
        """True when the fault lies outside the agent, so the cell is invalid, not failed."""
        return self.kind in INFRASTRUCTURE


@dataclass(frozen=True, slots=True)
class Reply(Quick):
    """What a model answered.

    `reasoning` is kept apart from `text`. `usage` is None when the endpoint did not say.
    `dropped` names the parameters the endpoint rejected and that were left out (or replaced).
    `cost` is in US dollars, None when a price or the usage is unknown. `latency` is in seconds.
    """

    text: str
    reasoning: str | None = None
    usage: Usage | None = None
    finish: str | None = None
    failure: Failure | None = None
    model: str = ""
    dropped: tuple[str, ...] = ()
    attempts: int = 1
    latency: float = 0.0
    cost: float | None = None


@dataclass(frozen=True, slots=True)
class LlmCall(Quick):
    """One call as sent and answered; `role` is actor, judge, distiller, selector or grader.

    `number` counts the calls of that role in one rollout (or in one task when `rollout_uid` is None).
    `prompt_hash` names the version of the prompt text in use. `extra` holds the `phase` it is counted under where that
    is not its role's own: a distiller that consolidates.
    """

    uid: str
    role: str
    number: int
    seed: int
    messages: tuple[Message, ...]
    settings: CallSettings
    reply: Reply
    rollout_uid: str | None = None
    step: int | None = None
    prompt_hash: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
