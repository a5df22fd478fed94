"""Columns of whatever is known of rollouts: fields a foreign format had, and the configuration of their arms.

A column is named by where its value stands, `extra:$.info.exit_status` or `arm:$.limits.steps`, which is a JSON path of
names only.
"""

import re
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from rb_studio.records.errors import UsageError
from rb_studio.store.rows import select_in

_SOURCES = {"extra": "r.extra", "arm": "arm_run.arm_config"}
_PATH = re.compile(r"\$(?:\.(?:[A-Za-z_][A-Za-z0-9_]*|\"[^\"\\]+\"))+")
_NEEDLESS = re.compile(r'\."([A-Za-z_][A-Za-z0-9_]*)"(?=\.|$)')
_MOST, _LOOKED_AT, _LONGEST = 200, 2_000, 500


@dataclass(frozen=True, slots=True)
class ExtraColumn:
    """A column that may be shown; `count` is how many rollouts, or runs for an arm's, have a value there."""

    key: str
    title: str
    count: int

    @property
    def of_arm(self) -> bool:
        return self.key.startswith("arm:")


def extra_columns(conn: sqlite3.Connection) -> tuple[ExtraColumn, ...]:
    """The columns there are values for, those of arms first, the commonest first.

    Lists are left out: their values have no name. The newest 2,000 rollouts and runs are looked at, and at most 200
    columns offered of each kind.
    """
    return (
        *_offered(conn, "arm", "SELECT arm_config AS value FROM run WHERE arm_config IS NOT NULL"),
        *_offered(conn, "extra", "SELECT extra AS value FROM rollout WHERE length(extra) > 2"),
    )


def values(conn: sqlite3.Connection, ids: Iterable[int], keys: Sequence[str]) -> dict[int, tuple[Any, ...]]:
    """By rollout, the values of these columns in their order; None where there is none, the beginning of long texts.

    Raises UsageError for a name that cannot be a column's.
    """
    found = [_sql(key) for key in keys]
    parts = [
        f"json_type({source}, {path}), substr(json_extract({source}, {path}), 1, {_LONGEST}), "
        f"json_extract({source}, {path})"
        for source, path in ((source, _quoted(path)) for source, path in found)
    ]
    rows = select_in(
        conn,
        f"SELECT {', '.join(('r.id', *parts))} FROM rollout r JOIN run arm_run ON arm_run.id = r.run "
        "WHERE r.id IN ({})",
        ids,
    )
    return {row[0]: tuple(_value(*tuple(row)[at : at + 3]) for at in range(1, len(row), 3)) for row in rows}


def value_sql(key: str) -> tuple[str, dict[str, Any]]:
    """A column's value as SQL over a rollout `r`, with its parameters. Raises UsageError."""
    source, path = _sql(key)
    of_arm = source == _SOURCES["arm"]
    sql = f"json_extract({source}, :extra_path)"
    return (f"(SELECT {sql} FROM run arm_run WHERE arm_run.id = r.run)" if of_arm else sql), {"extra_path": path}


def _offered(conn: sqlite3.Connection, kind: str, query: str) -> list[ExtraColumn]:
    rows = conn.execute(
        f"SELECT tree.fullkey, count(*) FROM ({query} ORDER BY id DESC LIMIT {_LOOKED_AT}) AS holder, "
        "json_tree(holder.value) AS tree "
        "WHERE tree.atom IS NOT NULL AND tree.fullkey NOT LIKE '%[%' GROUP BY 1 ORDER BY 2 DESC, 1"
    )
    return [
        ExtraColumn(f"{kind}:{_plain(path)}", path[2:].replace('"', ""), count)
        for path, count in rows
        if _PATH.fullmatch(path)
    ][:_MOST]


def _sql(key: str) -> tuple[str, str]:
    """(the JSON column, the path in it)."""
    kind, _, path = key.partition(":")
    if kind not in _SOURCES or not _PATH.fullmatch(path):
        raise UsageError(f"there is no column {key!r} to order by: choose another one")
    return _SOURCES[kind], path


def _quoted(path: str) -> str:
    """A path as SQL that `format` is used on."""
    return "'" + path.replace("'", "''").replace("{", "{{").replace("}", "}}") + "'"


def _plain(path: str) -> str:
    """A path with as few quotes as it can do with: versions of SQLite differ in that."""
    return _NEEDLESS.sub(r".\1", path)


def _value(kind: str | None, beginning: str | None, value: Any) -> Any:
    """As JSON has it: SQLite knows no truth; what holds further values has none itself."""
    if kind in ("true", "false"):
        return bool(value)
    if kind == "text":
        return beginning
    return value if kind in ("integer", "real") else None
