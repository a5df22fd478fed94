"""Measure what an endpoint can do: every finding comes from a call, none is assumed."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any

from rb_studio.models.openai_chat import OpenAIChat
from rb_studio.models.profile import Profile
from rb_studio.models.redact import Secret
from rb_studio.records.calls import CallSettings, FailureKind, Message, Reply

_ASK = Message("user", "Reply with the single word: ready")
_DICE = Message("user", "Write twelve random digits and nothing else.")
_JSON = Message("user", 'Reply with the JSON object {"ready": true} and nothing else.')
_WORD = "MARMALADE"
_SYSTEM = Message("system", f"Whatever is asked, reply with the single word {_WORD}.")
_TOKENS = 256
_SEED = 12345


@dataclass(frozen=True, slots=True)
class Finding:
    """One capability: `ok` True or False as measured, None where it could not be measured."""

    name: str
    ok: bool | None
    detail: str


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What was found out about one profile's endpoint."""

    profile: str
    findings: tuple[Finding, ...]

    @property
    def usable(self) -> bool:
        """True when the endpoint answered with text."""
        return all(finding.ok for finding in self.findings if finding.name in ("reachable", "model", "answers"))

    def to_json(self) -> dict[str, Any]:
        """One entry per finding, for `--json`."""
        return {finding.name: asdict(finding) for finding in self.findings}


def probe(profile: Profile, key: Secret | None = None) -> Capabilities:
    """Ask an endpoint a handful of short questions; takes about ten calls and never raises for a fault.

    Parameters
    ----------
    profile
        Asked once per question, without retries.
    key
        The endpoint's key.
    """
    once = replace(profile, retries=0, stream=False, temperature=None, max_tokens=None)
    with _chat(once, key) as model:
        first = model.reply([_ASK], CallSettings(), _SEED)
        findings = list(_basics(first))
        if first.failure is None:
            findings += _accepted(model)
            findings += [_seed(model), _system(model)]
    if first.failure is None:
        findings += [_stream(once, key), _json(once, key)]
    return Capabilities(profile.name, tuple(findings))


@contextmanager
def _chat(profile: Profile, key: Secret | None) -> Iterator[OpenAIChat]:
    model = OpenAIChat(profile, key)
    try:
        yield model
    finally:
        model.close()


def _basics(reply: Reply) -> Iterator[Finding]:
    failure = reply.failure
    kind = failure.kind if failure else None
    said = failure.message if failure else f"{reply.latency:.2f} s"
    reached = kind not in (FailureKind.CONNECTION, FailureKind.TIMEOUT)
    yield Finding("reachable", reached, said if not reached else "the address answers")
    if not reached:
        return
    admitted = kind not in (FailureKind.AUTHENTICATION, FailureKind.MODEL_NOT_FOUND)
    yield Finding("model", admitted, reply.model if admitted else said)
    if admitted:
        yield Finding("answers", failure is None, said)
    if failure is None:
        usage = reply.usage
        told = f"{usage.prompt} + {usage.completion} tokens" if usage else "the endpoint tells no token counts"
        yield Finding("usage", usage is not None and usage.total is not None, told)


def _accepted(model: OpenAIChat) -> Iterator[Finding]:
    """Parameters that are taken without complaint, one call each."""
    tried: dict[str, CallSettings] = {
        "temperature": CallSettings(temperature=0.0),
        "max_tokens": CallSettings(max_tokens=_TOKENS),
    }
    for name, settings in tried.items():
        reply = model.reply([_ASK], settings, _SEED)
        if reply.failure and reply.failure.kind is not FailureKind.EMPTY:
            yield Finding(name, None, reply.failure.message)
        elif name in reply.dropped:
            replaced = name == "max_tokens" and "max_completion_tokens" not in reply.dropped
            yield Finding(
                name, False, "replaced by max_completion_tokens" if replaced else "refused, so it is left out"
            )
        else:
            yield Finding(name, True, "accepted")


def _seed(model: OpenAIChat) -> Finding:
    """The same seed twice must give the same text, another seed another text."""
    hot = CallSettings(temperature=1.0)
    replies = [model.reply([_DICE], hot, seed) for seed in (_SEED, _SEED, _SEED + 1)]
    failed = next((reply.failure for reply in replies if reply.failure), None)
    if failed is not None:
        return Finding("seed", None, failed.message)
    if "seed" in replies[0].dropped:
        return Finding("seed", False, "refused, so it is left out")
    first, again, other = (reply.text for reply in replies)
    if first != again:
        return Finding("seed", False, "accepted, but the same seed gave two different texts")
    if first == other:
        return Finding("seed", None, "accepted; equal and different seeds gave one text, so its effect cannot be seen")
    return Finding("seed", True, "the same seed repeats a text and another seed changes it")


def _system(model: OpenAIChat) -> Finding:
    reply = model.reply([_SYSTEM, _ASK], CallSettings(), _SEED)
    if reply.failure is not None:
        return Finding("system", None, reply.failure.message)
    if "system" in reply.dropped:
        return Finding("system", False, "refused, so it is put into the first user message")
    obeyed = _WORD in reply.text.upper()
    return Finding(
        "system", True if obeyed else None, "followed" if obeyed else "accepted; the model did not follow it"
    )


def _stream(profile: Profile, key: Secret | None) -> Finding:
    def told(reply: Reply) -> Finding:
        return Finding("stream", True, "with token counts" if reply.usage else "without token counts")

    return _separate("stream", replace(profile, stream=True), key, _ASK, told)


def _json(profile: Profile, key: Secret | None) -> Finding:
    def told(reply: Reply) -> Finding:
        try:
            json.loads(reply.text)
        except ValueError:
            return Finding("json", False, "accepted, but the text is no JSON")
        return Finding("json", True, "the text is JSON")

    extra = {**profile.extra, "response_format": {"type": "json_object"}}
    return _separate("json", replace(profile, extra=extra), key, _JSON, told)


def _separate(
    name: str, profile: Profile, key: Secret | None, question: Message, told: Callable[[Reply], Finding]
) -> Finding:
    """One call with a changed profile; a rejection is a False, any other fault leaves it open."""
    with _chat(profile, key) as model:
        reply = model.reply([question], CallSettings(), _SEED)
    if reply.failure is None:
        return told(reply)
    rejected = reply.failure.kind is FailureKind.BAD_REQUEST
    return Finding(name, False if rejected else None, reply.failure.message)
