"""The searchable picture of a bank: ids, states and a float32 matrix, kept up to date in place."""

import json
import sqlite3
from collections.abc import Collection
from typing import TYPE_CHECKING

from rb_studio.records.errors import WorkspaceError
from rb_studio.store.banks import last_operation
from rb_studio.store.item_columns import STATES, among, integers, shown
from rb_studio.store.temporal import chain, items_changed_since
from rb_studio.store.vectors import ITEM_RECIPE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rb_studio.records.memory import Vector

_CODES = {state: code for code, state in enumerate(STATES)}
_ROOM = 1024
_BATCH = 4096


class ItemIndex:
    """Items of one bank with their states, current versions and vectors of one embedder.

    A picture of the file: `refresh` takes in what changed since. Items without a vector are found by words only.
    """

    def __init__(self, bank_id: int, embedder: str) -> None:
        import numpy as np

        self.bank_id = bank_id
        self.embedder = embedder
        self._rows: dict[int, int] = {}
        self._ids = np.zeros(0, np.int64)
        self._versions = np.zeros(0, np.int64)
        self._states = np.zeros(0, np.int8)
        self._has_vector = np.zeros(0, np.bool_)
        self._matrix = np.zeros((0, 0), np.float32)
        self._operation = -1
        self._vector = 0

    def __len__(self) -> int:
        return len(self._rows)

    def refresh(self, conn: sqlite3.Connection) -> int:
        """Take in what changed since the last call; returns the number of items looked at."""
        operation = last_operation(conn)
        vector = int(conn.execute("SELECT coalesce(max(id), 0) FROM vector").fetchone()[0])
        changed = None if self._operation < 0 else self._changed(conn, operation, vector)
        touched = self._load(conn, changed) if changed is None or changed else 0
        self._operation, self._vector = operation, vector
        return touched

    @property
    def unembedded(self) -> int:
        """How many items have no vector."""
        return int(self._lacking().sum())

    def without_vector(self, limit: int) -> list[int]:
        """Ids of items that have no vector, at most so many."""
        found: list[int] = self._ids[: len(self._rows)][self._lacking()][:limit].tolist()
        return found

    def nearest(
        self, query: "Vector", states: Collection[str], limit: int, among_ids: "NDArray[np.int64] | None" = None
    ) -> list[tuple[int, float]]:
        """(item id, cosine to 6 decimals) best first, ties by id; of `among_ids` alone where given.

        Raises WorkspaceError for a query vector of another dimension than the stored ones.
        """
        import numpy as np

        count, dimension = len(self._rows), self._matrix.shape[1]
        if not count or not dimension or limit <= 0:
            return []
        if query.shape != (dimension,):
            raise WorkspaceError(
                f"the query vector has {query.size} numbers, those of {self.embedder} have {dimension}: "
                "embed the query with the same model"
            )
        # not a matrix product: BLAS would take every core, and a product of this kind waits for memory anyway
        scores = np.einsum("ij,j->i", self._matrix[:count], query.astype(np.float32, copy=False))
        wanted = self._searched(states) & self._has_vector[:count]
        if among_ids is not None:
            wanted &= among(self._ids[:count], among_ids)
        scores[~wanted] = -np.inf
        best = np.argpartition(scores, count - limit)[count - limit :] if limit < count else np.arange(count)
        best = best[np.isfinite(scores[best])]
        cosines = np.round(scores[best].astype(np.float64), 6)
        order = np.lexsort((self._ids[best], -cosines))
        return list(zip(self._ids[best][order].tolist(), cosines[order].tolist(), strict=True))

    def vectors(self, states: Collection[str]) -> "tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.int64]]":
        """Items in these states by id: ids of those with a vector, their vectors float32[n, d], ids of the others."""
        import numpy as np

        rows = self._searched(states).nonzero()[0]
        rows = rows[np.argsort(self._ids[rows])]
        known = rows[self._has_vector[rows]]
        return self._ids[known], self._matrix[known], self._ids[rows[~self._has_vector[rows]]]

    def shown(self, hits: Collection[tuple[int, int]], states: Collection[str]) -> list[int]:
        """Of (item id, version id) pairs, in order, the items whose shown text is that version."""
        wanted = {_CODES[state] for state in states}
        found = []
        for item, version in hits:
            row = self._rows.get(item)
            if row is not None and self._versions[row] == version and self._states[row] in wanted:
                found.append(item)
        return found

    def _searched(self, states: Collection[str]) -> "NDArray[np.bool_]":
        import numpy as np

        wanted = np.zeros(len(_CODES), np.bool_)
        wanted[[_CODES[state] for state in states]] = True
        return wanted[self._states[: len(self._rows)]]

    def _changed(self, conn: sqlite3.Connection, operation: int, vector: int) -> set[int]:
        """Items an operation changed or a new vector belongs to, since the last refresh."""
        changed = items_changed_since(conn, self._operation) if operation != self._operation else set()
        if vector != self._vector:
            rows = conn.execute(
                "SELECT v.item FROM vector x JOIN item_version v ON v.text_hash = x.text_hash "
                "WHERE x.id > ? AND x.embedder = ? AND x.recipe = ?",
                (self._vector, self.embedder, ITEM_RECIPE),
            )
            changed |= {row[0] for row in rows}
        return changed

    def _load(self, conn: sqlite3.Connection, items: set[int] | None) -> int:
        """Read these items (None: all) again; those the bank no longer shows keep their place, unseen."""
        import numpy as np

        found = shown(conn, chain(conn, self.bank_id), items)
        fresh = [item for item in found.ids.tolist() if item not in self._rows]
        self._make_room(len(fresh), self._dimension(conn))
        for item in items or ():
            if item in self._rows:
                self._states[self._rows[item]] = _CODES[""]
        self._rows.update(zip(fresh, range(len(self._rows), len(self._rows) + len(fresh)), strict=True))
        places = np.fromiter(map(self._rows.__getitem__, found.ids.tolist()), np.int64, found.ids.size)
        self._ids[places], self._versions[places], self._states[places] = found.ids, found.versions, found.states
        self._has_vector[places] = False
        for start in range(0, places.size, _BATCH):
            self._read_vectors(conn, places[start : start + _BATCH])
        return found.ids.size if items is None else len(items)

    def _read_vectors(self, conn: sqlite3.Connection, places: "NDArray[np.int64]") -> None:
        """Vectors of the texts that stand in these rows; SQLite joins them, outside Python's lock."""
        import numpy as np

        rows = conn.execute(
            "SELECT group_concat(key), CAST(group_concat(data, '') AS BLOB) FROM (SELECT j.key, x.data "
            "FROM json_each(?) j JOIN item_version v ON v.id = j.value "
            "JOIN vector x ON x.text_hash = v.text_hash AND x.embedder = ? AND x.recipe = ?)",
            (json.dumps(self._versions[places].tolist()), self.embedder, ITEM_RECIPE),
        )
        keys, data = rows.fetchone()
        if data:
            chosen = places[integers(keys)]
            self._matrix[chosen] = np.frombuffer(data, np.float32).reshape(chosen.size, -1)
            self._has_vector[chosen] = True

    def _lacking(self) -> "NDArray[np.bool_]":
        count = len(self._rows)
        found: NDArray[np.bool_] = (self._states[:count] != _CODES[""]) & ~self._has_vector[:count]
        return found

    def _dimension(self, conn: sqlite3.Connection) -> int:
        row = conn.execute("SELECT dimension FROM vector WHERE embedder = ? LIMIT 1", (self.embedder,)).fetchone()
        return int(row[0]) if row else 0

    def _make_room(self, more: int, dimension: int) -> None:
        """Keep spare rows, so that appended items do not copy the matrix each time."""
        import numpy as np

        count = len(self._rows)
        if count + more <= len(self._ids) and dimension == self._matrix.shape[1]:
            return
        room = max((count + more) * 5 // 4, _ROOM)
        for name in ("_ids", "_versions", "_states", "_has_vector"):
            grown = np.zeros(room, getattr(self, name).dtype)
            grown[:count] = getattr(self, name)[:count]
            setattr(self, name, grown)
        matrix = np.zeros((room, dimension), np.float32)
        if dimension == self._matrix.shape[1]:
            matrix[:count] = self._matrix[:count]
        self._matrix = matrix
