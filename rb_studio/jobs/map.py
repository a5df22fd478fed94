"""The map of a bank: its items on a plane, to select them by neighbourhood."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rb_studio.jobs.aside import Told, aside
from rb_studio.jobs.embedding import chosen_embedder
from rb_studio.jobs.item_vectors import embedded_items
from rb_studio.models.protocol import Embedder
from rb_studio.records.errors import UsageError
from rb_studio.records.memory import ItemState
from rb_studio.store.workspace import Workspace

if TYPE_CHECKING:
    import sqlite3

    import numpy as np
    from numpy.typing import NDArray

METHODS = ("pca", "umap")
SHOWN = tuple(state for state in ItemState if state is not ItemState.DELETED)
# Stands on the map whatever is drawn.
SENTENCE = (
    "Neighbours tend to be alike, but distances on the map are not metric: how far apart two items are says nothing."
)


@dataclass(frozen=True, slots=True)
class BankMap:
    """Items by id with their points float32[n, 2].

    `missing` are ids of items that have no vector and so are not on the map. `shares` is what the two axes hold of the
    variance, by PCA. `sentence` is said beside the map.
    """

    method: str
    embedder: str
    ids: "NDArray[np.int64]"
    points: "NDArray[np.float32]"
    missing: tuple[int, ...]
    shares: tuple[float, ...]
    sentence: str


def map_aside(
    path: Path,
    bank_id: int,
    embedder: str | None = None,
    method: str = "pca",
    states: Collection[str] = SHOWN,
    told: Told = lambda done, total: None,
) -> BankMap:
    """`bank_map` in a process of its own; `told` is called several times a second and may raise to stop."""
    return aside(_work, path, bank_id, embedder, method, tuple(map(str, states)), tick=lambda: told(0, 0))


def _work(path: Path, bank_id: int, embedder: str | None, method: str, states: tuple[str, ...]) -> BankMap:
    with Workspace.open(path, write=False) as workspace, chosen_embedder(embedder) as chosen:
        return bank_map(workspace.reader(), bank_id, chosen, method, states)


def bank_map(
    conn: "sqlite3.Connection", bank_id: int, embedder: Embedder, method: str = "pca", states: Collection[str] = SHOWN
) -> BankMap:
    """Put a bank's items that have a vector of this embedder onto a plane.

    `method` is `pca`, or `umap` where the package is installed. Raises UsageError.
    """
    import numpy as np
    from threadpoolctl import threadpool_limits

    from rb_studio.analysis.projection import principal_axes, umap_axes

    if method not in METHODS:
        raise UsageError(f"there is no map by {method!r}; choose {', '.join(METHODS)}")
    items = embedded_items(conn, bank_id, states, embedder)
    ids, vectors = np.array(items.ids, np.int64), items.vectors[items.known]
    missing = tuple(ids[~items.known].tolist())
    with threadpool_limits(1, user_api="blas"):
        axes = principal_axes(vectors)
        points = umap_axes(vectors) if method == "umap" else axes.points
    if points is None:
        raise UsageError(
            "a map by UMAP needs at least 4 items and the package umap-learn: pip install 'rb-studio[umap]'"
        )
    by_pca = method == "pca"
    known = f" The two axes hold {100 * sum(axes.shares):.0f} % of the variance." if by_pca and len(vectors) > 1 else ""
    shares = axes.shares if by_pca else ()
    return BankMap(method, embedder.identity, ids[items.known], points, missing, shares, SENTENCE + known)
