"""Pictures for README, drawn offscreen, light and dark: `python packaging/pictures.py [WORKSPACE] [--only WHICH]`.

The rooms show a workspace; without one the practice demo is run first, so the pictures show simulated results, and say
so. The comparison shows two real runs of one task, read from the trajectory samples beside the checkout. The figures
are exported by the command line: the sweep of the workspace, and graded runs of the samples.
"""

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rb_studio.gui.studio import Studio

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
TARGET = Path(__file__).resolve().parent / "pictures"
SAMPLES = Path(__file__).resolve().parents[2] / "shared" / "samples" / "mini-swe-agent" / "v1.1_runs"
COMPARED = ("deepseek_chat_dev", "deepseek_chat_dev_rerun")
TASK = "sqlfluff__sqlfluff-1733"
SIZE = (1280, 800)
SETTLED = 4.0  # seconds a room is given to read and draw


def main() -> int:
    parser = argparse.ArgumentParser(description="Draw the pictures for README.")
    parser.add_argument("workspace", nargs="?", type=Path, help="what the rooms show (the practice demo)")
    parser.add_argument("--only", choices=("rooms", "comparison", "figures"), help="draw no others")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["RB_STUDIO_CONFIG_DIR"] = os.environ["RB_STUDIO_DATA_DIR"] = folder
        TARGET.mkdir(exist_ok=True)
        if asked.only != "comparison":
            workspace = asked.workspace or practised(Path(folder))
        if asked.only in (None, "rooms"):
            with opened(workspace) as (studio, turn):
                draw_rooms(studio, turn)
        if asked.only in (None, "comparison"):
            draw_comparison(Path(folder))
        if asked.only in (None, "figures"):
            draw_figures(Path(folder), workspace)
    return 0


def practised(folder: Path) -> Path:
    """A workspace with the demo in it."""
    path = folder / "demo.rbank"
    command = [sys.executable, "-m", "rb_studio.cli", "demo", "--headless", "-w", str(path)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return path


@contextlib.contextmanager
def opened(workspace: Path) -> "Iterator[tuple[Studio, Callable[[], None]]]":
    """The program's window on a workspace, and what lets it work for a moment."""
    from rb_studio.gui.app import make_application
    from rb_studio.gui.studio import Studio

    application = make_application()
    studio = Studio([workspace])
    studio.window.resize(*SIZE)
    studio.window.show()
    wait(application.processEvents, lambda: studio.frame is not None)
    try:
        yield studio, application.processEvents
    finally:
        studio.window.close()
        studio.close()


def draw_rooms(studio: "Studio", turn: Callable[[], None]) -> None:
    """Every room in both themes."""
    from rb_studio.gui.window import ROOMS

    for room in ROOMS:  # a room shown for the first time also loads what it draws with
        studio.window.show_room(room)
        settle(turn)
    for theme in ("light", "dark"):
        studio.theme.choose(theme)
        for room in ROOMS:
            studio.window.show_room(room)
            settle(turn)
            studio.window.grab().save(str(TARGET / f"{room}-{theme}.png"))


def draw_comparison(folder: Path) -> None:
    """Two runs of one task side by side, in both themes; nothing where the samples are not there."""
    missing = [run for run in COMPARED if not (SAMPLES / run).is_dir()]
    if missing:
        sys.stderr.write(f"The comparison is not drawn: there are no samples in {SAMPLES / missing[0]}.\n")
        return
    from rb_studio.gui.rooms.room import Place
    from rb_studio.store.workspace import Workspace

    path = folder / "comparison.rbank"
    read = [sys.executable, "-m", "rb_studio.cli", "import", str(path), *(str(SAMPLES / run) for run in COMPARED)]
    subprocess.run(read, check=True, stdout=subprocess.DEVNULL)
    with Workspace.open(path, write=False) as workspace:
        sql = "SELECT DISTINCT r.run, r.uid FROM rollout r JOIN step s ON s.rollout = r.id WHERE r.task_key LIKE ?"
        chosen = [list(row) for row in workspace.reader().execute(f"{sql} ORDER BY r.run", (f"%{TASK}",))]
    with opened(path) as (studio, turn):
        studio.window.show_room("trajectories")
        settle(turn)
        for theme in ("light", "dark"):
            studio.theme.choose(theme)
            studio.window.go(Place("trajectories", {"compare": chosen}))
            settle(turn)
            studio.window.grab().save(str(TARGET / f"compare-{theme}.png"))


def draw_figures(folder: Path, workspace: Path) -> None:
    """The practice sweep and the pool of imported runs as a paper prints them, each with its recipe in the file."""
    export_figure(workspace, "figure-practice.svg")
    if not SAMPLES.is_dir():
        sys.stderr.write(f"The figure of imported runs is not drawn: there are no samples in {SAMPLES}.\n")
        return
    path = folder / "imported.rbank"
    command = [sys.executable, "-m", "rb_studio.cli", "import", str(path), str(SAMPLES)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    export_figure(path, "figure-imported.svg")


def export_figure(workspace: Path, name: str) -> None:
    """The curves of a workspace as a drawing."""
    command = [sys.executable, "-m", "rb_studio.cli", "export", str(workspace), "curves", "--format", "svg"]
    more = ["--preset", "paper-174", "--force", "-o", str(TARGET / name)]
    subprocess.run([*command, *more], check=True, stdout=subprocess.DEVNULL)


def wait(turn: Callable[[], None], ready: Callable[[], bool], seconds: float = 30) -> None:
    """Let the window work until something is so."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            raise SystemExit("the window did not get ready")
        turn()
        time.sleep(0.01)


def settle(turn: Callable[[], None]) -> None:
    """Let the window work for a moment."""
    deadline = time.monotonic() + SETTLED
    wait(turn, lambda: time.monotonic() > deadline)


if __name__ == "__main__":
    sys.exit(main())
