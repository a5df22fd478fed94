"""Parquet files, as SWE-bench is published; the library that reads them is optional."""

import importlib
import math
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

from rb_studio.interchange.tasks.reading import MAX_BYTES
from rb_studio.interchange.tasks.table import Row, Table
from rb_studio.records.errors import UnreadableInput

_MAGIC = b"PAR1"


def is_parquet(path: Path) -> bool:
    """Whether a file begins like Parquet does."""
    try:
        with path.open("rb") as stream:
            return path.is_file() and stream.read(len(_MAGIC)) == _MAGIC
    except OSError:
        return False


def parquet_table(path: Path) -> Table:
    """All rows of a Parquet file, its values as JSON would hold them.

    Raises
    ------
    UnreadableInput
        When the file is broken, empty or too large, or pyarrow is not installed.
    """
    try:
        reader: Any = importlib.import_module("pyarrow.parquet")
        arrow: Any = importlib.import_module("pyarrow")
    except ImportError:
        raise UnreadableInput(
            f"{path} is a Parquet file, which needs the package pyarrow; install it, or save the file as JSONL"
        ) from None
    try:
        with reader.ParquetFile(path) as file:
            size = sum(file.metadata.row_group(n).total_byte_size for n in range(file.metadata.num_row_groups))
            if size > MAX_BYTES:
                raise UnreadableInput(
                    f"{path} has {size / 2**20:,.0f} MiB of rows; a task file may have {MAX_BYTES / 2**20:,.0f} MiB"
                )
            columns, rows = tuple(file.schema_arrow.names), file.read().to_pylist()
    except (arrow.ArrowException, OSError) as fault:
        raise UnreadableInput(f"{path} is no whole Parquet file ({_first(fault)}); copy it again") from None
    if not rows:
        raise UnreadableInput(f"{path} holds no tasks")
    return Table(path, "parquet", columns, tuple(Row(f"row {n}", _plain(row)) for n, row in enumerate(rows, start=1)))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")
    return value if value is None or isinstance(value, bool | int) else str(value)


def _first(fault: Exception) -> str:
    return (str(fault).splitlines() or [type(fault).__name__])[0].rstrip(".")
