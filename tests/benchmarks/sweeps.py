"""Sweeps of the practice world: time, disk, memory, what a second worker brings; and retrieval from a large bank.

`python -m tests.benchmarks.sweeps` measures only these, `... sweeps workers` only what more workers bring.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rb_studio.method.prompts import PromptSet
from rb_studio.method.retrieve import retrieve
from rb_studio.models.hashing import HashingEmbedder
from rb_studio.records.memory import Bank, Experience, MemoryItem
from rb_studio.records.task import Task
from tests.benchmarks.figure import Figure, table

FULL = "--memory none,reasoningbank --scaling parallel,sequential,vanilla --k 1,2,3,4,5 --seeds 0:3 --limit 120"
# The largest tasks of the many arms, in few: what is held of a task is no matter of how many arms there are.
SMALL = "--memory none,reasoningbank --scaling parallel,sequential,vanilla --k 5 --seeds 0:1 --limit 120"
ARMS = 28  # a minute with one worker
PARALLEL = "--memory reasoningbank --scaling vanilla --k 3 --limit 120"
MINUTES, MEGABYTES, GROWTH = 10, 400, 1.25
# What the kernel tells of a child that has ended counts that one's children in, and what stood there before it.
MEASURED = """
import re, resource, sys, time
from pathlib import Path
from rb_studio.cli.main import main

