"""Emptying the trash: the one act on memories that cannot be taken back.

What goes are the texts, tags and notes of deleted items and the vectors of their texts; what stays is that there was
an item of that uid, what it was learned from, and when it was in which state, as results of runs are told from that.
Steps of undo go on without what was erased.
"""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rb_studio.records.errors import UsageError
from rb_studio.records.memory import ItemState
from rb_studio.store import feed
from rb_studio.store.changes import ChangeRecord
from rb_studio.store.curation import SCOPE, count, put_state
from rb_studio.store.operations import begin
from rb_studio.store.rows import load
from rb_studio.store.temporal import Chain, chain, visible
from rb_studio.store.vectors import ITEM_RECIPE

if TYPE_CHECKING:
    from sqlite_utils import Database

TRASH = "trash"
_ENDED = "('finished', 'cancelled', 'failed', 'imported')"
# One that was stopped or broke goes on with the pairs it has when it is asked for again.
_TOLD = "('finished', 'imported')"
# Tables whose rows of an item go; its states stay, and so do the links to what it was merged into.
_NOTES = ("item_tag", "not_duplicate", "relevance", "item_stage", "theme_name")
_OF_ITEMS = ("item_version", "item_state", "item_lineage", *_NOTES)
_CHOSEN = "(SELECT value FROM json_each(:items))"


@dataclass(frozen=True, slots=True)
class Trash:
    """The deleted items of a bank; `kept` says of those that must stay who needs them.

    `steps` is the number of steps that could be undone or redone, are about the others alone and go with them;
    `snapshots` names the automatic ones that will no longer show them, `runs` those that learned them and whose
    results will lack them.
    """

    items: tuple[int, ...]
    kept: Mapping[int, str]
    steps: int = 0
    snapshots: tuple[str, ...] = ()
    runs: tuple[int, ...] = ()

    @property
    def erasable(self) -> tuple[int, ...]:
        """The items whose texts can go."""
        return tuple(item for item in self.items if item not in self.kept)


def trash(conn: sqlite3.Connection, bank_id: int) -> Trash:
    """What emptying the trash of a bank would erase, and what it would have to keep and why."""
    deleted = _in_state(conn, chain(conn, bank_id), "= 'deleted'")
    kept = _needed(conn, bank_id, deleted)
    going = [item for item in deleted if item not in kept]
    return Trash(
        tuple(deleted),
        kept,
        _undoable(conn, _steps_about(conn, going)) if going else 0,
        _automatic(conn, bank_id, going) if going else (),
        _learned_by(conn, going) if going else (),
    )


def restore(
    db: "Database", bank_id: int, item_ids: Iterable[int], *, who: str = "user", reason: str = ""
) -> ChangeRecord:
    """Put deleted items back into their states before, as one operation; one that had none waits as a candidate."""
    layers = chain(db.conn, bank_id)
    wanted = _in_state(db.conn, layers, "= 'deleted'", list(item_ids))
    label = f"Restore {count(wanted)}"
    if not wanted:
        return ChangeRecord(label, who)
    before = _before(db.conn, [bank for bank, _ in layers], wanted)
    op = begin(db, SCOPE, label, who=who, reason=reason, bank=bank_id, forward={"restore": len(wanted)})
    for state in dict.fromkeys(before.values()):
        put_state(db, bank_id, [item for item in wanted if before[item] == state], ItemState(state), op)
    return ChangeRecord(label, who, ("item_state",), {"memory_item": tuple(wanted)}, op)


