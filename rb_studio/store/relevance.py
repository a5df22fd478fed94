"""Labelled pairs of task and item: which items of a bank a task should be shown, as the bank stands.

Grades are 1 to 3, the higher the more it helps; 0 takes an item off. Labels are curation: they are undone, rolled
back and forked with the bank.
"""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rb_studio.records.errors import UsageError
from rb_studio.store.blobs import content_hash
from rb_studio.store.changes import ChangeRecord
from rb_studio.store.operations import begin
from rb_studio.store.rows import clean, insert, insert_many
from rb_studio.store.temporal import chain, visible

if TYPE_CHECKING:
    from sqlite_utils import Database

SCOPE = "memories"
HIGHEST = 3


@dataclass(frozen=True, slots=True)
class LabelledTask:
    """A task's text with the grades of its relevant items by item id.

    `family` is the id of the task it paraphrases, else its own: a task and its paraphrases are one case.
    """

    id: int
    text: str
    grades: Mapping[int, int]
    template: str | None = None
    family: int = 0


@dataclass(frozen=True, slots=True)
class Labels:
    """What is said of a task: grades by item id, its template, and the text of the task it says in other words."""

    text: str
    grades: Mapping[int, int]
    template: str | None = None
    paraphrase_of: str | None = None


def set_relevance(
    db: "Database",
    bank_id: int,
    task_text: str,
    grades: Mapping[int, int],
    *,
    template: str | None = None,
    paraphrase_of: str | None = None,
    who: str = "user",
    reason: str = "",
) -> ChangeRecord:
    """Label items of a bank for a task; items that are not named keep their grade.

    `paraphrase_of` is the text of a labelled task. Raises UsageError for an empty task, a grade that is none, an item
    the bank lacks, or a task to paraphrase that has no labels.
    """
    return set_labels(db, bank_id, [Labels(task_text, grades, template, paraphrase_of)], who=who, reason=reason)


def set_labels(
    db: "Database", bank_id: int, labels: Sequence[Labels], *, who: str = "user", reason: str = ""
) -> ChangeRecord:
    """Label items for several tasks as one operation, all or none; of a pair that is there twice the last counts."""
    wanted: dict[int, dict[int, int]] = {}
    for one in labels:
        text = clean(one.text.strip())
        _refuse(db.conn, bank_id, text, one.grades)
        origin = None if one.paraphrase_of is None else _origin(db.conn, clean(one.paraphrase_of.strip()), text)
        wanted.setdefault(_task(db, text, one.template, origin), {}).update(one.grades)
    changed = {task: found for task, grades in wanted.items() if (found := _changed(db.conn, bank_id, task, grades))}
    items = [item for found in changed.values() for item in found]
    named = f"{len(labels)} tasks" if len(labels) != 1 else f"“{text if len(text) <= 40 else text[:39] + '…'}”"
    label = f"Label {len(items)} for {named}"
    if not items:
        return ChangeRecord(label, who)
    op = begin(
        db, SCOPE, label, who=who, reason=reason, bank=bank_id, forward={"label": list(changed), "n": len(items)}
    )
    for task, found in changed.items():
        _put(db, bank_id, task, found, op)
    return ChangeRecord(label, who, ("relevance",), {"memory_item": tuple(dict.fromkeys(items))}, op)


def _changed(conn: sqlite3.Connection, bank_id: int, task: int, grades: Mapping[int, int]) -> dict[int, int]:
    before = _grades(conn, bank_id, task)
    return {item: grade for item, grade in grades.items() if before.get(item, 0) != grade}


def _put(db: "Database", bank_id: int, task: int, grades: Mapping[int, int], op: int) -> None:
    db.execute(
        "UPDATE relevance SET op_to = ? WHERE bank = ? AND task = ? AND op_to IS NULL "
        "AND item IN (SELECT value FROM json_each(?))",
        (op, bank_id, task, json.dumps(list(grades))),
    )
    inherited = _grades(db.conn, bank_id, task)
    rows = ((item, bank_id, task, grade, op) for item, grade in grades.items() if grade != inherited.get(item, 0))
    insert_many(db, "relevance", ("item", "bank", "task", "grade", "op_from"), rows)


