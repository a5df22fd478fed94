"""From what went wrong with an endpoint to a typed failure with one sentence."""

import email.utils
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rb_studio.models.profile import Profile
from rb_studio.models.redact import redact
from rb_studio.records.calls import Failure, FailureKind

LONGEST_WAIT = 120.0
_SHOWN = 240
_OVERFLOW = re.compile(
    r"context_length|context length|context window|context size|maximum context|prompt is too long"
    r"|input (?:is|was) too long|too many (?:input )?tokens|exceed_context|reduce the length|token count .* exceeds"
)
_ANSWER_TOO_LONG = re.compile(r"max_(?:completion_)?tokens\W.{0,60}(?:too large|at most|exceed)")
_FILTERED = re.compile(r"content_filter|content management policy|content_policy|safety system|data_inspection")
_NO_MODEL = re.compile(
    r"model_not_found|model .{0,80}(?:not found|does not exist|not exist|is not available)|unknown model"
)
_NO_MONEY = re.compile(r"insufficient_quota|billing|credit balance|payment required|insufficient (?:balance|credits)")
_TOO_MUCH = re.compile(r"rate_limit|tokens per minute|requests per minute")


@dataclass(frozen=True, slots=True)
class Complaint:
    """What an endpoint said about a request: its words, and the parameter they are about."""

    status: int
    text: str
    param: str = ""

    @property
    def lower(self) -> str:
        return self.text.lower()


class Fault(Exception):
    """One attempt failed.

    `wait` is what the endpoint asked for in seconds; `partial` the text that arrived before a cut.
    """

    def __init__(
        self,
        kind: FailureKind,
        message: str,
        *,
        retryable: bool = False,
        wait: float | None = None,
        complaint: Complaint | None = None,
        partial: str = "",
    ) -> None:
        super().__init__(message)
        self.failure = Failure(kind, redact(message))
        self.retryable = retryable
        self.wait = wait
        self.complaint = complaint
        self.partial = partial
        self.attempts = 1


def status_fault(profile: Profile, status: int, headers: Mapping[str, str], body: str, *, has_key: bool) -> Fault:
    """The fault behind an HTTP status that is no success."""
    complaint = _complaint(status, body)
    kind, sentence = _classified(profile, complaint, has_key)
    wait = _asked_wait(headers) if kind in (FailureKind.RATE_LIMIT, FailureKind.SERVER) else None
    retryable = _retryable(kind, complaint)
    if retryable and wait is not None and wait > LONGEST_WAIT:
        retryable = False
        sentence = f"{profile.host} asks to wait {wait:.0f} s before the next call; run again later"
    return Fault(kind, sentence, retryable=retryable, wait=wait, complaint=complaint)


def embedded_fault(profile: Profile, error: Any, *, has_key: bool) -> Fault:
    """The fault behind an `error` object inside an answer of status 200 or a stream."""
    code = error.get("code") if isinstance(error, dict) else None
    status = code if isinstance(code, int) and 400 <= code <= 599 else 502
    return status_fault(profile, status, {}, json.dumps({"error": error}), has_key=has_key)


def timeout_fault(profile: Profile) -> Fault:
    """No complete answer within the profile's timeout."""
    return Fault(
        FailureKind.TIMEOUT,
        f"{profile.host} gave no complete answer within {profile.timeout:g} s; raise the timeout of the profile",
        retryable=True,
    )


def connection_fault(profile: Profile, error: BaseException) -> Fault:
    """The endpoint cannot be reached or hung up before it answered."""
    reason = str(error.__cause__ or error) or type(error).__name__
    return Fault(
        FailureKind.CONNECTION,
        f"{profile.host} cannot be reached ({_short(reason)}); start the server or check the base URL",
        retryable=True,
    )


def cut_fault(profile: Profile, partial: str = "") -> Fault:
    """The connection ended in the middle of an answer."""
    return Fault(
        FailureKind.CUT_STREAM,
        f"{profile.host} ended the connection in the middle of its answer; run again, or look at the server's log",
        retryable=True,
        partial=partial,
    )


def malformed_fault(profile: Profile, what: str) -> Fault:
    """The answer is not what an OpenAI-compatible endpoint sends."""
    return Fault(
        FailureKind.MALFORMED,
        f"{profile.host} sent {_short(what)}; check that {profile.base_url} is an OpenAI-compatible address",
    )


