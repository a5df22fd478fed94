"""What a task file is, and the suite in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rb_studio.environments.builtin import BUILTIN_SUITES
from rb_studio.interchange.tasks.csv_table import csv_table, looks_separated
from rb_studio.interchange.tasks.fields import guessed_columns
from rb_studio.interchange.tasks.own import own_suite
from rb_studio.interchange.tasks.parquet import is_parquet, parquet_table
from rb_studio.interchange.tasks.reading import parse_json, read_text
from rb_studio.interchange.tasks.swebench import is_swebench, swebench_suite
from rb_studio.interchange.tasks.table import Table, json_table, jsonl_table
from rb_studio.interchange.tasks.webarena import is_webarena, read_folder, webarena_suite
from rb_studio.records.errors import UnreadableInput, UsageError
from rb_studio.records.task import SuiteContent

FORMATS = ("webarena", "swe-bench", "json", "jsonl", "csv", "parquet")
_CSV_ENDINGS = (".csv", ".tsv", ".tab")


@dataclass(frozen=True, slots=True)
class _Document:
    """A file read once: its format and the JSON value or the rows in it."""

    format: str
    value: Any = None
    table: Table | None = None


def sniff(path: Path | str) -> str:
    """The format of a task file or folder, one of `FORMATS`, judged by its content.

    Raises
    ------
    UnreadableInput
        When it is none of them.
    """
    return _opened(Path(path), None).format


def load(
    path: Path | str,
    *,
    name: str | None = None,
    format: str | None = None,
    mapping: Mapping[str, str] | None = None,
    environment: str | None = None,
    grader: str | None = None,
) -> SuiteContent:
    """Read a suite from a file or a folder.

    Parameters
    ----------
    path
        A WebArena file or folder, a SWE-bench file, or one's own JSON, JSONL, CSV or Parquet file.
    name
        Name of the suite; the format's or the file's own without it.
    format
        One of `FORMATS`, to skip looking at the content.
    mapping
        Field to column, for one's own files; see `fields.FIELDS`.
    environment, grader
        Where one's own tasks run and how they are graded. Naming any of the last three makes the
        file one's own, whatever it looks like.

    Raises
    ------
    UnreadableInput
        For a file that cannot be read as asked, in one sentence.
    UsageError
        For a name, format, column, environment or grader that cannot be.
    """
    path = Path(path)
    if format is not None and format not in FORMATS:
        raise UsageError(f"there is no task format {format!r}; choose {', '.join(FORMATS)}")
    own = bool(mapping) or environment is not None or grader is not None
    if own and format in ("webarena", "swe-bench"):
        raise UsageError(f"the format {format} has its own fields, environment and grader; leave those options out")
    document = _opened(path, format)
    if own and document.table is None:
        document = _Document("json", table=json_table(document.value, path))
    if document.format == "webarena":
        return webarena_suite(document.value, path, _suite_name(name, "webarena"))
    table = document.table
    if table is None:
        raise UnreadableInput(f"{path} holds no rows to make tasks of")
    suite_name = _suite_name(name, path.stem)
    if document.format == "swe-bench" and not own:
        return swebench_suite(table, suite_name)
    return own_suite(table, suite_name, mapping or {}, environment, grader)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a task file looks like before it is imported.

    `rows` are its first rows; `columns` and `rows` are empty for WebArena's own files, which need no mapping.
    `guessed` maps fields to the columns that look like them.
    """

    format: str
    columns: tuple[str, ...] = ()
    rows: tuple[Mapping[str, Any], ...] = ()
    total: int = 0
    guessed: Mapping[str, str] = field(default_factory=dict)

    @property
    def own(self) -> bool:
        """Whether the columns are anybody's, so that a person may map them."""
        return self.format in ("json", "jsonl", "csv", "parquet")


def preview(path: Path | str, rows: int = 20) -> Preview:
    """The format, columns and first rows of a task file or folder. Raises `UnreadableInput`."""
    document = _opened(Path(path), None)
    table = document.table
    if table is None:
        value = document.value
        return Preview(document.format, total=len(value) if isinstance(value, list) else 1)
    first = tuple(row.values for row in table.rows[:rows])
    return Preview(document.format, table.columns, first, len(table.rows), guessed_columns(table))


def _suite_name(given: str | None, default: str) -> str:
    name = " ".join((given if given is not None else default).split())
    if not name or "/" in name or "@" in name:
        raise UsageError(f"{name!r} cannot name a suite; choose --name without / and @")
    if name in BUILTIN_SUITES:
        raise UsageError(f"the name {name} belongs to a built-in suite; choose another with --name")
    return name


def _opened(path: Path, format: str | None) -> _Document:
    if path.is_dir():
        return _Document("webarena", read_folder(path))
    parquet = is_parquet(path)
    if (parquet and format not in (None, "parquet", "swe-bench")) or (format == "parquet" and not parquet):
        kind = "a" if parquet else "no"
        raise UnreadableInput(f"{path} is {kind} Parquet file; leave the format out, or name another")
    if parquet:
        rows = parquet_table(path)
        return _Document(format or _rows(rows).format, table=rows)
    text = read_text(path)
    if format == "csv":
        return _Document("csv", table=csv_table(text, path))
    if format == "jsonl":
        return _Document("jsonl", table=jsonl_table(text, path))
    if format in ("json", "webarena"):
        value = parse_json(text, str(path))
        return _Document(format, value, json_table(value, path) if format == "json" else None)
    document = _by_content(text, path)
    if format == "swe-bench":
        return _Document(format, table=document.table)
    return document


def _by_content(text: str, path: Path) -> _Document:
    if text.lstrip()[:1] not in ("[", "{"):
        return _separated(text, path)
    if _one_object_per_line(text):
        return _rows(jsonl_table(text, path))
    value = parse_json(text, str(path))
    if is_webarena(value):
        return _Document("webarena", value)
    return _rows(json_table(value, path))


def _one_object_per_line(text: str) -> bool:
    """Whether the first of several lines is a JSON object of its own."""
    first, _, rest = text.strip().partition("\n")
    if not rest.strip():
        return False
    try:
        return isinstance(parse_json(first, ""), dict)
    except UnreadableInput:
        return False


def _rows(table: Table) -> _Document:
    return _Document("swe-bench" if is_swebench(table) else table.kind, table=table)


def _separated(text: str, path: Path) -> _Document:
    """CSV; a text that only might be one must at least have several columns or end like a CSV file."""
    if path.suffix.lower() not in _CSV_ENDINGS and not looks_separated(text):
        raise UnreadableInput(f"{path} is no task file; a task file is JSON, JSONL or CSV with a header line")
    return _Document("csv", table=csv_table(text, path))