def relevance(conn: sqlite3.Connection, bank_id: int, at_operation: int | None = None) -> list[LabelledTask]:
    """The labelled tasks of a bank, in the order they were first labelled."""
    query, params = visible("relevance", chain(conn, bank_id, at_operation))
    grades: dict[int, dict[int, int]] = {}
    for task, item, grade in conn.execute(f"SELECT task, item, grade FROM ({query}) WHERE grade > 0", params):
        grades.setdefault(task, {})[item] = grade
    rows = conn.execute(
        "SELECT id, text, template, coalesce(paraphrase_of, id) FROM labelled_task "
        "WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id",
        (json.dumps(list(grades)),),
    )
    return [LabelledTask(row[0], row[1], grades[row[0]], row[2], row[3]) for row in rows]


def _refuse(conn: sqlite3.Connection, bank_id: int, text: str, grades: Mapping[int, int]) -> None:
    if not text:
        raise UsageError("the task is empty: give its text")
    wrong = next((grade for grade in grades.values() if not 0 <= grade <= HIGHEST), None)
    if wrong is not None:
        raise UsageError(f"{wrong} is no grade of relevance: give 1 to {HIGHEST}, or 0 to take the item off")
    query, params = visible("item_version", chain(conn, bank_id))
    known = {
        row[0]
        for row in conn.execute(
            f"SELECT item FROM ({query}) WHERE item IN (SELECT value FROM json_each(?))",
            [*params, json.dumps(list(grades))],
        )
    }
    missing = [item for item in grades if item not in known]
    if missing:
        raise UsageError(f"this bank has no memory item {missing[0]}: list the items to see their ids")


def _origin(conn: sqlite3.Connection, text: str, paraphrase: str) -> int:
    """The task a paraphrase belongs to: of a paraphrase its own origin."""
    row = conn.execute(
        "SELECT coalesce(paraphrase_of, id) FROM labelled_task WHERE text_hash = ?", (content_hash(text),)
    ).fetchone()
    if row is None or text == paraphrase:
        raise UsageError(f"there is no other labelled task “{text}” to paraphrase: label that one first")
    return int(row[0])


def _task(db: "Database", text: str, template: str | None, origin: int | None) -> int:
    """The row of a task's text, made where there is none; what is given of it is kept."""
    row = db.execute("SELECT id FROM labelled_task WHERE text_hash = ?", (content_hash(text),)).fetchone()
    if row is None:
        values = {"text": text, "text_hash": content_hash(text), "template": template, "paraphrase_of": origin}
        return insert(db, "labelled_task", values)
    given = (template, None if origin == row[0] else origin, row[0])
    db.execute(
        "UPDATE labelled_task SET template = coalesce(?, template), paraphrase_of = coalesce(?, paraphrase_of) "
        "WHERE id = ?",
        given,
    )
    if origin is not None and origin != row[0]:
        db.execute("UPDATE labelled_task SET paraphrase_of = ? WHERE paraphrase_of = ?", (origin, row[0]))
    return int(row[0])


def known_task(db: "Database", text: str, template: str | None, paraphrase_of: str | None) -> int:
    """The row of a task's text that a file tells of, made where there is none; what is known of it here stays."""
    row = db.execute("SELECT id FROM labelled_task WHERE text_hash = ?", (content_hash(text),)).fetchone()
    if row is not None:
        db.execute("UPDATE labelled_task SET template = coalesce(template, ?) WHERE id = ?", (template, row[0]))
        return int(row[0])
    if paraphrase_of is None or paraphrase_of == text:
        return _task(db, text, template, None)
    known_task(db, paraphrase_of, None, None)
    return _task(db, text, template, _origin(db.conn, paraphrase_of, text))


def _grades(conn: sqlite3.Connection, bank_id: int, task: int) -> dict[int, int]:
    query, params = visible("relevance", chain(conn, bank_id))
    rows = conn.execute(f"SELECT item, grade FROM ({query}) WHERE task = ?", [*params, task])
    return {row[0]: row[1] for row in rows}
