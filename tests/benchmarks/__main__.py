"""Measure everything, print the table and write it into README.md."""

import sys
import tempfile
from pathlib import Path

from tests.benchmarks import calls, commands, engine, search, window
from tests.benchmarks.figure import table, write_into

README = Path(__file__).resolve().parents[2] / "README.md"


def main() -> int:
    figures = []
    with tempfile.TemporaryDirectory() as folder:
        for part in (engine, calls, search, window, commands):
            print(f"measuring {part.__name__.rpartition('.')[2]} ...", file=sys.stderr, flush=True)
            figures += part.measure(Path(folder))
        demo = commands.demo_section(Path(folder), README.parent)
    text = table(figures)
    print(text)
    write_into(README, "figures", text)
    write_into(README, "demo", demo)
    return 0


if __name__ == "__main__":
    sys.exit(main())
