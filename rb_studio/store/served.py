"""What became of the tasks an item was injected into, and whether it had been learned at one of them.

This reads truths; it is for looking back at runs, and no prompt builder may import it.
"""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import islice

from rb_studio.records.task import plain
from rb_studio.records.trajectory import INVALID_EXITS
from rb_studio.store.judgement_rows import OWN_STATUS, STANDING_JUDGE
from rb_studio.store.lineage import merged_from
from rb_studio.store.rows import dump, maybe_bool
from rb_studio.store.temporal import chain, visible

MOST = 200


@dataclass(frozen=True, slots=True)
class Served:
    """A rollout whose prompt held an item.

    `success` is the truth after the last pass, `judged` what the latest judge said, each None or empty where there is
    none. `own_task` tells that the item had been learned at this very task, or one of the same text.
    """

    rollout_uid: str
    run: int
    run_name: str
    task_key: str
    task_text: str
    at: str
    valid: bool
    success: bool | None
    judged: str
    steps: int
    own_task: bool


@dataclass(frozen=True, slots=True)
class Uses:
    """The newest uses of an item, and how many there are of each kind in all; only valid rollouts are graded."""

    newest: tuple[Served, ...] = ()
    rollouts: int = 0
    graded: int = 0
    successes: int = 0
    own_task: int = 0


@dataclass(frozen=True, slots=True)
class OwnUse:
    """An item that was injected into a task it had been learned at."""

    item: int
    title: str
    task_key: str
    run: int
    rollout_uid: str | None


_SERVED = f"""
SELECT r.uid, r.run, run.name AS run_name, r.task_key, coalesce(t.text, r.task_text, '') AS task_text, e.at,
  r.exit_reason, coalesce(o.valid, 1) AS task_valid,
  (SELECT success FROM truth x WHERE x.rollout = r.id ORDER BY pass_index DESC, id DESC LIMIT 1) AS success,
  coalesce((SELECT {OWN_STATUS} FROM verdict v WHERE v.rollout = r.id AND {STANDING_JUDGE}
    ORDER BY id DESC LIMIT 1), '') AS judged,
  (SELECT count(*) FROM step WHERE rollout = r.id) AS steps
FROM (SELECT DISTINCT p.event FROM retrieval_item u JOIN retrieval_pair p ON p.id = u.pair
  WHERE u.item_uid IN (SELECT value FROM json_each(?))) g
JOIN retrieval_event e ON e.id = g.event JOIN run ON run.id = e.run
JOIN rollout r ON r.run = e.run AND r.task_key = e.task_key
LEFT JOIN outcome o ON o.run = r.run AND o.task_key = r.task_key LEFT JOIN task t ON t.key = r.task_key
ORDER BY e.id DESC, r.id
"""


def uses(conn: sqlite3.Connection, bank_id: int, item_id: int, *, limit: int = MOST) -> Uses:
    """Where an item, or one that was merged into it, was injected; the newest first."""
    united = (item_id, *merged_from(conn, bank_id, item_id))
    uids = [row[0] for row in conn.execute(f"SELECT uid FROM memory_item WHERE id IN ({_marks(united)})", united)]
    keys, words = learned_at(conn, united)
    found = []
    for row in conn.execute(_SERVED, (dump(uids),)):
        own = row["task_key"] in keys or (bool(row["task_text"]) and plain(row["task_text"]) in words)
        found.append(_served(row, own))
    graded = [one for one in found if one.valid and one.success is not None]
    return Uses(
        newest=tuple(found[:limit]),
        rollouts=len(found),
        graded=len(graded),
        successes=sum(one.success is True for one in graded),
        own_task=sum(one.own_task for one in found),
    )


def learned_at(conn: sqlite3.Connection, item_ids: Iterable[int]) -> tuple[frozenset[str], frozenset[str]]:
    """Keys of the tasks that items were learned at, and those tasks' texts without case and spare white space."""
    wanted = json.dumps(list(item_ids))
    told = conn.execute(
        "SELECT e.task_key, e.task_text FROM memory_item i JOIN experience e ON e.id = i.experience "
        "WHERE i.id IN (SELECT value FROM json_each(?)) AND e.task_key <> ''",
        (wanted,),
    ).fetchall()
    tried = conn.execute(
        "SELECT DISTINCT r.task_key FROM item_source s JOIN rollout r ON r.uid = s.rollout_uid "
        "WHERE s.item IN (SELECT value FROM json_each(?))",
        (wanted,),
    )
    return frozenset([*(row[0] for row in told), *(row[0] for row in tried)]), frozenset(plain(row[1]) for row in told)


def own_uses(conn: sqlite3.Connection, bank_id: int, *, limit: int = MOST) -> list[OwnUse]:
    """Items of a bank that were injected into the very task they had been learned at, the newest first."""
    texts, params = visible("item_version", chain(conn, bank_id))
    rows = conn.execute(_INJECTED.format(texts=texts), params)
    same = cache(_same_words)
    own = (row for row in rows if row["own"] or same(row["query"], row["task_text"]))
    return [OwnUse(row["id"], row["title"], row["task_key"], row["run"], row["uid"]) for row in islice(own, limit)]


_INJECTED = """
SELECT i.id, v.title, e.task_key, e.run, e.query, x.task_text,
  x.task_key = e.task_key OR EXISTS (SELECT 1 FROM item_source s JOIN rollout f ON f.uid = s.rollout_uid
    WHERE s.item = i.id AND f.task_key = e.task_key) AS own,
  (SELECT r.uid FROM rollout r WHERE r.run = e.run AND r.task_key = e.task_key ORDER BY r.id LIMIT 1) AS uid
FROM retrieval_event e JOIN retrieval_pair p ON p.event = e.id JOIN retrieval_item u ON u.pair = p.id
JOIN memory_item i ON i.uid = u.item_uid JOIN ({texts}) v ON v.item = i.id JOIN experience x ON x.id = i.experience
ORDER BY e.id DESC, i.id
"""


def _same_words(one: str, other: str) -> bool:
    return plain(one) == plain(other) != ""


def _served(row: sqlite3.Row, own: bool) -> Served:
    return Served(
        rollout_uid=row["uid"],
        run=row["run"],
        run_name=row["run_name"],
        task_key=row["task_key"],
        task_text=row["task_text"],
        at=row["at"],
        valid=bool(row["task_valid"]) and row["exit_reason"] not in INVALID_EXITS,
        success=maybe_bool(row["success"]),
        judged=row["judged"],
        steps=row["steps"],
        own_task=own,
    )


def _marks(values: tuple[int, ...]) -> str:
    return ",".join("?" * len(values))
