"""The columns behind a bank's picture, and how they follow the file."""

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rb_studio.store.banks import last_operation
from rb_studio.store.item_columns import STATES, Shown, among, coded, column, integers, shown, tags
from rb_studio.store.item_filter import MEASURED, Effects
from rb_studio.store.lineage import united_uses
from rb_studio.store.temporal import Chain, chain, items_changed_since, visible

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rb_studio.store.item_columns import Integers

SOURCES = ("run", "hand", "import")
STATE_CODES = {state: code for code, state in enumerate(STATES)}
_DYNAMIC = ("item_version", "item_state", "item_tag")
_NAMED = ("polarity", "label_source", "mode", "model")
_HITS = 24


class PictureRows:
    """Items of a bank, a row each in order of id, as columns."""

    def __init__(self, bank_id: int) -> None:
        import numpy as np

        none = np.zeros(0, np.int64)
        self.bank_id = bank_id
        self.shown = Shown(none, none, none, none)
        self.tags = (none, none)
        self.tag_codes: dict[str, int] = {}
        self.used: Integers = none
        self.measured: dict[str, NDArray[np.float64]] = {}
        self.fixed = Fixed()
        self._layers: Chain = ()
        self._operation = -1
        self._place = none
        self._uses: tuple[tuple[object, ...], Integers, Integers] = ((), none, none)
        self._effects: Effects = {}
        self._ranked: dict[str, tuple[int, Integers]] = {}
        self._hits: dict[tuple[str, str], Integers] = {}
        self._age = {"rows": 0, "texts": 0, "tags": 0}

    def __len__(self) -> int:
        return int(self.shown.ids.size)

    def refresh(self, conn: sqlite3.Connection) -> int:
        """Take in what changed since the last call; returns how many items were looked at."""
        with at_one_moment(conn):
            operation = last_operation(conn)
            changed = self._changed(conn, operation)
            if changed is None:
                self._layers = chain(conn, self.bank_id)
                self._read_all(conn)
            elif changed:
                self._read_some(conn, changed)
            self._operation = operation
            self._read_uses(conn, anew=changed is None or bool(changed))
            return len(self) if changed is None else len(changed)

    def set_effects(self, effects: Effects) -> None:
        """What items did, by uid; until then nothing is known of it."""
        self._effects, self.measured = effects, {}

    def measure(self, conn: sqlite3.Connection) -> None:
        """Lay out what items did as columns; unknown is not a number."""
        import numpy as np

        if self.measured or not self._effects:
            return
        uids = list(self._effects)
        rows = conn.execute(
            "SELECT group_concat(i.id), group_concat(j.key) FROM json_each(?) j JOIN memory_item i ON i.uid = j.value",
            (json.dumps(uids),),
        ).fetchone()
        ids, keys = integers(rows[0]), integers(rows[1])
        mine = among(ids, self.shown.ids)
        places = np.searchsorted(self.shown.ids, ids[mine])
        effects = [self._effects[uids[key]] for key in keys[mine].tolist()]
        for name, number in MEASURED.items():
            known = np.full(len(self), np.nan)
            known[places] = [np.nan if (value := number(effect)) is None else value for effect in effects]
            self.measured[name] = known

    def column(self, name: str) -> "Integers":
        """A column that no change of an item touches."""
        found: Integers = self.fixed.columns[name][self._place]
        return found

    def matches(self, conn: sqlite3.Connection, match: tuple[str, str]) -> "Integers":
        """Versions that full-text search finds in a table; kept for the next question until texts change."""
        found = self._hits.pop(match, None)
        if found is None:
            found = column(conn, f"SELECT rowid AS value FROM {match[0]} WHERE {match[0]} MATCH ?", [match[1]])
        self._hits[match] = found
        while len(self._hits) > _HITS:
            del self._hits[next(iter(self._hits))]
        return found

    def ranks(self, conn: sqlite3.Connection, order: str) -> "Integers":
        """One number a row that sorts as the column does."""
        simple: dict[str, Callable[[], Integers]] = {
            "used": lambda: self.used,
            "version": lambda: self.shown.numbers,
            "run": lambda: self.column("run"),
            "state": lambda: _places(STATES)[self.shown.states],
            "polarity": lambda: self._by_name("polarity"),
            "mode": lambda: self._by_name("mode"),
            "model": lambda: self._by_name("model"),
            "label": lambda: self._by_name("label_source"),
        }
        if order in simple:
            return simple[order]()
        age = self._age["texts"] if order in ("title", "description") else self._age["rows"]
        age = age + (self._age["tags"] << 32) if order == "tags" else age
        known = self._ranked.get(order)
        if known is None or known[0] != age:
            known = self._ranked[order] = age, self._read_ranks(conn, order)
        return known[1]

    def _by_name(self, name: str) -> "Integers":
        return _places(self.fixed.names[name])[self.column(name)]

    def _read_ranks(self, conn: sqlite3.Connection, order: str) -> "Integers":
        """Ranks by texts are SQLite's to give: it sorts outside Python's lock, and as lists are sorted."""
        import numpy as np

        params: Sequence[object] = ()
        wanted, by = self.shown.ids, "key"
        if order == "task":
            inner, by = "SELECT id AS item, task_key AS key, task_text AS more FROM experience", "key, more"
            wanted = self.column("experience")
        elif order == "created":
            inner = "SELECT id AS item, created_at AS key FROM memory_item"
        elif order == "tags":
            rows, params = visible("item_tag", self._layers)
            listed = f"SELECT item, tag FROM ({rows}) WHERE present ORDER BY item, tag"
            inner = f"SELECT item, group_concat(tag, ', ') AS key FROM ({listed}) GROUP BY item"
        else:
            wanted, by = self.shown.versions, "key COLLATE NOCASE"
            params = (json.dumps(wanted.tolist()),)
            inner = f"SELECT id AS item, {order} AS key FROM item_version WHERE id IN (SELECT value FROM json_each(?))"
        ranked = f"SELECT item, dense_rank() OVER (ORDER BY {by}) AS place FROM ({inner})"
        row = conn.execute(f"SELECT group_concat(item), group_concat(place) FROM ({ranked})", params).fetchone()
        keys, places = integers(row[0]), integers(row[1])
        found = np.zeros(int(wanted.max()) + 1 if wanted.size else 0, np.int64)
        known = keys < found.size
        found[keys[known]] = places[known]
        ranks: Integers = found[wanted]
        return ranks

    def _changed(self, conn: sqlite3.Connection, operation: int) -> set[int] | None:
        """Items that changed since the last refresh; None where reading all anew is as quick."""
        if self._operation < 0 or operation < self._operation:
            return None
        if operation == self._operation:
            return set()
        changed = items_changed_since(conn, self._operation, _DYNAMIC)
        return None if len(changed) > len(self) // 4 + 64 else changed

    def _read_all(self, conn: sqlite3.Connection) -> None:
        self.fixed.read(conn, [bank for bank, _ in self._layers])
        before = self.shown
        self.shown = shown(conn, self._layers)
        self.tags = tags(conn, self._layers, self.tag_codes)
        self._replaced(before, tags_too=True)

    def _read_some(self, conn: sqlite3.Connection, changed: set[int]) -> None:
        import numpy as np

        self.fixed.read(conn, [bank for bank, _ in self._layers])
        gone = np.fromiter(changed, np.int64, len(changed))
        before, fresh = self.shown, shown(conn, self._layers, changed)
        kept = ~among(before.ids, gone)
        ids = np.concatenate([before.ids[kept], fresh.ids])
        order = np.argsort(ids, kind="stable")
        self.shown = Shown(
            ids[order],
            *(
                np.concatenate([getattr(before, name)[kept], getattr(fresh, name)])[order]
                for name in ("versions", "numbers", "states")
            ),
        )
        items, codes = tags(conn, self._layers, self.tag_codes, changed)
        kept = ~among(self.tags[0], gone)
        items, codes = np.concatenate([self.tags[0][kept], items]), np.concatenate([self.tags[1][kept], codes])
        order = np.lexsort((codes, items))
        tags_too = not (np.array_equal(items[order], self.tags[0]) and np.array_equal(codes[order], self.tags[1]))
        self.tags = items[order], codes[order]
        self._replaced(before, tags_too=tags_too)

    def _replaced(self, before: Shown, *, tags_too: bool) -> None:
        """Forget what was derived from rows that are others now."""
        import numpy as np

        moved = not np.array_equal(before.ids, self.shown.ids)
        self._place = np.searchsorted(self.fixed.ids, self.shown.ids)
        self.measured = {}
        self._age["rows"] += moved
        self._age["tags"] += tags_too
        if moved or not np.array_equal(before.versions, self.shown.versions):
            self._age["texts"] += 1
            self._hits = {}

    def _read_uses(self, conn: sqlite3.Connection, *, anew: bool) -> None:
        """Uses are counted again where retrievals were stored or removed: they come without an operation."""
        import numpy as np

        newest = conn.execute("SELECT id, at FROM retrieval_event ORDER BY id DESC LIMIT 1").fetchone()
        pairs = conn.execute("SELECT max(id) FROM retrieval_pair").fetchone()[0]
        state = (*(newest or ()), pairs, conn.execute("SELECT count(*) FROM retrieval_event").fetchone()[0])
        if state != self._uses[0]:
            query = (
                "SELECT group_concat(i.id), group_concat(n) FROM (SELECT item_uid, count(*) AS n FROM retrieval_item "
                "GROUP BY item_uid) u JOIN memory_item i ON i.uid = u.item_uid"
            )
            ids, counts = (integers(text) for text in conn.execute(query).fetchone())
            self._uses, anew = (state, ids, counts), True
        if anew:
            _, ids, counts = self._uses
            self.used = np.zeros(len(self), np.int64)
            mine = among(ids, self.shown.ids)
            self.used[np.searchsorted(self.shown.ids, ids[mine])] = counts[mine]
            united = united_uses(conn, self.bank_id)
            merged = np.array(sorted(united), np.int64)
            merged = merged[among(merged, self.shown.ids)]
            self.used[np.searchsorted(self.shown.ids, merged)] = [united[item] for item in merged.tolist()]


