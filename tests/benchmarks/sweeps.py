"""Sweeps of the practice world: time, disk, memory, what a second worker brings; and retrieval from a large bank."""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rb_studio.method.prompts import PromptSet
from rb_studio.method.retrieve import retrieve
from rb_studio.models.hashing import HashingEmbedder
from rb_studio.records.memory import Bank, Experience, MemoryItem
from rb_studio.records.task import Task
from tests.benchmarks.figure import Figure

FULL = "--memory none,reasoningbank --scaling parallel,sequential,vanilla --k 1,2,3,4,5 --seeds 0:3 --limit 120"
SMALL = "--memory none,reasoningbank --scaling parallel --k 1 --seeds 0:2 --limit 120"
PARALLEL = "--memory reasoningbank --scaling vanilla --k 3 --seeds 0:6 --limit 60"
MINUTES, MEGABYTES, GROWTH = 10, 400, 1.25
TWO_LOCAL, TWO_DASK = 1.7, 1.5
EXPERIENCES, LONG = 10_000, 3072


@dataclass(frozen=True)
class Done:
    """A finished command: seconds, the peak memory of its own process, without its workers, and its arms."""

    seconds: float
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
    one = _sweep(folder / "one-worker.rbank", f"{PARALLEL} --workers 1").seconds
    two = _sweep(folder / "two-workers.rbank", f"{PARALLEL} --workers 2").seconds
    dask = _sweep(folder / "two-on-dask.rbank", f"{PARALLEL} --workers 2 --executor dask").seconds
    return [
        Figure(
            f"the same sweep with 2 {kind} workers against 1 local one",
            f"at least {promise:g}x as fast",
            f"{one / seconds:.2f}x ({seconds:.0f} s against {one:.0f} s)",
            one / seconds >= promise,
        )
        for kind, seconds, promise in (("local", two, TWO_LOCAL), ("Dask", dask, TWO_DASK))
    ]


def _sweep(workspace: Path, options: str) -> Done:
    command = [sys.executable, "-m", "rb_studio.cli", "sweep", str(workspace), "--suite", "practice", "--json"]
    begun = time.perf_counter()
    with (workspace.with_suffix(".json")).open("w+b") as out:
        process = subprocess.Popen([*command, *options.split()], stdout=out, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0, f"the sweep ended with {process.returncode}: {options}"
        out.seek(0)
        arms = len(json.load(out)["arms"])
    return Done(seconds, usage.ru_maxrss / 1024, arms)


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
