"""The map of a bank: its items on a plane, to select them by neighbourhood."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rb_studio.jobs.aside import Told, aside
from rb_studio.jobs.embedding import chosen_embedder
from rb_studio.models.protocol import Embedder
from rb_studio.records.errors import UsageError
from rb_studio.records.memory import ItemState
from rb_studio.store.index import ItemIndex
from rb_studio.store.workspace import Workspace

if TYPE_CHECKING:
    import sqlite3

    import numpy as np
    from numpy.typing import NDArray

    from rb_studio.store.picture import BankPicture

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
    picture: "BankPicture | None" = None,
) -> BankMap:
    """`bank_map` without holding up a window, whose GUI thread must not be the caller's.

    PCA is done here: it takes about a second for 100,000 items, nearly all outside Python's lock, and less with the
    vectors of a `picture`. UMAP goes into a process of its own; `told` is called several times a second meanwhile.
    `told` may raise to stop.
    """
    shown = tuple(map(str, states))
    told(0, 0)
    return (
        aside(_work, path, bank_id, embedder, method, shown, tick=lambda: told(0, 0))
        if method == "umap"
        else _work(path, bank_id, embedder, method, shown, picture)
    )


def _work(
    path: Path,
    bank_id: int,
    embedder: str | None,
    method: str,
    states: tuple[str, ...],
    picture: "BankPicture | None" = None,
) -> BankMap:
    with Workspace.open(path, write=False) as workspace, chosen_embedder(embedder) as chosen:
        return bank_map(workspace.reader(), bank_id, chosen, method, states, picture)


def bank_map(
    conn: "sqlite3.Connection",
    bank_id: int,
    embedder: Embedder,
    method: str = "pca",
    states: Collection[str] = SHOWN,
    picture: "BankPicture | None" = None,
) -> BankMap:
    """Put a bank's items that have a vector of this embedder onto a plane.

    `method` is `pca`, or `umap` where the package is installed. With a `picture` of the bank its vectors are used, and
    only what changed since is read. Raises UsageError.
    """
    from threadpoolctl import threadpool_limits

    from rb_studio.analysis.projection import principal_axes, umap_axes

    if method not in METHODS:
        raise UsageError(f"there is no map by {method!r}; choose {', '.join(METHODS)}")
    ids, vectors, missing = _vectors(conn, bank_id, embedder.identity, states, picture)
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
    return BankMap(method, embedder.identity, ids, points, tuple(missing.tolist()), shares, SENTENCE + known)


def _vectors(
    conn: "sqlite3.Connection", bank_id: int, embedder: str, states: Collection[str], picture: "BankPicture | None"
) -> "tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.int64]]":
    """Ids, vectors, and ids of items that have none."""
    if picture is not None:
        picture.use_vectors(conn, embedder)
        return picture.vectors(states)
    index = ItemIndex(bank_id, embedder)
    index.refresh(conn)
    return index.vectors(states)
