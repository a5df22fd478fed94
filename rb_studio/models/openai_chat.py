"""A chat model behind an OpenAI-compatible address."""

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from rb_studio.models.answers import Answer, read_stream, read_whole
from rb_studio.models.dialect import Dialect
from rb_studio.models.endpoint import Endpoint, Received, Waiting
from rb_studio.models.failures import Fault
from rb_studio.models.profile import Profile
from rb_studio.models.redact import Secret
from rb_studio.records.calls import CallSettings, Failure, FailureKind, Message, Reply
from rb_studio.records.errors import Cancelled

if TYPE_CHECKING:
    import httpx2

_MENDABLE = frozenset({FailureKind.BAD_REQUEST, FailureKind.SERVER})
_Question = tuple[Profile, Sequence[Message], CallSettings, int]


class OpenAIChat:
    """Answers through `/chat/completions`; blocking, and safe to call from many threads.

    Every fault, Stop included, comes back as `Reply.failure`; nothing is raised. Parameters the endpoint
    refuses are left out, named in `Reply.dropped` and not sent again. Reasoning is taken from the API's
    own fields only: a `<think>` block inside the text stays there, since our prompts ask for one.
    A reply whose stream was cut carries the text that had arrived.

    Parameters
    ----------
    profile
        Where and how to ask.
    key
        The endpoint's key, None when it needs none.
    on_wait
        Told of every pause before a retry, from the background thread; must return at once.
    backoff
        Seconds before the first retry where the endpoint names none.
    """

    simulated = False

    def __init__(
        self,
        profile: Profile,
        key: Secret | None = None,
        on_wait: Callable[[Waiting], None] | None = None,
        backoff: float = 0.5,
    ) -> None:
        self.profile = profile
        self._endpoint = Endpoint(profile, key, on_wait, backoff)
        self._dialect = Dialect()
        self._lock = threading.Lock()

    @property
    def identity(self) -> str:
        return self.profile.identity

    def reply(self, messages: Sequence[Message], settings: CallSettings, seed: int) -> Reply:
        """One answer. `latency` is that of the last request; `attempts` counts all of them."""
        call = _Call(self._endpoint, self._dialect, (self.profile, messages, settings, seed))
        try:
            reply = self._endpoint.run(call.answered)
        except Fault as fault:
            return call.failed(fault)
        except Cancelled:
            failure = Failure(FailureKind.CANCELLED, f"the call to {self.profile.host} was stopped")
            return Reply("", failure=failure, model=self.profile.model)
        self._learn(call.dialect)
        return reply

    def cancel(self) -> None:
        """Stop every call in flight at once; these and later ones reply with a CANCELLED failure."""
        self._endpoint.cancel()

    def close(self) -> None:
        self._endpoint.close()

    def _learn(self, dialect: Dialect) -> None:
        """Remember what the endpoint refuses, once a request worded that way has passed."""
        if dialect.refused - self._dialect.refused:
            with self._lock:
                self._dialect = Dialect(self._dialect.refused | dialect.refused)


class _Call:
    """One call: its wording as learned so far, until it is answered."""

    def __init__(self, endpoint: Endpoint, dialect: Dialect, question: _Question) -> None:
        self.dialect = dialect
        self._endpoint = endpoint
        self._profile = endpoint.profile
        self._question = question
        self._sent: dict[str, object] = {}
        self._dropped: tuple[str, ...] = ()

    async def answered(self) -> Reply:
        return self._reply(await self._endpoint.send("/chat/completions", self._body, self._read, self._mend))

    def failed(self, fault: Fault) -> Reply:
        return Reply(
            fault.partial,
            failure=fault.failure,
            model=self._profile.model,
            dropped=self._dropped,
            attempts=fault.attempts,
        )

    def _body(self) -> dict[str, object]:
        self._sent, self._dropped = self.dialect.body(*self._question)
        return self._sent

    def _mend(self, fault: Fault) -> bool:
        learned = self.dialect.learned(fault.complaint, self._sent) if fault.complaint else None
        if learned is None or fault.failure.kind not in _MENDABLE:
            return False
        self.dialect = learned
        return True

    async def _read(self, response: "httpx2.Response") -> Answer:
        if "text/event-stream" in response.headers.get("content-type", ""):
            return await read_stream(self._profile, response.aiter_lines(), has_key=self._endpoint.has_key)
        return read_whole(self._profile, await response.aread(), has_key=self._endpoint.has_key)

    def _reply(self, received: Received[Answer]) -> Reply:
        answer = received.value
        return Reply(
            "".join(answer.text),
            reasoning="".join(answer.reasoning) or None,
            usage=answer.usage,
            finish=answer.finish,
            model=answer.model or self._profile.model,
            dropped=self._dropped,
            attempts=received.attempts,
            latency=received.latency,
            cost=self._profile.cost(answer.usage),
        )
