"""The history of one item: what it became, when, by whom and why."""

import sqlite3
from dataclasses import dataclass

from rb_studio.store.temporal import chain

# Each part lists changes as (op, order within the op, kind, detail, version, title, description, content).
_PARTS = """
SELECT op_from AS op, 0 AS place, bank, 'text' AS kind, 'version ' || number AS detail, number, title, description,
  content FROM item_version WHERE item = :item
UNION ALL
SELECT op_from, 1, bank, 'state', state, NULL, '', '', '' FROM item_state WHERE item = :item
UNION ALL
SELECT op_to, 1, bank, 'state', 'removed', NULL, '', '', '' FROM item_state s WHERE item = :item AND op_to IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM item_state n WHERE n.item = s.item AND n.bank = s.bank AND n.op_from = s.op_to)
  AND op_to NOT IN (SELECT id FROM operation WHERE scope = 'past' AND kind = 'end')
UNION ALL
SELECT op_from, 2, bank, 'tag', CASE present WHEN 1 THEN '+' ELSE '-' END || tag, NULL, '', '', ''
  FROM item_tag WHERE item = :item
UNION ALL
SELECT op_to, 2, bank, 'tag', CASE present WHEN 1 THEN '-' ELSE '+' END || tag, NULL, '', '', '' FROM item_tag t
  WHERE item = :item AND op_to IS NOT NULL AND NOT EXISTS (SELECT 1 FROM item_tag n
  WHERE n.item = t.item AND n.bank = t.bank AND n.tag = t.tag AND n.op_from = t.op_to)
  AND op_to NOT IN (SELECT id FROM operation WHERE scope = 'past' AND kind = 'end')
UNION ALL
SELECT l.op_from, 3, l.bank, 'lineage', l.kind || ' ' || i.uid, NULL, '', '', '' FROM item_lineage l
  JOIN memory_item i ON i.id = l.other WHERE l.item = :item
"""


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One change of an item: `kind` is text, state, tag or lineage; `detail` says what it became.

    `bank` is where it happened: a fork's changes do not show in its parent. Texts are empty unless `kind`
    is text.
    """

    operation: int
    bank: int
    at: str
    label: str
    who: str
    reason: str
    kind: str
    detail: str
    version: int | None = None
    title: str = ""
    description: str = ""
    content: str = ""


def history(conn: sqlite3.Connection, item_id: int) -> list[HistoryEntry]:
    """Everything that happened to an item, oldest first: texts, states, tags, who, why, when."""
    rows = conn.execute(
        f"SELECT c.*, o.at, o.label, o.who, o.reason FROM ({_PARTS}) c JOIN operation o ON o.id = c.op "
        "ORDER BY c.op, c.place, c.detail",
        {"item": item_id},
    )
    return [
        HistoryEntry(
            operation=row["op"],
            bank=row["bank"],
            at=row["at"],
            label=row["label"],
            who=row["who"],
            reason=row["reason"],
            kind=row["kind"],
            detail=row["detail"],
            version=row["number"],
            title=row["title"],
            description=row["description"],
            content=row["content"],
        )
        for row in rows
    ]


def history_in_bank(conn: sqlite3.Connection, bank_id: int, item_id: int) -> list[HistoryEntry]:
    """What happened to an item in the bank itself, or in its parents before it was forked off."""
    until = dict(chain(conn, bank_id))
    return [
        entry
        for entry in history(conn, item_id)
        if entry.bank in until and ((last := until[entry.bank]) is None or entry.operation <= last)
    ]
