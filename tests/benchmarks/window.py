"""What a person feels: the first paint, and gaps on the GUI thread while rollouts run."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.calls import server
from tests.benchmarks.figure import Figure
from tests.benchmarks.soak import REPLY

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from rb_studio.gui.studio import Studio

RUNS, SECONDS, BEAT, STEPS = 3, 6.0, 0.005, 100


def measure(folder: Path) -> list[Figure]:
    """Needs the workspace of 100,000 items that the search benchmark left in the folder."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ["RB_STUDIO_CONFIG_DIR"] = os.environ["RB_STUDIO_DATA_DIR"] = str(folder / "settings")
    return [_paint(folder / "search.rbank"), _heartbeat(folder), *_moving(folder)]


def _paint(workspace: Path) -> Figure:
    empty = statistics.median(_first_paint("empty") for _ in range(5))
    studio = statistics.median(_first_paint("studio", str(workspace)) for _ in range(5))
    ratio = studio / empty
    return Figure(
        "window painted on a 100,000-item workspace, median of 5",
        "at most 2.5x an empty window",
        f"{ratio:.1f}x ({studio:.0f} ms against {empty:.0f} ms)",
        ratio <= 2.5,
    )


def _first_paint(*arguments: str) -> float:
    command = [sys.executable, "-m", "tests.benchmarks.first_paint", *arguments]
    return float(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def _heartbeat(folder: Path) -> Figure:
    gaps = [_largest_gap(folder / f"live-{number}.rbank") for number in range(RUNS)]
    gap = statistics.median(gaps)
    return Figure(
        f"largest gap on the GUI thread with 8 rollouts live, median of {RUNS}",
        "at most 50 ms",
        f"{1000 * gap:.0f} ms",
        gap <= 0.05,
    )


def _largest_gap(path: Path) -> float:
    """Seconds between two turns of the event loop at most, while a run of 8 rollouts at once is watched."""
    from rb_studio.gui.studio import load_settings
    from rb_studio.jobs.request import RunRequest

    with _open(path) as (application, studio), server(0.05, REPLY) as url:
        studio.window.show_room("trajectories")
        request = RunRequest("practice", memory="none", profiles={"actor": f"fake@{url}"}, concurrency=8)
        studio.frame.jobs.run(request, load_settings())
        _until(application, lambda: _steps(studio) > 0)  # the job's processes have started
        gap, last, end = 0.0, time.perf_counter(), time.perf_counter() + SECONDS
        while last < end:
            application.processEvents()
            time.sleep(BEAT)
            now = time.perf_counter()
            gap, last = max(gap, now - last - BEAT), now
        assert studio.frame.jobs.active, "the run must have gone on to the end"
        studio.frame.jobs.stop()
        _until(application, lambda: not studio.frame.jobs.active)
        assert _steps(studio) > STEPS, "steps must have grown before the eyes"
    return gap


def _steps(studio) -> int:
    live = studio.frame.session.workspace.reader().execute("SELECT count(*) FROM event WHERE kind = 'step'")
    return live.fetchone()[0]


def _until(application, ready, seconds: float = 60, beat: float = BEAT) -> None:
    deadline = time.perf_counter() + seconds
    while not ready():
        assert time.perf_counter() < deadline, "the window did not get there"
        application.processEvents()
        time.sleep(beat)


def _moving(folder: Path) -> list[Figure]:
    """Stepping through an attempt, and jumping about in a table of 100,000 rows."""
    steps = statistics.median(_step_times(folder / "live-0.rbank"))
    jumps = statistics.median(_jump_times(folder / "search.rbank"))
    return [
        Figure("step change in Trajectories, median of 40", "at most 16 ms", f"{1000 * steps:.1f} ms", steps <= 0.016),
        Figure(
            "jump in a table of 100,000 items until its rows are there, median of 20",
            "at most 50 ms",
            f"{1000 * jumps:.0f} ms",
            jumps <= 0.05,
        ),
    ]


def _step_times(path: Path) -> list[float]:
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    from rb_studio.gui.rooms.room import Place
    from rb_studio.gui.studio import load_settings
    from rb_studio.jobs.request import RunRequest
    from rb_studio.store.rollouts import rollout_rows

    with _open(path) as (application, studio):
        studio.frame.jobs.run(RunRequest("practice", memory="reasoningbank", limit=12), load_settings())
        _until(application, lambda: not studio.frame.jobs.active)
        rows = [row for row in rollout_rows(studio.frame.session.workspace.reader()) if row.truth is not None]
        longest = max(rows, key=lambda row: row.steps)
        studio.window.go(Place("trajectories", {"rollout": longest.uid, "step": 1}))
        room = studio.window.rooms["trajectories"]
        _until(application, lambda: room.place_to_keep().get("rollout") == longest.uid)
        _until(application, _after(0.5))
        times = []
        for number in range(40):
            key = Qt.Key.Key_J if number % (2 * (longest.steps - 1)) < longest.steps - 1 else Qt.Key.Key_K
            before, begun = room.place_to_keep()["step"], time.perf_counter()
            QTest.keyClick(room, key)
            application.processEvents()
            times.append(time.perf_counter() - begun)
            assert room.place_to_keep()["step"] != before, "the key did not step"
    return times


def _jump_times(path: Path) -> list[float]:
    from PySide6.QtWidgets import QTableView

    with _open(path) as (application, studio):
        studio.window.show_room("memories")
        room = studio.window.rooms["memories"]
        table = next(view for view in room.findChildren(QTableView) if view.isVisible())
        _until(application, lambda: table.model().rowCount() >= 100_000)
        times = []
        for number in range(20):
            index = table.model().index((number * 37_123) % 99_000, 1)
            begun = time.perf_counter()
            table.scrollTo(index, QTableView.ScrollHint.PositionAtTop)
            _until(application, partial(_there, room, index.row()), beat=0)
            application.processEvents()
            times.append(time.perf_counter() - begun)
    return times


def _there(room, row: int) -> bool:
    return room.model.row_of(room.model.ids[row]) is not None


@contextmanager
def _open(path: Path) -> "Iterator[tuple[QApplication, Studio]]":
    """The program with a workspace; closed whatever happens, or a job that goes on would keep the process alive."""
    from rb_studio.gui.app import make_application
    from rb_studio.gui.studio import Studio

    application = make_application()
    studio = Studio([path])
    try:
        studio.window.show()
        _until(application, lambda: studio.frame is not None)
        yield application, studio
    finally:
        studio.window.close()
        studio.close()


def _after(seconds: float):
    end = time.perf_counter() + seconds
    return lambda: time.perf_counter() > end