class Fixed:
    """What is written once with an item, of all items of a chain of banks, by id."""

    def __init__(self) -> None:
        import numpy as np

        names = ("experience", "run", "source", *_NAMED)
        self.ids: Integers = np.zeros(0, np.int64)
        self.columns: dict[str, Integers] = {name: np.zeros(0, np.int64) for name in names}
        self._codes: dict[str, dict[str, int]] = {name: {} for name in _NAMED}

    @property
    def names(self) -> dict[str, list[str]]:
        """The values behind the codes of a column."""
        return {name: list(codes) for name, codes in self._codes.items()}

    def code(self, name: str, value: str) -> int:
        """The code of a value, -1 where no item has it."""
        return self._codes[name].get(value, -1)

    def read(self, conn: sqlite3.Connection, banks: Sequence[int]) -> None:
        """Take in items that were added since."""
        import numpy as np

        newest = int(self.ids[-1]) if self.ids.size else 0
        texts = ", ".join(f"json_group_array({name})" for name in _NAMED)
        source = "CASE WHEN e.run IS NOT NULL THEN 0 WHEN e.kind = 'hand' THEN 1 ELSE 2 END AS source"
        inner = (
            f"SELECT i.id, i.experience, coalesce(e.run, 0) AS run, {source}, {', '.join(f'i.{n}' for n in _NAMED)} "
            "FROM memory_item i JOIN experience e ON e.id = i.experience "
            "WHERE i.id > ? AND i.bank IN (SELECT value FROM json_each(?)) ORDER BY i.id"
        )
        query = (
            f"SELECT group_concat(id), group_concat(experience), group_concat(run), group_concat(source), {texts} "
            f"FROM ({inner})"
        )
        ids, experience, run, made, *named = conn.execute(query, (newest, json.dumps(list(banks)))).fetchone()
        fresh = integers(ids)
        if not fresh.size:
            return
        self.ids = np.concatenate([self.ids, fresh])
        for name, text in (("experience", experience), ("run", run), ("source", made)):
            self.columns[name] = np.concatenate([self.columns[name], integers(text)])
        for name, text in zip(_NAMED, named, strict=True):
            more = coded(json.loads(text), self._codes[name])
            self.columns[name] = np.concatenate([self.columns[name], more])


@contextmanager
def at_one_moment(conn: sqlite3.Connection) -> Iterator[None]:
    """Reads within see one state of the file."""
    if conn.in_transaction:
        yield
        return
    conn.execute("BEGIN")
    try:
        yield
    finally:
        conn.execute("ROLLBACK")


def _places(names: Sequence[str]) -> "Integers":
    """The place of each code when its names are sorted as bytes, as SQLite does."""
    import numpy as np

    order = sorted(range(len(names)), key=lambda code: names[code].encode("utf-8", "surrogatepass"))
    found = np.zeros(len(names), np.int64)
    found[order] = np.arange(len(names))
    return found
