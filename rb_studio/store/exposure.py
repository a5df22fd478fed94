"""What each task of a run could have been served from memory, and what it was: raw material of the audit.

This reads the graded answers. It is for reports on runs that are over; no prompt builder may import it.
"""

import sqlite3
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from rb_studio.records.task import plain
from rb_studio.store import blobs
from rb_studio.store.memory_reads import other_tasks
from rb_studio.store.rows import load, select_in
from rb_studio.store.runs import RunRow, source_run
from rb_studio.store.temporal import Chain, chain

ACTIVE = "active"
_Interval = tuple[int, int | None, int, str]


@dataclass(frozen=True, slots=True)
class Source:
    """An experience by where it comes from; `words` is its task's text without case and spare white space.

    `other_tasks` are the keys of further tasks that it was learned from.
    """

    uid: str
    task_key: str
    words: str
    template: str | None
    site: str | None
    other_tasks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExposedTask:
    """One task of a run: the experiences with active items that stood in the bank before it, those it was served,
    and the text injected. `expected` is what it is graded by, None where nothing is known.
    """

    task_key: str
    text: str
    words: str
    template: str | None
    site: str | None
    expected: Any
    held: tuple[Source, ...]
    served: tuple[Source, ...]
    block: str


def exposed_tasks(conn: sqlite3.Connection, row: RunRow) -> list[ExposedTask]:
    """Every committed task of a run with memory, in commit order; none for a run without a bank."""
    if row.bank is None:
        return []
    run = source_run(conn, row.id)
    history = _History(conn, chain(conn, row.bank))
    frozen = row.config.get("at_operation")
    tasks = conn.execute(_TASKS, (run,)).fetchall()
    blocks = blobs.get_many(conn, [task["block"] for task in tasks if task["block"] is not None])
    served = _served(conn, run, history)
    return [
        ExposedTask(
            task_key=task["task_key"],
            text=task["text"] or "",
            words=plain(task["text"] or ""),
            template=task["template"],
            site=task["site"],
            expected=None if task["expected"] is None else load(task["expected"]),
            held=tuple(history.at(task["operation"] - 1 if frozen is None else frozen)),
            served=served[task["task_key"]],
            block=blocks.get(task["block"], ""),
        )
        for task in tasks
    ]


_TASKS = """
SELECT o.task_key, o.operation, t.text, t.template, t.site, g.expected, e.block
FROM outcome o LEFT JOIN task t ON t.key = o.task_key LEFT JOIN grading g ON g.task = t.id
LEFT JOIN retrieval_event e ON e.run = o.run AND e.task_key = o.task_key WHERE o.run = ? ORDER BY o.id
"""
_SERVED = """
SELECT v.task_key AS asked, p.experience_uid AS uid, p.task_key, p.task_text, t.template
FROM retrieval_event v JOIN retrieval_pair p ON p.event = v.id LEFT JOIN task t ON t.key = p.task_key
WHERE v.run = ? AND p.rank IS NOT NULL ORDER BY v.id, p.rank
"""
_ORIGINS = "SELECT uid, template, site FROM experience WHERE uid IN ({}) ORDER BY id DESC"


# Open and ended ones have an index each, over all a look at every row of the file would be needed.
_SPANS = """
SELECT {key}, op_from, op_to, {value} FROM {table} WHERE bank = :bank AND op_to IS NULL
UNION ALL SELECT {key}, op_from, op_to, {value} FROM {table} WHERE bank = :bank AND op_to IS NOT NULL
"""
_EXPERIENCES = "SELECT id, uid, task_key, task_text, template, site FROM experience WHERE bank = ?"


