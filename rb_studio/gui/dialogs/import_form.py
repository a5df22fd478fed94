"""What the import dialog is about, without widgets."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rb_studio.gui.dialogs.choice import counted
from rb_studio.interchange.tasks import FIELDS, load

if TYPE_CHECKING:
    from rb_studio.interchange.tasks import Preview
    from rb_studio.jobs.own_tasks import Replaced
    from rb_studio.records.task import SuiteContent

FIELD_NAMES = {
    "text": "Task text",
    "answer": "Expected answer",
    "id": "Id",
    "template": "Template",
    "site": "Site",
    "context": "Context",
}
FORMAT_NAMES = {
    "webarena": "WebArena tasks",
    "swe-bench": "SWE-bench instances",
    "json": "JSON",
    "jsonl": "JSON lines",
    "csv": "CSV",
    "parquet": "Parquet",
}
GUESS = ""
_COLUMN = re.compile(r"write --map (\w+)=COLUMN")
_OPTION = re.compile(r" with --\w+(?: \w+=\w+)?|--(?=\w)")
LONGEST = 120
SHOWN = 20
TASK_COLUMNS = ("Id", "Task", "Site", "Template")


@dataclass(frozen=True, slots=True)
class ImportForm:
    """What a person chose: `columns` maps each field to a column, `` to none; `grader` `` is guessed."""

    path: Path
    name: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    touched: frozenset[str] = frozenset()
    environment: str = "answer"
    grader: str = GUESS

    def problem(self, preview: "Preview") -> str | None:
        """What is missing before the file can be read as tasks."""
        if preview.own and not self.columns.get("text"):
            return "Choose the column that holds the text of the tasks."
        used = [column for column in self.columns.values() if column]
        twice = next((column for column in used if used.count(column) > 1), None)
        return f"The column {twice} is chosen twice." if twice else None

    def load(self, preview: "Preview") -> "SuiteContent":
        """The suite as it would be imported, the same way as `rb-studio tasks import`. Raises RbStudioError."""
        name = self.name.strip() or None
        if not preview.own:
            return load(self.path, name=name)
        mapping = {one: self.columns.get(one, "") for one in FIELDS}
        return load(
            self.path,
            name=name,
            format=preview.format,
            mapping=mapping,
            environment=self.environment,
            grader=self.grader or None,
        )

    def guessed(self, field_name: str) -> bool:
        """Whether nobody has looked at the mapping of a field that has one."""
        return bool(self.columns.get(field_name)) and field_name not in self.touched


def notes(content: "SuiteContent") -> list[str]:
    """What the reader remarked; what it guessed is marked beside the fields."""
    return [warning for warning in content.warnings if not warning.startswith("guessed ")]


def what_becomes(content: "SuiteContent", before: "Replaced | None") -> str:
    """What the file is as a suite, and what becomes of the stored suite of that name."""
    suite = content.suite
    parts = [f"{counted(len(content.tasks), 'task')} as the suite {suite.name}, graded by {suite.grader}."]
    if before is not None and before.listed:
        parts.append(f"The suite is there already: {_update(before, len(content.tasks))}.")
    parts += [f"Parts: {', '.join(part.name for part in content.subsets)}."] if content.subsets else []
    parts += [] if suite.runnable else [f"It can be looked at and not run: {suite.reason}."]
    return " ".join(parts + [f"Note: {remark}." for remark in notes(content)])


def _update(before: "Replaced", found: int) -> str:
    parts = [f"{before.kept:,} of its {counted(before.listed, 'task')} are brought up to date"]
    parts += [f"{found - before.kept:,} added"] if found > before.kept else []
    if before.gone:
        parts.append(f"{before.gone:,} that the file lacks leave the list (give another name to keep them)")
    return ", ".join(parts)


def for_window(sentence: str) -> str:
    """A reader's sentence without the options of the command line."""
    return _OPTION.sub("", _COLUMN.sub(r"choose the \1 column", sentence))


def heading(preview: "Preview", path: Path) -> str:
    """What the file is, in a line."""
    kind = FORMAT_NAMES.get(preview.format, preview.format)
    rows = counted(preview.total, "row")
    columns = f", {counted(len(preview.columns), 'column')}" if preview.columns else ""
    return f"{path.name}: {kind}, {rows}{columns}"


def first_tasks(content: "SuiteContent") -> tuple[tuple[str, ...], list[dict[str, Any]]]:
    """Columns and rows to look at where the format has no columns of its own."""
    rows = [(task.key.rpartition("/")[2], task.text, task.site, task.template) for task in content.tasks[:SHOWN]]
    return TASK_COLUMNS, [dict(zip(TASK_COLUMNS, row, strict=True)) for row in rows]


def cell(value: Any) -> str:
    """A value of the file in one line of a preview."""
    text = value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)
    flat = " ".join(text[: LONGEST * 2].split())
    return flat if len(flat) <= LONGEST else flat[:LONGEST] + "\u2026"


def column_title(column: str, form: ImportForm) -> str:
    """A column's name and below it what it becomes."""
    used = [one for one, name in form.columns.items() if name == column]
    if not used:
        return f"{column}\n(not used)"
    guess = " (guessed)" if form.guessed(used[0]) else ""
    return f"{column}\n\u2192 {FIELD_NAMES[used[0]]}{guess}"