def empty_trash(
    db: "Database", bank_id: int, item_ids: Sequence[int], *, who: str = "user", reason: str = ""
) -> ChangeRecord:
    """Erase the texts of deleted items for good. Raises UsageError for one that is not deleted, or is still needed."""
    wanted = sorted(set(item_ids))
    label = f"Erase {count(wanted)}"
    if not wanted:
        return ChangeRecord(label, who)
    _refuse_needed(db.conn, bank_id, wanted)
    steps = _steps_about(db.conn, wanted)
    op = begin(db, TRASH, label, who=who, reason=reason, bank=bank_id, forward={"erase": len(wanted)})
    feed.emit(db, None, "do", "operation", op)
    secure = db.execute("PRAGMA secure_delete").fetchone()[0]
    db.execute("PRAGMA secure_delete = 1").fetchall()
    _erase(db, json.dumps(wanted), op)
    _forget_steps(db, steps)
    db.execute(f"PRAGMA secure_delete = {secure}").fetchall()
    tables = ("memory_item", *_OF_ITEMS, "experience_presence", "operation", "vector")
    return ChangeRecord(label, who, tables, {"memory_item": tuple(wanted)}, op)


def _before(conn: sqlite3.Connection, banks: Sequence[int], items: Sequence[int]) -> dict[int, str]:
    """The last state but deleted, by item."""
    rows = conn.execute(
        "SELECT j.value, coalesce((SELECT p.state FROM item_state p WHERE p.item = j.value AND p.state <> 'deleted' "
        "AND p.bank IN (SELECT value FROM json_each(?)) ORDER BY p.op_from DESC LIMIT 1), 'candidate') "
        "FROM json_each(?) j",
        (json.dumps(list(banks)), json.dumps(list(items))),
    )
    return dict(map(tuple, rows))


def erased_uids(conn: sqlite3.Connection, bank_id: int, uids: Iterable[str]) -> set[str]:
    """Those of the uids that stand for an erased item the bank no longer shows."""
    layers = chain(conn, bank_id)
    shown, params = visible("item_version", layers)
    rows = conn.execute(
        "SELECT e.uid FROM erased e JOIN memory_item i ON i.uid = e.uid AND i.bank = e.bank "
        "WHERE e.bank IN (SELECT value FROM json_each(?)) AND e.uid IN (SELECT value FROM json_each(?)) "
        f"AND i.id NOT IN (SELECT item FROM ({shown}))",
        [json.dumps([bank for bank, _ in layers]), json.dumps(list(uids)), *params],
    )
    return {row[0] for row in rows}


def _erase(db: "Database", items: str, op: int) -> None:
    given = {"items": items, "op": op}
    texts = f"SELECT 'delete', id, title, description, content FROM item_version WHERE item IN {_CHOSEN}"
    for table, which in (("item_words", ""), ("item_trigrams", "AND spaceless = 1")):
        db.execute(f"INSERT INTO {table}({table}, rowid, title, description, content) {texts} {which}", given)
    db.execute(
        "DELETE FROM vector WHERE recipe = :recipe AND text_hash IN (SELECT text_hash FROM item_version v "
        f"WHERE v.item IN {_CHOSEN} AND NOT EXISTS (SELECT 1 FROM item_version o WHERE o.text_hash = v.text_hash "
        f"AND o.item NOT IN {_CHOSEN}))",
        {**given, "recipe": ITEM_RECIPE},
    )
    for table in ("item_version", *_NOTES, "item_doubt"):
        db.execute(f"DELETE FROM {table} WHERE item IN {_CHOSEN}", given)
    db.execute(f"DELETE FROM not_duplicate WHERE other IN {_CHOSEN}", given)
    db.execute(f"UPDATE item_state SET op_to = :op WHERE op_to IS NULL AND item IN {_CHOSEN}", given)
    db.execute(  # so that whoever looks at what changed since an operation sees that these did
        "INSERT INTO item_state (item, bank, state, op_from) "
        f"SELECT item, bank, state, :op FROM item_state WHERE op_to = :op AND item IN {_CHOSEN}",
        given,
    )
    db.execute(
        f"INSERT INTO erased (bank, uid, op) SELECT bank, uid, :op FROM memory_item WHERE id IN {_CHOSEN} "
        "ON CONFLICT DO UPDATE SET op = excluded.op",
        given,
    )
    db.execute(
        "UPDATE experience_presence SET op_to = :op WHERE op_to IS NULL AND experience IN "
        f"(SELECT experience FROM memory_item WHERE id IN {_CHOSEN}) AND NOT EXISTS (SELECT 1 FROM memory_item i "
        "JOIN item_version v ON v.item = i.id WHERE i.experience = experience_presence.experience)",
        given,
    )
    for table in ("item_words", "item_trigrams"):  # words that were taken out linger in older parts of the index
        db.execute(f"INSERT INTO {table}({table}) VALUES ('optimize')")


