"""The searchable picture of a bank: ids, states and a float32 matrix, kept up to date in place."""

import json
import sqlite3
from collections.abc import Collection
from typing import TYPE_CHECKING

from rb_studio.records.errors import WorkspaceError
from rb_studio.store.banks import last_operation
from rb_studio.store.temporal import chain, items_changed_since, visible
from rb_studio.store.vectors import ITEM_RECIPE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rb_studio.records.memory import Vector

# The first code marks a row whose item is no longer part of the bank.
_CODES = {"": 0, "candidate": 1, "active": 2, "excluded": 3, "archived": 4, "deleted": 5}
_ROOM = 1024


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

    def nearest(self, query: "Vector", states: Collection[str], limit: int) -> list[tuple[int, float]]:
        """(item id, cosine to 6 decimals) best first, ties by id.

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
        scores = self._matrix[:count] @ query.astype(np.float32, copy=False)
        scores[~(self._searched(states) & self._has_vector[:count])] = -np.inf
        best = np.argpartition(scores, count - limit)[count - limit :] if limit < count else np.arange(count)
        best = best[np.isfinite(scores[best])]
        cosines = np.round(scores[best].astype(np.float64), 6)
        order = np.lexsort((self._ids[best], -cosines))
        return list(zip(self._ids[best][order].tolist(), cosines[order].tolist(), strict=True))

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

        layers = chain(conn, self.bank_id)
        states, state_params = visible("item_state", layers)
        texts, text_params = visible("item_version", layers)
        chosen = "" if items is None else "WHERE s.item IN (SELECT value FROM json_each(?))"
        wanted = [] if items is None else [json.dumps(sorted(items))]
        count = int(conn.execute(f"SELECT count(*) FROM ({states}) s {chosen}", [*state_params, *wanted]).fetchone()[0])
        self._make_room(count if items is None else len(items - self._rows.keys()), self._dimension(conn))
        for item in items or ():
            if item in self._rows:
                self._states[self._rows[item]] = _CODES[""]
        rows = conn.execute(
            f"SELECT s.item, v.id, s.state, x.data FROM ({states}) s JOIN ({texts}) v ON v.item = s.item "
            "LEFT JOIN vector x ON x.text_hash = v.text_hash AND x.embedder = ? AND x.recipe = ? "
            f"{chosen} ORDER BY s.item",
            [*state_params, *text_params, self.embedder, ITEM_RECIPE, *wanted],
        )
        for item, version, state, data in rows:
            place = self._rows.setdefault(item, len(self._rows))
            self._ids[place], self._versions[place], self._states[place] = item, version, _CODES[state]
            self._has_vector[place] = data is not None
            if data is not None:
                self._matrix[place] = np.frombuffer(data, np.float32)
        return count if items is None else len(items)

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
