"""The two protocols every model implements."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from rb_studio.records.calls import CallSettings, Message, Reply

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class ChatModel(Protocol):
    """Answers a list of messages.

    `identity` names model and endpoint (never a key) and enters the arm's hash. `simulated` marks
    everything the model produces.
    """

    @property
    def identity(self) -> str: ...

    @property
    def simulated(self) -> bool: ...

    def reply(self, messages: Sequence[Message], settings: CallSettings, seed: int) -> Reply:
        """One answer; faults come back as `Reply.failure`, only `Cancelled` is raised."""
        ...

    def close(self) -> None:
        """Release connections; calls in flight are cancelled."""
        ...


class Embedder(Protocol):
    """Turns texts into unit vectors.

    `identity` names model, dimension and text recipe; vectors of different identities never meet.
    `low_quality` is True for an embedder without semantics. `query_prefix` stands before a text that memory is
    looked up by, and before no stored one; empty for none.
    """

    @property
    def identity(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    @property
    def low_quality(self) -> bool: ...

    @property
    def query_prefix(self) -> str: ...

    def embed(self, texts: Sequence[str]) -> "NDArray[np.float32]":
        """float32[n, d], rows L2-normalised. Raises EmbeddingError with a sentence."""
        ...

    def tokens(self, texts: Sequence[str]) -> int | None:
        """How many tokens these texts cost, None when unknown."""
        ...

    def close(self) -> None: ...
