"""Whole commands as a user waits for them."""

import json
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

from tests.benchmarks.figure import Figure

RATES = ("pass_at_1", "best_of_k")
PICTURE = "packaging/pictures/demo-over-k.png"


def measure(folder: Path) -> list[Figure]:
    """The headless demo, then a cold `retrieve` on the workspace it left."""
    workspace = str(folder / "demo.rbank")
    demo = _seconds("demo", "--headless", "-w", workspace)
    query = "How many Canceled orders were placed in spring?"
    retrieve = statistics.median(_seconds("retrieve", workspace, query) for _ in range(5))
    return [
        Figure("`demo --headless` from start to pictures", "at most 60 s", f"{demo:.1f} s", demo <= 60),
        Figure("`retrieve` from a cold start, median of 5", "at most 1 s", f"{retrieve:.2f} s", retrieve <= 1),
    ]


def demo_section(folder: Path, root: Path) -> str:
    """What the demo found, as README shows it; its picture goes into the packaging folder."""
    found = json.loads(_output("demo", "--headless", "-w", str(folder / "demo.rbank"), "--json"))
    picture = root / PICTURE
    picture.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(next(name for name in found["pictures"] if "over-k" in name), picture)
    rows = [_row(comparison) for comparison in found["comparisons"] if comparison["metric"] in RATES]
    head = ["| paired difference | metric | tasks | points | 95 % interval |", "|---|---|---|---|---|"]
    seeds = ", ".join(map(str, found["seeds"]))
    return "\n".join([f"![Scaling curves of the demo]({PICTURE})", "", f"Simulated, seeds {seeds}:", "", *head, *rows])


def _row(comparison: dict) -> str:
    values = [100 * comparison[key] for key in ("difference", "low", "high")]
    metric = comparison["metric"].replace("_", "-")
    return (
        f"| {comparison['b']} minus {comparison['a']} | {metric} | {comparison['n']} "
        f"| {values[0]:+.1f} | {values[1]:+.1f} to {values[2]:+.1f} |"
    )


def _seconds(*arguments: str) -> float:
    begun = time.perf_counter()
    _output(*arguments)
    return time.perf_counter() - begun


def _output(*arguments: str) -> str:
    command = [sys.executable, "-m", "rb_studio.cli", *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