status = main(sys.argv[2:])
told = Path("/proc/self/status")
peak = int(re.search(r"VmHWM:\\s+(\\d+)", told.read_text())[1]) if told.exists() else (
    resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
workers = resource.getrusage(resource.RUSAGE_CHILDREN)
Path(sys.argv[1]).write_text(f"{time.process_time()} {workers.ru_utime + workers.ru_stime} {peak / 1024}")
sys.exit(status)
"""
TWO_LOCAL, TWO_DASK = 1.7, 1.5
EXPERIENCES, LONG = 10_000, 3072


@dataclass(frozen=True)
class Done:
    """A finished command from start to end, interpreter, workers and cluster included, and its arms.

    `cpu` is what it computed itself, in seconds, and `peak_megabytes` its own memory: without its workers, which
    computed `workers_cpu`.
    """

    seconds: float
    cpu: float
    workers_cpu: float
    peak_megabytes: float
    arms: int


def measure(folder: Path) -> list[Figure]:
    """Everything promised of sweeps, each in a workspace of its own."""
    return [*_full(folder), *_more_workers(folder), _retrieval(folder)]


def _full(folder: Path) -> list[Figure]:
    small = _sweep(folder / "few-arms.rbank", SMALL)
    workspace = folder / "full-sweep.rbank"
    full = _sweep(workspace, FULL)
    megabytes = sum(path.stat().st_size for path in folder.glob("full-sweep.rbank*")) / 1e6
    growth = full.peak_megabytes / small.peak_megabytes
    return [
        Figure(
            f"sweep of {full.arms} arms, 120 tasks each, 2 workers",
            f"at most {MINUTES} min",
            f"{full.seconds / 60:.1f} min",
            full.seconds <= 60 * MINUTES,
        ),
        Figure("its workspace on disk", f"at most {MEGABYTES} MB", f"{megabytes:.0f} MB", megabytes <= MEGABYTES),
        Figure(
            f"peak memory of the sweeping process, {full.arms} arms against {small.arms}",
            f"flat: at most {GROWTH:g}x",
            f"{growth:.2f}x ({full.peak_megabytes:.0f} MB against {small.peak_megabytes:.0f} MB)",
            growth <= GROWTH,
        ),
    ]


def _more_workers(folder: Path) -> list[Figure]:
    whole = f"{PARALLEL} --seeds 0:{ARMS}"
    one = _sweep(folder / "one-worker.rbank", f"{whole} --workers 1")
    two = _sweep(folder / "two-workers.rbank", f"{whole} --workers 2")
    dask = _sweep(folder / "two-on-dask.rbank", f"{whole} --workers 2 --executor dask")
    apart = one.seconds / _apart(folder)
    return [
        Figure(
            f"a sweep of {one.arms} arms with 2 {kind} workers against 1 local one, {included}",
            f"at least {promise:g}x as fast",
            f"{one.seconds / done.seconds:.2f}x ({done.seconds:.0f} s against {one.seconds:.0f} s; the sweeping "
            f"process itself computed {done.cpu:.1f} s, its workers {done.workers_cpu:.1f} s, the one alone "
            f"{one.workers_cpu:.1f} s; two sweeps of half the arms side by side, each with its own worker: "
            f"{apart:.2f}x)",
            one.seconds / done.seconds >= promise,
        )
        for kind, done, promise, included in (
            ("local", two, TWO_LOCAL, "start and report included"),
            ("Dask", dask, TWO_DASK, "start of the cluster and report included"),
        )
    ]


def _apart(folder: Path) -> float:
    """Seconds of two sweeps at once that share nothing but the machine, each of half the arms: what it allows."""
    halves = {"first": f"0:{ARMS // 2}", "second": f"{ARMS // 2}:{ARMS}"}
    begun = time.perf_counter()
    with ThreadPoolExecutor() as both:
        for done in [
            both.submit(_sweep, folder / f"{name}-half.rbank", f"{PARALLEL} --seeds {seeds} --workers 1")
            for name, seeds in halves.items()
        ]:
            done.result()
    return time.perf_counter() - begun


def _sweep(workspace: Path, options: str) -> Done:
    arguments = ["sweep", str(workspace), "--suite", "practice", "--json", *options.split()]
    used = workspace.with_suffix(".used")
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, str(used), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    seconds = time.perf_counter() - begun
    cpu, workers, peak = map(float, used.read_text("utf-8").split())
    return Done(seconds, cpu, workers, peak, len(json.loads(done.stdout)["arms"]))


def _retrieval(folder: Path) -> Figure:
    """Against reading a cache of long vectors anew for every query, as a file of JSON lines is used."""
    rng = np.random.default_rng(0)
    bank, query = _bank(rng), _unit(rng.standard_normal(384))
    task, embedder, prompts = Task("new", "benchmark", 0, "a task"), HashingEmbedder(), PromptSet.with_overrides()
    retrieve(bank, task, embedder, prompts, query=query)
    ours = min(_seconds(lambda: retrieve(bank, task, embedder, prompts, query=query)) for _ in range(20))
    cache = folder / "cache.jsonl"
    with cache.open("w", encoding="utf-8") as file:
        for number in range(EXPERIENCES):
            vector = np.round(rng.standard_normal(LONG), 7).tolist()
            file.write(json.dumps({"id": number, "embedding": vector}) + "\n")
    long_query = _unit(rng.standard_normal(LONG))
    theirs = _seconds(lambda: _nearest_in(cache, long_query))
    cache.unlink()
    return Figure(
        f"retrieval from {EXPERIENCES:,} experiences against re-reading a JSONL cache of {LONG} floats",
        "at least 100x as fast",
        f"{theirs / ours:.0f}x ({1000 * ours:.1f} ms against {theirs:.1f} s)",
        theirs / ours >= 100,
    )


def _bank(rng: np.random.Generator) -> Bank:
    experiences = tuple(
        Experience(f"e{n}", f"benchmark/{n}", f"task {n}", (MemoryItem(f"i{n}", "a title", "a description", "advice"),))
        for n in range(EXPERIENCES)
    )
    vectors = {one.uid: _unit(rng.standard_normal(384)) for one in experiences}
    return Bank(experiences, vectors, HashingEmbedder().identity)


def _nearest_in(cache: Path, query: np.ndarray) -> int:
    rows = []
    with cache.open(encoding="utf-8") as file:
        for line in file:
            rows.append(json.loads(line)["embedding"])
    matrix = np.asarray(rows, dtype=np.float32)
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    return int(np.argmax(matrix @ query))


def _unit(vector: np.ndarray) -> np.ndarray:
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def _seconds(call) -> float:
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


def main(wanted: Sequence[str]) -> int:
    """Measure the parts named, all where none is, and print each when it is there."""
    parts = {"full": _full, "workers": _more_workers, "retrieval": lambda folder: [_retrieval(folder)]}
    unknown = set(wanted) - set(parts)
    if unknown:
        raise SystemExit(f"{', '.join(sorted(unknown))} is nothing to measure: give some of {', '.join(parts)}")
    with tempfile.TemporaryDirectory() as folder:
        for name in wanted or parts:
            print(table(parts[name](Path(folder))), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
