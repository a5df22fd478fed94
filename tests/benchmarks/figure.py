"""One promised figure with what was measured, and the table of all."""

import platform
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """`promise` in words; `measured` with its unit; `kept` None where nothing was promised."""

    name: str
    promise: str
    measured: str
    kept: bool | None

    def row(self) -> str:
        mark = "reported" if self.kept is None else "yes" if self.kept else "**no**"
        return f"| {self.name} | {self.promise} | {self.measured} | {mark} |"


def table(figures: Sequence[Figure]) -> str:
    machine = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}, {_cores()} cores"
    when = datetime.now(UTC).strftime("%Y-%m-%d")
    head = ["| figure | promised | measured | kept |", "|---|---|---|---|"]
    return "\n".join([f"Measured on {when}: {machine}.", "", *head, *(figure.row() for figure in figures)])


def write_into(readme: Path, name: str, text: str) -> None:
    """Replace what stands between the marks of that name."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    content = readme.read_text(encoding="utf-8")
    marked = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    if not marked.search(content):
        raise SystemExit(f"{readme} has no place for this: put {begin} and {end} into it")
    readme.write_text(marked.sub(lambda _: f"{begin}\n{text}\n{end}", content), encoding="utf-8")


def _cores() -> int:
    import os

    return os.cpu_count() or 1
