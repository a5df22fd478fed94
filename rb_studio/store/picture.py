"""The picture of a bank: its items as columns, kept up to date in place, from which lists and counts come at once."""

import sqlite3
import threading
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, TypeVar

from rb_studio.records.errors import UsageError
from rb_studio.store.index import ItemIndex
from rb_studio.store.item_columns import STATES, among
from rb_studio.store.item_facets import EVERY, Facets, by_use, every_state, without_use
from rb_studio.store.item_filter import MEASURED, Effects, ItemFilter, leaving_out
from rb_studio.store.items import ORDERS
from rb_studio.store.picture_mask import Masks
from rb_studio.store.picture_rows import SOURCES, STATE_CODES, PictureRows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rb_studio.records.memory import Vector
    from rb_studio.store.item_columns import Booleans, Integers

Named = TypeVar("Named", int, str)


class BankPicture:
    """What a bank shows, for lists and counts; `refresh` takes in what changed since.

    Everything else answers from the last refresh and agrees with `item_ids` and `facets` of that moment. It may be
    asked from several threads, one after the other. With an `embedder` it also has the items' vectors.
    """

    def __init__(self, bank_id: int, embedder: str = "") -> None:
        self.bank_id = bank_id
        self._guard = threading.Lock()
        self._rows = PictureRows(bank_id)
        self._embedder = embedder
        self._vectors = threading.Lock()  # of its own: lists need not wait while vectors are read
        self._index: ItemIndex | None = None

    def __len__(self) -> int:
        return len(self._rows)

    def refresh(self, conn: sqlite3.Connection) -> int:
        """Take in what changed since the last call; returns how many items were looked at."""
        if self._embedder:
            self.use_vectors(conn, self._embedder)
        with self._guard:
            return self._rows.refresh(conn)

    def use_vectors(self, conn: sqlite3.Connection, embedder: str) -> None:
        """Have the vectors of this embedder, as they are stored now."""
        with self._vectors:
            if self._index is None or self._index.embedder != embedder:
                self._index = ItemIndex(self.bank_id, embedder)
            self._index.refresh(conn)

    def set_effects(self, effects: Effects) -> None:
        """What items did, by uid; until then nothing is known of it."""
        with self._guard:
            self._rows.set_effects(effects)

    def find(
        self, conn: sqlite3.Connection, where: ItemFilter, *, order: str = "id", descending: bool = False
    ) -> "Integers":
        """Ids of matching items in order; what is not known of an item stands last. Raises UsageError."""
        with self._guard:
            self._rows.measure(conn)
            rows = Masks(conn, self._rows).mask(where).nonzero()[0]
            found: Integers = self._rows.shown.ids[self._in_order(conn, rows, order, descending)]
            return found

    def facets(self, conn: sqlite3.Connection, where: ItemFilter) -> Facets:
        """Counts for a filter, as `item_facets.facets` gives them. Raises UsageError."""
        with self._guard:
            self._rows.measure(conn)
            return _Counting(conn, self._rows, where).facets()

    def nearest(self, query: "Vector", among_ids: "Integers | None", limit: int) -> list[tuple[int, float]]:
        """(item id, cosine) of the items nearest to a vector, best first, of these ids alone where given.

        Raises WorkspaceError for a query vector of another dimension.
        """
        with self._vectors:
            return [] if self._index is None else self._index.nearest(query, EVERY, limit, among_ids)

    def unembedded(self) -> int:
        """How many items have no vector of the embedder."""
        with self._vectors:
            return 0 if self._index is None else self._index.unembedded

    def without_vector(self, limit: int) -> list[int]:
        """Ids of items without a vector, at most so many."""
        with self._vectors:
            return [] if self._index is None else self._index.without_vector(limit)

    def vectors(self, states: Collection[str]) -> "tuple[Integers, NDArray[np.float32], Integers]":
        """Items in these states by id: ids of those with a vector, their vectors float32[n, d], ids of the others."""
        with self._vectors:
            index = self._index or ItemIndex(self.bank_id, "")
            return index.vectors(states)

    def _in_order(self, conn: sqlite3.Connection, rows: "Integers", order: str, descending: bool) -> "Integers":
        """Rows (ascending, as ids are) by a column; equal ones by id."""
        import numpy as np

        if order == "id":
            return rows[::-1] if descending else rows
        if order in MEASURED:
            known = self._rows.measured.get(order)
            keys = np.full(len(self._rows), np.nan) if known is None else known
            keys = -keys if descending else keys
        elif order in ORDERS:
            keys = -self._rows.ranks(conn, order) if descending else self._rows.ranks(conn, order)
        else:
            raise UsageError(f"items cannot be ordered by {order!r}; choose {', '.join((*ORDERS, *MEASURED))}")
        return rows[np.argsort(keys[rows], kind="stable")]


class _Counting:
    """Counts of one filter; facets that leave nothing of it aside share their rows."""

    def __init__(self, conn: sqlite3.Connection, rows: PictureRows, where: ItemFilter) -> None:
        self._masks = Masks(conn, rows)
        self._rows = rows
        self._where = where
        self._known: dict[ItemFilter, Booleans] = {}

    def facets(self) -> Facets:
        """All counts."""
        import numpy as np

        where, rows = self._where, self._rows
        uses = np.unique(rows.used[self._mask(without_use(where))], return_counts=True)
        runs = np.bincount(rows.column("run")[self._mask(leaving_out(where, "runs"))]).tolist()
        return Facets(
            total=int((rows.shown.states != STATE_CODES["deleted"]).sum()),
            states=_counts(rows.shown.states[self._mask(every_state(where))], STATES),
            polarities=self._named("polarity", "polarity"),
            tags=self._tags(),
            sources=_counts(rows.column("source")[self._mask(leaving_out(where, "source"))], SOURCES),
            runs={str(run): count for run, count in _most_first(enumerate(runs)) if run and count},
            modes=self._named("modes", "mode"),
            models=self._named("models", "model"),
            labels=self._named("labels", "label_source"),
            used=by_use(dict(zip(*(one.tolist() for one in uses), strict=True))),
        )

    def _mask(self, where: ItemFilter) -> "Booleans":
        if where not in self._known:
            self._known[where] = self._masks.mask(where)
        return self._known[where]

    def _named(self, part: str, name: str) -> dict[str, int]:
        return _counts(
            self._rows.column(name)[self._mask(leaving_out(self._where, part))], self._rows.fixed.names[name]
        )

    def _tags(self) -> dict[str, int]:
        items, codes = self._rows.tags
        return _counts(codes[among(items, self._rows.shown.ids[self._mask(self._where)])], list(self._rows.tag_codes))


def _counts(codes: "Integers", names: Sequence[str]) -> dict[str, int]:
    import numpy as np

    counts = np.bincount(codes, minlength=len(names)).tolist()
    return dict(_most_first((name, count) for name, count in zip(names, counts, strict=True) if count))


def _most_first(counts: Iterable[tuple[Named, int]]) -> list[tuple[Named, int]]:
    return sorted(counts, key=lambda pair: (-pair[1], pair[0]))
