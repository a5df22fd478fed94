"""Which column of a file is the task's text, its answer, and so on."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rb_studio.interchange.tasks.table import Table
from rb_studio.records.errors import UnreadableInput, UsageError

FIELDS = ("text", "answer", "id", "template", "site", "context")
_USUAL = {
    "text": ("text", "question", "intent", "prompt", "problem", "problem_statement", "task", "query", "instruction"),
    "answer": ("answer", "expected", "expected_answer", "target", "solution", "reference", "answers"),
    "id": ("id", "task_id", "instance_id", "question_id"),
    "template": ("template", "template_id", "intent_template_id"),
    "site": ("site", "website"),
    "context": ("context", "passage", "background"),
}


@dataclass(frozen=True, slots=True)
class FieldMap:
    """Field to column; `guessed` names the fields nobody mapped by hand."""

    columns: Mapping[str, str]
    guessed: tuple[str, ...] = ()

    def __getitem__(self, field: str) -> str | None:
        return self.columns.get(field)


def parse_mapping(pairs: Iterable[str]) -> dict[str, str]:
    """`["text=question"]` as a dict; raises `UsageError` for anything but FIELD=COLUMN."""
    mapping = {}
    for pair in pairs:
        field, equals, column = pair.partition("=")
        if not equals or not column:
            raise UsageError(f"--map {pair} is not of the form FIELD=COLUMN; FIELD is one of {', '.join(FIELDS)}")
        mapping[field.strip()] = column.strip()
    return mapping


def map_fields(table: Table, mapping: Mapping[str, str]) -> FieldMap:
    """The given mapping, completed by usual column names; a field mapped to nothing is left out.

    Raises
    ------
    UsageError
        For an unknown field or a column the file does not have.
    UnreadableInput
        When no column can be the text; the sentence lists the columns and the option to write.
    """
    _check(table, mapping)
    guessed = guessed_columns(table, mapping)
    columns = {field: column for field, column in {**guessed, **mapping}.items() if column}
    if "text" not in columns:
        raise UnreadableInput(
            f"{table.path}: no column looks like the text of a task; its columns are {_listed(table.columns)}; "
            f"say which one with --map text=COLUMN"
        )
    return FieldMap(columns, tuple(guessed))


def guessed_columns(table: Table, mapping: Mapping[str, str] | None = None) -> dict[str, str]:
    """Fields that are not mapped, and the columns whose names look like them."""
    mapping = mapping or {}
    guessed: dict[str, str] = {}
    for field in FIELDS:
        taken = {*mapping.values(), *guessed.values()}
        column = None if field in mapping else _usual_column(table, field, taken)
        if column is not None:
            guessed[field] = column
    return guessed


def _check(table: Table, mapping: Mapping[str, str]) -> None:
    for field, column in mapping.items():
        if field not in FIELDS:
            raise UsageError(f"--map {field}={column}: there is no field {field!r}; choose {', '.join(FIELDS)}")
        if column and column not in table.columns:
            listed = _listed(table.columns)
            raise UsageError(f"--map {field}={column}: {table.path} has no column {column!r}; its columns are {listed}")


def _usual_column(table: Table, field: str, taken: set[str]) -> str | None:
    by_name = {_plain(column): column for column in reversed(table.columns)}
    for name in _USUAL[field]:
        column = by_name.get(name)
        if column is not None and column not in taken and (field != "text" or _holds_text(table, column)):
            return column
    return None


def _holds_text(table: Table, column: str) -> bool:
    return any(isinstance(row.values.get(column), str) and row.values[column].strip() for row in table.rows)


def _plain(column: str) -> str:
    return re.sub(r"[\s_-]+", "_", column.strip().lower())


def _listed(columns: tuple[str, ...]) -> str:
    shown = ", ".join(column[:40] for column in columns[:20]) or "none"
    return f"{shown} and {len(columns) - 20} more" if len(columns) > 20 else shown
