"""HTTP clients of one endpoint, few connections each."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rb_studio.models.profile import Profile
from rb_studio.models.redact import Secret

if TYPE_CHECKING:
    from openai import AsyncOpenAI

# A connection pool looks at every one of its connections for every request; at 64 that was a third of the
# time of a call, so wide endpoints get several small pools.
_WIDTH = 8


class Connections:
    """Clients that never retry by themselves and never follow a redirect with the key.

    Made on any thread, used and closed on the background loop only.
    """

    def __init__(self, profile: Profile, key: Secret | None) -> None:
        import httpx2

        self._profile = profile
        self._key = key
        self._context = httpx2.create_ssl_context()
        self._clients: list[AsyncOpenAI] = []
        self._busy: list[int] = []
        self._add()

    @contextmanager
    def one(self) -> "Iterator[AsyncOpenAI]":
        """A client with room for one more request."""
        index = next((i for i, busy in enumerate(self._busy) if busy < _WIDTH), None)
        if index is None:
            index = self._add()
        self._busy[index] += 1
        try:
            yield self._clients[index]
        finally:
            self._busy[index] -= 1

    async def close(self) -> None:
        for client in self._clients:
            await client.close()

    def _add(self) -> int:
        import httpx2
        import openai

        limits = httpx2.Limits(max_connections=_WIDTH, max_keepalive_connections=_WIDTH)
        timeout = self._profile.timeout
        transport = openai.DefaultAsyncHttpxClient(
            verify=self._context,
            limits=limits,
            follow_redirects=False,
            timeout=timeout,
            trust_env=not self._profile.on_this_computer,  # a company's proxy does not lead to this computer
        )
        client = openai.AsyncOpenAI(
            api_key=self._key.reveal() if self._key else "none",
            base_url=self._profile.base_url,
            max_retries=0,
            timeout=timeout,
            http_client=transport,
        )
        # The library takes these from the environment; they belong to another account than the profile's.
        client.organization = client.project = None
        self._clients.append(client)
        self._busy.append(0)
        return len(self._clients) - 1
