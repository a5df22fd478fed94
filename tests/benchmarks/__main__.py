"""Measure everything and write it into README.md: figures and the table of the method; either alone by its name."""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks import (
    alignment,
    calls,
    commands,
    curves,
    duplicates,
    effects,
    engine,
    find,
    frontier,
    memories,
    method_table,
    player,
    scaling,
    search,
    sweeps,
    window,
)
from tests.benchmarks.figure import table, write_into

README = Path(__file__).resolve().parents[2] / "README.md"


def main(wanted: Sequence[str]) -> int:
    unknown = set(wanted) - {"figures", "table"}
    if unknown:
        raise SystemExit(f"{', '.join(sorted(unknown))} is nothing to measure: give figures or table")
    if "figures" in wanted or not wanted:
        _figures()
    if "table" in wanted or not wanted:
        method_table.main([])
    return 0


def _figures() -> None:
    figures = []
    with tempfile.TemporaryDirectory() as folder:
        for part in (
            engine,
            calls,
            search,
            find,
            window,
            player,
            memories,
            duplicates,
            effects,
            curves,
            frontier,
            scaling,
            alignment,
            commands,
            sweeps,
        ):
            print(f"measuring {part.__name__.rpartition('.')[2]} ...", file=sys.stderr, flush=True)
            figures += part.measure(Path(folder))
        demo = commands.demo_section(Path(folder), README.parent)
    text = table(figures)
    print(text)
    write_into(README, "figures", text)
    write_into(README, "demo", demo)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
