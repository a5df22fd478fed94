"""What people and models say of items beside their texts (grades of labelled tasks, stages, names of themes): out of a
bank as values, and back into rows."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from rb_studio.records.item_past import Act, ItemGrade, ItemPast, ItemStage, ItemTheme
from rb_studio.store import temporal
from rb_studio.store.relevance import known_task
from rb_studio.store.rows import clean, insert_many
from rb_studio.store.temporal import Chain, visible

if TYPE_CHECKING:
    from sqlite_utils import Database

# Tables with the columns that a row says, the last of them its value.
_SAID = {"relevance": ("task", "grade"), "item_stage": ("who", "stage"), "theme_name": ("name",)}
_Rows = dict[int, list[tuple[Any, ...]]]


class Notes:
    """What a bank says of these items, with the operation that first said so."""

    def __init__(self, conn: sqlite3.Connection, layers: Chain, items: Collection[int]) -> None:
        self._grades = _read(conn, layers, "relevance", "value > 0", items)
        self._stages = _read(conn, layers, "item_stage", "value <> ''", items)
        self._names = _read(conn, layers, "theme_name", "value <> ''", items)
        query = "SELECT t.id, t.text, t.template, p.text FROM labelled_task t LEFT JOIN labelled_task p "
        self._tasks = {row[0]: tuple(row[1:]) for row in conn.execute(f"{query} ON p.id = t.paraphrase_of")}

    @property
    def operations(self) -> set[int]:
        """Every operation named."""
        found = (self._grades, self._stages, self._names)
        return {row[0] for rows in found for several in rows.values() for row in several}

    def of(
        self, item: int, acts: Mapping[int, Act]
    ) -> tuple[tuple[ItemGrade, ...], tuple[ItemStage, ...], ItemTheme | None]:
        """Grades by the task's text, stages by who said them, and the name of a theme."""
        told = sorted((self._tasks[task], op, grade) for op, task, grade in self._grades.get(item, ()))
        grades = tuple(ItemGrade(task[0], grade, acts[op], task[1], task[2]) for task, op, grade in told)
        said = sorted((who, stage, op) for op, who, stage in self._stages.get(item, ()))
        stages = tuple(ItemStage(who, stage, acts[op]) for who, stage, op in said)
        theme = next((ItemTheme(name, acts[op]) for op, name in self._names.get(item, ())), None)
        return grades, stages, theme


def put_notes(
    db: "Database",
    bank_id: int,
    op: int,
    found: Mapping[int, ItemPast],
    operations: Mapping[int, int] | None = None,
    end: int = 0,
) -> None:
    """As part of operation `op`, let a bank say of items (by id) what their histories do, in place of what it says.

    With `operations` (rows of the journal by their number in the histories) it also becomes known who said so first;
    `end` closes those rows.
    """
    if not found:
        return
    rows = {
        "relevance": _grade_rows(db, found),
        "item_stage": (
            (item, one.act, clean(one.by), one.stage) for item, past in found.items() for one in past.stages
        ),
        "theme_name": ((item, past.theme.act, clean(past.theme.name)) for item, past in found.items() if past.theme),
    }
    for table, said in rows.items():
        temporal.end(db, table, bank_id, found, op)
        columns = ("item", "bank", *_SAID[table], "op_from")
        present = {(item, *key): (act, value) for item, act, *key, value in said}
        if operations:
            first = (
                (item, bank_id, *key, value, operations[act.number], end)
                for (item, *key), (act, value) in present.items()
            )
            insert_many(db, table, (*columns, "op_to"), first)
        insert_many(
            db, table, columns, ((item, bank_id, *key, value, op) for (item, *key), (_, value) in present.items())
        )


def _read(conn: sqlite3.Connection, layers: Chain, table: str, condition: str, items: Collection[int]) -> _Rows:
    """(operation, columns...) of what a bank says, by item."""
    *key, value = _SAID[table]
    query, params = visible(table, layers)
    same = "".join(f" AND f.{column} = r.{column}" for column in (*key, value))
    named = ", ".join(f"r.{column}" for column in key)
    rows = conn.execute(
        f"SELECT r.item, (SELECT min(f.op_from) FROM {table} f WHERE f.item = r.item{same} AND f.bank IN "
        f"(SELECT value FROM json_each(?))){', ' + named if named else ''}, r.{value} AS value FROM ({query}) r "
        f"WHERE {condition}",
        [json.dumps([bank for bank, _ in layers]), *params],
    )
    found: defaultdict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for item, *said in rows:
        if item in items:
            found[item].append(tuple(said))
    return dict(found)


def _grade_rows(db: "Database", found: Mapping[int, ItemPast]) -> Iterator[tuple[Any, ...]]:
    """(item, act, task, grade), the tasks made in the order they were labelled."""
    told = [(one.act.number, one.task, item, one) for item, past in found.items() for one in past.grades]
    for _, text, item, one in sorted(told, key=lambda row: row[:3]):
        task = clean(text.strip())
        if task:
            origin = None if one.paraphrase_of is None else clean(one.paraphrase_of.strip())
            yield item, one.act, known_task(db, task, one.template, origin or None), one.grade
