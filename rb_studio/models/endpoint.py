"""One HTTP endpoint: connection, concurrency, retries, timeouts and Stop, for chat and embeddings alike."""

import asyncio
import atexit
import logging
import random
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from rb_studio.models import loop
from rb_studio.models.connections import Connections
from rb_studio.models.failures import Fault, connection_fault, cut_fault, status_fault, timeout_fault
from rb_studio.models.profile import Profile
from rb_studio.models.redact import Secret
from rb_studio.records.calls import FailureKind
from rb_studio.records.errors import Cancelled

if TYPE_CHECKING:
    import httpx2
    from openai import AsyncOpenAI

T = TypeVar("T")

_LONGEST_BACKOFF = 8.0
_CLOSING = 5.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A pause before the next attempt: which one failed, why, and for how many seconds."""

    attempt: int
    kind: FailureKind
    reason: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Received(Generic[T]):
    """What was read of an answer, after how many requests, and the seconds of the last one."""

    value: T
    attempts: int
    latency: float


class Endpoint:
    """Requests to one profile's address.

    Calls of all endpoints of a process run on one background loop; those with the same profile name and
    address share its concurrency limit.

    Parameters
    ----------
    profile
        Address, timeout, retries and concurrency.
    key
        Sent as bearer token; None sends none.
    on_wait
        Told of every pause before a retry, from the background thread; must return at once.
    backoff
        Seconds before the first retry where the endpoint names none; doubles up to 8.
    """

    def __init__(
        self,
        profile: Profile,
        key: Secret | None = None,
        on_wait: Callable[[Waiting], None] | None = None,
        backoff: float = 0.5,
    ) -> None:
        self.profile = profile
        self.has_key = key is not None
        self._key = key
        self._on_wait = on_wait
        self._backoff = backoff
        self._lock = threading.Lock()
        self._preparing = threading.Lock()
        self._stopped = False
        self._loop: loop.BackgroundLoop | None = None
        self._connections: Connections | None = None
        self._running: set[Future[Any]] = set()

    def run(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run a coroutine on the background loop and wait for it; Cancelled after `cancel` or `close`."""
        self._prepare()
        with self._lock:
            future = self._start(work)
        try:
            return future.result()
        except CancelledError:
            raise Cancelled("the call was stopped") from None
        finally:
            future.cancel()  # an interrupt of this thread must not leave the request running
            with self._lock:
                self._running.discard(future)

    def cancel(self) -> None:
        """Stop all calls in flight and refuse new ones."""
        with self._lock:
            self._stopped = True
            running = list(self._running)
        for future in running:
            future.cancel()

    def close(self) -> None:
        """Cancel, then close connections; the background thread ends with its last user."""
        self.cancel()
        with self._lock:
            background, connections = self._loop, self._connections
            self._loop = self._connections = None
        if background is None:
            return
        atexit.unregister(self.close)
        try:
            if connections is not None:
                background.submit(connections.close()).result(_CLOSING)
        except TimeoutError:
            _log.warning("connections to %s did not close in %s s", self.profile.host, _CLOSING)
        finally:
            loop.release()

    async def send(
        self,
        path: str,
        body: Callable[[], dict[str, Any]],
        read: "Callable[[httpx2.Response], Awaitable[T]]",
        mend: Callable[[Fault], bool] = lambda fault: False,
    ) -> Received[T]:
        """Post until there is an answer, the retries are used up or the fault will not pass.

        Parameters
        ----------
        path
            Below the profile's base URL.
        body
            Gives the JSON of the next request.
        read
            Consumes the answer; may raise Fault.
        mend
            True when it changed what `body` gives so that the next request may pass; no retry is spent.

        Raises
        ------
        Fault
            With the number of requests made.
        """
        assert self._loop is not None
        attempt = retried = 0
        async with self._loop.limiter(f"{self.profile.name} {self.profile.base_url}", self.profile.concurrency):
            while True:
                attempt += 1
                started = time.perf_counter()
                try:
                    value = await self._attempt(path, body(), read)
                    return Received(value, attempt, time.perf_counter() - started)
                except Fault as fault:
                    fault.attempts = attempt
                    if mend(fault):
                        continue
                    if not fault.retryable or retried >= self.profile.retries:
                        raise
                    await self._pause(fault, retried)
                    retried += 1

    async def _attempt(self, path: str, body: dict[str, Any], read: "Callable[[httpx2.Response], Awaitable[T]]") -> T:
        import httpx2
        import openai

        answering = False
        assert self._connections is not None
        try:
            with self._connections.one() as client:
                async with asyncio.timeout(self.profile.timeout):
                    response = await self._post(client, path, body)
                    answering = True
                    try:
                        return await read(response)
                    finally:
                        await response.aclose()
        except (TimeoutError, openai.APITimeoutError, httpx2.TimeoutException):
            raise timeout_fault(self.profile) from None
        except openai.APIStatusError as error:
            said = error.response
            raise status_fault(self.profile, error.status_code, said.headers, said.text, has_key=self.has_key) from None
        except (openai.APIConnectionError, httpx2.TransportError, httpx2.DecodingError, httpx2.StreamError) as error:
            raise (cut_fault(self.profile) if answering else connection_fault(self.profile, error)) from None

    async def _post(self, client: "AsyncOpenAI", path: str, body: dict[str, Any]) -> "httpx2.Response":
        import httpx2
        import openai

        # With this cast the library hands over the HTTP answer unread, whatever is streamed.
        options: Any = {} if self.has_key else {"headers": {"Authorization": openai.Omit()}}
        response: Any = await client.post(
            path, cast_to=httpx2.Response, body=body, options=options, stream=True, stream_cls=openai.AsyncStream[Any]
        )
        return cast("httpx2.Response", response)

    async def _pause(self, fault: Fault, retried: int) -> None:
        seconds = fault.wait
        if seconds is None:
            spread = random.uniform(0.75, 1.25)  # so that calls that failed together do not return together
            seconds = min(self._backoff * 2**retried, _LONGEST_BACKOFF) * spread
        waiting = Waiting(fault.attempts, fault.failure.kind, fault.failure.message, seconds)
        _log.info("waiting %.1f s before the next call: %s", seconds, waiting.reason)
        if self._on_wait is not None:
            self._on_wait(waiting)
        await asyncio.sleep(seconds)

    def _prepare(self) -> None:
        """Make the client; the library's slow import must not hold up `cancel`."""
        with self._preparing:
            if self._connections is None and not self._stopped:
                self._connections = Connections(self.profile, self._key)

    def _start(self, work: Callable[[], Coroutine[Any, Any, T]]) -> Future[T]:
        if self._stopped:
            raise Cancelled("the model was stopped")
        if self._loop is None:
            self._loop = loop.acquire()
            atexit.register(self.close)
        future = self._loop.submit(work())
        self._running.add(future)
        return future
