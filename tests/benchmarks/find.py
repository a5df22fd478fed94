"""Finding a text in 100,000 steps, and every place of it in a run of 10,000."""

import random
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from rb_studio.records.trajectory import Action, ExitReason, Step, Trajectory
from rb_studio.store import heat_map, runs, step_index
from rb_studio.store.find import Found, Search, find, find_in
from rb_studio.store.imported import ImportedTrajectory, SourceFile, save_imported
from rb_studio.store.rollout_list import RolloutFilter, list_rollouts
from rb_studio.store.workspace import Workspace
from tests.benchmarks.figure import Figure

STEPS, IN_ONE, OF_A_ROLLOUT = 100_000, 10_000, 50
LONGEST = 1_000
# The commonest word, a rare one, a part of words, a phrase, words that stand apart, capitals, two letters of Chinese.
SEARCHES = (
    Search("the"),
    Search("case04321"),
    Search("ase0432"),
    Search('"goal 77"'),
    Search("case0432 the"),
    Search("Goal 1234", case=True),
    Search("订单"),
)
# What the index cannot tell, so that every text is read: a pattern, two letters, capitals of what stands everywhere.
READING = (Search(r"case0432\d", regex=True), Search("qz"), Search("THE", case=True))


def measure(folder: Path) -> list[Figure]:
    """Every kind of search, with and without the index, and how long indexing takes."""
    dice = random.Random(3)
    vocabulary = _vocabulary(dice)
    with Workspace.open(folder / "find.rbank", write=True, create=True) as workspace:
        run = _fill(workspace, dice, vocabulary)
        conn = workspace.reader()
        indexing = _indexing(workspace)
        searching = {search.text: _median(lambda s=search: find(conn, s)) for search in SEARCHES}
        slowest = max(searching, key=lambda text: searching[text])
        every = statistics.median(searching.values())
        reading = [_reading(lambda tell, s=search: find(conn, s, partly=tell)) for search in READING]
        figures = [
            Figure(
                f"search of {STEPS:,} steps and their observations, slowest of {len(SEARCHES)} kinds, median of 5",
                "at most 300 ms",
                f"{searching[slowest]:.0f} ms ({slowest}; median of the kinds {every:.0f} ms)",
                searching[slowest] <= 300,
            ),
            Figure(
                f"the same where all {2 * STEPS:,} texts are read: a pattern, two letters, capitals of a common word",
                "reported",
                f"{', '.join(f'{whole:.1f} s' for _, whole in reading)}; the pattern's first hits after "
                f"{reading[0][0]:.1f} s",
                None,
            ),
            indexing,
        ]
        listing = _median(lambda: list_rollouts(conn, RolloutFilter(), counted=()))
        heat = _median(lambda: heat_map.heat(conn, RolloutFilter(run=run), "model"))
        rollouts = STEPS // OF_A_ROLLOUT
        figures.append(
            Figure(
                f"list of {rollouts:,} rollouts without counts, and their heat map",
                "reported",
                f"{listing:.0f} ms and {heat:.0f} ms",
                None,
            )
        )
    return [*figures, _in_one(dice, vocabulary)]


def _in_one(dice: random.Random, vocabulary: list[str]) -> Figure:
    one = _trajectory(dice, vocabulary, 0, IN_ONE)
    times = {text: _median(lambda t=text: find_in(one, (), Search(t))) for text in ("the", "case04321", "zz", "订单")}
    slowest = max(times, key=lambda text: times[text])
    size = sum(len(step.thought) + len(step.observation) for step in one.steps)
    return Figure(
        f"find in a run of {IN_ONE:,} steps ({size / 1e6:.0f} MB), slowest of {len(times)}, median of 5",
        "at most 200 ms",
        f"{times[slowest]:.0f} ms ({slowest})",
        times[slowest] <= 200,
    )


def _indexing(workspace: Workspace) -> Figure:
    begun, longest, left = time.perf_counter(), 0.0, 1
    while left:
        before = time.perf_counter()
        left = workspace.run(lambda db: step_index.catch_up(db, 20))
        longest = max(longest, time.perf_counter() - before)
    each = 1e6 * (time.perf_counter() - begun) / (2 * STEPS)
    return Figure(
        f"indexing {2 * STEPS:,} texts while nobody writes, 20 ms at a time",
        "reported",
        f"{each:.0f} µs a text, at most {1000 * longest:.0f} ms at a time",
        None,
    )


def _reading(look: Callable[[Callable[[Found], None]], Found]) -> tuple[float, float]:
    """Seconds until the first hits were told, and until the end."""
    told: list[float] = []
    begun = time.perf_counter()
    look(lambda found: told.append(time.perf_counter()) if found.hits else None)
    ended = time.perf_counter()
    return (told or [ended])[0] - begun, ended - begun


def _fill(workspace: Workspace, dice: random.Random, vocabulary: list[str]) -> int:
    """One foreign run of all the rollouts; its row."""
    source = SourceFile("benchmark.json", "benchmark")
    for start in range(0, STEPS // OF_A_ROLLOUT, 100):
        given = [
            ImportedTrajectory(_trajectory(dice, vocabulary, number, OF_A_ROLLOUT), "benchmark")
            for number in range(start, start + 100)
        ]
        workspace.run(lambda db, given=given: save_imported(db, source, given, {}))
    return runs.runs(workspace.reader())[0].id


def _trajectory(dice: random.Random, vocabulary: list[str], number: int, steps: int) -> Trajectory:
    return Trajectory(
        uid=f"rollout-{number}",
        task_key=f"benchmark/{number % 100}",
        rollout_index=0,
        seed=number,
        first_observation="",
        steps=tuple(_steps(dice, vocabulary, number, steps)),
        exit_reason=ExitReason.ANSWERED,
        model=f"model-{number % 5}",
    )


def _steps(dice: random.Random, vocabulary: list[str], number: int, steps: int) -> Iterator[Step]:
    for n in range(1, steps + 1):
        words = dice.choices(vocabulary, k=160)
        told = "打开订单" if dice.random() < 0.01 else "–"
        page = f"goal {number} page {n} {told} " + " ".join(words)
        yield Step(n, " ".join(words[:30]), (Action(f"click('{words[0]}')"),), page[:LONGEST])


def _vocabulary(dice: random.Random) -> list[str]:
    """Words as often as in a language: the n-th stands as often as 1 / n."""
    letters = "etaoinshrdlucmfwypvbgkjqxz"
    rare = ["".join(dice.choices(letters, [26 - n for n in range(26)], k=dice.randint(2, 10))) for _ in range(5_000)]
    ranked = ["the", "a", "of", "link", "button", *rare, *(f"case{n:05}" for n in range(5_000))]
    return [word for place, word in enumerate(ranked) for _ in range(max(1, 2_000 // (place + 1)))]


def _median(call: Callable[[], object]) -> float:
    times = []
    for _ in range(5):
        begun = time.perf_counter()
        call()
        times.append(1000 * (time.perf_counter() - begun))
    return statistics.median(times)
