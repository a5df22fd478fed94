"""Whole commands as a user waits for them."""

import subprocess
import sys
import time
from pathlib import Path

from tests.benchmarks.figure import Figure


def measure(folder: Path) -> list[Figure]:
    """The headless demo, then a cold `retrieve` on the workspace it left."""
    workspace = folder / "demo.rbank"
    demo = _seconds("demo", "--headless", "-w", str(workspace))
    retrieve = sorted(
        _seconds("retrieve", str(workspace), "How many Canceled orders were placed in spring?") for _ in range(5)
    )
    return [
        Figure("`demo --headless` from start to pictures", "at most 60 s", f"{demo:.1f} s", demo <= 60),
        Figure("`retrieve` from a cold start, median of 5", "at most 1 s", f"{retrieve[2]:.2f} s", retrieve[2] <= 1),
    ]


def _seconds(*arguments: str) -> float:
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-m", "rb_studio.cli", *arguments], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun
