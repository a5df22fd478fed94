"""A plane to look at vectors in. It selects; distances in it mean nothing by themselves."""

from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# So many rows are centred at a time: no second copy of all vectors.
_ROWS = 8192


@dataclass(frozen=True, slots=True)
class Axes:
    """Points float32[n, k] along the principal axes, and the share of the variance each axis holds."""

    points: "NDArray[np.float32]"
    shares: tuple[float, ...]


def principal_axes(vectors: "NDArray[np.float32]", k: int = 2) -> Axes:
    """Principal component analysis of float32[n, d].

    Of the two directions an axis could have, the one is taken in which its largest number is positive, so that the
    same vectors always give the same picture. Axes beyond the rank are 0.
    """
    count, dimension = vectors.shape
    points = np.zeros((count, k), np.float32)
    if count < 2:
        return Axes(points, (0.0,) * k)
    mean = vectors.mean(0)
    scatter = np.zeros((dimension, dimension))
    for start in range(0, count, _ROWS):
        centred = vectors[start : start + _ROWS] - mean
        scatter += centred.T @ centred
    values, directions = np.linalg.eigh(scatter)
    chosen = np.argsort(-values, kind="stable")[: min(k, dimension)]
    axes = directions[:, chosen]
    axes *= np.sign(axes[np.abs(axes).argmax(0), np.arange(len(chosen))])
    axes32 = axes.astype(np.float32)
    for start in range(0, count, _ROWS):
        points[start : start + _ROWS, : len(chosen)] = (vectors[start : start + _ROWS] - mean) @ axes32
    total = float(values.clip(0).sum()) or 1.0
    shares = [max(0.0, float(values[place])) / total for place in chosen]
    return Axes(points, (*shares, *(0.0 for _ in range(k - len(shares)))))


def umap_available() -> bool:
    """Whether the optional package is installed."""
    return find_spec("umap") is not None


def umap_axes(vectors: "NDArray[np.float32]", seed: int = 0) -> "NDArray[np.float32] | None":
    """UMAP of float32[n, d] to float32[n, 2] by cosine, the same for one seed; None where it is not installed.

    Slow to import and to run: only for a process of its own.
    """
    if not umap_available() or len(vectors) < 4:
        return None
    import umap

    neighbours = min(15, len(vectors) - 1)
    reducer = umap.UMAP(n_components=2, n_neighbors=neighbours, metric="cosine", random_state=seed, n_jobs=1)
    return np.asarray(reducer.fit_transform(vectors), np.float32)
