"""Stepping through what was read from files: huge observations, and ten thousand steps at once."""

import os
import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.figure import Figure
from tests.benchmarks.window import _after, _open, _until

if TYPE_CHECKING:
    from rb_studio.gui.studio import Studio

STEPS, LONG, HUGE = 102, 51_000, 10_000
TABS = ("page", "changes", "state", "prompt", "reply", "fields")


def measure(folder: Path) -> list[Figure]:
    """Makes a workspace with two imported rollouts in the folder."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ["RB_STUDIO_CONFIG_DIR"] = os.environ["RB_STUDIO_DATA_DIR"] = str(folder / "settings")
    path = folder / "player.rbank"
    _make(path)
    with _open(path) as (application, studio):
        times = {tab: _step_times(application, studio, tab) for tab in TABS}
        gap = _opening_gap(application, studio)
    slowest = max(times, key=lambda tab: statistics.median(times[tab]))
    median, worst = statistics.median(times["page"]), max(max(found) for found in times.values())
    return [
        Figure(
            f"step change in an imported run of {STEPS} steps of {LONG:,} characters, median of 40",
            "at most 16 ms",
            f"{1000 * median:.1f} ms",
            median <= 0.016,
        ),
        Figure(
            f"slowest step change there on any tab (median of the slowest: {slowest})",
            "at most 100 ms",
            f"{1000 * worst:.0f} ms ({1000 * statistics.median(times[slowest]):.1f} ms)",
            worst <= 0.1,
        ),
        Figure(
            f"largest gap on the GUI thread while a run of {HUGE:,} steps is opened",
            "at most 50 ms",
            f"{1000 * gap:.0f} ms",
            gap <= 0.05,
        ),
    ]


def _make(path: Path) -> None:
    """A run as long as the largest real one known to us with texts as long, and one of ten thousand steps."""
    from rb_studio.records.trajectory import Action, ExitReason, Step, Trajectory
    from rb_studio.store.imported import ImportedTrajectory, SourceFile, save_imported
    from rb_studio.store.workspace import Workspace

    line = "    def value(self) -> int:  # line {} of what was printed\n"
    kinds = ("grep -rn word src", "cat src/a.py", "cd /src && python -m pytest", "cat > a.py <<'EOF'\nimport os\nEOF")

    def rollout(uid: str, count: int, size: int) -> ImportedTrajectory:
        steps = tuple(
            Step(
                number,
                f"I look at part {number} of it.",
                (Action(kinds[number % len(kinds)]),),
                f"<returncode>{number % 7 == 0:d}</returncode>\n"
                + "".join(line.format(number + at) for at in range(size // len(line))),
                extra={"message": {"role": "assistant", "place": number}},
                pointer=f"/messages/{number}",
            )
            for number in range(1, count + 1)
        )
        prologue = [{"role": "system", "content": "You act."}, {"role": "user", "content": "Mend it."}]
        made = Trajectory(uid, f"swe/{uid}", 0, 0, "", steps, ExitReason.IMPORTED, extra={"prologue": prologue})
        return ImportedTrajectory(made, "bench", "Mend the parser")

    found = [rollout("long", STEPS, LONG), rollout("many", HUGE, 1_000)]
    with Workspace.open(path, write=True, create=True) as workspace:
        workspace.run(lambda db: save_imported(db, SourceFile(str(path.with_suffix(".json")), "mini"), found, {}))


def _step_times(application, studio: "Studio", tab: str) -> list[float]:
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    from rb_studio.gui.rooms.room import Place

    studio.window.go(Place("trajectories", {"rollout": "long", "step": 1}))
    room = studio.window.rooms["trajectories"]
    _until(application, lambda: room.place_to_keep().get("rollout") == "long")
    room.panels.step.show_tab(tab)
    _until(application, _after(0.5))
    times = []
    for _ in range(40):
        begun = time.perf_counter()
        QTest.keyClick(room, Qt.Key.Key_J)
        application.processEvents()
        times.append(time.perf_counter() - begun)
        _until(application, lambda: studio.frame.session.idle)
    assert room.place_to_keep()["step"] == 41, "the key did not step"
    return times


def _opening_gap(application, studio: "Studio") -> float:
    """Seconds between two turns of the event loop at most, from asking for the rollout until it stands there."""
    from rb_studio.gui.rooms.room import Place

    room = studio.window.rooms["trajectories"]
    room.panels.step.show_tab("page")
    _until(application, _after(0.5))
    studio.window.go(Place("trajectories", {"rollout": "many", "step": 5_000}))
    gap, last, shown = 0.0, time.perf_counter(), 0.0
    while not shown or last < shown + 0.5:
        application.processEvents()
        time.sleep(0.001)
        now = time.perf_counter()
        gap, last = max(gap, now - last - 0.001), now
        if not shown and room.place_to_keep().get("rollout") == "many":
            shown = now
        assert room.presenter.opened is not None
    return gap
