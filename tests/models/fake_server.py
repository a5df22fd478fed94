"""A real HTTP server on loopback that behaves like OpenAI-compatible ones, scripted by the test.

    with FakeServer() as server:
        server.script(Answer("hello"), Answer(status=500))   # one per request, then `server.default`
        profile = Profile("fake", server.url, "fake-model")

`server.requests` is the log; `server.rejects` makes it refuse parameters the way real servers word it;
`server.peak` is the largest number of chat requests in flight. Started as a program it prints its port and
serves until its standard input closes: `python fake_server.py DELAY`.
"""

import asyncio
import hashlib
import itertools
import json
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Answer:
    """What one request gets.

    `body` (str or bytes) replaces the whole answer; `cut` closes the connection after that many bytes of it.
    """

    text: str | None = "ok"
    status: int = 200
    body: str | bytes | None = None
    error: dict[str, Any] | None = None
    headers: dict[str, str] = field(default_factory=dict)
    message: dict[str, Any] = field(default_factory=dict)
    usage: dict[str, Any] | None = field(default_factory=lambda: {"prompt_tokens": 7, "completion_tokens": 3})
    finish: str | None = "stop"
    delay: float = 0.0
    piece_delay: float = 0.0
    cut: int | None = None
    done: bool = True
    content_type: str | None = None


@dataclass(frozen=True)
class Request:
    """One request as it came in."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


Handler = Callable[[Request], Answer]


def error(status: int, message: str, **fields: Any) -> Answer:
    return Answer(status=status, error={"message": message, **fields})


class _Reader(asyncio.StreamReader):
    """A stream reader that tells when the other side is gone."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.gone = asyncio.Event()

    def feed_eof(self) -> None:
        super().feed_eof()
        self.gone.set()

    def set_exception(self, exc: BaseException) -> None:
        super().set_exception(exc)
        self.gone.set()


