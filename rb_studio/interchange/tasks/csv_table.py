"""CSV in any delimiter, with a header line."""

import csv
import io
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from rb_studio.interchange.tasks.reading import MAX_BYTES
from rb_studio.interchange.tasks.table import Row, Table
from rb_studio.records.errors import UnreadableInput

DELIMITERS = (",", ";", "\t", "|")
_PROBED = 50
_EVEN = 0.9


def csv_table(text: str, path: Path) -> Table:
    """A table from comma, semicolon, tab or bar separated text; the first line names the columns.

    Raises
    ------
    UnreadableInput
        For broken quoting, rows longer than the header, columns of one name, no rows.
    """
    csv.field_size_limit(MAX_BYTES)
    delimiter = sniff_delimiter(text)
    lines = _lines(text, delimiter, path)
    _, header = next(lines, (0, []))
    columns = tuple(name.strip() for name in header)
    _check_header(columns, path)
    rows, short = [], []
    for line, cells in lines:
        if len(cells) > len(columns):
            raise UnreadableInput(
                f"line {line} of {path} has {len(cells)} cells and the header {len(columns)}; "
                f"put cells that hold a {_spoken(delimiter)} in double quotes"
            )
        if len(cells) < len(columns):
            short.append(line)
        rows.append(Row(f"line {line}", {name: cell for name, cell in zip(columns, cells, strict=False) if name}))
    if not rows:
        raise UnreadableInput(f"{path} holds a header line and no tasks")
    named = tuple(name for name in columns if name)
    return Table(path, "csv", named, tuple(rows), _short_warning(short))


def sniff_delimiter(text: str) -> str:
    """The delimiter that splits the first rows most evenly; a comma when none splits them."""
    return max(DELIMITERS, key=lambda delimiter: _evenness(text, delimiter))


def looks_separated(text: str) -> bool:
    """Whether some delimiter splits the header and nearly all of the first rows alike."""
    splits, share, _ = max(_evenness(text, delimiter) for delimiter in DELIMITERS)
    return splits and share >= _EVEN


def _evenness(text: str, delimiter: str) -> tuple[bool, float, int]:
    """(splits the header, share of the other rows that are as wide, width of the header)."""
    csv.field_size_limit(MAX_BYTES)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        widths = [len(row) for row in islice((row for row in reader if row), _PROBED)]
    except csv.Error:
        return False, 0.0, 0
    if not widths:
        return False, 0.0, 0
    return widths[0] > 1, widths[1:].count(widths[0]) / max(1, len(widths) - 1), widths[0]


def _lines(text: str, delimiter: str, path: Path) -> Iterator[tuple[int, list[str]]]:
    """Rows that are not blank, each with the line it begins on."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    begin = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield begin, cells
            begin = reader.line_num + 1
    except csv.Error as fault:
        raise UnreadableInput(
            f"the row at line {begin} of {path} is broken ({fault}); check its double quotes, or the file is cut short"
        ) from None


def _check_header(columns: tuple[str, ...], path: Path) -> None:
    twice = {name for name in columns if name and columns.count(name) > 1}
    if twice:
        raise UnreadableInput(f"{path} has more than one column named {', '.join(sorted(twice))}; rename one")


def _short_warning(lines: list[int]) -> tuple[str, ...]:
    if not lines:
        return ()
    return (f"rows with fewer cells than the header: {len(lines)} (first: line {lines[0]}); the rest counts as empty",)


def _spoken(delimiter: str) -> str:
    return {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}[delimiter]
