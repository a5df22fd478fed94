"""Anybody's rows as a suite: a field mapping, a grader, and what was guessed said aloud."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rb_studio.environments.graders import check_grader_name, is_entry_point, pattern_fault
from rb_studio.environments.graders.number import whole_number
from rb_studio.environments.registry import ENVIRONMENTS, runnable
from rb_studio.interchange.tasks.fields import FieldMap, map_fields
from rb_studio.interchange.tasks.reading import parse_json
from rb_studio.interchange.tasks.table import Row, Table
from rb_studio.records.errors import UnreadableInput, UsageError
from rb_studio.records.task import Grading, Suite, SuiteContent, Task

_MAX_ID = 200


@dataclass(frozen=True, slots=True)
class _Entry:
    id: str
    text: str
    answer: Any
    row: Row


def own_suite(
    table: Table, name: str, mapping: Mapping[str, str], environment: str | None, grader: str | None
) -> SuiteContent:
    """A suite of one task per row.

    The environment defaults to `answer`; the grader to `number` when every answer is a number, else
    `exact` when there are answers, else `none`. Rows keep their order, except that whole-number ids
    are put in ascending order. What was guessed stands in the warnings.

    Raises
    ------
    UsageError
        For an unknown environment or grader, or a grader that needs answers the file does not have.
    UnreadableInput
        When no column is the text, an id occurs twice, or a text is no text.
    """
    fields = map_fields(table, mapping)
    entries, skipped = _entries(table, fields)
    graded_by = _grader(grader, entries, table)
    suite = _suite(name, environment or "answer", graded_by, table)
    tasks, gradings = [], []
    for ordinal, entry in enumerate(_ordered(entries, fields), start=1):
        tasks.append(_task(suite, ordinal, entry, fields))
        gradings.append(Grading(tasks[-1].key, graded_by, _expected(entry.answer, graded_by, table.kind)))
    notes = (*_guesses(fields, graded_by if grader is None else None), *table.warnings, *skipped)
    unknown = (*_unanswered(entries, graded_by), *_untriable(gradings))
    return SuiteContent(suite, tuple(tasks), tuple(gradings), warnings=(*notes, *unknown))


def _suite(name: str, environment: str, grader: str, table: Table) -> Suite:
    choices = [known for known in ENVIRONMENTS if known != "practice"]
    if environment not in choices:
        raise UsageError(f"tasks of a file cannot run in the environment {environment!r}; choose {', '.join(choices)}")
    suite = Suite(name, environment, grader, source=str(table.path))
    ready, reason = runnable(suite)
    return replace(suite, runnable=ready, reason=reason)


def _entries(table: Table, fields: FieldMap) -> tuple[list[_Entry], tuple[str, ...]]:
    entries: list[_Entry] = []
    seen: dict[str, str] = {}
    empty = []
    for number, row in enumerate(table.rows, start=1):
        text = _text(row, fields["text"], table)
        if not text:
            empty.append(row.where)
            continue
        identity = _identity(row, fields["id"], number, table)
        if identity in seen:
            raise UnreadableInput(
                f"{table.path}: the id {identity!r} at {row.where} was already used at {seen[identity]}"
            )
        seen[identity] = row.where
        entries.append(_Entry(identity, text, _answer(row, fields["answer"]), row))
    if not entries:
        raise UnreadableInput(
            f"{table.path}: the column {fields['text']} is empty in every row; map another one to text"
        )
    skipped = (f"left out, having no text: {len(empty)} (first: {empty[0]})",) if empty else ()
    return entries, skipped


def _text(row: Row, column: str | None, table: Table) -> str:
    value = row.values.get(column or "")
    if value is None:
        return ""
    if isinstance(value, list | dict):
        raise UnreadableInput(
            f"{table.path}: {column} at {row.where} is a {_spoken(value)}, not text; map another column"
        )
    return str(value).strip()


def _identity(row: Row, column: str | None, number: int, table: Table) -> str:
    if column is None:
        return str(number)
    value = row.values.get(column)
    text = " ".join(str(value).split()) if isinstance(value, str | int | float) else ""
    if not 0 < len(text) <= _MAX_ID:
        raise UnreadableInput(
            f"{table.path}: {column} at {row.where} is no usable id (1 to {_MAX_ID} characters); "
            "fill it in, or map another column to id"
        )
    return text


def _answer(row: Row, column: str | None) -> Any:
    value = row.values.get(column) if column else None
    return None if isinstance(value, str) and not value.strip() else value


def _grader(wanted: str | None, entries: Sequence[_Entry], table: Table) -> str:
    answers = [entry.answer for entry in entries if entry.answer is not None]
    if wanted is None:
        return _fitting(answers)
    check_grader_name(wanted)
    if not answers and wanted != "none" and not is_entry_point(wanted):
        raise UsageError(f"the grader {wanted} needs answers, and {table.path} has none; write --map answer=COLUMN")
    return wanted


def _fitting(answers: Sequence[Any]) -> str:
    if not answers:
        return "none"
    return "number" if all(_numeric(answer) for answer in answers) else "exact"


def _numeric(answer: Any) -> bool:
    value = _structured(answer)
    value = value.get("value") if isinstance(value, dict) else value
    return whole_number(value) is not None


def _ordered(entries: list[_Entry], fields: FieldMap) -> list[_Entry]:
    whole = fields["id"] is not None and all(entry.id.isascii() and entry.id.isdecimal() for entry in entries)
    return sorted(entries, key=lambda entry: (len(entry.id.lstrip("0")), entry.id.lstrip("0"))) if whole else entries


def _task(suite: Suite, ordinal: int, entry: _Entry, fields: FieldMap) -> Task:
    context = _optional(entry.row, fields["context"])
    return Task(
        key=f"{suite.name}/{entry.id}",
        suite=suite.name,
        ordinal=ordinal,
        text=entry.text,
        site=_optional(entry.row, fields["site"]),
        template=_optional(entry.row, fields["template"]),
        setup={"context": context} if context else {},
    )


def _optional(row: Row, column: str | None) -> str | None:
    value = row.values.get(column) if column else None
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return None if value is None or not str(value).strip() else str(value).strip()


def _expected(answer: Any, grader: str, kind: str) -> Any:
    return _structured(answer) if kind == "csv" and grader in ("exact", "contains", "number") else answer


def _structured(cell: Any) -> Any:
    """A CSV cell may hold a list of texts, or a value with a tolerance, as JSON."""
    if not isinstance(cell, str) or cell.lstrip()[:1] not in ("[", "{"):
        return cell
    try:
        return parse_json(cell, "the cell")
    except UnreadableInput:
        return cell


def _guesses(fields: FieldMap, grader: str | None) -> tuple[str, ...]:
    parts = [f"{field}={fields[field]}" for field in fields.guessed]
    said = [f"guessed the columns {', '.join(parts)}; change with --map FIELD=COLUMN"] if parts else []
    if grader is not None:
        said.append(f"guessed the grader {grader} from the answers; change with --grader")
    return tuple(said)


def _unanswered(entries: Sequence[_Entry], grader: str) -> tuple[str, ...]:
    missing = [entry for entry in entries if entry.answer is None]
    if grader == "none" or is_entry_point(grader) or not missing:
        return ()
    return (f"tasks without an answer, which stay unknown: {len(missing)} (first: {missing[0].row.where})",)


def _untriable(gradings: Sequence[Grading]) -> tuple[str, ...]:
    """Patterns no answer can be tried on: their tasks would stay unknown in every run."""
    regexes = [one for one in gradings if one.grader == "regex" and one.expected is not None]
    faults = [(one.task_key, fault) for one in regexes if (fault := pattern_fault(one.expected))]
    if not faults:
        return ()
    told = "1 pattern is invalid" if len(faults) == 1 else f"{len(faults):,} patterns are invalid"
    key, fault = faults[0]
    return (f"{told}, the first in task {key} ({fault}); such tasks stay unknown",)


def _spoken(value: list[Any] | dict[str, Any]) -> str:
    return "list" if isinstance(value, list) else "nested object"
