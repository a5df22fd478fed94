"""Vectors from an OpenAI-compatible `/embeddings` address."""

import json
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rb_studio.models.answers import read_object
from rb_studio.models.endpoint import Endpoint, Waiting
from rb_studio.models.errors import EmbeddingError
from rb_studio.models.failures import Fault, malformed_fault
from rb_studio.models.profile import Profile
from rb_studio.models.redact import Secret
from rb_studio.records.calls import Failure

if TYPE_CHECKING:
    import httpx2

_BATCH_TEXTS = 64
_BATCH_CHARACTERS = 200_000


class EndpointEmbeddingError(EmbeddingError):
    """The endpoint gave no vectors; `failure` is the typed reason."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure

    def __reduce__(self) -> tuple[type, tuple[Failure]]:
        return type(self), (self.failure,)


class OpenAIEmbedder:
    """Embeds through an endpoint; safe to call from many threads.

    `extra = {"dimensions": 256}` in the profile asks for vectors of that size. Otherwise the first answer
    fixes the dimension; a later answer of another size is an error, for such vectors must not be mixed.

    Parameters
    ----------
    profile, key, on_wait, backoff
        As for `OpenAIChat`.
    """

    low_quality = False

    def __init__(
        self,
        profile: Profile,
        key: Secret | None = None,
        on_wait: Callable[[Waiting], None] | None = None,
        backoff: float = 0.5,
    ) -> None:
        self.profile = profile
        self._endpoint = Endpoint(profile, key, on_wait, backoff)
        declared = profile.extra.get("dimensions")
        self._dimension = declared if isinstance(declared, int) else None

    @property
    def identity(self) -> str:
        """Model, address and, where the profile asks for them, dimension and query prefix; known without a call."""
        declared = self.profile.extra.get("dimensions")
        size = f":{declared}" if isinstance(declared, int) else ""
        asked = f" query {json.dumps(self.query_prefix, ensure_ascii=False)}" if self.query_prefix else ""
        return f"{self.profile.model}@{self.profile.base_url}{size}:text{asked}"

    @property
    def query_prefix(self) -> str:
        return self.profile.query_prefix

    @property
    def dimension(self) -> int:
        """Length of a vector; asks the endpoint once when the profile does not say."""
        if self._dimension is None:
            self.embed(["dimension"])
        assert self._dimension is not None
        return self._dimension

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """float32[n, d], rows of unit length.

        Raises
        ------
        EmbeddingError
            With the endpoint's failure in one sentence.
        Cancelled
            After `cancel` or `close`.
        """
        if not texts:
            return np.empty((0, self._dimension or 0), np.float32)
        parts = [self._batch(batch) for batch in _batches(texts)]
        return np.concatenate(parts)

    def tokens(self, texts: Sequence[str]) -> int | None:
        """Unknown beforehand; the endpoint counts."""
        return None

    def cancel(self) -> None:
        """Stop calls in flight; these and later ones raise Cancelled."""
        self._endpoint.cancel()

    def close(self) -> None:
        self._endpoint.close()

    def _batch(self, texts: list[str]) -> NDArray[np.float32]:
        body = {"model": self.profile.model, "input": texts, **self.profile.extra, "encoding_format": "float"}
        send = partial(self._endpoint.send, "/embeddings", lambda: body, self._read)
        try:
            vectors = _vectors(self.profile, self._endpoint.run(send).value, len(texts))
        except Fault as fault:
            raise EndpointEmbeddingError(fault.failure) from None
        self._check_dimension(vectors.shape[1])
        return vectors

    async def _read(self, response: "httpx2.Response") -> dict[str, Any]:
        return read_object(self.profile, await response.aread(), has_key=self._endpoint.has_key)

    def _check_dimension(self, found: int) -> None:
        if self._dimension is None:
            self._dimension = found
        if found != self._dimension:
            raise EmbeddingError(
                f"{self.profile.model!r} at {self.profile.host} gave vectors of {found} numbers instead of "
                f"{self._dimension}; check the model of profile {self.profile.name!r}"
            )


def _batches(texts: Sequence[str]) -> Iterator[list[str]]:
    """Requests of bounded size; an empty text, which endpoints refuse, becomes a blank."""
    batch: list[str] = []
    size = 0
    for text in texts:
        clean = text.encode("utf-8", "replace").decode("utf-8") or " "
        if batch and (len(batch) == _BATCH_TEXTS or size + len(clean) > _BATCH_CHARACTERS):
            yield batch
            batch, size = [], 0
        batch.append(clean)
        size += len(clean)
    if batch:
        yield batch


def _vectors(profile: Profile, data: dict[str, Any], count: int) -> NDArray[np.float32]:
    """Rows in the order asked for, of unit length; Fault when the answer is not what was asked."""
    entries = data.get("data")
    if not isinstance(entries, list) or len(entries) != count:
        raise malformed_fault(
            profile, f"{len(entries) if isinstance(entries, list) else 'no'} vectors for {count} texts"
        )
    try:
        ordered = sorted(entries, key=lambda entry: int(entry["index"]))
        rows = np.array([entry["embedding"] for entry in ordered], np.float64)
    except (KeyError, TypeError, ValueError):
        raise malformed_fault(profile, "vectors that are no lists of numbers of one length") from None
    lengths = np.linalg.norm(rows, axis=1) if rows.ndim == 2 else np.zeros(1)
    if [entry["index"] for entry in ordered] != list(range(count)) or rows.ndim != 2:
        raise malformed_fault(profile, "vectors in an order that cannot be told")
    if not np.isfinite(lengths).all() or not lengths.all():
        raise malformed_fault(profile, "a vector without a direction")
    return (rows / lengths[:, None]).astype(np.float32)