def _served(conn: sqlite3.Connection, run: int, history: "_History") -> Mapping[str, tuple[Source, ...]]:
    rows = conn.execute(_SERVED, (run,)).fetchall()
    texts = blobs.get_many(conn, [row["task_text"] for row in rows])
    origins = _origins(conn, {row["uid"] for row in rows}, history)
    found: dict[str, dict[str, Source]] = defaultdict(dict)
    for row in rows:
        template, site = origins.get(row["uid"], (None, None))
        words = plain(texts[row["task_text"]])
        others = history.others(row["uid"])
        template = row["template"] if template is None else template
        source = Source(row["uid"], row["task_key"], words, template, site, others)
        found[row["asked"]][row["uid"]] = source  # items of one experience are hits of their own
    return defaultdict(tuple, {key: tuple(sources.values()) for key, sources in found.items()})


def _origins(conn: sqlite3.Connection, uids: Set[str], history: "_History") -> dict[str, tuple[str | None, str | None]]:
    """Template and site of experiences by uid; only those of other banks are searched for in the file."""
    known = {uid: (one.template, one.site) for uid, one in history.by_uid.items() if uid in uids}
    elsewhere = select_in(conn, _ORIGINS, sorted(uids - known.keys()))
    return known | {row[0]: (row[1], row[2]) for row in elsewhere}


class _History:
    """Which experiences of a bank had an active item after an operation: read once, asked in ascending order."""

    def __init__(self, conn: sqlite3.Connection, layers: Chain) -> None:
        self._layers = layers
        self._sources: dict[int, Source] = {}
        self._items: dict[int, list[int]] = defaultdict(list)
        others = other_tasks(conn, layers)
        for bank, _ in layers:
            for row in conn.execute(_EXPERIENCES, (bank,)):
                self._sources[row["id"]] = Source(
                    row["uid"],
                    row["task_key"],
                    plain(row["task_text"]),
                    row["template"],
                    row["site"],
                    others.get(row["id"], ()),
                )
            for item, experience in conn.execute("SELECT id, experience FROM memory_item WHERE bank = ?", (bank,)):
                self._items[experience].append(item)
        self.by_uid = {one.uid: one for one in self._sources.values()}
        self._others = {one.uid: one.other_tasks for one in self._sources.values() if one.other_tasks}
        self._present = self._intervals(conn, "experience_presence", "experience", "''")
        self._states = self._intervals(conn, "item_state", "item", "state")
        self._changes = deque(sorted(self._moves()))
        self._held: dict[int, Source] = {}

    def others(self, uid: str) -> tuple[str, ...]:
        """Tasks beside its own that an experience of the bank was learned from."""
        return self._others.get(uid, ())

    def at(self, operation: int) -> Iterable[Source]:
        """Sources by experience; only what changed since the last question is looked at again."""
        changed = set()
        while self._changes and self._changes[0][0] <= operation:
            changed.add(self._changes.popleft()[1])
        for experience in sorted(changed):
            self._held.pop(experience, None)
            if self._indexed(experience, operation):
                self._held[experience] = self._sources[experience]
        return self._held.values()

    def _indexed(self, experience: int, operation: int) -> bool:
        if self._value(self._present[experience], operation) is None:
            return False
        return any(self._value(self._states[item], operation) == ACTIVE for item in self._items[experience])

    def _moves(self) -> Iterator[tuple[int, int]]:
        """Operations at which something about an experience may change, with the experience."""
        for experience in self._sources:
            rows = [
                *self._present[experience],
                *(row for item in self._items[experience] for row in self._states[item]),
            ]
            for start, end, _, _ in rows:
                yield start, experience
                if end is not None:
                    yield end, experience

    def _intervals(self, conn: sqlite3.Connection, table: str, key: str, value: str) -> dict[int, list[_Interval]]:
        found: dict[int, list[_Interval]] = defaultdict(list)
        for depth, (bank, _) in enumerate(self._layers):
            rows = conn.execute(_SPANS.format(key=key, table=table, value=value), {"bank": bank})
            for thing, start, end, state in rows:
                found[thing].append((start, end, depth, state))
        return found

    def _value(self, rows: Sequence[_Interval], operation: int) -> str | None:
        """The value of the nearest bank that has one then; rows stand nearest first."""
        for start, end, depth, value in rows:
            limit = self._layers[depth][1]
            at = operation if limit is None else min(limit, operation)
            if start <= at and (end is None or end > at):
                return value
        return None