def _forget_steps(db: "Database", steps: Mapping[int, str]) -> None:
    """Steps about erased items alone would do nothing any more, and their names quote titles."""
    db.conn.executemany(
        "UPDATE operation SET status = 'dropped', label = ?, forward = 'null' WHERE id = ?",
        [(_unquoted(label), op) for op, label in steps.items()],
    )


def _unquoted(label: str) -> str:
    before, quote, _ = label.partition("“")
    return f"{before}(erased)" if quote else label


def _refuse_needed(conn: sqlite3.Connection, bank_id: int, wanted: Sequence[int]) -> None:
    deleted = set(_in_state(conn, chain(conn, bank_id), "= 'deleted'"))
    other = next((item for item in wanted if item not in deleted), None)
    if other is not None:
        raise UsageError(f"memory item {other} is not in the trash of this bank: only deleted items can be erased")
    kept = _needed(conn, bank_id, wanted)
    if kept:
        item, why = next(iter(kept.items()))
        raise UsageError(f"memory item {item} cannot be erased: {why}")


def _needed(conn: sqlite3.Connection, bank_id: int, items: Sequence[int]) -> dict[int, str]:
    """By item, the first thing found that still needs it."""
    if not items:
        return {}
    kept: dict[int, str] = {}
    family = _family(conn, bank_id)
    for layers, why in (*_points(conn, bank_id, family), *_unfinished(conn, family)):
        for item in _in_state(conn, layers, "<> 'deleted'", items):
            kept.setdefault(item, why)
    for item in _of_other_steps(conn, items):
        kept.setdefault(item, "a step of consolidation that can still be undone changed it")
    return kept


def _points(conn: sqlite3.Connection, bank_id: int, family: Sequence[int]) -> list[tuple[Chain, str]]:
    """Every other bank of the family as it stands, and every snapshot that a person named, with a reason."""
    names = dict(map(tuple, conn.execute("SELECT id, name FROM bank")))
    found = [(chain(conn, bank), f"bank {names[bank]} has it in use") for bank in family if bank != bank_id]
    rows = conn.execute(
        "SELECT bank, name, operation FROM snapshot WHERE NOT automatic AND bank IN "
        "(SELECT value FROM json_each(?)) ORDER BY id",
        (json.dumps(family),),
    )
    return found + [
        (chain(conn, bank, at), f"snapshot {name} of {names[bank]} shows it in use") for bank, name, at in rows
    ]


def _unfinished(conn: sqlite3.Connection, family: Sequence[int]) -> list[tuple[Chain, str]]:
    """Points that runs and experiments will read again when they go on."""
    banks = json.dumps(family)
    runs = conn.execute(
        f"SELECT id, bank, config FROM run WHERE status NOT IN {_ENDED} AND bank IN (SELECT value FROM json_each(?))",
        (banks,),
    )
    found = [
        (chain(conn, bank, load(config).get("at_operation")), f"run {run} is not finished and has it in use")
        for run, bank, config in runs
    ]
    experiments = conn.execute(
        f"SELECT id, bank, before_op, after_op FROM experiment WHERE status NOT IN {_TOLD} "
        "AND bank IN (SELECT value FROM json_each(?))",
        (banks,),
    )
    return found + [
        (chain(conn, bank, at), f"experiment {experiment} is not finished and has it in use")
        for experiment, bank, *points in experiments
        for at in points
    ]


def _of_other_steps(conn: sqlite3.Connection, items: Sequence[int]) -> list[int]:
    rows = conn.execute(
        "SELECT DISTINCT item FROM item_state s WHERE item IN (SELECT value FROM json_each(:items)) AND EXISTS "
        "(SELECT 1 FROM operation o WHERE o.scope NOT IN (:own, 'runs', :trash) AND o.status IN ('done', 'undone') "
        "AND o.kind = 'do' AND (o.effect = s.op_from OR o.effect = s.op_to))",
        {"items": json.dumps(items), "own": SCOPE, "trash": TRASH},
    )
    return [row[0] for row in rows]


