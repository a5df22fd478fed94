"""What a consolidation policy did to an arm's bank: one operation of its own, right after the task's."""

import sqlite3
from typing import TYPE_CHECKING, Any

from rb_studio.records.item_text import ItemText
from rb_studio.records.memory import Archived, Consolidation, ItemState, Rewritten
from rb_studio.store import temporal
from rb_studio.store.curation import put_state
from rb_studio.store.memory_reads import row_ids
from rb_studio.store.memory_rows import add_version
from rb_studio.store.operations import begin
from rb_studio.store.rows import insert_many, load

if TYPE_CHECKING:
    from sqlite_utils import Database

SCOPE = "consolidation"


def save_consolidation(db: "Database", run_id: int, bank_id: int, task_key: str, change: Consolidation) -> int:
    """Archive and rewrite items as an undoable operation of the scope `consolidation`; returns its id.

    An item that is archived into another keeps a link to it. Items that the bank no longer shows are passed over.
    """
    label = f"Consolidate after {task_key} ({change.policy})"
    op = begin(db, SCOPE, label, who=f"run {run_id}", bank=bank_id, forward=_written(run_id, task_key, change))
    ids = _ids(db.conn, bank_id, change)
    put_state(db, bank_id, [ids[one.uid] for one in change.archived if one.uid in ids], ItemState.ARCHIVED, op)
    pairs = [(ids[one.uid], ids[one.into]) for one in change.archived if one.uid in ids and one.into in ids]
    insert_many(
        db,
        "item_lineage",
        ("item", "bank", "kind", "other", "op_from"),
        ((item, bank_id, "merged_into", other, op) for item, other in pairs),
    )
    for one in change.rewritten:
        if one.uid in ids:
            temporal.end(db, "item_version", bank_id, [ids[one.uid]], op)
            add_version(db, bank_id, op, ids[one.uid], ItemText(one.title, one.description, one.content))
    return op


def read_consolidation(conn: sqlite3.Connection, outcome_operation: int) -> Consolidation | None:
    """What the policy did after the task that an operation committed: the operation after it, where it is one."""
    row = conn.execute(
        "SELECT forward FROM operation WHERE id = ? AND scope = ? AND kind = 'do'", (outcome_operation + 1, SCOPE)
    ).fetchone()
    if row is None:
        return None
    written = load(row[0])
    return Consolidation(
        policy=written["policy"],
        archived=tuple(Archived(*one) for one in written["archived"]),
        rewritten=tuple(Rewritten(*one) for one in written["rewritten"]),
    )


def _written(run_id: int, task_key: str, change: Consolidation) -> dict[str, Any]:
    return {
        "run": run_id,
        "task": task_key,
        "policy": change.policy,
        "archived": [[one.uid, one.into, one.reason] for one in change.archived],
        "rewritten": [[one.uid, one.title, one.description, one.content] for one in change.rewritten],
    }


def _ids(conn: sqlite3.Connection, bank_id: int, change: Consolidation) -> dict[str, int]:
    """Row ids by uid of the items concerned."""
    uids = [*(one.uid for one in change.archived), *(one.uid for one in change.rewritten)]
    uids += [one.into for one in change.archived if one.into is not None]
    return row_ids(conn, "memory_item", temporal.chain(conn, bank_id), uids)
