"""Rows in and out: clean text, JSON columns, times, inserts."""

import json
import sqlite3
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlite_utils import Database

_RETURNING = " RETURNING id"


def now() -> str:
    """The present as ISO-8601 UTC with microseconds."""
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def clean(text: str) -> str:
    """The text as it can be stored: a lone surrogate becomes its visible escape (`\\ud800`)."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace").decode()
    return text


def dump(value: Any) -> str:
    """A JSON column; surrogates are made visible as in `clean`."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(_clean_deep(value), ensure_ascii=False, separators=(",", ":"))
    return text


def load(text: str | None) -> Any:
    """What a JSON column holds; NULL is None."""
    return None if text is None else json.loads(text)


def insert(db: "Database", table: str, row: Mapping[str, Any]) -> int:
    """Insert one row and return its rowid; strings are cleaned."""
    return int(db.execute(_insert_sql(table, tuple(row)), _values(row)).lastrowid or 0)


def upsert(db: "Database", table: str, row: Mapping[str, Any], key: tuple[str, ...]) -> int:
    """Insert one row, or bring the row of the same key up to date; returns its `id`."""
    found = db.execute(_upsert_sql(table, tuple(row), key), _values(row)).fetchone()
    return int(found[0])


def insert_many(db: "Database", table: str, columns: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> None:
    """Insert many rows of the same columns; strings are cleaned."""
    db.conn.executemany(_insert_sql(table, columns), map(cleaned, rows))


def insert_clean(db: "Database", table: str, columns: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> None:
    """As `insert_many`, for rows whose strings are clean already."""
    db.conn.executemany(_insert_sql(table, columns), rows)


def next_id(db: "Database", table: str) -> int:
    """The id that the next row of a table gets: rows that name one another can be written many at once."""
    return int(db.conn.execute(f"SELECT coalesce(max(id), 0) + 1 FROM {table}").fetchone()[0])


def upsert_many(
    db: "Database", table: str, columns: tuple[str, ...], key: tuple[str, ...], rows: Iterable[tuple[Any, ...]]
) -> None:
    """As `upsert` for many rows of the same columns, whose strings are clean already."""
    db.conn.executemany(_upsert_sql(table, columns, key).removesuffix(_RETURNING), rows)


def cleaned(row: Iterable[Any]) -> tuple[Any, ...]:
    """A row whose strings can be stored."""
    return tuple([clean(value) if isinstance(value, str) and not value.isascii() else value for value in row])


def marks(values: Iterable[object]) -> str:
    """`?,?,?` for a list of values."""
    return ",".join("?" for _ in values)


def select_in(conn: sqlite3.Connection, sql: str, values: Iterable[Any]) -> list[sqlite3.Row]:
    """Rows of a query whose `{}` stands for a list of values of any length."""
    wanted = list(values)
    rows: list[sqlite3.Row] = []
    for start in range(0, len(wanted), 500):
        part = wanted[start : start + 500]
        rows += conn.execute(sql.format(marks(part)), part).fetchall()
    return rows


def maybe_bool(value: int | None) -> bool | None:
    """A three-valued column as True, False or None."""
    return None if value is None else bool(value)


@lru_cache(maxsize=256)
def _insert_sql(table: str, columns: tuple[str, ...]) -> str:
    return f"INSERT INTO {table} ({','.join(columns)}) VALUES ({marks(columns)})"


@lru_cache(maxsize=256)
def _upsert_sql(table: str, columns: tuple[str, ...], key: tuple[str, ...]) -> str:
    updates = ",".join(f"{column}=excluded.{column}" for column in columns if column not in key)
    return f"{_insert_sql(table, columns)} ON CONFLICT({','.join(key)}) DO UPDATE SET {updates}{_RETURNING}"


def _values(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return cleaned(row.values())


def _clean_deep(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Mapping):
        return {_clean_deep(key): _clean_deep(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean_deep(inner) for inner in value]
    return value