def _classified(profile: Profile, complaint: Complaint, has_key: bool) -> tuple[FailureKind, str]:
    status, text, host = complaint.status, complaint.lower, profile.host
    detail = _short(complaint.text)
    if status in (401, 403):
        mend = f"check the key in {profile.key_env}" if has_key else f"put its key into {profile.key_env}"
        # A 401 tends to repeat the key; a 403 tends to say what is missing.
        return FailureKind.AUTHENTICATION, f"{host} refused access ({status}{_tail(detail, status == 403)}); {mend}"
    if status == 404 or (status in (400, 422) and _NO_MODEL.search(text)):
        return (
            FailureKind.MODEL_NOT_FOUND,
            f"{host} knows no model {profile.model!r} at {profile.base_url} ({status}{_tail(detail)}); "
            "check the model's name and the base URL",
        )
    if status in (402, 429) or (status == 413 and _TOO_MUCH.search(text)):
        mend = "top up the account" if _spent(complaint) else "lower the concurrency of the profile or wait"
        return FailureKind.RATE_LIMIT, f"{host} takes no more calls now ({status}{_tail(detail)}); {mend}"
    if status == 413 or (_OVERFLOW.search(text) and not _ANSWER_TOO_LONG.search(text)):
        return FailureKind.CONTEXT_OVERFLOW, f"the request is longer than {profile.model!r} can read{_tail(detail)}"
    if _FILTERED.search(text):
        return FailureKind.REFUSAL, f"{host} refused the request by its content rules{_tail(detail)}"
    if status == 408:
        return FailureKind.TIMEOUT, f"{host} gave up waiting (408); run again"
    if status >= 500 or status == 409:
        return FailureKind.SERVER, f"{host} failed ({status}{_tail(detail)}); run again, or look at the server's log"
    if status < 400:
        return FailureKind.BAD_REQUEST, f"{host} redirects elsewhere ({status}); put the final address into the profile"
    return (
        FailureKind.BAD_REQUEST,
        f"{host} rejected the request ({status}{_tail(detail)}); check the profile's settings",
    )


def _retryable(kind: FailureKind, complaint: Complaint) -> bool:
    if kind is FailureKind.RATE_LIMIT:
        return not _spent(complaint)
    return kind in (FailureKind.SERVER, FailureKind.TIMEOUT) and complaint.status != 501


def _spent(complaint: Complaint) -> bool:
    return complaint.status == 402 or _NO_MONEY.search(complaint.lower) is not None


def _complaint(status: int, body: str) -> Complaint:
    """The message of an error body in any of the shapes servers use."""
    try:
        data = json.loads(body)
    except ValueError:
        return Complaint(status, _plain(body))
    if not isinstance(data, dict):
        return Complaint(status, _plain(body))
    error = data.get("error", data)
    if not isinstance(error, dict):
        return Complaint(status, str(error))
    said = error.get("message") or error.get("detail") or data.get("detail") or ""
    words = [_details(said), *(str(error[name]) for name in ("code", "type") if isinstance(error.get(name), str))]
    return Complaint(status, " ".join(word for word in words if word), str(error.get("param") or ""))


def _details(said: Any) -> str:
    """Validation errors as place and message, without the input they repeat."""
    if not isinstance(said, list):
        return str(said)
    parts = [part for part in said if isinstance(part, dict)]
    return "; ".join(f"{'.'.join(map(str, part.get('loc', [])))}: {part.get('msg', '')}" for part in parts)


def _plain(body: str) -> str:
    return re.sub(r"<[^>]*>", " ", body[:4000])


def _asked_wait(headers: Mapping[str, str]) -> float | None:
    """Seconds from retry-after-ms or Retry-After (a number or a date)."""
    try:
        if "retry-after-ms" in headers:
            return max(0.0, float(headers["retry-after-ms"]) / 1000)
        return max(0.0, float(headers["retry-after"]))
    except KeyError:
        return None
    except ValueError:
        return _until(headers.get("retry-after", ""))


def _until(date: str) -> float | None:
    try:
        at = email.utils.parsedate_to_datetime(date)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (at - datetime.now(UTC)).total_seconds())


def _tail(detail: str, shown: bool = True) -> str:
    return f": {detail}" if detail and shown else ""


def _short(text: str) -> str:
    line = " ".join(redact(text).split())
    return line if len(line) <= _SHOWN else line[:_SHOWN] + "…"
