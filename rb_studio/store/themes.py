"""What people and models say of items beside their texts: the stage of an item's advice, the name of a theme.

Both are curation: they are undone, rolled back and forked with the bank. A theme's name hangs on one of its items,
so that it stays when the theme grows.
"""

import json
import sqlite3
from collections.abc import Mapping
from typing import TYPE_CHECKING, get_args

from rb_studio.records.errors import UsageError
from rb_studio.records.item_past import Stage
from rb_studio.store.changes import ChangeRecord
from rb_studio.store.operations import begin
from rb_studio.store.rows import clean, insert_many
from rb_studio.store.temporal import chain, visible

if TYPE_CHECKING:
    from sqlite_utils import Database

SCOPE = "memories"
# How advice on a subject grows (paper, figure 6): steps to follow, looking at what one did, advice that goes by the
# situation, and advice that puts several together.
STAGES: tuple[Stage, ...] = get_args(Stage)
HUMAN = "user"


def set_stages(
    db: "Database",
    bank_id: int,
    stages: Mapping[int, str],
    *,
    by: str = HUMAN,
    who: str = "user",
    reason: str = "",
) -> ChangeRecord:
    """Say of items (by id) what stage their advice is at; an empty stage takes a label off.

    `by` is `HUMAN` or the identity of a model; each keeps its own labels. Raises UsageError for a stage that is none or
    an item the bank lacks.
    """
    wrong = next((stage for stage in stages.values() if stage and stage not in STAGES), None)
    if wrong is not None:
        raise UsageError(f"there is no stage {wrong!r}; choose {', '.join(STAGES)}")
    return _set(db, bank_id, "item_stage", "stage", stages, {"who": by}, "Label the stage of", who, reason)


def stages(conn: sqlite3.Connection, bank_id: int, at_operation: int | None = None) -> dict[int, dict[str, str]]:
    """Stages by item id and by whom they were said."""
    query, params = visible("item_stage", chain(conn, bank_id, at_operation))
    found: dict[int, dict[str, str]] = {}
    for item, who, stage in conn.execute(f"SELECT item, who, stage FROM ({query}) WHERE stage <> ''", params):
        found.setdefault(item, {})[who] = stage
    return found


def name_theme(
    db: "Database", bank_id: int, item: int, name: str, *, who: str = "user", reason: str = ""
) -> ChangeRecord:
    """Name the theme an item (by id) belongs to; an empty name takes it off. Raises UsageError."""
    return _set(db, bank_id, "theme_name", "name", {item: name.strip()}, {}, "Name the theme of", who, reason)


def theme_names(conn: sqlite3.Connection, bank_id: int, at_operation: int | None = None) -> dict[int, str]:
    """Names of themes by the item they hang on."""
    query, params = visible("theme_name", chain(conn, bank_id, at_operation))
    return {row[0]: row[1] for row in conn.execute(f"SELECT item, name FROM ({query}) WHERE name <> ''", params)}


def _set(
    db: "Database",
    bank_id: int,
    table: str,
    column: str,
    values: Mapping[int, str],
    key: Mapping[str, str],
    verb: str,
    who: str,
    reason: str,
) -> ChangeRecord:
    """As one operation, give items a value where they have another one."""
    wanted = {item: clean(value) for item, value in values.items()}
    _refuse_unknown(db.conn, bank_id, wanted)
    before = _shown(db.conn, bank_id, table, column, key)
    changed = {item: value for item, value in wanted.items() if before.get(item, "") != value}
    label = f"{verb} {'1 memory' if len(changed) == 1 else f'{len(changed):,} memories'}"
    if not changed:
        return ChangeRecord(label, who)
    op = begin(db, SCOPE, label, who=who, reason=reason, bank=bank_id, forward={table: len(changed), **key})
    same = "".join(f" AND {name} = ?" for name in key)
    db.execute(
        f"UPDATE {table} SET op_to = ? WHERE bank = ? AND op_to IS NULL{same} "
        "AND item IN (SELECT value FROM json_each(?))",
        [op, bank_id, *key.values(), json.dumps(list(changed))],
    )
    inherited = _shown(db.conn, bank_id, table, column, key)
    rows = (
        (item, bank_id, *key.values(), value, op) for item, value in changed.items() if value != inherited.get(item, "")
    )
    insert_many(db, table, ("item", "bank", *key, column, "op_from"), rows)
    return ChangeRecord(label, who, (table,), {"memory_item": tuple(changed)}, op)


def _shown(conn: sqlite3.Connection, bank_id: int, table: str, column: str, key: Mapping[str, str]) -> dict[int, str]:
    query, params = visible(table, chain(conn, bank_id))
    same = " AND ".join(f"{name} = ?" for name in key) or "1"
    rows = conn.execute(f"SELECT item, {column} FROM ({query}) WHERE {same}", [*params, *key.values()])
    return {row[0]: row[1] for row in rows}


def _refuse_unknown(conn: sqlite3.Connection, bank_id: int, items: Mapping[int, str]) -> None:
    query, params = visible("item_version", chain(conn, bank_id))
    rows = conn.execute(
        f"SELECT item FROM ({query}) WHERE item IN (SELECT value FROM json_each(?))", [*params, json.dumps(list(items))]
    )
    missing = set(items) - {row[0] for row in rows}
    if missing:
        raise UsageError(f"this bank has no memory item {min(missing)}: list the items to see their ids")
