"""Any sentence-transformers model, in a process of its own so that torch stays out of this one."""

import atexit
import contextlib
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from rb_studio.models import frames, sentence_files
from rb_studio.models.embed_worker import ALLOW_DOWNLOAD
from rb_studio.models.errors import EmbeddingError

_TAIL = 4000


class SentenceWorkerEmbedder:
    """Embeds in a worker process that starts at the first text and is replaced when it dies.

    Nothing is downloaded unless that is allowed. Identity and dimension are read from the model's files, so
    that naming the embedder starts no process. Safe to call from many threads; one request runs at a time.

    Parameters
    ----------
    model
        Folder of a model, or its name in the Hugging Face cache.
    allow_download
        Fetch a model that is not on this computer.
    command
        How the worker is started; by default this Python, or this program when frozen.
    """

    low_quality = False
    query_prefix = ""

    def __init__(self, model: str, allow_download: bool = False, command: Sequence[str] | None = None) -> None:
        self._model = model
        self._allow_download = allow_download
        self._command = tuple(command) if command else _default_command()
        self._lock = threading.Lock()
        self._closed = False
        self._worker: _Worker | None = None
        self._told: int | None = None

    @cached_property
    def identity(self) -> str:
        """Name, hash of the files and dimension; EmbeddingError when the model is not here."""
        folder = self._folder() or self._fetched()
        return f"{sentence_files.label(self._model, folder)}:{self.dimension}:text"

    @cached_property
    def dimension(self) -> int:
        """Length of a vector; starts the worker only when the model's files do not tell it."""
        folder = self._folder()
        known = sentence_files.dimension(folder) if folder else None
        if known is None:
            self._ask({"count": []})
            known = self._told
        assert known is not None
        return known

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """float32[n, d], rows of unit length; EmbeddingError when the model or the worker fails."""
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        answer, data = self._ask({"embed": [_encodable(text) for text in texts]})
        vectors = np.frombuffer(data, "<f4").reshape(answer["rows"], answer["dimension"]).astype(np.float32)
        if vectors.shape != (len(texts), self.dimension):
            raise EmbeddingError(
                f"the embedding model {self._model!r} gave vectors of shape {vectors.shape} instead of "
                f"{(len(texts), self.dimension)}; its files contradict each other, install it again"
            )
        return vectors

    def tokens(self, texts: Sequence[str]) -> int | None:
        """Tokens the model reads of these texts; None when it cannot count."""
        if not texts:
            return 0
        count = self._ask({"count": [_encodable(text) for text in texts]})[0].get("tokens")
        return count if isinstance(count, int) else None

    def close(self) -> None:
        """End the worker; a request in flight fails."""
        self._closed = True
        worker = self._worker
        if worker is not None:
            worker.end()
            atexit.unregister(self.close)

    def _ask(self, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        with self._lock:
            for last_try in (False, True):
                try:
                    answer, data = self._running().ask(request)
                    break
                except frames.BrokenFrame:
                    self._bury(last_try)
        if "error" in answer:
            raise EmbeddingError(f"the embedding model {self._model!r} failed: {answer['error']}")
        return answer, data

    def _running(self) -> "_Worker":
        if self._closed:
            raise EmbeddingError(f"the embedding model {self._model!r} is closed; open it again")
        if self._worker is None:
            folder = self._folder()
            options = [ALLOW_DOWNLOAD] if self._allow_download else []
            worker = _Worker([*self._command, str(folder or self._model), *options])
            self._worker = worker
            atexit.register(self.close)
            if self._closed:  # closed meanwhile, before there was a process to end
                worker.end()
            self._greet(worker)
        return self._worker

    def _greet(self, worker: "_Worker") -> None:
        told = worker.receive()
        if "error" in told:
            self._discard()
            raise EmbeddingError(
                f"the embedding model {self._model!r} cannot be loaded ({told['error']}); check the folder or choose "
                "another embedder"
            )
        self._told = int(told["dimension"])

    def _bury(self, last_try: bool) -> None:
        """After a death: nothing the first time, a sentence the second."""
        said = self._worker.last_words() if self._worker else ""
        self._discard()
        if self._closed:
            raise EmbeddingError(f"the embedding model {self._model!r} was closed while it worked")
        if last_try:
            why = f" ({said})" if said else ""
            raise EmbeddingError(
                f"the process of the embedding model {self._model!r} died twice{why}; "
                "free memory or choose a smaller model"
            )

    def _discard(self) -> None:
        if self._worker is not None:
            self._worker.end()
            self._worker = None
            atexit.unregister(self.close)

    def _folder(self) -> Path | None:
        folder = sentence_files.located(self._model)
        if folder is None and not self._allow_download:
            raise EmbeddingError(
                f"the embedding model {self._model!r} is not on this computer; give its folder, or set "
                "allow_downloads = true in the settings"
            )
        return folder

    def _fetched(self) -> Path:
        """The folder after the worker has downloaded the model."""
        self._ask({"count": []})
        folder = self._folder()
        if folder is None:
            raise EmbeddingError(
                f"the embedding model {self._model!r} was fetched but cannot be found; give its folder"
            )
        return folder


class _Worker:
    """One running worker process and its pipes."""

    def __init__(self, command: Sequence[str]) -> None:
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors)
        self._requests = cast(BinaryIO, self._process.stdin)
        self._answers = cast(BinaryIO, self._process.stdout)

    def ask(self, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        frames.write_json(self._requests, request)
        answer = self.receive()
        return answer, frames.read(self._answers) if "rows" in answer else b""

    def receive(self) -> dict[str, Any]:
        return frames.read_json(self._answers)

    def last_words(self) -> str:
        """The last line the process wrote to its standard error."""
        with contextlib.suppress(OSError, ValueError):
            self._errors.seek(0, 2)
            self._errors.seek(max(0, self._errors.tell() - _TAIL))
            lines = self._errors.read().decode("utf-8", "replace").split("\n")
            return next((line.strip()[:200] for line in reversed(lines) if line.strip()), "")
        return ""

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._requests, self._answers, self._errors):
            with contextlib.suppress(OSError, ValueError):  # two threads may end one worker
                pipe.close()


def _default_command() -> tuple[str, ...]:
    if getattr(sys, "frozen", False):
        return sys.executable, "--embed-worker"
    return sys.executable, "-m", "rb_studio.models.embed_worker"


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")