def _family(conn: sqlite3.Connection, bank_id: int) -> list[int]:
    """The bank, those it was forked from, and all forks of any of them."""
    root = chain(conn, bank_id)[-1][0]
    rows = conn.execute(
        "WITH RECURSIVE kin(id) AS (SELECT ? UNION SELECT b.id FROM bank b JOIN kin ON b.parent_bank = kin.id) "
        "SELECT id FROM kin ORDER BY id",
        (root,),
    )
    return [row[0] for row in rows]


def _in_state(conn: sqlite3.Connection, layers: Chain, which: str, items: Sequence[int] | None = None) -> list[int]:
    """Items that a point shows in such a state, of those named; one without a text is shown no more."""
    states, params = visible("item_state", layers)
    texts, text_params = visible("item_version", layers)
    chosen = "" if items is None else "AND item IN (SELECT value FROM json_each(?))"
    wanted = [] if items is None else [json.dumps(list(items))]
    rows = conn.execute(
        f"SELECT item FROM ({states}) s WHERE state {which} {chosen} "
        f"AND EXISTS (SELECT 1 FROM ({texts}) v WHERE v.item = s.item) ORDER BY item",
        [*params, *wanted, *text_params],
    )
    return [row[0] for row in rows]


def _steps_about(conn: sqlite3.Connection, items: Sequence[int]) -> dict[int, str]:
    """Labels of the steps of curation, by operation, that changed these items and nothing else."""
    given = {"items": json.dumps(list(items)), "scope": SCOPE}
    mine = " UNION ".join(
        f"SELECT {column} AS op FROM {table} WHERE item IN {_CHOSEN} AND {column} IS NOT NULL"
        for table in _OF_ITEMS
        for column in ("op_from", "op_to")
    )
    rows = conn.execute(
        "SELECT o.id, coalesce(o.effect, o.id), o.label FROM operation o WHERE o.scope IN (:scope, 'past') "
        f"AND coalesce(o.effect, o.id) IN ({mine})",
        given,
    ).fetchall()
    others = " UNION ALL ".join(
        f"SELECT 1 FROM {table} t WHERE {column} = :op AND item NOT IN {_CHOSEN} "
        "AND EXISTS (SELECT 1 FROM item_version v WHERE v.item = t.item)"
        for table in _OF_ITEMS
        for column in ("op_from", "op_to")
    )
    return {
        op: label
        for op, effect, label in map(tuple, rows)
        if conn.execute(f"SELECT EXISTS ({others})", {**given, "op": effect}).fetchone()[0] == 0
    }


def _undoable(conn: sqlite3.Connection, steps: Mapping[int, str]) -> int:
    rows = conn.execute(
        "SELECT count(*) FROM operation WHERE status IN ('done', 'undone') AND kind = 'do' AND scope = ? "
        "AND id IN (SELECT value FROM json_each(?))",
        (SCOPE, json.dumps(list(steps))),
    )
    return int(rows.fetchone()[0])


def _automatic(conn: sqlite3.Connection, bank_id: int, items: Sequence[int]) -> tuple[str, ...]:
    rows = conn.execute("SELECT name, operation FROM snapshot WHERE automatic AND bank = ? ORDER BY id", (bank_id,))
    return tuple(
        name for name, at in rows.fetchall() if _in_state(conn, chain(conn, bank_id, at), "<> 'deleted'", items)
    )


def _learned_by(conn: sqlite3.Connection, items: Sequence[int]) -> tuple[int, ...]:
    rows = conn.execute(
        "SELECT DISTINCT e.run FROM memory_item i JOIN experience e ON e.id = i.experience "
        f"WHERE e.run IS NOT NULL AND i.id IN {_CHOSEN} ORDER BY e.run",
        {"items": json.dumps(list(items))},
    )
    return tuple(row[0] for row in rows)
