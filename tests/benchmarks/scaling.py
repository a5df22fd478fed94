"""The Scaling room with many arms: what comes to the eye while figures arrive, tabs are turned and points are hovered.

`python -m tests.benchmarks.scaling` measures only these.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from tests.benchmarks.curves import ARMS, KS, PROMISE, TASKS, made_pools
from tests.benchmarks.figure import Figure, table
from tests.benchmarks.window import BEAT, _open, _until

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from rb_studio.gui.rooms.scaling.view import ScalingRoom

GAP, HOVER = 0.05, 0.016
RUNS, HOVERS = 3, 200
UNHURRIED = 0.015  # seconds between two moves of the mouse: closer ones are put together on purpose
READINGS = 3  # of the room: when it opens, and twice when asked to
CALM = 20  # turns without a question left that end a measurement
SIZE = f"{ARMS} arms, {len(KS)} k, {TASKS} tasks"


def measure(folder: Path) -> list[Figure]:
    """The real room, offscreen, over runs that are in memory: reading them is measured elsewhere."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ["RB_STUDIO_CONFIG_DIR"] = os.environ["RB_STUDIO_DATA_DIR"] = str(folder / "settings")
    rounds = [_measured(folder / f"many-arms-{number}.rbank") for number in range(RUNS)]
    seconds, gap, hover = (statistics.median(values) for values in zip(*rounds, strict=True))
    return [
        Figure(
            f"curves of {SIZE} with 2,000 resamples as the room asks for them, off the GUI thread, median of {RUNS}",
            f"at most {1000 * PROMISE:.0f} ms",
            f"{1000 * seconds:.0f} ms",
            seconds <= PROMISE,
        ),
        Figure(
            f"largest gap on the GUI thread while those figures arrive and every tab is turned, median of {RUNS}",
            f"at most {1000 * GAP:.0f} ms",
            f"{1000 * gap:.0f} ms",
            gap <= GAP,
        ),
        Figure(
            f"pointing at a mark of those figures until it is told, median of {RUNS} times {HOVERS}",
            f"at most {1000 * HOVER:.0f} ms",
            f"{1000 * hover:.1f} ms",
            hover <= HOVER,
        ),
    ]


def _measured(path: Path) -> tuple[float, float, float]:
    with _room(path) as (application, room):
        seconds = _first_figure(application, room)
        return seconds, _largest_gap(application, room), _hover(application, room)


@contextmanager
def _room(path: Path) -> "Iterator[tuple[QApplication, ScalingRoom]]":
    """The room of a window whose workspace says there is a sweep, which has many arms."""
    from rb_studio.jobs.pool_cache import PoolCache

    _little_sweep(path)
    ready = [_pools() for _ in range(READINGS)]
    with patch.object(PoolCache, "read", lambda *_args, **_options: ready.pop()), _open(path) as (application, studio):
        room = studio.window.show_room("scaling")
        _until(application, lambda: _at_rest(room))
        yield application, room


def _little_sweep(path: Path) -> None:
    from rb_studio.jobs.request import RunRequest, SweepRequest
    from rb_studio.jobs.sweep import run_sweep
    from rb_studio.models.settings import Settings
    from rb_studio.store.workspace import Workspace

    with Workspace.open(path, write=True, create=True) as workspace:
        run_sweep(
            workspace, SweepRequest(RunRequest("practice", limit=1), memories=("none",)), Settings(embedder="hashing")
        )


def _pools() -> list[Any]:
    """As they are read: nothing of their tables is there yet."""
    found = made_pools(ARMS)
    for pool in found:
        pool.key = pool.name
    return found


def _first_figure(application: "QApplication", room: "ScalingRoom") -> float:
    """Seconds that the curves take on their thread; the room is drawn after that."""
    from rb_studio.gui.rooms.scaling import reading

    taken: list[float] = []
    figure = reading.figure

    def timed(*args: Any, **options: Any) -> Any:
        begun = time.perf_counter()
        made = figure(*args, **options)
        taken.append(time.perf_counter() - begun)
        return made

    with patch.object(reading, "figure", timed):
        room.refresh()
        _until(application, lambda: bool(taken) and _at_rest(room))
    return taken[-1]


def _largest_gap(application: "QApplication", room: "ScalingRoom") -> float:
    """Seconds between two turns of the event loop at most: figures come, each tab is shown first and once more."""
    turned = [_turning(room, place) for place in range(room.tabs.count())]
    return max(_gap(application, room, act) for act in (room.refresh, *turned, *turned))


def _turning(room: "ScalingRoom", place: int) -> Callable[[], object]:
    return lambda: room.tabs.setCurrentIndex(place)


def _gap(application: "QApplication", room: "ScalingRoom", act: Callable[[], object]) -> float:
    """The longest turn, and the longest wait beyond the usual one for the next turn to begin."""
    largest, calm, last = 0.0, 0, time.perf_counter()
    act()
    while calm < CALM:
        application.processEvents()
        time.sleep(BEAT)
        now = time.perf_counter()
        largest, last = max(largest, now - last - BEAT), now
        calm = calm + 1 if _at_rest(room) else 0
    return largest


def _at_rest(room: "ScalingRoom") -> bool:
    pane = room.front_pane
    drawn = pane is None or pane.drawn or not pane.isVisible()
    return drawn and bool(room.presenter.figures.pools) and room.frame.session.idle


def _hover(application: "QApplication", room: "ScalingRoom") -> float:
    """Seconds until what is pointed at is told and painted, mostly."""
    from PySide6.QtCore import QEvent, Qt
    from PySide6.QtGui import QMouseEvent

    no_button, no_key = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    room.tabs.setCurrentIndex(0)
    _until(application, lambda: _at_rest(room) and room.front_pane is not None and room.front_pane.plot is not None)
    plot = room.front_pane.plot
    viewport = plot._view.viewport()
    marks, taken, told = plot.marks, [], []
    plot.pointed.connect(told.append)
    for number in range(HOVERS):
        mark = marks[number * 37 % len(marks)]
        at = viewport.mapFrom(plot, plot.place_of(mark))
        moved = QMouseEvent(QEvent.Type.MouseMove, at, viewport.mapToGlobal(at), no_button, no_button, no_key)
        time.sleep(UNHURRIED)
        begun = time.perf_counter()
        application.sendEvent(viewport, moved)
        for _ in range(2):  # what is told asks for painting
            application.processEvents()
        taken.append(time.perf_counter() - begun)
    assert len(told) > HOVERS / 2, "marks must have been pointed at"
    return statistics.median(taken)


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        print(table(measure(Path(folder))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
