"""Uses of memory items: where each was retrieved, what its agent said of it, and how those rollouts came out.

This reads truths; it is for looking back at runs, and no prompt builder may import it.
"""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rb_studio.records.effect import ItemUse
from rb_studio.records.trajectory import INVALID_EXITS
from rb_studio.store.temporal import Chain, chain

_INVALID = ", ".join(f"'{one}'" for one in sorted(INVALID_EXITS))
# One draw counts once: a rollout that takes over another's result stands for nothing where that one is there.
_GRADED = f"""
FROM rollout r JOIN outcome o ON o.run = r.run AND o.task_key = r.task_key AND o.valid
JOIN truth x ON x.id = (SELECT id FROM truth WHERE rollout = r.id ORDER BY pass_index, id LIMIT 1)
WHERE x.success IS NOT NULL AND r.exit_reason IS NOT NULL AND r.exit_reason NOT IN ({_INVALID})
  AND (r.same_as IS NULL OR NOT EXISTS (SELECT 1 FROM rollout f WHERE f.uid = r.same_as)) AND r.forked_from IS NULL
"""
# Steps of a sequential rollout up to its first answer: later passes are another story.
_STEPS = """
CASE WHEN json_array_length(r.passes) > 1 THEN json_extract(r.passes, '$[0]')
  ELSE (SELECT count(*) FROM step s WHERE s.rollout = r.id) END
"""
_EVENTS = """
SELECT DISTINCT p.event FROM ({items}) i
JOIN (SELECT pair, item_uid FROM retrieval_item UNION ALL SELECT pair, item_uid FROM retrieval_withheld) u
  ON u.item_uid = i.uid
JOIN retrieval_pair p ON p.id = u.pair
"""
# The practice model plays by habits and never says which notes it uses, whatever its thoughts sound like.
_THOUGHTS = """
SELECT g.value, s.thought FROM json_each(?) g JOIN retrieval_event e ON e.id = g.value
JOIN rollout r ON r.run = e.run AND r.task_key = e.task_key JOIN step s ON s.rollout = r.id AND s.number = 1
WHERE r.model NOT LIKE 'practice-%' ORDER BY r.id
"""
_RETRIEVED = """
SELECT e.id, p.rank, u.position, u.item_uid, u.withheld, e.run, e.task_key FROM json_each(?) g
JOIN retrieval_event e ON e.id = g.value JOIN retrieval_pair p ON p.event = e.id
JOIN (SELECT pair, position, item_uid, 0 AS withheld FROM retrieval_item
  UNION ALL SELECT pair, position, item_uid, 1 FROM retrieval_withheld) u ON u.pair = p.id
WHERE EXISTS (SELECT 1 FROM outcome o WHERE o.run = e.run AND o.task_key = e.task_key)
ORDER BY e.id, p.rank, u.position
"""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a run did at a task where nothing was retrieved: graded rollouts and successes."""

    run: int
    task_key: str
    n: int
    successes: float


@dataclass(frozen=True, slots=True)
class _Result:
    n: int
    successes: float
    steps: float | None


@dataclass(frozen=True, slots=True)
class _Run:
    arm_hash: str
    seed: int
    bank: int | None
    frozen_at: int | None


Reader = Callable[[str, Sequence[str]], Sequence[bool | None]]


def item_uses(
    conn: sqlite3.Connection,
    *,
    bank_id: int | None = None,
    item_uids: Collection[str] | None = None,
    reader: Reader | None = None,
    read_of: Collection[str] | None = None,
) -> list[ItemUse]:
    """Uses of items in the order they came about, an item once a task of a run.

    With `bank_id` all uses at tasks where an item of that bank, or of one it was forked from, was retrieved: those
    of items retrieved beside it too. With `item_uids` only uses of those items. A use counts for the text the item
    had then. What was retrieved at a task that is not finished is no use. `reader` tells which of the injected titles
    a rollout's first thought chose; without one nothing is known of citations. With `read_of` thoughts are read only
    where one of those items was injected.
    """
    query, params = _wanted(conn, bank_id, item_uids)
    events = json.dumps([row[0] for row in conn.execute(_EVENTS.format(items=query), params)])
    rows = conn.execute(_RETRIEVED, (events,)).fetchall()
    told = None if read_of is None else frozenset(read_of)
    heard = {row[0] for row in rows if not row[4] and (told is None or row[3] in told)}
    cited = _Citations(conn, heard, reader)
    return _read(conn, rows, _results(conn, events), cited, None if item_uids is None else set(item_uids))


def attempts_without(conn: sqlite3.Connection, task_keys: Iterable[str]) -> list[Attempt]:
    """Graded rollouts of these tasks at which nothing was retrieved: no memory, or none that could be."""
    rows = conn.execute(
        f"SELECT r.run, r.task_key, count(*) AS n, sum(x.success) AS successes {_GRADED} "
        "AND r.task_key IN (SELECT value FROM json_each(?)) AND NOT EXISTS (SELECT 1 FROM retrieval_event e "
        "JOIN retrieval_pair p ON p.event = e.id AND p.rank IS NOT NULL WHERE e.run = r.run "
        "AND e.task_key = r.task_key) GROUP BY r.run, r.task_key ORDER BY r.run, r.task_key",
        (json.dumps(sorted(set(task_keys))),),
    )
    return [Attempt(row[0], row[1], row[2], float(row[3])) for row in rows]


def were_retrieved(conn: sqlite3.Connection, item_uids: Iterable[str]) -> bool:
    """Whether any of these items ever was."""
    uids = json.dumps(sorted(item_uids))
    query = " UNION ALL ".join(
        f"SELECT 1 FROM {table} u WHERE u.item_uid = w.value" for table in ("retrieval_item", "retrieval_withheld")
    )
    found = conn.execute(f"SELECT 1 FROM json_each(?) w WHERE EXISTS ({query}) LIMIT 1", (uids,)).fetchone()
    return found is not None


def _wanted(
    conn: sqlite3.Connection, bank_id: int | None, item_uids: Collection[str] | None
) -> tuple[str, tuple[str, ...]]:
    """A query for the uids that make a retrieval one to look at."""
    if item_uids is not None:
        return "SELECT value AS uid FROM json_each(?)", (json.dumps(sorted(item_uids)),)
    if bank_id is None:
        return "SELECT uid FROM memory_item", ()
    layers = json.dumps([bank for bank, _ in chain(conn, bank_id)])
    return "SELECT DISTINCT uid FROM memory_item WHERE bank IN (SELECT value FROM json_each(?))", (layers,)


def _results(conn: sqlite3.Connection, events: str) -> dict[tuple[int, str], _Result]:
    rows = conn.execute(
        f"SELECT r.run, r.task_key, count(*), sum(x.success), avg({_STEPS}) {_GRADED} AND EXISTS (SELECT 1 FROM "
        "retrieval_event e WHERE e.run = r.run AND e.task_key = r.task_key "
        "AND e.id IN (SELECT value FROM json_each(?))) GROUP BY r.run, r.task_key",
        (events,),
    )
    return {(row[0], row[1]): _Result(row[2], float(row[3]), row[4]) for row in rows}


class _Citations:
    """What agents said in their first thoughts of the notes they were given."""

    def __init__(self, conn: sqlite3.Connection, events: Collection[int], reader: Reader | None) -> None:
        self._reader = reader
        self._thoughts: defaultdict[int, list[str]] = defaultdict(list)
        for event, thought in conn.execute(_THOUGHTS, (json.dumps(sorted(events)),)) if reader and events else ():
            self._thoughts[event].append(thought)

    def of(self, event: int, titles: Mapping[str, str]) -> dict[str, bool | None]:
        """By uid of what was injected: cited is what any rollout said it would use; unknown where none spoke of it."""
        found: dict[str, bool | None] = dict.fromkeys(titles)
        for thought in self._thoughts[event]:
            assert self._reader is not None
            for uid, said in zip(titles, self._reader(thought, tuple(titles.values())), strict=True):
                found[uid] = found[uid] or said if said is not None else found[uid]
        return found

    def __contains__(self, event: int) -> bool:
        return event in self._thoughts


def _read(
    conn: sqlite3.Connection,
    rows: list[sqlite3.Row],
    results: Mapping[tuple[int, str], _Result],
    citations: "_Citations",
    only: set[str] | None,
) -> list[ItemUse]:
    runs, texts = _runs(conn), _Texts(conn, {row[3] for row in rows})
    operations = dict(_operations(conn))
    by_event: defaultdict[int, dict[str, bool]] = defaultdict(dict)
    places = {}
    for event, _, _, uid, withheld, run, task_key in rows:
        by_event[event].setdefault(uid, bool(withheld))
        places[event] = run, task_key
    uses: list[ItemUse] = []
    for event, retrieved in by_event.items():
        run, task_key = places[event]
        at, one = runs[run], results.get((run, task_key), _Result(0, 0.0, None))
        before = at.frozen_at if at.frozen_at is not None else operations[run, task_key] - 1
        versions = {uid: texts.version(uid, at.bank, before) for uid in retrieved}
        said: dict[str, bool | None] = {}
        if event in citations:
            injected = {uid: texts.title(uid, versions[uid]) for uid, withheld in retrieved.items() if not withheld}
            said = citations.of(event, injected)
        uses += [
            ItemUse(
                item_uid=uid,
                version=versions[uid],
                run=run,
                arm_hash=at.arm_hash,
                task_key=task_key,
                seed=at.seed,
                injected=not withheld,
                withheld=withheld,
                cited=said.get(uid),
                n=one.n,
                successes=one.successes,
                steps=one.steps,
            )
            for uid, withheld in retrieved.items()
            if only is None or uid in only
        ]
    return uses


def _runs(conn: sqlite3.Connection) -> dict[int, _Run]:
    rows = conn.execute(
        "SELECT r.id, a.hash, json_extract(r.arm_config, '$.seed'), r.bank, json_extract(r.config, '$.at_operation') "
        "FROM run r LEFT JOIN arm a ON a.id = r.arm"
    )
    return {row[0]: _Run(row[1] or f"run {row[0]}", row[2] or 0, row[3], row[4]) for row in rows}


def _operations(conn: sqlite3.Connection) -> Iterable[tuple[tuple[int, str], int]]:
    for run, task_key, operation in conn.execute("SELECT run, task_key, operation FROM outcome"):
        yield (run, task_key), operation


class _Texts:
    """Which text an item had in a bank after an operation; most items have one only."""

    def __init__(self, conn: sqlite3.Connection, uids: set[str]) -> None:
        self._titles: dict[tuple[str, int], str] = {}
        self._spans: defaultdict[str, list[tuple[int, int, int | None, int]]] = defaultdict(list)
        rows = conn.execute(
            "SELECT i.uid, v.number, v.title, v.bank, v.op_from, v.op_to FROM json_each(?) u "
            "JOIN memory_item i ON i.uid = u.value JOIN item_version v ON v.item = i.id",
            (json.dumps(sorted(uids)),),
        )
        for uid, number, title, bank, start, end in rows:
            self._titles[uid, number] = title
            self._spans[uid].append((bank, start, end, number))
        self._chain = lru_cache(maxsize=None)(lambda bank: chain(conn, bank))

    def title(self, uid: str, version: int) -> str:
        return self._titles.get((uid, version), "")

    def version(self, uid: str, bank: int | None, operation: int) -> int:
        """The number of the text; of the first one where the bank does not tell."""
        spans = self._spans.get(uid, ())
        if len(spans) < 2 or bank is None:
            return spans[0][3] if spans else 1
        layers: Chain = self._chain(bank)
        for layer, limit in layers:
            at = operation if limit is None else min(limit, operation)
            for where, start, end, number in spans:
                if where == layer and start <= at and (end is None or end > at):
                    return number
        return min(number for *_, number in spans)