class FakeServer:
    def __init__(self, default: Answer | Handler | None = None, dimension: int = 8, port: int = 0) -> None:
        self.default: Answer | Handler = default or Answer()
        self.port = port
        self.dimension = dimension
        self.models: list[str] | None = None
        self.key: str | None = None
        self.rejects: set[str] = set()
        self.requests: list[Request] = []
        self.in_flight = 0
        self.peak = 0
        self.dropped_connections = 0
        self._scripted: list[Answer | Handler] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fake-server", daemon=True)
        self._changed = threading.Condition()

    def __enter__(self) -> "FakeServer":
        self._thread.start()
        start = self._loop.create_server(self._protocol, "127.0.0.1", self.port, backlog=256)
        self._server = asyncio.run_coroutine_threadsafe(start, self._loop).result()
        self.port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/v1"
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def script(self, *answers: Answer | Handler) -> None:
        self._scripted.extend(answers)

    @property
    def bodies(self) -> list[Any]:
        return [request.body for request in self.requests]

    def wait_for_requests(self, count: int, timeout: float = 10.0) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.requests) >= count, timeout)

    def wait_for_hangups(self, count: int, timeout: float = 10.0) -> None:
        """Until so many clients closed their connection before they had their answer."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.dropped_connections >= count, timeout)

    def _protocol(self) -> asyncio.StreamReaderProtocol:
        return asyncio.StreamReaderProtocol(_Reader(loop=self._loop), self._connection, loop=self._loop)

    async def _stop(self) -> None:
        self._server.close()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert isinstance(reader, _Reader)
        try:
            while (request := await _read(reader)) is not None:
                with self._changed:
                    self.requests.append(request)
                    self._changed.notify_all()
                answering = asyncio.ensure_future(self._answer(request, writer))
                hangup = asyncio.ensure_future(reader.gone.wait())
                await asyncio.wait({answering, hangup}, return_when=asyncio.FIRST_COMPLETED)
                if not answering.done():
                    answering.cancel()
                    await asyncio.gather(answering, return_exceptions=True)
                    with self._changed:
                        self.dropped_connections += 1
                        self._changed.notify_all()
                    return
                hangup.cancel()
                await asyncio.gather(hangup, return_exceptions=True)
                if not answering.result():
                    return
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()

    async def _answer(self, request: Request, writer: asyncio.StreamWriter) -> bool:
        """Send the answer; True when the connection may carry another request."""
        self.in_flight += 1
        self.peak = max(self.peak, self.in_flight)
        try:
            answer = self._choose(request)
            await asyncio.sleep(answer.delay)
            if _streams(request, answer):
                return await _send_stream(writer, answer, request)
            return await _send_plain(writer, answer, self._body(request, answer))
        finally:
            self.in_flight -= 1

    def _choose(self, request: Request) -> Answer:
        if self.key and request.headers.get("authorization") != f"Bearer {self.key}":
            given = request.headers.get("authorization", "nothing")
            return error(401, f"Incorrect API key provided: {given}", code="invalid_api_key")
        body = request.body if isinstance(request.body, dict) else {}
        if self.models is not None and body.get("model") not in self.models:
            return error(404, f"The model `{body.get('model')}` does not exist", code="model_not_found")
        refused = _refusal(self.rejects, body)
        if refused is not None:
            return refused
        chosen = self._scripted.pop(0) if self._scripted else self.default
        return chosen(request) if callable(chosen) else chosen

    def _body(self, request: Request, answer: Answer) -> bytes:
        if answer.body is not None:
            return answer.body if isinstance(answer.body, bytes) else answer.body.encode()
        if answer.error is not None:
            return json.dumps({"error": answer.error}).encode()
        if answer.status != 200:
            return json.dumps({"error": {"message": f"status {answer.status}"}}).encode()
        if request.path.endswith("/embeddings"):
            return json.dumps(self._embeddings(request.body)).encode()
        return json.dumps(_completion(request.body, answer)).encode()

    def _embeddings(self, body: dict[str, Any]) -> dict[str, Any]:
        texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
        data = [{"index": i, "embedding": vector_of(text, self.dimension)} for i, text in enumerate(texts)]
        return {"data": data[::-1], "model": body["model"], "usage": {"prompt_tokens": sum(map(len, texts))}}


def vector_of(text: str, dimension: int) -> list[float]:
    """The vector the server gives for a text; not of unit length."""
    digest = hashlib.sha256(text.encode()).digest()
    return [digest[i % 32] / 10 + 0.1 for i in range(dimension)]


def _completion(body: dict[str, Any], answer: Answer) -> dict[str, Any]:
    message = {"role": "assistant", "content": answer.text, **answer.message}
    choice = {"index": 0, "message": message, "finish_reason": answer.finish}
    whole = {"id": "x", "object": "chat.completion", "model": body["model"], "choices": [choice]}
    return {**whole, "usage": answer.usage} if answer.usage is not None else whole


def _streams(request: Request, answer: Answer) -> bool:
    asked = isinstance(request.body, dict) and bool(request.body.get("stream"))
    return asked and answer.status == 200 and answer.body is None and answer.error is None


async def _read(reader: asyncio.StreamReader) -> Request | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    except asyncio.IncompleteReadError:
        return None
    method, path, _ = head[0].split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    data = await reader.readexactly(int(headers.get("content-length", 0)))
    return Request(method, path, headers, json.loads(data) if data else None)


async def _send_plain(writer: asyncio.StreamWriter, answer: Answer, body: bytes) -> bool:
    headers = {
        "Content-Type": answer.content_type or "application/json",
        "Content-Length": str(len(body)),
        **answer.headers,
    }
    lines = [f"HTTP/1.1 {answer.status} x", *(f"{name}: {value}" for name, value in headers.items())]
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode() + body[: answer.cut])
    await writer.drain()
    return answer.cut is None


async def _send_stream(writer: asyncio.StreamWriter, answer: Answer, request: Request) -> bool:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
    sent = 0
    for event in _events(answer, request.body):
        data = f"data: {event}\n\n".encode()
        if answer.cut is not None and sent + len(data) > answer.cut:
            await writer.drain()
            return False
        sent += len(data)
        writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        await writer.drain()
        if answer.piece_delay:
            await asyncio.sleep(answer.piece_delay)
    writer.write(b"0\r\n\r\n")
    await writer.drain()
    return True


def _events(answer: Answer, body: dict[str, Any]) -> list[str]:
    def chunk(delta: dict[str, Any], finish: str | None = None, **more: Any) -> str:
        choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
        return json.dumps({"id": "x", "model": body["model"], "choices": choices, **more})

    pieces = [answer.text[i : i + 4] for i in range(0, len(answer.text) or 1, 4)] if answer.text is not None else []
    events = [chunk({"role": "assistant", **answer.message})]
    events += [chunk({"content": piece}) for piece in pieces]
    if answer.finish:
        events.append(chunk({}, answer.finish))
    if answer.usage is not None and (body.get("stream_options") or {}).get("include_usage"):
        events.append(json.dumps({"id": "x", "model": body["model"], "choices": [], "usage": answer.usage}))
    return [*events, "[DONE]"] if answer.done else events


def _refusal(rejects: set[str], body: dict[str, Any]) -> Answer | None:
    """The error of a server that does not know a parameter, worded as several real ones do."""
    roles = [message["role"] for message in body.get("messages", [])]
    if "temperature" in rejects and "temperature" in body:
        return error(
            400,
            "Unsupported value: 'temperature' does not support 0.0 with this model. Only the default (1) is supported.",
            param="temperature",
            code="unsupported_value",
        )
    if "max_tokens" in rejects and "max_tokens" in body:
        return error(
            400,
            "Unsupported parameter: 'max_tokens' is not supported with this model. "
            "Use 'max_completion_tokens' instead.",
            param="max_tokens",
            code="unsupported_parameter",
        )
    if "max_completion_tokens" in rejects and "max_completion_tokens" in body:
        return error(422, "body.max_completion_tokens: Extra inputs are not permitted")
    if "seed" in rejects and "seed" in body:
        return error(400, "Unrecognized request argument supplied: seed")
    if "stream_options" in rejects and "stream_options" in body:
        return error(400, "Unknown field: stream_options")
    if "system" in rejects and "system" in roles:
        return error(500, "Jinja Exception: System role not supported")
    if "alternation" in rejects and any(a == b for a, b in itertools.pairwise(roles)):
        return error(400, "Conversation roles must alternate user/assistant/user/assistant/...")
    return None


if __name__ == "__main__":
    with FakeServer(Answer(delay=float(sys.argv[1]))) as running:
        print(running.port, flush=True)
        sys.stdin.read()
